import ONNX
import Operators
import Tensors
import Testing

@Suite("Reference: shapes and movement")
struct ReferenceMovementTests {
    @Test("Reshape copies zeros, infers one extent, and refuses what does not fit")
    func reshape() throws {
        let input = counting([2, 3, 4])
        #expect(try evaluate("Reshape", [input, integers(0, -1)]).shape == [2, 12])
        #expect(try evaluate("Reshape", [input, integers(4, 3, 2)]).shape == [4, 3, 2])
        let empty = floats([], [0, 3])
        #expect(try evaluate("Reshape", [empty, integers(3, 0)], ["allowzero": .int(1)]).shape == [3, 0])
        for wanted in [integers(-1, -1), integers(5, 5), integers(0, 0, 0, 0), integers(-2, 12), integers(-1, 7)] {
            #expect(throws: OperatorError.self) { try evaluate("Reshape", [input, wanted]) }
        }
        let huge = integers(Int64.max, Int64.max, 0)
        #expect(throws: OperatorError.self) { try evaluate("Reshape", [input, huge], ["allowzero": .int(1)]) }
    }

    @Test("Squeeze and Unsqueeze read their axes where the operator set has them")
    func squeeze() throws {
        let input = counting([1, 3, 1])
        #expect(try evaluate("Squeeze", [input]).shape == [3])
        #expect(try evaluate("Squeeze", [input, integers(-1)]).shape == [1, 3])
        #expect(try evaluate("Squeeze", [input], ["axes": .ints([0])], version: 11).shape == [3, 1])
        #expect(try evaluate("Unsqueeze", [input, integers(0, -1)]).shape == [1, 1, 3, 1, 1])
        #expect(try evaluate("Unsqueeze", [input], ["axes": .ints([1])], version: 11).shape == [1, 1, 3, 1])
        #expect(throws: OperatorError.self) { try evaluate("Squeeze", [input, integers(1)]) }
        #expect(throws: OperatorError.self) { try evaluate("Unsqueeze", [input, integers(0, 0)]) }
        #expect(throws: OperatorError.self) { try evaluate("Squeeze", [input], ["axes": .ints([0])], version: 13) }
    }

    @Test("Shape, Size and Flatten describe a tensor")
    func description() throws {
        let input = counting([2, 3, 4])
        #expect(try evaluate("Shape", [input]) == integers(2, 3, 4))
        #expect(try evaluate("Shape", [input], ["start": .int(-2), "end": .int(2)]) == integers(3))
        #expect(try evaluate("Size", [input]) == Tensor(scalar: Int64(24)))
        #expect(try evaluate("Flatten", [input], ["axis": .int(-1)]).shape == [6, 4])
        #expect(try evaluate("Flatten", [input], ["axis": .int(0)]).shape == [1, 24])
    }

    @Test("Transpose moves axes")
    func transpose() throws {
        #expect(try evaluate("Transpose", [counting([2, 3])]) == floats([0, 3, 1, 4, 2, 5], [3, 2]))
        let moved = try evaluate("Transpose", [counting([2, 2, 2])], ["perm": .ints([1, 2, 0])])
        #expect(moved == floats([0, 4, 1, 5, 2, 6, 3, 7], [2, 2, 2]))
        for order in [[0, 0], [0], [0, 2], [-1, 0]] {
            #expect(throws: OperatorError.self) {
                try evaluate("Transpose", [counting([2, 3])], ["perm": .ints(order)])
            }
        }
    }

    @Test("Slice clamps its bounds and walks both ways")
    func slice() throws {
        let input = counting([10])
        func slice(_ start: Int64, _ end: Int64, _ step: Int64) throws -> [Float] {
            try evaluate("Slice", [input, integers(start), integers(end), nil, integers(step)]).array()
        }
        #expect(try slice(1, 8, 3) == [1, 4, 7])
        #expect(try slice(-3, .max, 1) == [7, 8, 9])
        #expect(try slice(.max, .min, -4) == [9, 5, 1])
        #expect(try slice(5, 2, 1) == [])
        #expect(try slice(100, 200, 1) == [])
        #expect(try slice(0, 10, .max) == [0])
        #expect(try slice(9, .min, .min) == [9])
        #expect(throws: OperatorError.self) { try slice(0, 1, 0) }
        let rows = try evaluate("Slice", [counting([2, 3]), integers(1), integers(3), integers(-1)])
        #expect(rows == floats([1, 2, 4, 5], [2, 2]))
    }

    @Test("Split and Concat are each other's inverse")
    func splitAndConcatenate() throws {
        let input = counting([2, 5])
        let parts = try evaluateAll("Split", [input, integers(1, 4)], ["axis": .int(1)], outputs: 2)
        #expect(parts == [floats([0, 5], [2, 1]), floats([1, 2, 3, 4, 6, 7, 8, 9], [2, 4])])
        #expect(try evaluate("Concat", parts, ["axis": .int(-1)]) == input)
        let old = try evaluateAll(
            "Split", [input], ["axis": .int(1), "split": .ints([2, 3])], version: 11, outputs: 2)
        #expect(old.map(\.shape) == [[2, 2], [2, 3]])
        let uneven = try evaluateAll(
            "Split", [input], ["axis": .int(1), "num_outputs": .int(3)], version: 18, outputs: 3)
        #expect(uneven.map(\.shape) == [[2, 2], [2, 2], [2, 1]])
        #expect(throws: OperatorError.self) { try evaluateAll("Split", [input], ["axis": .int(1)], outputs: 2) }
        #expect(throws: OperatorError.self) {
            try evaluateAll("Split", [input, integers(6, -1)], ["axis": .int(1)], outputs: 2)
        }
        #expect(throws: OperatorError.self) { try evaluate("Concat", [input, counting([3, 5])], ["axis": .int(1)]) }
    }

    @Test("Gather picks slices, GatherElements elements, GatherND sub-tensors")
    func gather() throws {
        let input = counting([3, 2])
        let picked = try evaluate("Gather", [input, Tensor([2, -3] as [Int64], shape: [1, 2])])
        #expect(picked == floats([4, 5, 0, 1], [1, 2, 2]))
        #expect(
            try evaluate("Gather", [input, Tensor(scalar: Int32(1))], ["axis": .int(1)]) == floats([1, 3, 5], [3]))
        let elements = try evaluate(
            "GatherElements", [input, Tensor([1, 0, -1, 1] as [Int64], shape: [2, 2])], ["axis": .int(1)])
        #expect(elements == floats([1, 0, 3, 3], [2, 2]))
        let pairs = Tensor([2, 1, 0, 0] as [Int64], shape: [2, 2])
        #expect(try evaluate("GatherND", [input, pairs]) == floats([5, 0], [2]))
        let batched = Tensor([1, 0, 1] as [Int64], shape: [3, 1])
        #expect(try evaluate("GatherND", [input, batched], ["batch_dims": .int(1)]) == floats([1, 2, 5], [3]))
        #expect(throws: OperatorError.self) { try evaluate("Gather", [input, integers(3)]) }
        #expect(throws: OperatorError.self) { try evaluate("Gather", [input, integers(-4)]) }
    }

    @Test("Scatter writes where it is told, and combines where it is asked to")
    func scatter() throws {
        let input = floats([1, 2, 3, 4], [4])
        let elements = try evaluate("ScatterElements", [input, integers(1, -1), floats([10, 20], [2])])
        #expect(elements == floats([1, 10, 3, 20], [4]))
        let places = Tensor([0, 0] as [Int64], shape: [2, 1])
        let sums = try evaluate("ScatterND", [input, places, floats([5, 6], [2])], ["reduction": .string("add")])
        #expect(sums == floats([12, 2, 3, 4], [4]))
        let greatest = try evaluate(
            "ScatterND", [input, places, floats([5, 6], [2])], ["reduction": .string("max")], version: 18)
        #expect(greatest == floats([6, 2, 3, 4], [4]))
        #expect(throws: OperatorError.self) { try evaluate("ScatterND", [input, places, floats([5], [1])]) }
    }

    @Test("Tile, Expand and Pad enlarge")
    func enlargement() throws {
        let input = counting([1, 2])
        #expect(try evaluate("Tile", [input, integers(2, 2)]) == floats([0, 1, 0, 1, 0, 1, 0, 1], [2, 4]))
        #expect(try evaluate("Expand", [input, integers(3, 1)]) == floats([0, 1, 0, 1, 0, 1], [3, 2]))
        let line = counting([3], from: 1)
        func pad(_ mode: String, _ before: Int64, _ after: Int64, version: Int = 17) throws -> [Float] {
            try evaluate("Pad", [line, integers(before, after)], ["mode": .string(mode)], version: version).array()
        }
        #expect(try pad("constant", 1, 2) == [0, 1, 2, 3, 0, 0])
        #expect(try pad("edge", 2, 1) == [1, 1, 1, 2, 3, 3])
        #expect(try pad("reflect", 2, 2) == [3, 2, 1, 2, 3, 2, 1])
        #expect(try pad("wrap", 2, 2, version: 19) == [2, 3, 1, 2, 3, 1, 2])
        #expect(try pad("constant", -1, -1) == [2])
        #expect(try evaluate("Pad", [line, integers(0, 1), Tensor(scalar: Float(9))]) == floats([1, 2, 3, 9], [4]))
        #expect(throws: OperatorError.self) { try pad("constant", .max, .max) }
        #expect(throws: OperatorError.self) { try pad("constant", -2, -2) }
        #expect(throws: OperatorError.self) { try pad("wrap", 1, 1) }
        #expect(throws: OperatorError.self) { try evaluate("Tile", [input, integers(.max, 2)]) }
        #expect(throws: OperatorError.self) { try evaluate("Expand", [input, integers(1 << 40, 2)]) }
    }

    @Test("DepthToSpace undoes SpaceToDepth")
    func blocks() throws {
        let input = counting([1, 2, 4, 6])
        let deep = try evaluate("SpaceToDepth", [input], ["blocksize": .int(2)])
        #expect(deep.shape == [1, 8, 2, 3])
        #expect(try evaluate("DepthToSpace", [deep], ["blocksize": .int(2)]) == input)
        let columnFirst = try evaluate(
            "DepthToSpace", [counting([1, 4, 1, 1])], ["blocksize": .int(2), "mode": .string("CRD")])
        #expect(columnFirst == floats([0, 1, 2, 3], [1, 1, 2, 2]))
    }

    @Test("constants, ranges and patterns are made")
    func generators() throws {
        #expect(try evaluate("Constant", [], ["value_ints": .ints([1, 2])]) == integers(1, 2))
        #expect(
            try evaluate("ConstantOfShape", [integers(2, 1)], ["value": .tensor(Tensor([7] as [Int32], shape: [1]))])
                == Tensor([7, 7] as [Int32], shape: [2, 1]))
        let range = try evaluate(
            "Range", [Tensor(scalar: Int64(10)), Tensor(scalar: Int64(4)), Tensor(scalar: Int64(-3))])
        #expect(range == integers(10, 7))
        #expect(throws: OperatorError.self) {
            try evaluate("Range", [Tensor(scalar: Int64(0)), Tensor(scalar: Int64(4)), Tensor(scalar: Int64(0))])
        }
        #expect(throws: OperatorError.self) { try evaluate("ConstantOfShape", [integers(1 << 40)]) }
        #expect(try evaluate("EyeLike", [counting([2, 3])], ["k": .int(1)]) == floats([0, 1, 0, 0, 0, 1], [2, 3]))
        #expect(
            try evaluate("NonZero", [floats([0, 1, 2, 0], [2, 2])]) == Tensor([0, 1, 1, 0] as [Int64], shape: [2, 2]))
        let hot = try evaluate("OneHot", [integers(1, -1), Tensor(scalar: Int64(3)), floats([0, 5], [2])])
        #expect(hot == floats([0, 5, 0, 0, 0, 5], [2, 3]))
        let kept = try evaluate("Compress", [counting([3, 2]), Tensor([false, true], shape: [2])], ["axis": .int(0)])
        #expect(kept == floats([2, 3], [1, 2]))
        #expect(try evaluate("Trilu", [counting([2, 2], from: 1)]) == floats([1, 2, 0, 4], [2, 2]))
        #expect(
            try evaluate("Trilu", [counting([2, 2], from: 1)], ["upper": .int(0)]) == floats([1, 0, 3, 4], [2, 2]))
    }
}
