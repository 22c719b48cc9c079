import Tensors

/// How two tensors are walked together: rows along which each either advances or stays, and where the rows start.
struct BroadcastPlan {
    /// Elements per row.
    let rowCount: Int
    /// 1 where the operand advances along a row, 0 where it stays.
    let leftStep: Int
    let rightStep: Int
    private let outer: [(count: Int, left: Int, right: Int)]

    init(_ left: Shape, _ right: Shape, _ shape: Shape) {
        let leftStrides = IndexedCopy.broadcastStrides(left, to: shape)
        let rightStrides = IndexedCopy.broadcastStrides(right, to: shape)
        // Neighbouring axes along which both operands run on (or both stay) count as one, so that rows are long.
        var axes: [(count: Int, left: Int, right: Int)] = []
        for axis in 0..<shape.rank where shape[axis] != 1 {
            if let last = axes.last, last.left == leftStrides[axis] * shape[axis],
                last.right == rightStrides[axis] * shape[axis]
            {
                axes[axes.count - 1] = (last.count * shape[axis], leftStrides[axis], rightStrides[axis])
            } else {
                axes.append((shape[axis], leftStrides[axis], rightStrides[axis]))
            }
        }
        let row = axes.popLast() ?? (count: 1, left: 1, right: 1)
        (rowCount, leftStep, rightStep) = row
        outer = axes
    }

    /// Calls `body` with where each row starts in either operand.
    @inline(__always)
    func forEachRow(_ body: (_ left: Int, _ right: Int) -> Void) {
        var indices = [Int](repeating: 0, count: outer.count)
        var left = 0
        var right = 0
        while true {
            body(left, right)
            var axis = outer.count - 1
            while axis >= 0 {
                indices[axis] += 1
                left += outer[axis].left
                right += outer[axis].right
                if indices[axis] < outer[axis].count { break }
                left -= outer[axis].count * outer[axis].left
                right -= outer[axis].count * outer[axis].right
                indices[axis] = 0
                axis -= 1
            }
            if axis < 0 { return }
        }
    }
}
