import Glibc
import Platform
import Synchronization
import Testing

@Suite("Threads, time and files")
struct PlatformTests {
    @Test("the monotonic clock does not run backwards, and a sleep lasts until its moment")
    func clock() {
        let start = MonotonicTime.now
        let end = start + 2_000_000
        end.sleepUntil()
        #expect(MonotonicTime.now >= end)
    }

    @Test("a thread runs its body and can be waited for")
    func thread() throws {
        let done = Done()
        let thread = try RealTimeThread(name: "test-thread") { _ in done.flag.store(true, ordering: .releasing) }
        thread.join()
        #expect(done.isSet)
    }

    @Test("a processor that does not exist is reported as refused, and the thread runs all the same")
    func refusedPinning() throws {
        let done = Done()
        let thread = try RealTimeThread(name: "test-pin", scheduling: .init(processor: 1_000_000)) { refusals in
            done.flag.store(refusals.count == 1, ordering: .releasing)
        }
        thread.join()
        #expect(done.isSet)
    }

    @Test("a file that is not there gives one line with path and reason")
    func missingFile() {
        #expect(throws: PlatformError.systemCall(name: "open", subject: "/nowhere/file", code: ENOENT)) {
            _ = try MappedFile(path: "/nowhere/file").byteCount
        }
        let error = PlatformError.systemCall(name: "open", subject: "/nowhere/file", code: ENOENT)
        #expect("\(error)" == "/nowhere/file: No such file or directory (open)")
    }

    @Test("aligned memory is zeroed and starts on a page")
    func alignedMemory() throws {
        let memory = try AlignedMemory(byteCount: 10_000)
        #expect(memory.unsafeBytes.allSatisfy { $0 == 0 })
        #expect(UInt(bitPattern: memory.unsafeBytes.baseAddress) % 4096 == 0)
    }

    private final class Done: Sendable {
        let flag = Atomic(false)

        var isSet: Bool { flag.load(ordering: .acquiring) }
    }
}
