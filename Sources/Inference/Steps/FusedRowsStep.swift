/// Steps that compute maps of as many rows, each block of rows going through all of them while it is in the nearest caches.
final class FusedRowsStep: Step {
    private let steps: [Step]

    init(_ steps: [Step]) {
        precondition(!steps.isEmpty && steps.allSatisfy { $0.taskCount == steps[0].taskCount })
        self.steps = steps
        super.init(taskCount: steps[0].taskCount)
    }

    override func run(task: Int, worker: Worker) {
        for step in steps { step.run(task: task, worker: worker) }
    }
}
