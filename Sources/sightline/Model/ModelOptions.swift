import ArgumentParser
import ONNX
import Runtime
import Tensors

/// A model file and the shape of its image input, where the file leaves it open.
struct ModelOptions: ParsableArguments {
    @Argument(help: "The network (ONNX).")
    var model: String

    @Option(
        help: ArgumentHelp(
            "Size of the image input where the file leaves it open.",
            discussion: "Without it: what the file's metadata say.", valueName: "WIDTHxHEIGHT"))
    var size: String?

    /// Shapes of the inputs that `--size` fixes.
    func inputShapes() throws -> [String: Shape] {
        guard let size else { return [:] }
        let parts = size.split(separator: "x").map { Int($0) }
        guard parts.count == 2, let width = parts[0], let height = parts[1], (1...16384).contains(width),
            (1...16384).contains(height)
        else { throw CommandFailure.wrongUse("--size \(size): expected WIDTHxHEIGHT, such as 640x384") }
        let graph = try Graph(contentsOf: model)
        guard let input = graph.inputs.first(where: { $0.dimensions.count == 4 }) else {
            throw CommandFailure.wrongUse("--size: \(model) has no image input")
        }
        return [input.name: [1, input.channelCount, height, width]]
    }
}

extension ValueInfo {
    /// Channels of an image input; 3 where the file leaves them open.
    fileprivate var channelCount: Int {
        if case .fixed(let count) = dimensions[1] { return count }
        return 3
    }
}
