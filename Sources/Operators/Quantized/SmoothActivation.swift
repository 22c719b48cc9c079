import Foundation

/// Activation functions of one argument, in double precision: the definition that kernels and tables are held to.
public enum SmoothActivation: Sendable, Hashable {
    /// `x * sigmoid(x)`, also called swish: Ramachandran et al., "Searching for Activation Functions", 2017.
    case silu
    case sigmoid
    case tanh
    /// `x * clamp(x / 6 + 0.5, 0, 1)`: Howard et al., "Searching for MobileNetV3", 2019.
    case hardSwish
    /// `clamp(alpha * x + beta, 0, 1)`.
    case hardSigmoid(alpha: Double, beta: Double)
    /// `x * tanh(softplus(x))`: Misra, "Mish: A Self Regularized Non-Monotonic Activation Function", 2019.
    case mish
    /// `x * normalCumulative(x)`: Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016.
    case gelu
    /// The approximation of ``gelu`` by a hyperbolic tangent, from the same paper.
    case geluTanh
    /// `log(1 + exp(x))`.
    case softplus
    /// `x` above zero, `alpha * (exp(x) - 1)` below.
    case elu(alpha: Double)

    public func callAsFunction(_ x: Double) -> Double {
        switch self {
        case .silu: x * Self.logistic(x)
        case .sigmoid: Self.logistic(x)
        case .tanh: Foundation.tanh(x)
        case .hardSwish: x * min(max(x / 6 + 0.5, 0), 1)
        case .hardSigmoid(let alpha, let beta): min(max(alpha * x + beta, 0), 1)
        case .mish: x * Foundation.tanh(Self.logOnePlusExponential(x))
        case .gelu: 0.5 * x * (1 + erf(x / 2.0.squareRoot()))
        case .geluTanh: 0.5 * x * (1 + Foundation.tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
        case .softplus: Self.logOnePlusExponential(x)
        case .elu(let alpha): x < 0 ? alpha * expm1(x) : x
        }
    }

    /// `1 / (1 + exp(-x))`; the exponential may overflow to infinity, which gives the right limit of zero.
    private static func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

    /// `log(1 + exp(x))` without overflow for large arguments.
    private static func logOnePlusExponential(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }
}
