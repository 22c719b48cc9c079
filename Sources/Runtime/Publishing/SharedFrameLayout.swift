import Imaging
import Messages
import SightlineBus

/// How a picture lies in a slot of shared memory: plane after plane, rows without padding, each plane on 64 bytes.
struct SharedFrameLayout {
    private static let alignment = 64

    let description: ImageDescription
    let planes: [FramePlane]
    let byteCount: Int

    init(_ description: ImageDescription) {
        self.description = description
        var planes: [FramePlane] = []
        var end = 0
        for index in 0..<description.format.planeCount {
            let offset = (end + Self.alignment - 1) / Self.alignment * Self.alignment
            let stride = description.format.rowByteCount(plane: index, width: description.width)
            planes.append(FramePlane(offset: offset, stride: stride))
            end = offset + stride * description.format.rowCount(plane: index, height: description.height)
        }
        self.planes = planes
        byteCount = end
    }

    /// Copies a picture of this layout's description. Allocates nothing.
    ///
    /// - Precondition: `memory` has at least ``byteCount`` bytes.
    func copy(_ view: ImageView, to memory: UnsafeMutableRawBufferPointer) {
        precondition(view.description == description && memory.count >= byteCount)
        for (index, plane) in planes.enumerated() {
            let source = view.plane(index)
            for row in 0..<description.format.rowCount(plane: index, height: description.height) {
                let start = plane.offset + row * plane.stride
                UnsafeMutableRawBufferPointer(rebasing: memory[start..<start + plane.stride])
                    .copyMemory(from: UnsafeRawBufferPointer(start: source.row(row), count: plane.stride))
            }
        }
    }
}

extension PixelFormat {
    /// The format as the schema names it.
    var message: Sightline_PixelFormat {
        switch self {
        case .yuv420p: .i420
        case .yuv422p: .i422
        case .yuv444p: .i444
        case .nv12: .nv12
        case .nv21: .nv21
        case .yuyv422: .yuyv
        case .uyvy422: .uyvy
        case .gray8: .gray8
        case .rgb24: .rgb24
        case .bgr24: .bgr24
        case .rgba: .rgba
        case .bgra: .bgra
        case .gbrp: .gbrPlanar
        }
    }
}

extension ColorDescription.Matrix {
    /// The matrix as the schema names it.
    var message: Sightline_ColorMatrix {
        switch self {
        case .bt601: .bt601
        case .bt709: .bt709
        case .bt2020: .bt2020
        }
    }
}
