import ONNX
import Tensors

// Operators that pick or place elements by their indices.
extension OperatorTypes {
    static let indexingForms: [String: [OperatorForm]] = [
        "Slice": [OperatorForm(since: 10, inputs: 3...5, infer: sliceTypes)],
        "Gather": [OperatorForm(inputs: 2...2, attributes: ["axis": .int], infer: gatherTypes)],
        "GatherElements": [
            OperatorForm(since: 11, inputs: 2...2, attributes: ["axis": .int], infer: gatherElementsTypes)
        ],
        "GatherND": [OperatorForm(since: 11, inputs: 2...2, attributes: ["batch_dims": .int], infer: gatherNDTypes)],
        "ScatterElements": [
            OperatorForm(
                since: 11, inputs: 3...3, attributes: ["axis": .int, "reduction": .string], infer: scatterElementsTypes)
        ],
        "ScatterND": [
            OperatorForm(since: 11, inputs: 3...3, attributes: ["reduction": .string], infer: scatterNDTypes)
        ],
        "NonZero": [dependsOnContents],
        "NonMaxSuppression": [
            OperatorForm(since: 10, inputs: 2...5, attributes: ["center_point_box": .int], infer: refuseOpenSize)
        ],
        "Compress": [OperatorForm(since: 9, inputs: 2...2, attributes: ["axis": .int], infer: refuseOpenSize)],
        "Unique": [
            OperatorForm(since: 11, inputs: 1...1, attributes: ["axis": .int, "sorted": .int], infer: refuseOpenSize)
        ],
    ]

    /// Whether the extents of a node's results depend on its inputs' contents, whatever is known of these.
    static func hasOpenSize(_ node: Node) -> Bool {
        node.domain.isEmpty && ["NonZero", "NonMaxSuppression", "Compress", "Unique"].contains(node.operatorType)
    }

    private static let dependsOnContents = OperatorForm(inputs: 1...1, infer: refuseOpenSize)

    /// How much comes out is only known once the contents are.
    private static func refuseOpenSize(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        throw call.invalid(
            "how much it yields depends on the picture, and memory is laid out at load; export the network without it "
                + "(for detectors: without built-in suppression)")
    }

    private static func sliceTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        let input = try call.input(0)
        let starts = try call.constantIntegers(1, "starts") ?? []
        let ends = try call.constantIntegers(2, "ends") ?? []
        let axes =
            try call.constantIntegers(3, "axes").map { axes throws(OperatorError) in
                try call.normalizedAxes(axes, of: input.shape)
            } ?? Array(starts.indices)
        let steps = try call.constantIntegers(4, "steps") ?? [Int](repeating: 1, count: starts.count)
        guard starts.count == ends.count, axes.count == starts.count, steps.count == starts.count,
            axes.allSatisfy({ $0 < input.shape.rank })
        else { throw call.invalid("starts, ends, axes and steps do not belong together") }
        var shape = input.shape
        for (index, axis) in axes.enumerated() {
            guard
                let range = SliceRange(start: starts[index], end: ends[index], step: steps[index], extent: shape[axis])
            else { throw call.invalid("step 0") }
            shape[axis] = range.count
        }
        return [ValueType(shape: shape, elementType: input.elementType)]
    }

    private static func gatherTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        try requireIndices(call, 1)
        let input = try call.input(0)
        let axis = try call.axis(default: 0, of: input.shape)
        let extents = input.shape.dimensions
        let indices = try call.input(1).shape.dimensions
        return [
            ValueType(
                shape: Shape(Array(extents[..<axis]) + indices + Array(extents[(axis + 1)...])),
                elementType: input.elementType)
        ]
    }

    private static func gatherElementsTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        try requireIndices(call, 1)
        let input = try call.input(0)
        let indices = try call.input(1).shape
        let axis = try call.axis(default: 0, of: input.shape)
        try requirePart(call, indices, of: input.shape, except: axis)
        return [ValueType(shape: indices, elementType: input.elementType)]
    }

    private static func gatherNDTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        try requireIndices(call, 1)
        let input = try call.input(0)
        let indices = try call.input(1).shape
        let batch = call.int("batch_dims", default: 0)
        guard let width = indices.dimensions.last, batch >= 0, batch < min(indices.rank, input.shape.rank),
            width >= 1, width <= input.shape.rank - batch,
            indices.dimensions[..<batch] == input.shape.dimensions[..<batch]
        else { throw call.invalid("indices \(indices) do not fit \(input.shape) with \(batch) batch dimensions") }
        let rest = input.shape.dimensions[(batch + width)...]
        return [ValueType(shape: Shape(indices.dimensions.dropLast() + rest), elementType: input.elementType)]
    }

    private static func scatterElementsTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        try requireIndices(call, 1)
        try requireReduction(call)
        let input = try call.input(0)
        let indices = try call.input(1).shape
        let updates = try call.input(2)
        let axis = try call.axis(default: 0, of: input.shape)
        try requirePart(call, indices, of: input.shape, except: axis)
        guard updates.shape == indices, updates.elementType == input.elementType else {
            throw call.invalid("updates \(updates.shape) of \(updates.elementType) do not fit indices \(indices)")
        }
        return [input]
    }

    private static func scatterNDTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        try requireIndices(call, 1)
        try requireReduction(call)
        let input = try call.input(0)
        let indices = try call.input(1).shape
        let updates = try call.input(2)
        guard let width = indices.dimensions.last, width <= input.shape.rank else {
            throw call.invalid("indices \(indices) do not fit \(input.shape)")
        }
        let expected = Shape(indices.dimensions.dropLast() + input.shape.dimensions[width...])
        guard updates.shape == expected, updates.elementType == input.elementType else {
            throw call.invalid("updates have shape \(updates.shape) instead of \(expected)")
        }
        return [input]
    }

    private static func requireIndices(_ call: OperatorCall, _ index: Int) throws(OperatorError) {
        let type = try call.input(index).elementType
        guard type == .int64 || type == .int32 else { throw call.invalid("indices are \(type), not int64 or int32") }
    }

    private static func requireReduction(_ call: OperatorCall) throws(OperatorError) {
        let reduction = call.string("reduction", default: "none")
        guard ["none", "add", "mul", "max", "min"].contains(reduction) else {
            throw call.unsupported("reduction", "'\(reduction)' is not known")
        }
    }

    private static func requirePart(
        _ call: OperatorCall, _ part: Shape, of whole: Shape, except axis: Int
    ) throws(OperatorError) {
        let fits = part.rank == whole.rank && part.dimensions.indices.allSatisfy { $0 == axis || part[$0] <= whole[$0] }
        guard fits else { throw call.invalid("indices \(part) do not fit \(whole)") }
    }
}
