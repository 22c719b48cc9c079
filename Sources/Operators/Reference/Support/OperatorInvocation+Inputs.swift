import Tensors

extension OperatorInvocation {
    /// An input that must be there.
    func input(_ index: Int) throws(OperatorError) -> Tensor {
        guard let tensor = optionalInput(index) else { throw failure("input \(index) is missing") }
        return tensor
    }

    /// An input that may be absent.
    func optionalInput(_ index: Int) -> Tensor? { index < inputs.count ? inputs[index] : nil }

    /// All inputs, none of which may be absent.
    func allInputs() throws(OperatorError) -> [Tensor] {
        var tensors: [Tensor] = []
        for index in inputs.indices { tensors.append(try input(index)) }
        return tensors
    }

    /// A required input of a known element type.
    func input(_ index: Int, of types: Set<ElementType>) throws(OperatorError) -> Tensor {
        let tensor = try input(index)
        guard types.contains(tensor.elementType) else {
            throw failure("input \(index) has elements of type \(tensor.elementType), which is not supported")
        }
        return tensor
    }

    func requireSameType(_ tensors: Tensor...) throws(OperatorError) {
        for tensor in tensors.dropFirst() where tensor.elementType != tensors[0].elementType {
            throw failure("inputs of types \(tensors[0].elementType) and \(tensor.elementType) are mixed")
        }
    }

    /// The elements of an integer input that says axes, extents, indices or the like.
    func integers(_ index: Int) throws(OperatorError) -> [Int]? {
        guard let tensor = optionalInput(index) else { return nil }
        return try integers(in: tensor, called: "input \(index)")
    }

    func integers(in tensor: Tensor, called name: String) throws(OperatorError) -> [Int] {
        switch tensor.elementType {
        case .int64: tensor.array(of: Int64.self).map { Int($0) }
        case .int32: tensor.array(of: Int32.self).map { Int($0) }
        default: throw failure("\(name) has elements of type \(tensor.elementType) where integers are wanted")
        }
    }

    /// The one element of an integer input.
    func integer(_ index: Int) throws(OperatorError) -> Int? {
        guard let values = try integers(index) else { return nil }
        guard values.count == 1 else {
            throw failure("input \(index) has \(values.count) elements where one is wanted")
        }
        return values[0]
    }

    /// The elements of a floating-point input as doubles.
    func doubles(_ index: Int) throws(OperatorError) -> [Double]? {
        guard let tensor = optionalInput(index) else { return nil }
        switch tensor.elementType {
        case .float32: return tensor.array(of: Float.self).map { Double($0) }
        case .float64: return tensor.array(of: Double.self)
        case .float16: return tensor.array(of: Float16.self).map { Double($0) }
        default: throw failure("input \(index) has elements of type \(tensor.elementType) where floats are wanted")
        }
    }

    // MARK: Axes

    /// An axis counted from the front.
    func axis(_ axis: Int, of shape: Shape) throws(OperatorError) -> Int {
        guard let normalized = shape.normalizedAxis(axis) else {
            throw failure("axis \(axis) does not exist in a tensor of \(shape)")
        }
        return normalized
    }

    /// Different axes counted from the front, in the order given.
    func axes(_ axes: [Int], of shape: Shape) throws(OperatorError) -> [Int] {
        var result: [Int] = []
        for value in axes {
            let normalized = try axis(value, of: shape)
            guard !result.contains(normalized) else { throw failure("axis \(value) is named twice") }
            result.append(normalized)
        }
        return result
    }

    /// An index along an axis, where negative ones count from the end.
    func index(_ index: Int, extent: Int) throws(OperatorError) -> Int {
        let normalized = index < 0 ? index + extent : index
        guard (0..<extent).contains(normalized) else {
            throw failure("index \(index) is outside of an extent of \(extent)")
        }
        return normalized
    }
}
