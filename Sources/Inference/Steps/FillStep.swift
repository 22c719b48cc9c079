import Tensors

/// Writes one value everywhere in a view without gaps: the ground that padded tensors are copied onto.
final class FillStep: Step {
    private static let elementsPerTask = 65536
    private let target: UnsafeMutablePointer<Float>
    private let count: Int
    private let value: Float

    init(_ target: ResolvedView, with value: Float) {
        self.target = target.pointer()
        self.value = value
        count = target.shape.reduce(1, *)
        super.init(taskCount: (count + Self.elementsPerTask - 1) / Self.elementsPerTask)
    }

    override func run(task: Int, worker: Worker) {
        let start = task * Self.elementsPerTask
        (target + start).update(repeating: value, count: min(Self.elementsPerTask, count - start))
    }
}
