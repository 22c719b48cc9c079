import ONNX
import Tensors

/// Operators that only say where elements go: most become views, which cost nothing.
extension Lowering {
    /// Lowers the node if it only moves elements. Returns whether it does.
    mutating func lowerMovement(_ node: Node) throws(EngineError) -> Bool {
        switch node.operatorType {
        case "Identity", "Dropout":
            guard node.outputs.dropFirst().allSatisfy(\.isEmpty) else { return false }
            try defineReshaped(node)
        case "Reshape", "Flatten", "Squeeze", "Unsqueeze": try defineReshaped(node)
        case "Cast":
            let from = try type(of: requiredInput(0, of: node), in: node).elementType
            guard try from == type(of: node.outputs[0], in: node).elementType else { return false }
            try defineReshaped(node)
        case "Transpose": try lowerTranspose(node)
        case "Slice": return try lowerSlice(node)
        case "Split": try lowerSplit(node)
        case "Expand": try lowerExpand(node)
        case "Tile": return try lowerTile(node)
        case "Gather": return try lowerGather(node)
        case "DepthToSpace", "SpaceToDepth": try lowerBlocks(node)
        default: return false
        }
        return true
    }

    /// Defines an output as a view of the node's first input.
    ///
    /// - Parameter transform: returns nil where strides cannot express the view; then it is tried on a row-major copy.
    mutating func defineView(
        _ output: String, of node: Node, _ transform: (BufferView) -> BufferView?
    ) throws(EngineError) {
        guard !output.isEmpty else { return }
        let name = try requiredInput(0, of: node)
        let content = try value(name, for: node).content
        switch content {
        case .quantized(let view, let quantization) where quantization.isPerTensor:
            let view = try transformedBytes(view, node, transform)
            try define(output, .quantized(view, quantization), in: node)
        case .quantizedLookup(let view, let table, let quantization):
            let view = try transformedBytes(view, node, transform)
            try define(output, .quantizedLookup(view, table: table, quantization), in: node)
        case .lookup(let view, let table, let quantization):
            let view = try transformedBytes(view, node, transform)
            try define(output, .lookup(view, table: table, isIdentityOf: quantization), in: node)
        default:
            let view = try stored(name, for: node)
            if let result = transform(view) { return try define(output, .stored(result), in: node) }
            guard let result = transform(try rowMajor(name, for: node)) else { throw impossibleView(node) }
            try define(output, .stored(result), in: node)
        }
    }

    private mutating func transformedBytes(
        _ view: BufferView, _ node: Node, _ transform: (BufferView) -> BufferView?
    ) throws(EngineError) -> BufferView {
        if let result = transform(view) { return result }
        let copy = makeRowMajor(node.inputs[0], shape: view.shape, elementType: .uint8)
        appendCopy(from: view, to: copy, for: node)
        guard let result = transform(copy) else { throw impossibleView(node) }
        return result
    }

    private func impossibleView(_ node: Node) -> EngineError {
        .invalidNode(
            node: node.name, operatorType: node.operatorType, detail: "its output's shape does not fit its input's")
    }

    private mutating func defineReshaped(_ node: Node) throws(EngineError) {
        let target = try shape(of: node.outputs[0], in: node)
        try defineView(node.outputs[0], of: node) { $0.reshaped(to: target) }
    }

    private mutating func lowerTranspose(_ node: Node) throws(EngineError) {
        let attributes = NodeAttributes(node)
        let rank = try shape(of: requiredInput(0, of: node), in: node).count
        let permutation = try attributes.ints("perm") ?? Array((0..<rank).reversed())
        guard permutation.sorted() == Array(0..<rank) else {
            throw attributes.unsupported("perm", "it is no permutation of \(rank) axes")
        }
        try defineView(node.outputs[0], of: node) { $0.transposed(permutation) }
    }

    /// Constant starts, ends, axes and steps, as attributes (before operator set 10) or inputs.
    private mutating func lowerSlice(_ node: Node) throws(EngineError) -> Bool {
        let attributes = NodeAttributes(node)
        let shape = try shape(of: requiredInput(0, of: node), in: node)
        let target = try self.shape(of: node.outputs[0], in: node)
        var lists: [[Int]?] = []
        for (index, attribute) in ["starts", "ends", "axes", "steps"].enumerated() {
            guard let name = input(index + 1, of: node) else {
                lists.append(try attributes.ints(attribute))
                continue
            }
            guard let list = constantInts(name) else { return false }
            lists.append(list)
        }
        guard let starts = lists[0] else { return false }
        let axes = lists[2] ?? Array(starts.indices)
        let steps = lists[3] ?? [Int](repeating: 1, count: starts.count)
        guard axes.count == starts.count, steps.count == starts.count, steps.allSatisfy({ $0 != 0 }) else {
            return false
        }
        var cuts: [(axis: Int, start: Int, step: Int)] = []
        for (index, axis) in axes.enumerated() {
            guard let axis = Shape(shape).normalizedAxis(axis) else { return false }
            let extent = shape[axis]
            var start = starts[index] < 0 ? starts[index] + extent : starts[index]
            start = steps[index] > 0 ? min(max(start, 0), extent) : min(max(start, 0), extent - 1)
            cuts.append((axis, start, steps[index]))
        }
        try defineView(node.outputs[0], of: node) { view in
            var result = view
            for cut in cuts {
                result = result.sliced(axis: cut.axis, start: cut.start, count: target[cut.axis], step: cut.step)
            }
            return result
        }
        return true
    }

    /// The numbers of a constant list of integers.
    func constantInts(_ name: String) -> [Int]? {
        guard let tensor = constant(name) else { return nil }
        switch tensor.elementType {
        case .int64: return tensor.array(of: Int64.self).map { Int($0) }
        case .int32: return tensor.array(of: Int32.self).map { Int($0) }
        default: return nil
        }
    }

    private mutating func lowerSplit(_ node: Node) throws(EngineError) {
        let attributes = NodeAttributes(node)
        let shape = try shape(of: requiredInput(0, of: node), in: node)
        guard let axis = Shape(shape).normalizedAxis(try attributes.int("axis", default: 0)) else {
            throw attributes.unsupported("axis", "outside of shape \(Shape(shape))")
        }
        var start = 0
        for output in node.outputs where !output.isEmpty {
            let count = try self.shape(of: output, in: node)[axis]
            let first = start
            try defineView(output, of: node) { $0.sliced(axis: axis, start: first, count: count) }
            start += count
        }
    }

    private mutating func lowerExpand(_ node: Node) throws(EngineError) {
        let target = try shape(of: node.outputs[0], in: node)
        try defineView(node.outputs[0], of: node) { $0.broadcast(to: target) }
    }

    /// Tile where only axes of extent 1 are repeated.
    private mutating func lowerTile(_ node: Node) throws(EngineError) -> Bool {
        let shape = try shape(of: requiredInput(0, of: node), in: node)
        let target = try self.shape(of: node.outputs[0], in: node)
        guard shape.count == target.count, zip(shape, target).allSatisfy({ $0 == $1 || $0 == 1 }) else { return false }
        try lowerExpand(node)
        return true
    }

    /// Gather of one constant index, or of neighbouring ones.
    private mutating func lowerGather(_ node: Node) throws(EngineError) -> Bool {
        let attributes = NodeAttributes(node)
        let shape = try shape(of: requiredInput(0, of: node), in: node)
        guard let axis = Shape(shape).normalizedAxis(try attributes.int("axis", default: 0)),
            let name = input(1, of: node), let tensor = constant(name), let indices = constantInts(name),
            tensor.shape.rank <= 1, let raw = indices.first
        else { return false }
        let start = raw < 0 ? raw + shape[axis] : raw
        let wrapped = indices.map { $0 < 0 ? $0 + shape[axis] : $0 }
        guard wrapped == Array(start..<(start + wrapped.count)), start >= 0, start + wrapped.count <= shape[axis] else {
            return false
        }
        try defineView(node.outputs[0], of: node) { view in
            var result = view.sliced(axis: axis, start: start, count: wrapped.count)
            if tensor.shape.rank == 0 {
                result.shape.remove(at: axis)
                result.strides.remove(at: axis)
            }
            return result
        }
        return true
    }

    /// DepthToSpace and SpaceToDepth: split axes, change their order, join them.
    private mutating func lowerBlocks(_ node: Node) throws(EngineError) {
        let attributes = NodeAttributes(node)
        let block = try attributes.int("blocksize", default: 0)
        let shape = try shape(of: requiredInput(0, of: node), in: node)
        let target = try self.shape(of: node.outputs[0], in: node)
        guard block > 0, shape.count == 4 else {
            throw attributes.unsupported("blocksize", "expected a positive number")
        }
        let split: [Int]
        let permutation: [Int]
        if node.operatorType == "SpaceToDepth" {
            split = [shape[0], shape[1], shape[2] / block, block, shape[3] / block, block]
            permutation = [0, 3, 5, 1, 2, 4]
        } else if try attributes.string("mode", default: "DCR") == "CRD" {
            split = [shape[0], shape[1] / (block * block), block, block, shape[2], shape[3]]
            permutation = [0, 1, 4, 2, 5, 3]
        } else {
            split = [shape[0], block, block, shape[1] / (block * block), shape[2], shape[3]]
            permutation = [0, 3, 4, 1, 5, 2]
        }
        let name = try requiredInput(0, of: node)
        let view = try stored(name, for: node)
        var parts = view.reshaped(to: split)
        if parts == nil { parts = try rowMajor(name, for: node).reshaped(to: split) }
        guard let parts else { throw impossibleView(node) }
        // Channels that come first in the result come last in memory, as feature maps want it.
        let moved = parts.transposed(permutation)
        let joined = moved.reshaped(to: target)
        if let joined { return try define(node.outputs[0], .stored(joined), in: node) }
        let copy = makeFeatureMap(node.outputs[0], shape: target)
        guard let place = copy.reshaped(to: moved.shape) else { throw impossibleView(node) }
        appendCopy(from: moved, to: place, for: node)
        try define(node.outputs[0], .stored(copy), in: node)
    }
}
