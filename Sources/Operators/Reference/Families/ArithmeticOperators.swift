import Foundation
import Tensors

/// Elementwise functions of two or more tensors that yield numbers: Add, Sub, Mul, Div, Pow, Mod, Max, Min, Sum, Mean.
enum ArithmeticOperators {
    static let table: [String: ReferenceOperator] = [
        "Add": binary(.sum), "Sub": binary(.difference), "Mul": binary(.product), "Div": binary(.quotient),
        "Max": variadic(.maximum), "Min": variadic(.minimum), "Sum": variadic(.sum), "Mean": variadic(.mean),
        "Pow": ReferenceOperator(inputs: 2...2, widensHalf: true, power),
        "Mod": ReferenceOperator(inputs: 2...2, attributes: ["fmod"], versions: 10...25, modulus),
        "BitShift": ReferenceOperator(inputs: 2...2, attributes: ["direction"], versions: 11...25, shift),
    ]

    enum Function: Sendable {
        case sum, difference, product, quotient, maximum, minimum, mean
    }

    private static func binary(_ function: Function) -> ReferenceOperator {
        ReferenceOperator(inputs: 2...2) { call throws(OperatorError) in
            [try apply(function, call.input(0), call.input(1), call)]
        }
    }

    private static func variadic(_ function: Function) -> ReferenceOperator {
        ReferenceOperator(inputs: 1...Int.max) { call throws(OperatorError) in
            let inputs = try call.allInputs()
            guard let type = inputs[0].elementType.numericType else { throw call.unsupportedType(inputs[0]) }
            var result = inputs[0]
            for input in inputs.dropFirst() {
                result = try apply(function == .mean ? .sum : function, result, input, call)
            }
            return [function == .mean ? divided(result, by: inputs.count, type) : result]
        }
    }

    /// One function of two tensors, broadcast together.
    static func apply(
        _ function: Function, _ left: Tensor, _ right: Tensor, _ call: OperatorInvocation
    ) throws(OperatorError) -> Tensor {
        try call.requireSameType(left, right)
        let shape = try call.broadcastShape(left, right)
        if left.elementType == .float32 { return compute(function, left, right, shape, Float.self) }
        guard let type = left.elementType.numericType else { throw call.unsupportedType(left) }
        if function == .quotient { try call.refuseIntegerZeros(right) }
        return compute(function, left, right, shape, type)
    }

    @inline(__always)
    private static func compute<Element: NumericElement>(
        _ function: Function, _ left: Tensor, _ right: Tensor, _ shape: Shape, _: Element.Type
    ) -> Tensor {
        switch function {
        case .sum, .mean: Broadcasting.map(left, right, to: shape) { (x: Element, y: Element) in Element.sum(x, y) }
        case .difference:
            Broadcasting.map(left, right, to: shape) { (x: Element, y: Element) in Element.difference(x, y) }
        case .product: Broadcasting.map(left, right, to: shape) { (x: Element, y: Element) in Element.product(x, y) }
        case .quotient: Broadcasting.map(left, right, to: shape) { (x: Element, y: Element) in Element.quotient(x, y) }
        // A NaN on either side is the result, as NumPy has it.
        case .maximum:
            Broadcasting.map(left, right, to: shape) { (x: Element, y: Element) in x > y || x.isNotANumber ? x : y }
        case .minimum:
            Broadcasting.map(left, right, to: shape) { (x: Element, y: Element) in x < y || x.isNotANumber ? x : y }
        }
    }

    private static func divided<Element: NumericElement>(_ tensor: Tensor, by count: Int, _: Element.Type) -> Tensor {
        let divisor = Element(integer: count)
        return Tensor(tensor.array(of: Element.self).map { Element.quotient($0, divisor) }, shape: tensor.shape)
    }

    // MARK: Pow

    private static func power(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let base = try call.input(0)
        let exponent = try call.input(1)
        let shape = try call.broadcastShape(base, exponent)
        if base.elementType == .float32, exponent.elementType == .float32 {
            return [
                Broadcasting.map(base, exponent, to: shape) { (x: Float, y: Float) in Float(pow(Double(x), Double(y))) }
            ]
        }
        guard let type = base.elementType.numericType else { throw call.unsupportedType(base) }
        guard let exponentType = exponent.elementType.numericType else { throw call.unsupportedType(exponent) }
        return [power(base, exponent, shape, type, exponentType)]
    }

    private static func power<Base: NumericElement, Exponent: NumericElement>(
        _ base: Tensor, _ exponent: Tensor, _ shape: Shape, _: Base.Type, _: Exponent.Type
    ) -> Tensor {
        let isIntegral = !Base.elementType.isFloatingPoint && !Exponent.elementType.isFloatingPoint
        return Broadcasting.map(base, exponent, to: shape) { (x: Base, y: Exponent) in
            isIntegral && y >= Exponent.zero
                ? integerPower(x, y.converted(to: UInt64.self)) : Base(real: pow(x.double, y.double))
        }
    }

    /// Repeated squaring, wrapping.
    private static func integerPower<Base: NumericElement>(_ base: Base, _ exponent: UInt64) -> Base {
        var result = Base.one
        var square = base
        var rest = exponent
        while rest > 0 {
            if rest & 1 == 1 { result = Base.product(result, square) }
            square = Base.product(square, square)
            rest >>= 1
        }
        return result
    }

    // MARK: Mod

    private static func modulus(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let left = try call.input(0)
        let right = try call.input(1)
        try call.requireSameType(left, right)
        let isTruncated = try call.flag("fmod", default: false)
        guard let type = left.elementType.numericType else { throw call.unsupportedType(left) }
        guard isTruncated || !left.elementType.isFloatingPoint else {
            throw call.unsupported("fmod", "floating-point numbers need 1")
        }
        try call.refuseIntegerZeros(right)
        return [modulus(left, right, try call.broadcastShape(left, right), isTruncated, type)]
    }

    private static func modulus<Element: NumericElement>(
        _ left: Tensor, _ right: Tensor, _ shape: Shape, _ isTruncated: Bool, _: Element.Type
    ) -> Tensor {
        Broadcasting.map(left, right, to: shape) { (x: Element, y: Element) -> Element in
            if Element.elementType.isFloatingPoint { return Element(real: fmod(x.double, y.double)) }
            let remainder = Element.difference(x, Element.product(Element.quotient(x, y), y))
            let signsDiffer = (remainder < .zero) != (y < .zero)
            return !isTruncated && remainder != .zero && signsDiffer ? Element.sum(remainder, y) : remainder
        }
    }

    // MARK: BitShift

    private static func shift(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let left = try call.input(0, of: [.uint8, .uint16, .uint32, .uint64])
        let right = try call.input(1)
        try call.requireSameType(left, right)
        guard call.has("direction") else { throw call.failure("attribute 'direction' is missing") }
        let isLeft = try call.word("direction", of: ["LEFT", "RIGHT"]) == "LEFT"
        let shape = try call.broadcastShape(left, right)
        switch left.elementType {
        case .uint8: return [shift(left, right, shape, isLeft, UInt8.self)]
        case .uint16: return [shift(left, right, shape, isLeft, UInt16.self)]
        case .uint32: return [shift(left, right, shape, isLeft, UInt32.self)]
        default: return [shift(left, right, shape, isLeft, UInt64.self)]
        }
    }

    private static func shift<Element: TensorElement & FixedWidthInteger>(
        _ left: Tensor, _ right: Tensor, _ shape: Shape, _ isLeft: Bool, _: Element.Type
    ) -> Tensor {
        Broadcasting.map(left, right, to: shape) { (x: Element, y: Element) in isLeft ? x << y : x >> y }
    }
}

extension OperatorInvocation {
    /// The common shape of two inputs, with room for a result of any element type.
    func broadcastShape(_ left: Tensor, _ right: Tensor) throws(OperatorError) -> Shape {
        guard let shape = left.shape.broadcast(with: right.shape) else {
            throw failure("shapes \(left.shape) and \(right.shape) cannot be broadcast together")
        }
        try checkSize(shape)
        return shape
    }

    /// Integer division by zero has no result.
    func refuseIntegerZeros(_ divisor: Tensor) throws(OperatorError) {
        guard !divisor.elementType.isFloatingPoint else { return }
        let width = divisor.elementType.byteCount
        let hasZero = divisor.withBytes { bytes in
            stride(from: 0, to: bytes.count, by: width).contains { start in
                bytes[start..<start + width].allSatisfy { $0 == 0 }
            }
        }
        if hasZero { throw failure("divides an integer by zero") }
    }
}
