import Platform

/// The threads that one network's engine computes on.
struct ThreadShare {
    /// The caller's thread included.
    var count: Int
    /// Scheduling of the others.
    var workers: [RealTimeThread.Scheduling]

    /// - Parameter first: the place of the caller's thread among the frame path's threads.
    init(count: Int, first: Int, grant: RealTimeGrant) {
        self.count = count
        workers = (1..<max(count, 1)).map { grant.thread(first + $0) }
    }
}
