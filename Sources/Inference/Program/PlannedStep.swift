import Tensors

/// A step before memory is planned: what it touches, and how to make it once addresses are known.
struct PlannedStep {
    var layer: LayerInfo
    var reads: [BufferIdentifier]
    var writes: [BufferIdentifier]
    /// Those of the graph's quantised values that the step writes wholly, channels adjacent.
    var quantizedValues: [QuantizedValue]
    /// Bytes that each worker needs for itself while it runs a task.
    var scratchBytes: Int
    var make: (ViewResolver) -> Step
    /// Set where each task computes the block of rows that ``RowBlocks`` says.
    var rowWork: RowWork?

    /// Set where several such steps are run block by block.
    var parts: RowWork?

    /// Set where the step copies elements, or the sigmoids of reals.
    var movement: Movement?

    /// What a copy takes where.
    struct Movement {
        var source: BufferView
        var target: BufferView
        var isSigmoid = false
        /// Whether no other step writes where it goes, so that it may come as soon as its source is there.
        var isMovable = true
    }

    struct RowWork {
        var images: Int
        var rows: Int
        /// What a task reads besides the rows that it computes.
        var readsBeyondRows: [BufferIdentifier] = []
        /// Whether steps in front of it gain by being run block by block with it.
        var endsChain = false
    }

    /// Set where the step makes each pixel of a quantised map a square of four.
    var enlargement: Enlargement?

    struct Enlargement {
        var source: BufferView
        var target: BufferView
        /// The value that is the result.
        var output: String
    }

    /// A value of the graph that is kept as bytes, and where.
    struct QuantizedValue {
        var name: String
        var view: BufferView
    }
}
