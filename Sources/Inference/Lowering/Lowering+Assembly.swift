import CKernels
import ONNX
import Tensors

/// Operators that put tensors together or change their extents: Concat, Pad, Resize.
extension Lowering {
    mutating func lowerConcat(_ node: Node) throws(EngineError) {
        let attributes = NodeAttributes(node)
        let target = try shape(of: node.outputs[0], in: node)
        guard let axis = Shape(target).normalizedAxis(try attributes.int("axis", default: 1)) else {
            throw attributes.unsupported("axis", "outside of shape \(Shape(target))")
        }
        if try lowerQuantizedConcat(node, axis: axis, shape: target) { return }
        if let parts = try partsOfAnother(node, axis: axis) {
            let pending = PendingConcatenation(parts: parts, axis: axis)
            return try define(node.outputs[0], .concatenation(pending), in: node)
        }
        var orders: [BufferView?] = []
        for name in node.inputs { orders.append(try orderedView(name, for: node)) }
        let isFeatureMap =
            (target.count == 3 || target.count == 4) && target[1] > 1
            && orders.filter { $0?.isChannelsLast ?? false }.count * 2 > orders.count
        let output: BufferView
        if isFeatureMap {
            output = makeFeatureMap(node.outputs[0], shape: target)
        } else if let model = orders.compactMap({ $0 }).first, !isOutput(node.outputs[0]) {
            output = makeLike(model, node.outputs[0], shape: target)
        } else {
            // As callers get it, so that nothing is copied again.
            let elementType = try type(of: node.outputs[0], in: node).elementType
            output = makeRowMajor(node.outputs[0], shape: target, elementType: elementType)
        }
        let views = zip(node.inputs, orders).map { isInMemory($0) ? $1 : nil }
        try fill(output, with: views, axis: axis, mayPlace: isFeatureMap, of: node)
        try define(node.outputs[0], .stored(output), in: node)
    }

    /// Whether a value's elements are somewhere already, not to be computed or put together here.
    private func isInMemory(_ name: String) -> Bool {
        switch values[name]?.content {
        case .expression, .concatenation: false
        default: true
        }
    }

    /// Writes a concatenation's inputs to their places. `views` are those in memory.
    private mutating func fill(
        _ output: BufferView, with views: [BufferView?], axis: Int, mayPlace: Bool, of node: Node
    ) throws(EngineError) {
        var start = 0
        var index = 0
        while index < views.count {
            let name = node.inputs[index]
            let extent = try shape(of: name, in: node)[axis]
            let part = output.sliced(axis: axis, start: start, count: extent)
            switch try value(name, for: node).content {
            case .expression(let expression): appendElementwise(expression, to: part, for: node)
            case .concatenation(let pending): appendCopies(of: pending, to: part, for: node)
            default:
                let (joined, count) = joinedNeighbours(Array(views[index...]), axis: axis)
                let view = try stored(name, for: node)
                let isFirstUse = views[..<index].allSatisfy { other in
                    other.map { program.root(of: $0.buffer) } != program.root(of: view.buffer)
                }
                if mayPlace, isFirstUse, let joined,
                    place(joined, at: output.sliced(axis: axis, start: start, count: joined.shape[axis]))
                {
                    start += joined.shape[axis]
                    index += count
                    continue
                }
                appendCopy(from: view, to: part, for: node)
            }
            start += extent
            index += 1
        }
    }

    /// The inputs' views where the result, or its sigmoid, is only a part of another concatenation along another axis: they are
    /// better copied there one by one. Nil where it is not, or where they are not reals in memory that nobody else needs.
    private func partsOfAnother(_ node: Node, axis: Int) throws(EngineError) -> [BufferView]? {
        guard var reader = onlyReader(of: node.outputs[0])?.node else { return nil }
        if reader.operatorType == "Sigmoid", let next = onlyReader(of: reader.outputs[0])?.node { reader = next }
        guard reader.operatorType == "Concat" else { return nil }
        let outer = try NodeAttributes(reader).int("axis", default: 1)
        let target = try shape(of: node.outputs[0], in: node)
        guard Shape(target).normalizedAxis(outer) != axis else { return nil }
        var parts: [BufferView] = []
        for name in node.inputs {
            guard useCount(name) == 1, case .stored(let view)? = values[name]?.content,
                values[name]?.type == .float32
            else { return nil }
            parts.append(view)
        }
        return parts
    }

    private mutating func appendCopies(of pending: PendingConcatenation, to target: BufferView, for node: Node) {
        var start = 0
        for part in pending.parts {
            let extent = part.shape[pending.axis]
            appendCopy(
                from: part, to: target.sliced(axis: pending.axis, start: start, count: extent),
                isSigmoid: pending.isSigmoid, for: node)
            start += extent
        }
    }

    /// A concatenation in memory that was meant to become part of another one.
    mutating func joined(_ pending: PendingConcatenation, _ name: String, shape: [Int], _ node: Node) -> BufferView {
        let output = makeLike(pending.parts[0], name, shape: shape)
        appendCopies(of: pending, to: output, for: node)
        return output
    }

    /// The value's view, or for a value that is not in memory yet one in whose order it would be; nil for what will be copied
    /// in parts.
    private mutating func orderedView(_ name: String, for node: Node) throws(EngineError) -> BufferView? {
        switch try value(name, for: node).content {
        case .expression(let expression): modelOperand(of: expression).broadcast(to: expression.shape)
        case .concatenation: nil
        default: try stored(name, for: node)
        }
    }

    /// Makes a float feature map's own buffer a part of another one, so that its producer writes there.
    ///
    /// - Returns: false when the buffer is not free to move.
    private mutating func place(_ view: BufferView, at part: BufferView) -> Bool {
        let buffer = program.buffers[view.buffer]
        guard case .pixels(let count, let channels) = buffer.form, buffer.parent == nil, buffer.isArena,
            !buffer.hasFixedPitch, view.covers(.pixels(view.buffer, shape: view.shape)),
            channels == view.shape[1], count * channels == view.elementCount, part.offset.row == 0,
            part.offset.image == 0, part.buffer != view.buffer
        else { return false }
        // Along spatial axes a part lies in one piece only behind complete rows of a single image.
        let pitch = BufferView.pixels(part.buffer, shape: view.shape)
        guard
            zip(view.shape.indices, view.shape).allSatisfy({ axis, extent in
                extent == 1 || pitch.strides[axis] == part.strides[axis]
            })
        else { return false }
        program.buffers[view.buffer].parent = Buffer.Parent(
            buffer: part.buffer, elementOffset: part.offset.element, pixelOffset: part.offset.pixel)
        return true
    }

    /// Constant padding of floats: a ground of the value, and a copy on it.
    mutating func lowerPad(_ node: Node) throws(EngineError) {
        let attributes = NodeAttributes(node)
        let name = try requiredInput(0, of: node)
        let shape = try shape(of: name, in: node)
        let target = try self.shape(of: node.outputs[0], in: node)
        var pads = try attributes.ints("pads")
        var value = try attributes.float("value", default: 0)
        if let input = input(1, of: node) { pads = constantInts(input) }
        if let input = input(2, of: node) {
            guard let scalar = scalar(input) else { return try lowerReference(node) }
            value = scalar
        }
        guard try attributes.string("mode", default: "constant") == "constant", input(3, of: node) == nil, let pads,
            pads.count == 2 * shape.count, pads.allSatisfy({ $0 >= 0 })
        else { return try lowerReference(node) }
        let view = try stored(name, for: node)
        let output = makeLike(view, node.outputs[0], shape: target)
        // The ground is one run of memory.
        program.buffers[output.buffer].hasFixedPitch = true
        append(node, as: "Pad", kind: .movement, reads: [], writes: [output]) { [value] resolver in
            FillStep(resolver.resolve(output), with: value)
        }
        var inner = output
        for axis in shape.indices { inner = inner.sliced(axis: axis, start: pads[axis], count: shape[axis]) }
        appendCopy(from: view, to: inner, isMovable: false, for: node)
        try define(node.outputs[0], .stored(output), in: node)
    }

    /// A resize of the spatial axes, as tables of input positions; nil for what only the plain executor does.
    func resizeAxes(_ node: Node) throws(EngineError) -> (
        rows: [ResizeAxis.Source], columns: [ResizeAxis.Source], interpolates: Bool
    )? {
        let attributes = NodeAttributes(node)
        let input = try shape(of: requiredInput(0, of: node), in: node)
        let output = try shape(of: node.outputs[0], in: node)
        let isUpsample = node.operatorType == "Upsample" || graph.operatorSetVersion < 11
        let mode = try attributes.string("mode", default: "nearest")
        guard input.count == 3 || input.count == 4, input[0] == output[0], input[1] == output[1],
            mode == "nearest" || mode == "linear", try attributes.int("antialias", default: 0) == 0,
            try attributes.string("keep_aspect_ratio_policy", default: "stretch") == "stretch",
            let coordinates = ResizeAxis.Coordinates(
                rawValue: try attributes.string(
                    "coordinate_transformation_mode", default: isUpsample ? "asymmetric" : "half_pixel")),
            let rounding = ResizeAxis.Rounding(
                rawValue: try attributes.string("nearest_mode", default: isUpsample ? "floor" : "round_prefer_floor"))
        else { return nil }
        let stated = resizeScales(node)
        var tables: [[ResizeAxis.Source]] = []
        for axis in 2..<input.count {
            var scale = Double(output[axis]) / Double(input[axis])
            if let stated {
                let index = (try attributes.ints("axes")).map { $0.firstIndex(of: axis) } ?? axis
                if let index, index < stated.count { scale = Double(stated[index]) }
            }
            guard scale > 0 else { return nil }
            let map = ResizeAxis(
                inputExtent: input[axis], outputExtent: output[axis], scale: scale, coordinates: coordinates)
            tables.append(mode == "nearest" ? map.nearest(rounding) : map.linear())
        }
        if tables.count == 1 { tables.insert([ResizeAxis.Source(index: 0, next: 0, share: 0)], at: 0) }
        return (tables[0], tables[1], mode == "linear")
    }

    /// The scales that a Resize or Upsample states, where it does not state sizes.
    private func resizeScales(_ node: Node) -> [Float]? {
        if case .floats(let scales) = node.attributes["scales"] { return scales }
        let index = graph.operatorSetVersion < 11 ? 1 : 2
        guard let name = input(index, of: node), let tensor = constant(name), tensor.elementType == .float32,
            tensor.elementCount > 0
        else { return nil }
        return tensor.array(of: Float.self)
    }

    mutating func lowerResize(_ node: Node) throws(EngineError) {
        guard let axes = try resizeAxes(node) else { return try lowerReference(node) }
        if try lowerQuantizedResize(node, axes.rows, axes.columns, interpolates: axes.interpolates) { return }
        let name = try requiredInput(0, of: node)
        let input = try channelsLast(name, for: node).asImage
        let output = makeFeatureMap(node.outputs[0], shape: try shape(of: node.outputs[0], in: node))
        try define(node.outputs[0], .stored(output), in: node)
        let floatKernels = floatKernels
        append(
            node, kind: .float, reads: [input], writes: [output],
            scratchBytes: axes.interpolates ? input.shape[1] * input.shape[3] * 4 : 0
        ) { resolver in
            ResizeStep<Float>(
                input: resolver.resolve(input).featureMap(of: Float.self),
                output: resolver.resolve(output.asImage).featureMap(of: Float.self), rows: axes.rows,
                columns: axes.columns, interpolates: axes.interpolates, border: nil, kernels: floatKernels)
        }
    }
}
