import Tensors

/// An equation with the extents of its axes.
struct EinsumPlan {
    /// The result's axes, then those that are summed over.
    private let extents: [Int]
    private let resultRank: Int

    /// For each operand, its stride along each of ``extents``; 0 where it has no such axis.
    private let strides: [[Int]]

    init(_ call: OperatorInvocation, _ shapes: [Shape]) throws(OperatorError) {
        let equation = try call.string("equation", default: "").filter { $0 != " " }
        let sides = equation.split(separator: "-", omittingEmptySubsequences: false)
        guard sides.count <= 2, sides.count == 1 || sides[1].hasPrefix(">") else {
            throw call.unsupported("equation", "'\(equation)' is none")
        }
        let terms = sides[0].split(separator: ",", omittingEmptySubsequences: false)
        guard terms.count == shapes.count else {
            throw call.unsupported("equation", "'\(equation)' has \(terms.count) terms for \(shapes.count) inputs")
        }
        var labels: [[String]] = []
        for (term, shape) in zip(terms, shapes) { labels.append(try Self.labels(term, rank: shape.rank, call)) }
        var extentOf: [String: Int] = [:]
        for (names, shape) in zip(labels, shapes) {
            for (name, extent) in zip(names, shape.dimensions) {
                let known = extentOf[name] ?? 1
                guard known == extent || known == 1 || (extent == 1 && name.hasPrefix(".")) else {
                    throw call.failure("axis '\(name)' has both \(known) and \(extent) indices")
                }
                extentOf[name] = extent == 1 ? known : extent
            }
        }
        let result = try Self.result(sides.count == 2 ? sides[1].dropFirst() : nil, labels, call)
        guard result.allSatisfy({ extentOf[$0] != nil }), Set(result).count == result.count else {
            throw call.unsupported("equation", "'\(equation)' asks for axes that no input has, or twice for one")
        }
        let summed = extentOf.keys.filter { !result.contains($0) }.sorted()
        let axes = result + summed
        extents = axes.map { extentOf[$0] ?? 1 }
        resultRank = result.count
        strides = zip(labels, shapes).map { names, shape in
            axes.map { axis in
                names.indices.reduce(0) { $0 + (names[$1] == axis && shape[$1] != 1 ? shape.strides[$1] : 0) }
            }
        }
        try call.checkSize(Shape(Array(extents[..<resultRank])))
        try call.checkWork(extents)
    }

    /// The names of a term's axes; those that an ellipsis stands for are numbered from the last.
    private static func labels(
        _ term: Substring, rank: Int, _ call: OperatorInvocation
    ) throws(OperatorError) -> [String] {
        let parts = term.components(around: "...")
        let named = parts.joined().count
        guard parts.count <= 2, parts.joined().allSatisfy({ $0.isLetter && $0.isASCII }),
            parts.count == 1 ? named == rank : named <= rank
        else { throw call.unsupported("equation", "term '\(term)' does not fit \(rank) axes") }
        let hidden = (0..<rank - named).reversed().map { ".\($0)" }
        return parts[0].map(String.init) + hidden + (parts.count == 2 ? parts[1].map(String.init) : [])
    }

    /// The result's axes: those written, else all hidden ones and, in alphabetical order, those that occur once.
    private static func result(
        _ written: Substring?, _ labels: [[String]], _ call: OperatorInvocation
    ) throws(OperatorError) -> [String] {
        let all = labels.flatMap { $0 }
        let hidden = Set(all.filter { $0.hasPrefix(".") }).sorted {
            $0.count == $1.count ? $0 > $1 : $0.count > $1.count
        }
        guard let written else {
            let single = Set(all).filter { name in all.count { $0 == name } == 1 && !name.hasPrefix(".") }
            return hidden + single.sorted()
        }
        let parts = written.components(around: "...")
        guard parts.count <= 2, parts.joined().allSatisfy({ $0.isLetter && $0.isASCII }) else {
            throw call.unsupported("equation", "result '\(written)' is none")
        }
        return parts[0].map(String.init) + (parts.count == 2 ? hidden + parts[1].map(String.init) : [])
    }

    /// - Precondition: tensors have elements of that type, and the shapes given to the initialiser.
    func run<Element: NumericElement>(_ inputs: [Tensor], _: Element.Type) -> Tensor {
        let operands = inputs.map { $0.array(of: Element.self) }
        let shape = Shape(Array(extents[..<resultRank]))
        var result = [Element](repeating: .zero, count: shape.elementCount)
        for place in result.indices {
            let outer = SpatialWindow.indices(place, shape.dimensions)
            let bases = strides.map { strides in zip(outer, strides).reduce(0) { $0 + $1.0 * $1.1 } }
            var sum = Element.zero
            forEachSummed { offsets in
                var product = Element.one
                for (operand, elements) in operands.enumerated() {
                    product = Element.product(product, elements[bases[operand] + offsets[operand]])
                }
                sum = Element.sum(sum, product)
            }
            result[place] = sum
        }
        return Tensor(result, shape: shape)
    }

    /// Calls `body` with each operand's offset for every combination of the summed axes' indices, in order.
    private func forEachSummed(_ body: ([Int]) -> Void) {
        let counts = extents[resultRank...]
        guard counts.allSatisfy({ $0 > 0 }) else { return }
        var indices = [Int](repeating: 0, count: counts.count)
        var offsets = [Int](repeating: 0, count: strides.count)
        while true {
            body(offsets)
            var axis = indices.count - 1
            while axis >= 0 {
                indices[axis] += 1
                let stepsBack = indices[axis] == extents[resultRank + axis] ? indices[axis] - 1 : -1
                for operand in strides.indices { offsets[operand] -= stepsBack * strides[operand][resultRank + axis] }
                if stepsBack < 0 { break }
                indices[axis] = 0
                axis -= 1
            }
            if axis < 0 { return }
        }
    }
}

extension Substring {
    /// What stands before, between and after occurrences of a separator.
    fileprivate func components(around separator: String) -> [Substring] {
        split(separator: separator, omittingEmptySubsequences: false)
    }
}
