import ONNX
import Tensors

/// Chooses the shapes of a network's inputs, where its file leaves some open.
struct InputShapes {
    let graph: Graph
    let given: [String: Shape]

    /// The input types: given shapes where there are any, else the declared ones with open extents filled in: 1 for the
    /// batch, and the metadata's `imgsz` for height and width.
    ///
    /// - Throws: ``OperatorError/invalidInput(name:detail:)`` for shapes that contradict the file, and for extents that
    ///   are open and have no default.
    func types() throws(OperatorError) -> [String: ValueType] {
        if let unknown = given.keys.sorted().first(where: { name in !graph.inputs.contains { $0.name == name } }) {
            let names = graph.inputs.map(\.name).joined(separator: ", ")
            throw .invalidInput(name: unknown, detail: "the network has no such input; its inputs are \(names)")
        }
        var types: [String: ValueType] = [:]
        var bound: [String: Int] = [:]
        for input in graph.inputs {
            let shape: Shape
            if let chosen = given[input.name] {
                shape = try checked(chosen, against: input)
            } else {
                shape = try filled(input)
            }
            for case (.symbolic(let name), let extent) in zip(input.dimensions, shape.dimensions) where !name.isEmpty {
                guard bound.updateValue(extent, forKey: name) ?? extent == extent else {
                    throw .invalidInput(
                        name: input.name, detail: "'\(name)' would have two extents; give all input shapes")
                }
            }
            types[input.name] = ValueType(shape: shape, elementType: input.elementType)
        }
        return types
    }

    private func checked(_ shape: Shape, against input: ValueInfo) throws(OperatorError) -> Shape {
        let fits =
            shape.rank == input.dimensions.count
            && zip(shape.dimensions, input.dimensions).allSatisfy { extent, dimension in
                if case .fixed(let fixed) = dimension { fixed == extent } else { extent > 0 }
            }
        guard fits else {
            throw .invalidInput(name: input.name, detail: "shape \(shape) does not fit \(input.dimensionList)")
        }
        return shape
    }

    private func filled(_ input: ValueInfo) throws(OperatorError) -> Shape {
        var extents: [Int] = []
        for (axis, dimension) in input.dimensions.enumerated() {
            switch dimension {
            case .fixed(let extent): extents.append(extent)
            case .symbolic where axis == 0: extents.append(1)
            case .symbolic: extents.append(try imageExtent(axis, of: input))
            }
        }
        return Shape(extents)
    }

    private func imageExtent(_ axis: Int, of input: ValueInfo) throws(OperatorError) -> Int {
        let metadata: ModelMetadata
        do {
            metadata = try graph.modelMetadata
        } catch {
            throw .invalidInput(name: input.name, detail: "its size is not known: \(error)")
        }
        guard input.dimensions.count == 4, axis >= 2, let size = metadata.imageSize else {
            let example = input.dimensions.count == 4 ? "1x3x640x640" : "1x..."
            throw .invalidInput(
                name: input.name,
                detail: "axis \(axis) of \(input.dimensionList) is open and the file's metadata give no imgsz; "
                    + "give the input's shape, such as \(input.name)=\(example)")
        }
        return axis == 2 ? size.height : size.width
    }
}

extension ValueInfo {
    /// Such as `batch x 3 x height x width`.
    fileprivate var dimensionList: String {
        dimensions.map { dimension in
            switch dimension {
            case .fixed(let extent): "\(extent)"
            case .symbolic(let name): name.isEmpty ? "?" : name
            }
        }.joined(separator: " x ")
    }
}
