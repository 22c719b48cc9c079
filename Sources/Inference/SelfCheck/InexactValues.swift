import ONNX
import Operators

/// Finds the values whose last bits may differ from machine to machine: functions that the C library computes, and all that
/// depends on them. Everything else is the same on every instruction set.
enum InexactValues {
    /// Operators that are computed by functions of the C library where they do not end in a quantised curve.
    private static let operators: Set<String> = [
        "Elu", "Celu", "Selu", "Softplus", "Mish", "Erf", "Gelu", "Log", "LogSoftmax", "Pow", "Sin", "Cos", "Tan",
        "Asin",
        "Acos", "Atan", "Sinh", "Cosh", "Asinh", "Acosh", "Atanh", "ReduceLogSum", "ReduceLogSumExp", "ReduceL2",
        "LpNormalization", "LpPool", "GlobalLpPool", "LRN", "LayerNormalization", "InstanceNormalization",
        "GroupNormalization", "MeanVarianceNormalization", "GridSample", "Einsum",
    ]

    static func names(in graph: StaticGraph) -> Set<String> {
        var names: Set<String> = []
        for node in graph.graph.nodes
        where operators.contains(node.operatorType) || node.inputs.contains(where: names.contains) {
            names.formUnion(node.outputs)
        }
        return names
    }
}
