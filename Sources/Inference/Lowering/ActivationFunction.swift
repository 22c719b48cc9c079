import CKernels
import ONNX

/// An activation, or another function of one number, as kernels know it.
struct ActivationFunction {
    var function: sightline_float_function
    var p: Float = 0
    var q: Float = 0

    /// The function that a node computes, or nil when it is none of one number.
    init?(_ node: Node) throws(EngineError) {
        let attributes = NodeAttributes(node)
        switch node.operatorType {
        case "Relu": (function, p, q) = (SIGHTLINE_FLOAT_CLIP, 0, .infinity)
        case "LeakyRelu": (function, p) = (SIGHTLINE_FLOAT_LEAKY, try attributes.float("alpha", default: 0.01))
        case "Sigmoid": function = SIGHTLINE_FLOAT_SIGMOID
        case "HardSigmoid":
            function = SIGHTLINE_FLOAT_HARD_SIGMOID
            p = try attributes.float("alpha", default: 0.2)
            q = try attributes.float("beta", default: 0.5)
        case "HardSwish": function = SIGHTLINE_FLOAT_HARD_SWISH
        case "Tanh": function = SIGHTLINE_FLOAT_TANH
        case "Exp": function = SIGHTLINE_FLOAT_EXP
        case "Sqrt": function = SIGHTLINE_FLOAT_SQUARE_ROOT
        case "Reciprocal": function = SIGHTLINE_FLOAT_RECIPROCAL
        case "Neg": function = SIGHTLINE_FLOAT_NEGATE
        case "Abs": function = SIGHTLINE_FLOAT_ABSOLUTE
        case "Floor": function = SIGHTLINE_FLOAT_FLOOR
        case "Ceil": function = SIGHTLINE_FLOAT_CEILING
        case "Round": function = SIGHTLINE_FLOAT_ROUND
        case "Elu": (function, p) = (SIGHTLINE_FLOAT_ELU, try attributes.float("alpha", default: 1))
        case "Softplus": function = SIGHTLINE_FLOAT_SOFTPLUS
        case "Mish": function = SIGHTLINE_FLOAT_MISH
        case "Erf": function = SIGHTLINE_FLOAT_ERF
        case "Log": function = SIGHTLINE_FLOAT_LOG
        case "Gelu":
            let isApproximate = try attributes.string("approximate", default: "none") == "tanh"
            function = isApproximate ? SIGHTLINE_FLOAT_GELU_TANH : SIGHTLINE_FLOAT_GELU
        case "Swish", FusedActivations.silu:
            (function, p) = (SIGHTLINE_FLOAT_SILU, try attributes.float("alpha", default: 1))
        default: return nil
        }
    }
}
