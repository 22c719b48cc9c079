/// The loops over several tensors of one shape: axes sorted and merged so that inner loops are as long as strides allow.
struct LoopNest {
    /// Extents, outermost first; never empty.
    private(set) var extents: [Int] = []
    /// Strides of each operand, in the order of ``extents``.
    private(set) var strides: [[Int]] = []

    /// - Parameter strides: for each operand, the stride of each axis. The first operand's strides decide the order.
    init(shape: [Int], strides operands: [[Int]]) {
        let axes = shape.indices.filter { shape[$0] != 1 }
            .sorted { abs(operands[0][$0]) > abs(operands[0][$1]) }
        strides = operands.map { _ in [] }
        for axis in axes {
            let merges =
                !extents.isEmpty
                && operands.indices.allSatisfy { strides[$0][extents.count - 1] == operands[$0][axis] * shape[axis] }
            if merges {
                extents[extents.count - 1] *= shape[axis]
                for operand in operands.indices { strides[operand][extents.count - 1] = operands[operand][axis] }
            } else {
                extents.append(shape[axis])
                for operand in operands.indices { strides[operand].append(operands[operand][axis]) }
            }
        }
        if extents.isEmpty {
            extents = [1]
            strides = operands.map { _ in [1] }
        }
    }

    /// Puts the axes outside of the two innermost ones in the order of another operand's strides.
    mutating func sortOuterAxes(by operand: Int) {
        let outer = max(extents.count - 2, 0)
        let own = strides[operand]
        let order = (0..<outer).sorted { abs(own[$0]) > abs(own[$1]) } + Array(outer..<extents.count)
        extents = order.map { extents[$0] }
        strides = strides.map { row in order.map { row[$0] } }
    }

    /// The offset of each operand in iteration `index` of the loops before axis `depth`.
    func offset(of operand: Int, at index: Int, depth: Int) -> Int {
        var rest = index
        var offset = 0
        for axis in (0..<depth).reversed() {
            let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: extents[axis])
            offset += remainder * strides[operand][axis]
            rest = quotient
        }
        return offset
    }

    /// The number of iterations of the loops before axis `depth`.
    func iterations(depth: Int) -> Int { extents[..<depth].reduce(1, *) }
}
