import ONNX
import Tensors

/// A scale and a shift for each channel: `scale * x + shift`.
///
/// In double precision, so that folding several of them into weights rounds once only.
struct ChannelAffine {
    var scale: [Double]
    var shift: [Double]

    /// What a BatchNormalization does to its input, when its parameters are constant.
    init?(batchNormalization node: Node, in graph: Graph) {
        guard node.operatorType == "BatchNormalization", node.domain.isEmpty, node.inputs.count == 5,
            node.outputs.dropFirst().allSatisfy(\.isEmpty),
            let gamma = graph.floats(node.inputs[1]), let beta = graph.floats(node.inputs[2]),
            let mean = graph.floats(node.inputs[3]), let variance = graph.floats(node.inputs[4])
        else { return nil }
        var epsilon: Float = 1e-5
        if case .float(let given)? = node.attributes["epsilon"] { epsilon = given }
        scale = zip(gamma, variance).map { Double($0) / (Double($1) + Double(epsilon)).squareRoot() }
        shift = zip(scale, zip(mean, beta)).map { scale, pair in Double(pair.1) - scale * Double(pair.0) }
        guard scale.allSatisfy(\.isFinite), shift.allSatisfy(\.isFinite) else { return nil }
    }

    /// What arithmetic with a constant per channel (or one for all) does to the other operand, which has `channels` of
    /// them along its second axis and `rank` axes.
    init?(arithmetic node: Node, operand: Int, channels: Int, rank: Int, in graph: Graph) {
        guard node.domain.isEmpty, node.inputs.count == 2, let constant = graph.initializers[node.inputs[1 - operand]],
            let values = graph.floats(node.inputs[1 - operand]),
            let perChannel = Self.perChannel(values, constant.shape, channels: channels, rank: rank)
        else { return nil }
        let ones = [Double](repeating: 1, count: channels)
        let zeros = [Double](repeating: 0, count: channels)
        switch (node.operatorType, operand) {
        case ("Mul", _): (scale, shift) = (perChannel, zeros)
        case ("Div", 0): (scale, shift) = (perChannel.map { 1 / $0 }, zeros)
        case ("Add", _): (scale, shift) = (ones, perChannel)
        case ("Sub", 0): (scale, shift) = (ones, perChannel.map { -$0 })
        case ("Sub", 1): (scale, shift) = (ones.map { -$0 }, perChannel)
        default: return nil
        }
        guard scale.allSatisfy(\.isFinite), shift.allSatisfy(\.isFinite) else { return nil }
    }

    /// One number for each channel, if the constant broadcasts so.
    private static func perChannel(_ values: [Float], _ shape: Shape, channels: Int, rank: Int) -> [Double]? {
        guard shape.rank <= rank else { return nil }
        if values.count == 1 { return [Double](repeating: Double(values[0]), count: channels) }
        let extents = [Int](repeating: 1, count: rank - shape.rank) + shape.dimensions
        let isPerChannel = extents.enumerated().allSatisfy { axis, extent in extent == (axis == 1 ? channels : 1) }
        return isPerChannel ? values.map(Double.init) : nil
    }
}

extension Graph {
    /// The elements of a constant of single precision.
    func floats(_ name: String) -> [Float]? {
        guard let tensor = initializers[name], tensor.elementType == .float32 else { return nil }
        return tensor.array(of: Float.self)
    }
}
