import Tensors

/// Turns a decoded model into a ``Graph``, refusing what does not hold together.
struct GraphImporter {
    let path: String
    private(set) var tensors: TensorImporter
    private var operatorSetVersion: Int
    /// How many branches the graph lies in.
    private let depth: Int

    /// Who provides each value: a graph input, an initialiser, or a node's output.
    private var providers: Set<String> = []

    private var initializers: [String: Tensor] = [:]

    init(path: String) {
        self.init(path: path, tensors: TensorImporter(path: path), operatorSetVersion: 0, depth: 0)
    }

    /// - Parameters:
    ///   - tensors: what has been read of the same file before.
    ///   - depth: how many branches the graph lies in.
    init(path: String, tensors: TensorImporter, operatorSetVersion: Int, depth: Int) {
        self.path = path
        self.depth = depth
        self.tensors = tensors
        self.operatorSetVersion = operatorSetVersion
    }

    mutating func graph(of model: ONNXModelProto) throws(ONNXError) -> Graph {
        guard model.hasGraph else { throw .damaged(path: path, byteOffset: nil, detail: "holds no graph") }
        operatorSetVersion = try operatorSetVersion(of: model)
        let proto = model.graph
        try readInitializers(of: proto, place: "graph")
        let inputs = try readInputs(proto.input)
        let nodes = try readNodes(proto.node)
        let outputs = try readOutputs(proto.output, of: "graph")
        let ordered = try TopologicalOrder(path: path).sorted(
            nodes, available: Set(inputs.map(\.name)).union(initializers.keys), outputs: outputs)
        return Graph(
            name: proto.name, operatorSetVersion: operatorSetVersion, inputs: inputs, outputs: outputs, nodes: ordered,
            initializers: initializers, metadata: try metadata(of: model))
    }

    /// A branch of an `If`, which may read values of the graph around it.
    mutating func branch(_ proto: ONNXGraphProto, place: String) throws(ONNXError) -> Graph {
        guard proto.input.isEmpty else { throw .invalid(path: path, place: place, detail: "a branch has no inputs") }
        try readInitializers(of: proto, place: place)
        let nodes = try readNodes(proto.node)
        let outputs = try readOutputs(proto.output, of: place)
        var graph = Graph(
            name: proto.name, operatorSetVersion: operatorSetVersion, outputs: outputs, nodes: nodes,
            initializers: initializers)
        graph.nodes = try TopologicalOrder(path: path).sorted(
            nodes, available: graph.namesFromOutside.union(initializers.keys), outputs: outputs)
        return graph
    }

    private func operatorSetVersion(of model: ONNXModelProto) throws(ONNXError) -> Int {
        let versions = model.opsetImport.filter { $0.domain.isEmpty || $0.domain == "ai.onnx" }.map(\.version)
        guard let version = versions.first else {
            throw .invalid(path: path, place: "model", detail: "names no version of the ONNX operator set")
        }
        let supported = Graph.supportedOperatorSets
        guard versions.allSatisfy({ $0 == version }), supported.contains(Int(version)) else {
            let found = versions.map { "\($0)" }.joined(separator: ", ")
            throw .unsupported(
                path: path, place: "model",
                detail: "operator set \(found) is not supported; export with one of \(supported.lowerBound) to "
                    + "\(supported.upperBound)")
        }
        return Int(version)
    }

    private func metadata(of model: ONNXModelProto) throws(ONNXError) -> [String: String] {
        var metadata: [String: String] = [:]
        for entry in model.metadataProps where metadata.updateValue(entry.value, forKey: entry.key) != nil {
            try checkName(entry.key, of: "metadata entry")
            throw .invalid(path: path, place: "metadata entry '\(entry.key)'", detail: "occurs twice")
        }
        return metadata
    }

    // MARK: - Values

    private mutating func readInitializers(of graph: ONNXGraphProto, place: String) throws(ONNXError) {
        guard graph.sparseInitializer.isEmpty else {
            throw .unsupported(path: path, place: place, detail: "sparse initializers are not supported")
        }
        initializers.reserveCapacity(graph.initializer.count)
        for proto in graph.initializer {
            try provide(proto.name, by: "initializer")
            initializers[proto.name] = try tensors.tensor(of: proto, place: "initializer '\(proto.name)'")
        }
    }

    /// Reads the declared inputs. Old files list initialisers among them, as defaults; those stay constants here.
    private mutating func readInputs(_ protos: [ONNXValueInfoProto]) throws(ONNXError) -> [ValueInfo] {
        var inputs: [ValueInfo] = []
        for proto in protos where initializers[proto.name] == nil {
            try provide(proto.name, by: "input")
            let place = "input '\(proto.name)'"
            let tensorType = try tensorType(of: proto, place: place)
            guard let tensorType, tensorType.hasShape else {
                throw .unsupported(path: path, place: place, detail: "its shape is not declared; export with a shape")
            }
            inputs.append(try valueInfo(named: proto.name, tensorType, place: place))
        }
        return inputs
    }

    private func readOutputs(_ protos: [ONNXValueInfoProto], of place: String) throws(ONNXError) -> [ValueInfo] {
        guard !protos.isEmpty else { throw .invalid(path: path, place: place, detail: "has no outputs") }
        var seen: Set<String> = []
        var outputs: [ValueInfo] = []
        for proto in protos {
            try checkName(proto.name, of: "output")
            let place = "output '\(proto.name)'"
            guard seen.insert(proto.name).inserted else {
                throw .invalid(path: path, place: place, detail: "is listed twice")
            }
            // Outputs may leave their type open; shape inference finds it.
            if let tensorType = try tensorType(of: proto, place: place), tensorType.elemType != 0 {
                outputs.append(try valueInfo(named: proto.name, tensorType, place: place))
            } else {
                outputs.append(ValueInfo(name: proto.name, elementType: .float32, dimensions: []))
            }
        }
        return outputs
    }

    private func tensorType(of proto: ONNXValueInfoProto, place: String) throws(ONNXError) -> ONNXTypeProto.Tensor? {
        switch proto.type.value {
        case .tensorType(let type): return type
        case nil: return nil
        case .sequenceType: throw .unsupported(path: path, place: place, detail: "sequences are not supported")
        case .mapType: throw .unsupported(path: path, place: place, detail: "maps are not supported")
        case .sparseTensorType: throw .unsupported(path: path, place: place, detail: "sparse tensors are not supported")
        case .optionalType: throw .unsupported(path: path, place: place, detail: "optional values are not supported")
        }
    }

    private func valueInfo(
        named name: String, _ type: ONNXTypeProto.Tensor, place: String
    ) throws(ONNXError) -> ValueInfo {
        let elementType = try TensorImporter.elementType(type.elemType, path: path, place: place)
        guard type.shape.dim.count <= TensorImporter.maximumRank else {
            throw .unsupported(path: path, place: place, detail: "has \(type.shape.dim.count) dimensions")
        }
        let dimensions = type.shape.dim.map { dimension in
            switch dimension.value {
            // Some exporters write -1 for an extent that is not known.
            case .dimValue(let extent) where extent >= 0: Dimension.fixed(Int(extent))
            case .dimParam(let parameter): Dimension.symbolic(parameter)
            case .dimValue, nil: Dimension.symbolic("")
            }
        }
        return ValueInfo(name: name, elementType: elementType, dimensions: dimensions)
    }

    private mutating func provide(_ name: String, by kind: String) throws(ONNXError) {
        try checkName(name, of: kind)
        guard providers.insert(name).inserted else {
            throw .invalid(path: path, place: "\(kind) '\(name)'", detail: "another value has the same name")
        }
    }

    /// Names are shown in one-line messages and used as file names: control characters in them can only be damage.
    private func checkName(_ name: String, of kind: String) throws(ONNXError) {
        guard !name.isEmpty else { throw .invalid(path: path, place: kind, detail: "has no name") }
        guard name.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            throw .invalid(path: path, place: kind, detail: "has control characters in its name")
        }
    }

    // MARK: - Nodes

    private mutating func readNodes(_ protos: [ONNXNodeProto]) throws(ONNXError) -> [Node] {
        var names = Set(protos.map(\.name))
        var used: Set<String> = []
        var nodes: [Node] = []
        nodes.reserveCapacity(protos.count)
        for (index, proto) in protos.enumerated() {
            try checkName(proto.opType, of: "operator of node \(index)")
            var name = proto.name
            if name.isEmpty || !used.insert(name).inserted {
                name = Self.inventedName(name.isEmpty ? "\(proto.opType)_\(index)" : name, avoiding: &names)
            }
            try checkName(name, of: "node \(index)")
            let node = try node(named: name, of: proto)
            for output in node.outputs where !output.isEmpty {
                try provide(output, by: "output of node '\(name)'")
            }
            if node.operatorType == "Constant" && node.domain.isEmpty {
                try readConstant(node)
            } else {
                nodes.append(node)
            }
        }
        return nodes
    }

    /// What branches among the attributes read from the graph around them.
    private func namesRead(by attributes: [String: AttributeValue]) -> [String] {
        var names: Set<String> = []
        for case .graph(let branch) in attributes.values { names.formUnion(branch.namesFromOutside) }
        return names.sorted()
    }

    private static func inventedName(_ base: String, avoiding names: inout Set<String>) -> String {
        var name = base
        var suffix = 1
        while !names.insert(name).inserted {
            name = "\(base)_\(suffix)"
            suffix += 1
        }
        return name
    }

    private mutating func node(named name: String, of proto: ONNXNodeProto) throws(ONNXError) -> Node {
        let importer = AttributeImporter(
            path: path, node: name, operatorType: proto.opType, operatorSetVersion: operatorSetVersion,
            depth: depth)
        let attributes = try importer.attributes(of: proto.attribute, tensors: &tensors)
        for input in proto.input where !input.isEmpty { try checkName(input, of: "input of node '\(name)'") }
        return Node(
            name: name, operatorType: proto.opType, domain: proto.domain == "ai.onnx" ? "" : proto.domain,
            inputs: proto.input + namesRead(by: attributes), outputs: proto.output, attributes: attributes)
    }

    /// A Constant node becomes an initialiser at once: all that follows then knows one kind of constant only.
    private mutating func readConstant(_ node: Node) throws(ONNXError) {
        guard let output = node.outputs.first, !output.isEmpty, let (attribute, value) = node.attributes.first,
            node.attributes.count == 1, node.outputs.count == 1
        else {
            throw .invalid(
                path: path, place: "node '\(node.name)' (Constant)", detail: "needs one output and one attribute")
        }
        switch (attribute, value) {
        case ("value", .tensor(let tensor)): initializers[output] = tensor
        case ("value_float", .float(let scalar)): initializers[output] = Tensor(scalar: scalar)
        case ("value_int", .int(let scalar)): initializers[output] = Tensor(scalar: Int64(scalar))
        case ("value_floats", .floats(let list)): initializers[output] = Tensor(list, shape: [list.count])
        case ("value_ints", .ints(let list)):
            initializers[output] = Tensor(list.map { Int64($0) }, shape: [list.count])
        default:
            throw .unsupportedAttribute(
                path: path, node: node.name, operatorType: "Constant", attribute: attribute,
                detail: "constants of this kind are not supported")
        }
    }
}
