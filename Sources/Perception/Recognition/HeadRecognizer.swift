import ONNX
import Tensors

/// Finds out what a network's outputs are: from what its file says, from their shapes, and from the graph's tail where
/// shapes leave it open.
///
/// All shapes must be fixed. Guessing is limited to what can be checked: where several layouts fit, or none, an error says
/// what was seen, and a configuration can name the layout.
public struct HeadRecognizer {
    let graph: Graph
    let hints: HeadHints
    let index: GraphIndex
    private let shapes: [String: Shape]

    /// - Parameter shapes: shapes of values in the graph. Those of inputs and outputs are needed where the graph leaves
    ///   them open; those of inner values to find undecoded heads.
    public init(_ graph: Graph, shapes: [String: Shape] = [:], hints: HeadHints = HeadHints()) {
        self.graph = graph
        self.hints = hints
        self.shapes = shapes
        index = GraphIndex(graph, shapes: shapes)
    }

    /// - Parameter kind: the layout, where the configuration names it.
    /// - Throws: ``PerceptionError/unsupportedHead(seen:detail:)``, ``PerceptionError/ambiguousHead(seen:candidates:)``.
    public func recognize(as kind: HeadKind? = nil) throws(PerceptionError) -> RecognizedNetwork {
        let outputs = try fixedOutputs()
        let (inputName, inputSize) = try imageInput(outputs)
        if let task = hints.task, ["classify", "pose", "obb", "depth"].contains(task), kind == nil {
            throw .unsupportedHead(seen: seen(outputs), detail: "the task '\(task)' is not decoded here")
        }
        let finder = HeadFinder(recognizer: self, outputs: outputs, inputSize: inputSize, kind: kind)
        let (heads, family) = try finder.find()
        var network = RecognizedNetwork(
            input: convention(inputName, inputSize, family: family), heads: heads)
        if let detection = network.detection {
            // Files of YOLOX name nothing, and nobody else has exactly so many.
            network.classNames =
                hints.names.isEmpty && detection.classCount == ClassNames.coco.count
                ? .coco : ClassNames(hints.names, count: detection.classCount)
            if detection.layout == .channelMajor {
                network.undecoded = UndecodedHeadFinder(index: index, head: detection).find()
            }
        }
        if let segmentation = network.segmentation {
            let names =
                network.detection == nil && hints.segmentationNames.isEmpty
                ? hints.names : hints.segmentationNames
            network.segmentationNames = ClassNames(names, count: segmentation.classCount)
        }
        return network
    }

    func seen(_ outputs: [OutputShape]) -> String {
        outputs.prefix(8).map(\.description).joined(separator: ", ") + (outputs.count > 8 ? ", ..." : "")
    }

    private func fixedOutputs() throws(PerceptionError) -> [OutputShape] {
        var outputs: [OutputShape] = []
        for output in graph.outputs {
            guard let shape = shapes[output.name] ?? output.shape else {
                throw .unsupportedHead(
                    seen: output.name, detail: "output '\(output.name)' has open dimensions; fix the input's size first"
                )
            }
            outputs.append(
                OutputShape(name: output.name, dimensions: shape.dimensions, elementType: output.elementType))
        }
        guard !outputs.isEmpty else {
            throw .unsupportedHead(seen: "none", detail: "the network has no outputs")
        }
        guard let batch = outputs[0].dimensions.first, batch == 1 || outputs[0].dimensions.count < 2 else {
            throw .unsupportedHead(seen: seen(outputs), detail: "only networks of batch 1 are decoded")
        }
        return outputs
    }

    private func imageInput(
        _ outputs: [OutputShape]
    ) throws(PerceptionError) -> (name: String, size: (width: Int, height: Int)) {
        for input in graph.inputs {
            guard let shape = shapes[input.name] ?? input.shape, shape.rank == 4, shape[1] == 3, shape[0] == 1,
                (1...(1 << 14)).contains(shape[2]), (1...(1 << 14)).contains(shape[3])
            else { continue }
            return (input.name, (shape[3], shape[2]))
        }
        throw .unsupportedHead(
            seen: seen(outputs), detail: "no input is an image (1, 3, height, width) of fixed size")
    }

    private func convention(
        _ name: String, _ size: (width: Int, height: Int), family: HeadKind
    ) -> InputConvention {
        var convention = InputConvention(name: name, width: size.width, height: size.height)
        switch family {
        case .yolox:
            convention.channelOrder = .bgr
            convention.range = .byte
            convention.fit = .topLeft
        case .semantic:
            convention.isAssumed = hints.task == nil
        case .yolo, .yolov5, .endToEnd, .road:
            break
        }
        return convention
    }
}
