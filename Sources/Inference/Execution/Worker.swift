/// One of the threads that work on a run, as a step sees it.
struct Worker {
    /// 0 for the calling thread.
    let index: Int
    /// Memory that nobody else touches while a task runs; as large as the step asked for, on a 64-byte boundary.
    let scratch: UnsafeMutableRawPointer
}
