import Tensors
import Testing

@Suite("Tensors")
struct TensorTests {
    @Test("a copy keeps its elements when the original is changed")
    func copyOnWrite() {
        var original = Tensor([1, 2, 3] as [Float], shape: [3])
        let copy = original
        original.withMutableElements(as: Float.self) { $0[0] = 9 }
        #expect(copy.array(of: Float.self) == [1, 2, 3])
        #expect(original.array(of: Float.self) == [9, 2, 3])
    }

    @Test("reshaping keeps the row-major order")
    func reshape() {
        let tensor = Tensor((0..<6).map { Int32($0) }, shape: [2, 3]).reshaped(to: [3, 2])
        #expect(tensor.shape == [3, 2])
        #expect(tensor.array(of: Int32.self) == [0, 1, 2, 3, 4, 5])
    }

    @Test("strides are row-major")
    func strides() {
        #expect(Shape([2, 3, 4]).strides == [12, 4, 1])
        #expect(Shape([]).strides == [])
    }

    @Test(
        "shapes broadcast as ONNX defines it",
        arguments: [
            ([2, 3], [3], [2, 3]), ([2, 1, 4], [3, 1], [2, 3, 4]), ([], [5], [5]), ([0, 3], [1], [0, 3]),
            ([2], [3], nil),
        ] as [([Int], [Int], [Int]?)])
    func broadcasting(left: [Int], right: [Int], expected: [Int]?) {
        #expect(Shape(left).broadcast(with: Shape(right)) == expected.map(Shape.init))
    }

    @Test("the element count of a shape from a file is checked")
    func checkedCount() {
        #expect(Shape([1 << 40, 1 << 40]).checkedElementCount == nil)
        #expect(Shape([-1, 2]).checkedElementCount == nil)
        #expect(Shape([3, 4]).checkedElementCount == 12)
    }
}
