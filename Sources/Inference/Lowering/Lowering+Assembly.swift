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
        var views: [BufferView] = []
        for name in node.inputs { views.append(try orderedView(name, for: node)) }
        let isFeatureMap =
            (target.count == 3 || target.count == 4) && target[1] > 1
            && views.filter(\.isChannelsLast).count * 2 > views.count
        let output: BufferView
        if isFeatureMap {
            output = makeFeatureMap(node.outputs[0], shape: target)
        } else {
            output = makeLike(views[0], node.outputs[0], shape: target)
        }
        var start = 0
        var index = 0
        while index < views.count {
            let extent = try self.shape(of: node.inputs[index], in: node)[axis]
            let part = output.sliced(axis: axis, start: start, count: extent)
            if case .expression(let expression) = try value(node.inputs[index], for: node).content {
                appendElementwise(expression, to: part, for: node)
            } else {
                let (joined, count) = joinedNeighbours(views[index...].map { $0 }, axis: axis)
                let isFirstUse = views[..<index].allSatisfy {
                    program.root(of: $0.buffer) != program.root(of: views[index].buffer)
                }
                if isFeatureMap, isFirstUse, let joined,
                    place(joined, at: output.sliced(axis: axis, start: start, count: joined.shape[axis]))
                {
                    start += joined.shape[axis]
                    index += count
                    continue
                }
                appendCopy(from: views[index], to: part, for: node)
            }
            start += extent
            index += 1
        }
        try define(node.outputs[0], .stored(output), in: node)
    }

    /// The value's view, or for a value that is not in memory yet one in whose order it would be.
    private mutating func orderedView(_ name: String, for node: Node) throws(EngineError) -> BufferView {
        if case .expression(let expression) = try value(name, for: node).content {
            return modelOperand(of: expression).broadcast(to: expression.shape)
        }
        return try stored(name, for: node)
    }

    /// Makes a float feature map's own buffer a part of another one, so that its producer writes there.
    ///
    /// - Returns: false when the buffer is not free to move.
    private mutating func place(_ view: BufferView, at part: BufferView) -> Bool {
        let buffer = program.buffers[view.buffer]
        guard case .pixels(let count, let channels) = buffer.form, buffer.parent == nil, buffer.isArena,
            view.covers(.pixels(view.buffer, shape: view.shape)),
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
        append(node, as: "Pad", kind: .movement, reads: [], writes: [output]) { [value] resolver in
            FillStep(resolver.resolve(output), with: value)
        }
        var inner = output
        for axis in shape.indices { inner = inner.sliced(axis: axis, start: pads[axis], count: shape[axis]) }
        appendCopy(from: view, to: inner, for: node)
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
