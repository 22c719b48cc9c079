import Foundation
import Imaging
import Tensors
import Testing

/// Prints how long preprocessing takes: `SIGHTLINE_TIMING=1 swift test -c release --filter PreprocessorTiming`.
@Suite("PreprocessorTiming", .enabled(if: ProcessInfo.processInfo.environment["SIGHTLINE_TIMING"] != nil))
struct PreprocessorTiming {
    @Test("time per frame, one thread")
    func timePerFrame() throws {
        let cases: [(ImageDescription, NetworkPicture)] = [
            (.init(width: 1280, height: 720, format: .yuv420p, color: .bt709Video), .init(width: 640, height: 384)),
            (.init(width: 1280, height: 720, format: .nv12, color: .bt709Video), .init(width: 640, height: 384)),
            (.init(width: 1280, height: 720, format: .yuyv422, color: .bt601Video), .init(width: 640, height: 384)),
            (.init(width: 1280, height: 720, format: .rgb24), .init(width: 640, height: 384)),
            (.init(width: 1280, height: 720, format: .yuv420p, color: .bt709Video), .init(width: 640, height: 640)),
            (
                .init(width: 1280, height: 720, format: .yuv420p, color: .bt709Video),
                .init(width: 640, height: 384, resampling: .area)
            ),
            (.init(width: 1920, height: 1080, format: .yuv420p, color: .bt709Video), .init(width: 640, height: 384)),
            (.init(width: 3840, height: 2160, format: .yuv420p, color: .bt709Video), .init(width: 640, height: 384)),
            (.init(width: 640, height: 360, format: .yuv420p, color: .bt709Video), .init(width: 640, height: 384)),
        ]
        for (source, picture) in cases {
            let frame = try TestPictures.noise(source, seed: 1)
            for name in PreprocessorTests.instructionSets {
                let layout = InputLayout.interleaved(
                    rowStride: picture.width * 4, pixelStride: 4, PreprocessorTests.identity)
                let u8 = try time(
                    Preprocessor(source: source, picture: picture, layout: layout, instructionSet: name), frame)
                let float = try time(
                    Preprocessor(source: source, picture: picture, layout: .planarFloat, instructionSet: name), frame)
                print(
                    "\(source.width)x\(source.height) \(source.format) to \(picture.width)x\(picture.height)",
                    "\(picture.resampling), \(name): u8 \(u8) ms, float \(float) ms")
            }
        }
    }

    private func time(_ preprocessor: Preprocessor, _ frame: borrowing ImageBuffer) throws -> String {
        let memory = UnsafeMutableRawBufferPointer.allocate(
            byteCount: preprocessor.destinationByteCount, alignment: 64)
        defer { memory.deallocate() }
        let clock = ContinuousClock()
        var times: [Double] = []
        try frame.withView { view in
            for _ in 0..<40 {
                let duration = try clock.measure { try preprocessor.run(view, into: memory) }
                times.append(Double(duration.components.attoseconds) * 1e-15)
            }
        }
        times.sort()
        return String(format: "min %.3f median %.3f", times[0], times[times.count / 2])
    }
}
