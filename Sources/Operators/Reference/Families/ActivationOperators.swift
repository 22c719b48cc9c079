import Foundation
import Tensors

/// Activation functions, all of one floating-point tensor but for Clip and PRelu.
enum ActivationOperators {
    static let table: [String: ReferenceOperator] = [
        "Sigmoid": smooth(.sigmoid), "Softplus": smooth(.softplus), "HardSwish": smooth(.hardSwish, versions: 14...25),
        "Mish": smooth(.mish, versions: 18...25), "Softsign": activation([]) { _ in { $0 / (1 + abs($0)) } },
        "Elu": activation(["alpha"]) { call throws(OperatorError) in
            SmoothActivation.elu(alpha: try call.double("alpha", default: 1)).callAsFunction
        },
        "HardSigmoid": activation(["alpha", "beta"]) { call throws(OperatorError) in
            SmoothActivation.hardSigmoid(
                alpha: try call.double("alpha", default: 0.2), beta: try call.double("beta", default: 0.5)
            ).callAsFunction
        },
        "Gelu": activation(["approximate"], versions: 20...25) { call throws(OperatorError) in
            let isExact = try call.word("approximate", of: ["none", "tanh"]) == "none"
            return (isExact ? SmoothActivation.gelu : .geluTanh).callAsFunction
        },
        "Swish": activation(["alpha"], versions: 24...25) { call throws(OperatorError) in
            let alpha = try call.double("alpha", default: 1)
            return { $0 / (1 + exp(-alpha * $0)) }
        },
        "LeakyRelu": activation(["alpha"]) { call throws(OperatorError) in
            let alpha = try call.double("alpha", default: 0.01)
            return { $0 < 0 ? alpha * $0 : $0 }
        },
        "Selu": activation(["alpha", "gamma"]) { call throws(OperatorError) in
            let alpha = try call.double("alpha", default: 1.67326319217681884765625)
            let gamma = try call.double("gamma", default: 1.05070102214813232421875)
            return { gamma * ($0 > 0 ? $0 : alpha * expm1($0)) }
        },
        "Celu": activation(["alpha"], versions: 12...25) { call throws(OperatorError) in
            let alpha = try call.double("alpha", default: 1)
            return { max(0, $0) + min(0, alpha * expm1($0 / alpha)) }
        },
        "ThresholdedRelu": activation(["alpha"], versions: 10...25) { call throws(OperatorError) in
            let alpha = try call.double("alpha", default: 1)
            return { $0 > alpha ? $0 : 0 }
        },
        "Shrink": activation(["lambd", "bias"]) { call throws(OperatorError) in
            let threshold = try call.double("lambd", default: 0.5)
            let bias = try call.double("bias", default: 0)
            return { $0 < -threshold ? $0 + bias : $0 > threshold ? $0 - bias : 0 }
        },
        "PRelu": ReferenceOperator(inputs: 2...2, parametricRectifier),
        "Clip": ReferenceOperator(inputs: 1...3, versions: 11...25, clip),
    ]

    private typealias Maker =
        @Sendable (OperatorInvocation) throws(OperatorError) -> (Double) -> Double

    private static func activation(
        _ attributes: [KnownAttribute], versions: ClosedRange<Int> = ReferenceOperators.supportedVersions,
        _ make: @escaping Maker
    ) -> ReferenceOperator {
        ReferenceOperator(inputs: 1...1, attributes: attributes, versions: versions) { call throws(OperatorError) in
            [try UnaryOperators.map(call.input(0), call, try make(call))]
        }
    }

    private static func smooth(
        _ function: SmoothActivation, versions: ClosedRange<Int> = ReferenceOperators.supportedVersions
    ) -> ReferenceOperator {
        activation([], versions: versions) { _ in function.callAsFunction }
    }

    // MARK: PRelu

    private static func parametricRectifier(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try call.input(0)
        let slope = try call.input(1)
        try call.requireSameType(input, slope)
        guard input.shape.broadcast(with: slope.shape) == input.shape else {
            throw call.failure("a slope of \(slope.shape) does not fit an input of \(input.shape)")
        }
        if input.elementType == .float32 {
            return [
                Broadcasting.map(input, slope, to: input.shape) { (x: Float, slope: Float) in x < 0 ? slope * x : x }
            ]
        }
        guard let type = input.elementType.numericType else { throw call.unsupportedType(input) }
        return [parametricRectifier(input, slope, type)]
    }

    private static func parametricRectifier<Element: NumericElement>(
        _ input: Tensor, _ slope: Tensor, _: Element.Type
    ) -> Tensor {
        Broadcasting.map(input, slope, to: input.shape) { (x: Element, slope: Element) in
            x < .zero ? Element.product(slope, x) : x
        }
    }

    // MARK: Clip

    private static func clip(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try call.input(0)
        for bound in [call.optionalInput(1), call.optionalInput(2)].compactMap({ $0 }) {
            try call.requireSameType(input, bound)
            guard bound.elementCount == 1 else { throw call.failure("a bound of \(bound.shape) is not a scalar") }
        }
        if input.elementType == .float32 { return [clip(input, call, Float.self)] }
        guard let type = input.elementType.numericType else { throw call.unsupportedType(input) }
        return [clip(input, call, type)]
    }

    /// Where the bounds cross, the upper one wins, as the specification has it.
    private static func clip<Element: NumericElement>(
        _ input: Tensor, _ call: OperatorInvocation, _: Element.Type
    ) -> Tensor {
        let lower = call.optionalInput(1)?.array(of: Element.self)[0] ?? .least
        let upper = call.optionalInput(2)?.array(of: Element.self)[0] ?? .greatest
        var result = input
        result.withMutableElements(as: Element.self) { elements in
            for index in elements.indices {
                let raised = elements[index] < lower ? lower : elements[index]
                elements[index] = raised > upper ? upper : raised
            }
        }
        return result
    }
}
