import Tensors

/// A step before memory is planned: what it touches, and how to make it once addresses are known.
struct PlannedStep {
    var layer: LayerInfo
    var reads: [BufferIdentifier]
    var writes: [BufferIdentifier]
    /// Bytes that each worker needs for itself while it runs a task.
    var scratchBytes: Int
    var make: (ViewResolver) -> Step
}
