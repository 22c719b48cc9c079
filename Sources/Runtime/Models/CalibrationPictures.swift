import Imaging
import Perception
import Quantization
import Recording
import Tensors

/// Calibration samples from picture files or a drive's frames, letterboxed as the network's own input is.
public struct CalibrationPictures: CalibrationSamples {
    private enum Pictures {
        case files([String])
        /// Frames of a drive, kept as the decoder gave them.
        case frames([FrameCopy])
    }

    private let pictures: Pictures
    private let convention: InputConvention

    /// - Parameters:
    ///   - path: a folder of pictures, a data set with an `images` folder, a single picture or a video.
    ///   - limit: pictures that are taken at most, evenly spread.
    public init(_ path: String, limit: Int, convention: InputConvention) throws(RuntimeError) {
        self.convention = convention
        if PictureList.isFolder(path) {
            pictures = .files(try PictureList(folder: path).spread(limit))
            return
        }
        do throws(RecordingError) {
            pictures = .frames(try Self.frames(of: path, limit: limit))
        } catch {
            throw .recording(error)
        }
    }

    public var count: Int {
        switch pictures {
        case .files(let paths): paths.count
        case .frames(let frames): frames.count
        }
    }

    public func sample(at index: Int) throws(QuantizationError) -> [String: Tensor] {
        do throws(ImagingError) {
            switch pictures {
            case .files(let paths):
                let picture = try ImageFile.read(paths[index])
                return [convention.name: try tensor(picture.unsafeView)]
            case .frames(let frames):
                return [convention.name: try tensor(frames[index].buffer.unsafeView)]
            }
        } catch {
            throw .invalidSample(index: index, detail: "\(error)")
        }
    }

    private func tensor(_ view: ImageView) throws(ImagingError) -> Tensor {
        let picture = NetworkPicture(convention)
        let preprocessor = try Preprocessor(source: view.description, picture: picture, layout: .planarFloat)
        var tensor = Tensor(zeros: [1, 3, convention.height, convention.width], elementType: .float32)
        try tensor.withMutableBytes { (bytes) throws(ImagingError) in try preprocessor.run(view, into: bytes) }
        return tensor
    }

    /// Evenly spread frames; a first pass counts them, since headers may claim wrong numbers.
    private static func frames(of path: String, limit: Int) throws(RecordingError) -> [FrameCopy] {
        var frame = DecodedFrame()
        var total = 0
        let counter = try openDrive(path)
        while try counter.next(into: &frame) { total += 1 }
        let reader = try openDrive(path)
        var result: [FrameCopy] = []
        var index = 0
        while try reader.next(into: &frame) {
            if index * limit / max(total, 1) >= result.count || total <= limit, let view = frame.unsafeView {
                do throws(ImagingError) { result.append(try FrameCopy(view)) } catch { throw .image(error) }
            }
            index += 1
        }
        return result
    }
}

/// A frame of its own memory, shared by reference.
private final class FrameCopy {
    let buffer: ImageBuffer

    init(_ view: ImageView) throws(ImagingError) {
        buffer = try ImageBuffer(copying: view)
    }
}
