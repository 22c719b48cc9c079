import ONNX
import Operators
import Tensors

/// Applies a ``QuantizationPolicy`` to a graph.
package struct PlacementPlanner {
    private typealias Reading = GraphIndex.Reading

    private let graph: StaticGraph
    private let index: GraphIndex
    private let policy: QuantizationPolicy

    private var layers: [ConvolutionLayer] = []
    private var layerNodes: [Int: ConvolutionLayer] = [:]
    private var floatLayers: [FloatLayer] = []

    /// Additions that turned out to lack an integer operand.
    private var floatAdditions: Set<Int> = []
    private var integerNodes: Set<Int> = []
    private var fusedActivations: Set<Int> = []

    package init(_ graph: StaticGraph, policy: QuantizationPolicy) {
        self.graph = graph
        self.policy = policy
        index = GraphIndex(graph.graph)
    }

    package mutating func plan() throws(QuantizationError) -> Placement {
        try findLayers()
        repeat { markIntegerNodes() } while rejectAdditions()
        var placement = Placement(
            layers: layers, integerNodes: integerNodes, fusedActivations: fusedActivations, groups: [],
            groupOfValue: [:], integerReadings: integerReadings(), floatLayers: floatLayers)
        group(&placement)
        return placement
    }

    // MARK: Convolutions

    private mutating func findLayers() throws(QuantizationError) {
        for (nodeIndex, node) in index.nodes.enumerated()
        where node.operatorType == "Conv" && node.hasDefaultDomain() {
            if policy.floatLayers.contains(node.name) {
                floatLayers.append(FloatLayer(name: node.name, reason: "asked for"))
                continue
            }
            if readsProbabilities(node) {
                floatLayers.append(FloatLayer(name: node.name, reason: "decodes a distribution that Softmax computes"))
                continue
            }
            switch ConvolutionLayer.read(nodeIndex, of: graph) {
            case .success(let layer):
                layers.append(layer)
                layerNodes[nodeIndex] = layer
            case .failure(let refusal):
                floatLayers.append(FloatLayer(name: node.name, reason: refusal.reason))
            }
        }
        guard !layers.isEmpty else {
            let reasons = floatLayers.prefix(3).map { "'\($0.name)': \($0.reason)" }.joined(separator: ", ")
            throw .nothingToQuantize(
                detail: floatLayers.isEmpty
                    ? "the network has no convolution" : "all convolutions stay float (\(reasons))")
        }
    }

    private static let rearrangingOperators: Set<String> = [
        "Reshape", "Transpose", "Slice", "Split", "Squeeze", "Unsqueeze", "Flatten", "Concat", "Identity",
    ]

    /// Whether a convolution's input is the result of a Softmax, at most rearranged: the expectation over a
    /// distribution with which YOLO heads decode box sides. It belongs to the decoding, which is float.
    private func readsProbabilities(_ node: Node) -> Bool {
        var value = node.inputs.first ?? ""
        while let producer = index.producer(of: value) {
            if producer.operatorType == "Softmax" { return true }
            guard Self.rearrangingOperators.contains(producer.operatorType), let source = producer.inputs.first else {
                return false
            }
            value = source
        }
        return false
    }

    // MARK: Integer operators

    /// From the last node to the first, so that a node's readers are decided before it.
    private mutating func markIntegerNodes() {
        integerNodes = []
        fusedActivations = []
        for nodeIndex in index.nodes.indices.reversed() {
            let node = index.nodes[nodeIndex]
            guard node.hasDefaultDomain() else { continue }
            if policy.movementOperators.contains(node.operatorType), movesElements(node) {
                if node.outputs.allSatisfy({ $0.isEmpty || isReadAsIntegersOnly($0) }) {
                    integerNodes.insert(nodeIndex)
                }
            } else if node.operatorType == "Add", policy.residualAdditions == .integer,
                !floatAdditions.contains(nodeIndex), addsFeatureMaps(node)
            {
                markAddition(nodeIndex, node)
            }
        }
    }

    private mutating func markAddition(_ nodeIndex: Int, _ node: Node) {
        guard let sum = node.outputs.first else { return }
        if isReadAsIntegersOnly(sum) {
            integerNodes.insert(nodeIndex)
        } else if let only = index.readings(of: sum).first, index.readings(of: sum).count == 1,
            !index.graphOutputs.contains(sum), index.nodes[only.node].operatorType == "Relu",
            let result = index.nodes[only.node].outputs.first, isReadAsIntegersOnly(result)
        {
            integerNodes.insert(nodeIndex)
            fusedActivations.insert(only.node)
        }
    }

    /// Additions become float when an operand comes from a float operator, or when no operand is needed as integers
    /// by anyone else.
    ///
    /// - Returns: whether there was one, in which case the marking must be repeated.
    private mutating func rejectAdditions() -> Bool {
        var rejected = false
        for nodeIndex in integerNodes where index.nodes[nodeIndex].operatorType == "Add" {
            let operands = index.nodes[nodeIndex].inputs
            let isIntegerAlready = operands.contains { operand in
                index.readings(of: operand).contains { $0.node != nodeIndex && isInteger($0) }
            }
            if !isIntegerAlready || !operands.allSatisfy(comesFromIntegers) {
                floatAdditions.insert(nodeIndex)
                rejected = true
            }
        }
        return rejected
    }

    /// Whether a value leaves an integer kernel: a convolution with its activation, or another integer operator.
    private func comesFromIntegers(_ value: String) -> Bool {
        if index.graphInputs.contains(value) { return true }
        guard let producer = index.producers[index.sourceBeforeActivations(of: value)] else { return false }
        return layerNodes[producer] != nil || integerNodes.contains(producer)
    }

    private func isInteger(_ reading: Reading) -> Bool {
        if layerNodes[reading.node] != nil { return reading.input == 0 }
        guard integerNodes.contains(reading.node) else { return false }
        // Only the data of Split, Slice and Resize; the other inputs are their parameters.
        return ["Concat", "Add"].contains(index.nodes[reading.node].operatorType) || reading.input == 0
    }

    private func isReadAsIntegersOnly(_ value: String) -> Bool {
        let readings = index.readings(of: value)
        return !readings.isEmpty && !index.graphOutputs.contains(value) && readings.allSatisfy(isInteger)
    }

    private func integerReadings() -> Set<GraphIndex.Reading> {
        var result: Set<GraphIndex.Reading> = []
        for readings in index.readings.values { result.formUnion(readings.filter(isInteger)) }
        return result
    }

    // MARK: What an operator does

    /// Whether the node, one of the policy's movement operators, really leaves values as they are.
    private func movesElements(_ node: Node) -> Bool {
        let data = node.operatorType == "Concat" ? node.inputs : Array(node.inputs.prefix(1))
        guard data.allSatisfy(isFloatFeatureMap), node.outputs.first.map(isFloatFeatureMap) == true else {
            return false
        }
        switch node.operatorType {
        case "MaxPool": return node.outputs.count == 1 || node.outputs[1].isEmpty
        case "Resize": return node.stringAttribute("mode", default: "nearest") == "nearest"
        case "Pad": return node.stringAttribute("mode", default: "constant") == "constant" && padsWithZero(node)
        default: return true
        }
    }

    private func padsWithZero(_ node: Node) -> Bool {
        guard node.inputs.count > 2, !node.inputs[2].isEmpty else { return true }
        guard let value = index.constants[node.inputs[2]], value.elementType == .float32 else { return false }
        return value.array(of: Float.self) == [0]
    }

    /// A computed value of four dimensions, not a constant.
    private func isFloatFeatureMap(_ value: String) -> Bool {
        guard index.constants[value] == nil, let type = graph.types[value] else { return false }
        return type.elementType == .float32 && type.shape.rank == 4
    }

    private func addsFeatureMaps(_ node: Node) -> Bool {
        guard node.inputs.count == 2, node.inputs.allSatisfy(isFloatFeatureMap) else { return false }
        return graph.types[node.inputs[0]]?.shape == graph.types[node.inputs[1]]?.shape
    }
}

// MARK: - Groups

extension PlacementPlanner {
    /// Joins the values on both sides of every movement operator; values nobody joins are groups of one.
    private func group(_ placement: inout Placement) {
        var sets = DisjointSets()
        let quantized = valuesInOrder(readBy: placement.integerReadings)
        for value in quantized { sets.add(value) }
        for nodeIndex in placement.integerNodes.sorted() {
            let node = index.nodes[nodeIndex]
            guard node.operatorType != "Add" else { continue }
            let data = node.operatorType == "Concat" ? node.inputs : Array(node.inputs.prefix(1))
            let joined = data + node.outputs.filter { !$0.isEmpty }
            for value in joined.dropFirst() { sets.join(joined[0], value) }
        }
        var groupOfRoot: [String: Int] = [:]
        for value in quantized {
            let root = sets.root(of: value)
            let group = groupOfRoot[root] ?? placement.groups.count
            if group == placement.groups.count {
                groupOfRoot[root] = group
                placement.groups.append(ParameterGroup(values: [], isPerChannel: false))
            }
            placement.groups[group].values.append(value)
            placement.groupOfValue[value] = group
        }
        for group in placement.groups.indices {
            placement.groups[group].isPerChannel = isPerChannel(placement.groups[group], placement)
        }
    }

    /// Rule 4 of the policy.
    private func isPerChannel(_ group: ParameterGroup, _ placement: Placement) -> Bool {
        guard policy.depthwiseActivations == .perChannel, group.values.count == 1,
            !index.graphInputs.contains(group.values[0])
        else { return false }
        return index.readings(of: group.values[0]).filter(placement.integerReadings.contains).allSatisfy { reading in
            layerNodes[reading.node]?.isDepthwise == true
        }
    }

    /// The quantised values: graph inputs first, then as the nodes compute them.
    private func valuesInOrder(readBy readings: Set<GraphIndex.Reading>) -> [String] {
        let names = Set(readings.map { index.nodes[$0.node].inputs[$0.input] })
        let computed = graph.graph.inputs.map(\.name) + index.nodes.flatMap(\.outputs)
        return computed.filter(names.contains)
    }
}
