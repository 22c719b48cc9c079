import Foundation
import Tensors

/// Elementwise mathematical functions of one tensor: Abs, Neg, Exp, Sqrt, Floor, Erf and their like.
enum UnaryOperators {
    static let table: [String: ReferenceOperator] = [
        "Sqrt": floating { $0.squareRoot() }, "Exp": floating { exp($0) }, "Log": floating { log($0) },
        "Reciprocal": floating { 1 / $0 }, "Erf": floating { erf($0) },
        "Floor": floating { $0.rounded(.down) }, "Ceil": floating { $0.rounded(.up) },
        "Round": floating(versions: 11...25) { $0.rounded(.toNearestOrEven) },
        "Sin": floating { sin($0) }, "Cos": floating { cos($0) }, "Tan": floating { tan($0) },
        "Asin": floating { asin($0) }, "Acos": floating { acos($0) }, "Atan": floating { atan($0) },
        "Sinh": floating { sinh($0) }, "Cosh": floating { cosh($0) }, "Tanh": floating { tanh($0) },
        "Asinh": floating { asinh($0) }, "Acosh": floating { acosh($0) }, "Atanh": floating { atanh($0) },
        "Abs": numeric(.absolute), "Neg": numeric(.negated), "Sign": numeric(.sign), "Relu": numeric(.rectified),
    ]

    /// A function of real numbers, applied in double precision.
    private static func floating(
        versions: ClosedRange<Int> = ReferenceOperators.supportedVersions,
        _ function: @escaping @Sendable (Double) -> Double
    ) -> ReferenceOperator {
        ReferenceOperator(inputs: 1...1, versions: versions) { call throws(OperatorError) in
            [try map(call.input(0), call, function)]
        }
    }

    /// A function of every element of a floating-point tensor, computed in double precision and rounded once.
    @inline(__always)
    static func map(
        _ input: Tensor, _ call: OperatorInvocation, _ function: (Double) -> Double
    ) throws(OperatorError) -> Tensor {
        switch input.elementType {
        case .float32: map(input, Float.self, function)
        case .float64: map(input, Double.self, function)
        case .float16: map(input, Float16.self, function)
        default: throw call.unsupportedType(input)
        }
    }

    @inline(__always)
    private static func map<Element: TensorElement & BinaryFloatingPoint>(
        _ input: Tensor, _: Element.Type, _ function: (Double) -> Double
    ) -> Tensor {
        var result = Tensor(zeros: input.shape, elementType: Element.elementType)
        input.withElements(as: Element.self) { input in
            result.withMutableElements(as: Element.self) { result in
                for index in input.indices { result[index] = Element(function(Double(input[index]))) }
            }
        }
        return result
    }

    // MARK: Functions of all numbers

    enum Function: Sendable {
        case absolute, negated, sign, rectified
    }

    private static func numeric(_ function: Function) -> ReferenceOperator {
        ReferenceOperator(inputs: 1...1) { call throws(OperatorError) in
            let input = try call.input(0)
            if input.elementType == .float32 { return [apply(function, input, Float.self)] }
            guard let type = input.elementType.numericType else { throw call.unsupportedType(input) }
            return [apply(function, input, type)]
        }
    }

    private static func apply<Element: NumericElement>(
        _ function: Function, _ input: Tensor, _: Element.Type
    ) -> Tensor {
        var result = input
        result.withMutableElements(as: Element.self) { elements in
            for index in elements.indices {
                let value = elements[index]
                switch function {
                case .absolute: elements[index] = value < .zero ? negated(value) : value == .zero ? .zero : value
                case .negated: elements[index] = negated(value)
                case .sign: elements[index] = sign(value)
                case .rectified: elements[index] = value < .zero ? .zero : value
                }
            }
        }
        return result
    }

    /// For floats, multiplication keeps the sign of zero right where a difference from zero does not.
    private static func negated<Element: NumericElement>(_ value: Element) -> Element {
        Element.elementType.isFloatingPoint
            ? Element.product(value, Element(real: -1)) : Element.difference(.zero, value)
    }

    private static func sign<Element: NumericElement>(_ value: Element) -> Element {
        if value > .zero { return .one }
        return value < .zero ? Element(real: -1) : value
    }
}
