import Foundation
import Operators
import Tensors
import TestSupport
import Testing

@Suite("Reference: elementwise operators")
struct ReferenceElementwiseTests {
    @Test("operands are broadcast from the last axis on")
    func broadcasting() throws {
        let matrix = counting([2, 3])
        #expect(
            try evaluate("Add", [matrix, floats([10, 20, 30], [3])]) == floats([10, 21, 32, 13, 24, 35], [2, 3]))
        #expect(try evaluate("Sub", [matrix, floats([1, 2], [2, 1])]) == floats([-1, 0, 1, 1, 2, 3], [2, 3]))
        #expect(try evaluate("Mul", [floats([2], []), matrix]) == floats([0, 2, 4, 6, 8, 10], [2, 3]))
        let outer = try evaluate("Add", [floats([1, 2], [2, 1, 1]), floats([10, 20, 30], [1, 3, 1])])
        #expect(outer == floats([11, 21, 31, 12, 22, 32], [2, 3, 1]))
    }

    @Test("broadcasting equals a walk over all indices", arguments: 0..<60)
    func broadcastingProperty(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let rank = Int.random(in: 0...4, using: &generator)
        let shape = Shape((0..<rank).map { _ in Int.random(in: 1...4, using: &generator) })
        func operand() -> Tensor {
            let dropped = Int.random(in: 0...rank, using: &generator)
            let extents = shape.dimensions[dropped...].map { Bool.random(using: &generator) ? $0 : 1 }
            return counting(Shape(Array(extents)), from: Float.random(in: 0...9, using: &generator).rounded())
        }
        let (left, right) = (operand(), operand())
        let result = try evaluate("Sub", [left, right])
        let expected = try #require(left.shape.broadcast(with: right.shape))
        #expect(result.shape == expected)
        let values = result.array(of: Float.self)
        for flat in values.indices {
            func value(of tensor: Tensor) -> Float {
                var place = 0
                for axis in 0..<tensor.shape.rank {
                    let outer = axis + expected.rank - tensor.shape.rank
                    let index = flat / expected.strides[outer] % expected[outer]
                    place += (tensor.shape[axis] == 1 ? 0 : index) * tensor.shape.strides[axis]
                }
                return tensor.array(of: Float.self)[place]
            }
            #expect(values[flat] == value(of: left) - value(of: right))
        }
    }

    @Test("integer arithmetic wraps and division truncates")
    func integerArithmetic() throws {
        let left = Tensor([Int8](arrayLiteral: 127, -128, -7), shape: [3])
        let right = Tensor([Int8](arrayLiteral: 1, -1, 2), shape: [3])
        #expect(try evaluate("Add", [left, right]) == Tensor([-128, 127, -5] as [Int8], shape: [3]))
        #expect(try evaluate("Div", [left, right]) == Tensor([127, -128, -3] as [Int8], shape: [3]))
        #expect(try evaluate("Mod", [left, right]) == Tensor([0, 0, 1] as [Int8], shape: [3]))
        #expect(try evaluate("Mod", [left, right], ["fmod": .int(1)]) == Tensor([0, 0, -1] as [Int8], shape: [3]))
    }

    @Test("an integer division by zero is refused")
    func divisionByZero() {
        let zero = Tensor(scalar: Int32(0))
        for operatorType in ["Div", "Mod"] {
            #expect(throws: OperatorError.self) { try evaluate(operatorType, [Tensor(scalar: Int32(1)), zero]) }
        }
    }

    @Test("Pow takes exponents of another type")
    func power() throws {
        #expect(try evaluate("Pow", [floats([1, 2, 3], [3]), Tensor(scalar: Int64(2))]) == floats([1, 4, 9], [3]))
        let base = Tensor([2, -3] as [Int32], shape: [2])
        #expect(
            try evaluate("Pow", [base, Tensor([10, 3] as [Int64], shape: [2])])
                == Tensor([1024, -27] as [Int32], shape: [2]))
        #expect(
            try evaluate("Pow", [Tensor([9] as [Int32], shape: [1]), floats([0.5], [1])])
                == Tensor([3] as [Int32], shape: [1]))
    }

    @Test("Max, Min, Sum and Mean take any number of tensors")
    func variadic() throws {
        let inputs: [Tensor?] = [floats([1, 5], [2]), floats([4], [1]), floats([2, 9], [2])]
        #expect(try evaluate("Max", inputs) == floats([4, 9], [2]))
        #expect(try evaluate("Min", inputs) == floats([1, 4], [2]))
        #expect(try evaluate("Sum", inputs) == floats([7, 18], [2]))
        #expect(try evaluate("Mean", inputs) == floats([7.0 / 3, 6], [2]))
        #expect(try evaluate("Max", [floats([3], [1])]) == floats([3], [1]))
    }

    @Test("half precision is computed and rounded once")
    func halfPrecision() throws {
        let result = try evaluate("Add", [Tensor(scalar: Float16(2048)), Tensor(scalar: Float16(1))])
        #expect(result == Tensor(scalar: Float16(2048)))
        #expect(try evaluate("Sqrt", [Tensor(scalar: Float16(4))]) == Tensor(scalar: Float16(2)))
        #expect(
            try evaluate("Softmax", [Tensor([1, 1] as [Float16], shape: [2])])
                == Tensor([0.5, 0.5] as [Float16], shape: [2]))
    }

    @Test(
        "mathematical functions give the value of the mathematics",
        arguments: [
            ("Exp", exp(0.3)), ("Log", log(0.3)), ("Sqrt", 0.3.squareRoot()), ("Reciprocal", 1 / 0.3),
            ("Erf", erf(0.3)),
            ("Floor", 0), ("Ceil", 1), ("Round", 0), ("Neg", -0.3), ("Abs", 0.3), ("Sign", 1), ("Tanh", tanh(0.3)),
            ("Sin", sin(0.3)), ("Cos", cos(0.3)), ("Tan", tan(0.3)), ("Asin", asin(0.3)), ("Acos", acos(0.3)),
            ("Atan", atan(0.3)), ("Sinh", sinh(0.3)), ("Cosh", cosh(0.3)), ("Asinh", asinh(0.3)), ("Atanh", atanh(0.3)),
            ("Sigmoid", 1 / (1 + exp(-0.3))), ("Softplus", log(1 + exp(0.3))), ("Softsign", 0.3 / 1.3),
            ("HardSwish", 0.3 * (0.3 / 6 + 0.5)), ("HardSigmoid", 0.2 * 0.3 + 0.5), ("Elu", 0.3), ("Relu", 0.3),
            ("LeakyRelu", 0.3), ("Selu", 1.0507009873554805 * 0.3), ("ThresholdedRelu", 0),
        ] as [(String, Double)])
    func functions(name: String, expected: Double) throws {
        // The argument is the single-precision number nearest to 0.3.
        let result = try evaluate(name, [floats([0.3], [1])]).array(of: Float.self)[0]
        #expect(abs(Double(result) - expected) < 1e-6 * max(1, abs(expected)))
    }

    @Test("activations bend below zero as their attributes say")
    func negativeArguments() throws {
        let input = floats([-2], [1])
        #expect(try evaluate("LeakyRelu", [input], ["alpha": .float(0.25)]) == floats([-0.5], [1]))
        #expect(try evaluate("Elu", [input], ["alpha": .float(2)]) == floats([Float(2 * expm1(-2.0))], [1]))
        #expect(try evaluate("PRelu", [input, floats([0.1], [1])]) == floats([-0.2], [1]))
        #expect(try evaluate("Relu", [input]) == floats([0], [1]))
        #expect(try evaluate("HardSwish", [floats([-4, 4], [2])]).array() == [0, 4] as [Float])
        #expect(try evaluate("Celu", [input], ["alpha": .float(0.5)]) == floats([Float(0.5 * expm1(-4.0))], [1]))
    }

    @Test("Clip limits, and the upper bound wins where both cross")
    func clip() throws {
        let input = floats([-3, 0, 7], [3])
        #expect(
            try evaluate("Clip", [input, Tensor(scalar: Float(-1)), Tensor(scalar: Float(6))])
                == floats([-1, 0, 6], [3]))
        #expect(try evaluate("Clip", [input, nil, Tensor(scalar: Float(2))]) == floats([-3, 0, 2], [3]))
        #expect(
            try evaluate("Clip", [input, Tensor(scalar: Float(5)), Tensor(scalar: Float(1))]) == floats([1, 1, 1], [3]))
    }

    @Test("comparisons and logic give booleans")
    func logic() throws {
        let left = floats([1, 2, 3], [3])
        let right = floats([2, 2, 2], [3])
        #expect(try evaluate("Less", [left, right]) == Tensor([true, false, false], shape: [3]))
        #expect(try evaluate("LessOrEqual", [left, right]) == Tensor([true, true, false], shape: [3]))
        #expect(try evaluate("Greater", [left, right]) == Tensor([false, false, true], shape: [3]))
        #expect(try evaluate("GreaterOrEqual", [left, right]) == Tensor([false, true, true], shape: [3]))
        #expect(try evaluate("Equal", [left, right]) == Tensor([false, true, false], shape: [3]))
        let flags = Tensor([true, true, false], shape: [3])
        #expect(try evaluate("And", [flags, Tensor(scalar: true)]) == flags)
        #expect(try evaluate("Xor", [flags, Tensor(scalar: true)]) == Tensor([false, false, true], shape: [3]))
        #expect(try evaluate("Not", [flags]) == Tensor([false, false, true], shape: [3]))
        #expect(try evaluate("Where", [flags, left, right]) == floats([1, 2, 2], [3]))
        #expect(try evaluate("IsNaN", [floats([.nan, 1], [2])]) == Tensor([true, false], shape: [2]))
    }

    @Test("bits are combined within integers")
    func bits() throws {
        let left = Tensor([0b1100] as [UInt8], shape: [1])
        let right = Tensor([0b1010] as [UInt8], shape: [1])
        #expect(try evaluate("BitwiseAnd", [left, right], version: 18) == Tensor([0b1000] as [UInt8], shape: [1]))
        #expect(try evaluate("BitwiseOr", [left, right], version: 18) == Tensor([0b1110] as [UInt8], shape: [1]))
        #expect(try evaluate("BitwiseXor", [left, right], version: 18) == Tensor([0b0110] as [UInt8], shape: [1]))
        #expect(try evaluate("BitwiseNot", [left], version: 18) == Tensor([0b1111_0011] as [UInt8], shape: [1]))
        let two = Tensor([2] as [UInt8], shape: [1])
        #expect(
            try evaluate("BitShift", [left, two], ["direction": .string("RIGHT")]) == Tensor([3] as [UInt8], shape: [1])
        )
    }

    @Test("Cast truncates towards zero and saturates")
    func cast() throws {
        let input = floats([-1.9, 1.9, 300, .nan, -.infinity], [5])
        #expect(try evaluate("Cast", [input], ["to": .int(2)]) == Tensor([0, 1, 255, 0, 0] as [UInt8], shape: [5]))
        #expect(
            try evaluate("Cast", [input], ["to": .int(7)]) == Tensor([-1, 1, 300, 0, Int64.min], shape: [5]))
        #expect(try evaluate("Cast", [input], ["to": .int(9)]) == Tensor([true, true, true, true, true], shape: [5]))
        let wide = Tensor([300, -1] as [Int64], shape: [2])
        #expect(try evaluate("Cast", [wide], ["to": .int(2)]) == Tensor([44, 255] as [UInt8], shape: [2]))
        #expect(try evaluate("Cast", [Tensor([true, false], shape: [2])], ["to": .int(1)]) == floats([1, 0], [2]))
        #expect(try evaluate("CastLike", [wide, floats([], [0])]) == floats([300, -1], [2]))
    }
}
