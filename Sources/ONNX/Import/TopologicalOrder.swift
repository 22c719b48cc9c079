/// Puts nodes into an order in which every value is written before it is read.
struct TopologicalOrder {
    let path: String

    /// The nodes in an order that runs, the given order wherever it does.
    ///
    /// - Parameter available: values that need no node: inputs and initialisers.
    /// - Throws: ``ONNXError/invalid(path:place:detail:)`` for values that nobody writes and for cycles.
    /// - Complexity: linear in nodes and their inputs.
    func sorted(_ nodes: [Node], available: Set<String>, outputs: [ValueInfo]) throws(ONNXError) -> [Node] {
        var writers: [String: Int] = [:]
        for (index, node) in nodes.enumerated() {
            for output in node.outputs where !output.isEmpty { writers[output] = index }
        }
        for output in outputs where writers[output.name] == nil && !available.contains(output.name) {
            throw .invalid(path: path, place: "output '\(output.name)'", detail: "no node writes it")
        }
        var missing = [Int](repeating: 0, count: nodes.count)
        var readers = [[Int]](repeating: [], count: nodes.count)
        var isSorted = true
        for (index, node) in nodes.enumerated() {
            for input in node.inputs where !input.isEmpty && !available.contains(input) {
                guard let writer = writers[input] else {
                    throw .invalid(
                        path: path, place: "node '\(node.name)' (\(node.operatorType))",
                        detail: "reads '\(input)', which nothing writes")
                }
                missing[index] += 1
                readers[writer].append(index)
                isSorted = isSorted && writer < index
            }
        }
        return isSorted ? nodes : try reordered(nodes, missing: missing, readers: readers)
    }

    /// Kahn's algorithm.
    private func reordered(_ nodes: [Node], missing: [Int], readers: [[Int]]) throws(ONNXError) -> [Node] {
        var missing = missing
        var order = nodes.indices.filter { missing[$0] == 0 }
        var next = 0
        while next < order.count {
            for reader in readers[order[next]] {
                missing[reader] -= 1
                if missing[reader] == 0 { order.append(reader) }
            }
            next += 1
        }
        if let stuck = missing.firstIndex(where: { $0 > 0 }) {
            throw .invalid(
                path: path, place: "node '\(nodes[stuck].name)' (\(nodes[stuck].operatorType))",
                detail: "waits for its own result: the graph has a cycle")
        }
        return order.map { nodes[$0] }
    }
}
