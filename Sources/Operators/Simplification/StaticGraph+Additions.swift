import Tensors

extension StaticGraph {
    /// A name that no value has: the one wished for, with underscores behind it where it is taken.
    func unusedName(_ wished: String) -> String {
        var name = wished
        while types[name] != nil { name += "_" }
        return name
    }

    /// Adds an initialiser under a free name, which is returned.
    mutating func addConstant(_ tensor: Tensor, named wished: String) -> String {
        let name = unusedName(wished)
        graph.initializers[name] = tensor
        types[name] = ValueType(shape: tensor.shape, elementType: tensor.elementType)
        return name
    }
}
