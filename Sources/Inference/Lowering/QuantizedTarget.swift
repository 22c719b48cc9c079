import CKernels
import ONNX
import Operators

/// What follows an int8 convolution: an activation, and how its result is stored.
struct QuantizedTarget {
    enum Activation {
        case none
        /// min(max(x, lower), upper).
        case clip(ClosedRange<Float>)
        /// One slope for negative numbers of each channel.
        case slopes([Float])
        case smooth(SmoothActivation)
        /// What integer epilogues do not have.
        case other(ActivationFunction)
    }

    var activation = Activation.none
    /// How results are quantised; nil when they stay float.
    var quantization: Quantization?
    /// Activation and quantisation in one, for activations that are smooth.
    var curve: QuantizedCurve?
    /// The same where channels have steps of their own: the activation alone.
    var arcs: ActivationArcs?
    /// Whether an integer epilogue does all that; else sums become reals, and these are activated and quantised.
    var isExpressible = true
    /// Rows and columns of output pixels whose channels the convolution computes at one place: the block of a DepthToSpace.
    var blockSize = 1
    /// What is added to the result, which stays float then.
    var addend: BufferView?
    /// The activation's node.
    var activationNode: Node?
    /// The value that the step writes, and the node that computes it in the graph.
    var output: String
    var last: Node
    var operators: String

    /// The activation that a node computes, where it is one of one number.
    static func activation(_ function: ActivationFunction, channels: Int) -> Activation {
        switch function.function {
        case SIGHTLINE_FLOAT_CLIP: .clip(function.p...function.q)
        case SIGHTLINE_FLOAT_LEAKY: .slopes([Float](repeating: function.p, count: channels))
        case SIGHTLINE_FLOAT_SILU where function.p == 1: .smooth(.silu)
        case SIGHTLINE_FLOAT_SIGMOID: .smooth(.sigmoid)
        case SIGHTLINE_FLOAT_TANH: .smooth(.tanh)
        case SIGHTLINE_FLOAT_HARD_SWISH: .smooth(.hardSwish)
        case SIGHTLINE_FLOAT_HARD_SIGMOID:
            .smooth(.hardSigmoid(alpha: Double(function.p), beta: Double(function.q)))
        case SIGHTLINE_FLOAT_MISH: .smooth(.mish)
        case SIGHTLINE_FLOAT_GELU: .smooth(.gelu)
        case SIGHTLINE_FLOAT_GELU_TANH: .smooth(.geluTanh)
        case SIGHTLINE_FLOAT_SOFTPLUS: .smooth(.softplus)
        case SIGHTLINE_FLOAT_ELU: .smooth(.elu(alpha: Double(function.p)))
        default: .other(function)
        }
    }
}
