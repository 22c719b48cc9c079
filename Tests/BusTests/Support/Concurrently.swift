import Platform
import Testing

/// Runs `body` on `count` threads and waits for all of them.
func concurrently(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let threads = (0..<count).compactMap { index in
        try? RealTimeThread(name: "test-\(index)") { _ in body(index) }
    }
    #expect(threads.count == count)
    for thread in threads { thread.join() }
}
