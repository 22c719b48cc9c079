/// How a run with a deadline ended.
public enum RunResult: Sendable, Hashable {
    case completed
    /// The deadline could not be met; the layers from this index on were not run, and outputs hold no result.
    case stopped(beforeLayer: Int)
}
