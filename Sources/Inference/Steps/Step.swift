/// One layer of a compiled network, cut into tasks that workers take in any order.
///
/// A step is made once, with all addresses resolved, and never changes; what it does depends on nothing but the memory
/// that its views point at. Tasks of one step write disjoint memory, so results do not depend on who runs which.
class Step {
    /// How many tasks there are; at least 1.
    let taskCount: Int

    init(taskCount: Int) {
        self.taskCount = max(taskCount, 1)
    }

    /// Runs one task.
    func run(task: Int, worker: Worker) {
        preconditionFailure("a step without work")
    }
}
