import Tensors

/// A lowered network: buffers, and the steps that fill them, in order.
struct Program {
    struct Input {
        var name: String
        var shape: Shape
        var elementType: ElementType
        var view: BufferView
        /// Set when the caller writes quantised pixels instead of the declared elements.
        var quantization: Quantization?
    }

    struct Output {
        var name: String
        var shape: Shape
        var elementType: ElementType
        /// Row-major.
        var view: BufferView
        /// Bytes are kept with 128 added.
        var isOffsetSigned = false
    }

    var buffers: [Buffer] = []
    var steps: [PlannedStep] = []
    var inputs: [Input] = []
    var outputs: [Output] = []

    /// The buffer that `buffer` is a slice of in the end, itself where it is none.
    func root(of buffer: BufferIdentifier) -> BufferIdentifier {
        var current = buffer
        while let parent = buffers[current].parent { current = parent.buffer }
        return current
    }
}
