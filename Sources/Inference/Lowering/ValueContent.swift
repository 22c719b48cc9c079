import Tensors

/// What is known about a value of the graph while it is lowered.
enum ValueContent {
    /// Elements of the value's type in memory.
    case stored(BufferView)
    /// Quantised bytes in memory: the output of a QuantizeLinear.
    case quantized(BufferView, Quantization)
    /// Bytes that are not in memory yet: what a table makes of others. The output of a QuantizeLinear behind functions of
    /// one quantised value.
    case quantizedLookup(BufferView, table: [UInt8], Quantization)
    /// Reals that are a function of quantised bytes: the output of a DequantizeLinear, or of functions behind one.
    case lookup(BufferView, table: [Float], isIdentityOf: Quantization?)
    /// Reals quantised along an axis: the output of a DequantizeLinear with several scales.
    case dequantized(BufferView, Quantization)
    /// Reals that a chain of elementwise operators makes, not computed yet.
    case expression(ElementwiseExpression)
    /// Reals that lie in parts and will be copied to where they are wanted.
    case concatenation(PendingConcatenation)
    case constant(Tensor)
    /// A constant that the network keeps as integers: weights, mostly, whose reals nobody needs.
    case quantizedConstant(QuantizedConstant)
}

/// Reals of which parts along an axis are in memory, to become parts of another concatenation.
struct PendingConcatenation {
    var parts: [BufferView]
    var axis: Int
    /// Whether the value is the sigmoid of what is in memory.
    var isSigmoid = false
}

/// A value of the graph.
struct LoweredValue {
    var content: ValueContent
    var type: ElementType
    var shape: [Int]
    /// For the output of a DequantizeLinear: the quantised value that it was made from.
    var quantizedSource: (name: String, quantization: Quantization)?
    /// Copies in another order, made for readers that need it.
    var channelsLast: BufferView?
    var rowMajor: BufferView?
    /// The real numbers in memory, for readers of a value that is kept otherwise.
    var stored: BufferView?
}
