import CLinux
import Glibc

/// The receiving process as the sender sees it.
final class ChildProcess {
    /// The sender's end of the raw socket pair.
    let raw: Int32
    private let commands: Int32
    private let results: Int32
    private let process: pid_t

    init(directory: String, processor: Int) {
        var pair: [Int32] = [-1, -1]
        var commandEnds: [Int32] = [-1, -1]
        var resultEnds: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0, &pair) == 0, pipe(&commandEnds) == 0,
            pipe(&resultEnds) == 0
        else { BusBenchmark.fail("socketpair: \(errno)") }
        for descriptor in [pair[0], commandEnds[1], resultEnds[0]] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        raw = pair[0]
        commands = commandEnds[1]
        results = resultEnds[0]
        process = Self.spawn(
            ["child", directory, "\(processor)"], descriptors: [(commandEnds[0], 3), (pair[1], 4), (resultEnds[1], 5)])
        for descriptor in [pair[1], commandEnds[0], resultEnds[1]] { close(descriptor) }
    }

    deinit {
        close(commands)
        var status: Int32 = 0
        waitpid(process, &status, 0)
        close(raw)
        close(results)
    }

    private static func spawn(_ arguments: [String], descriptors: [(Int32, Int32)]) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // Out of the way first, so that no descriptor overwrites another one's source.
        for (from, to) in descriptors { posix_spawn_file_actions_adddup2(&actions, from, to + 100) }
        for (_, to) in descriptors { posix_spawn_file_actions_adddup2(&actions, to + 100, to) }
        for (_, to) in descriptors { posix_spawn_file_actions_addclose(&actions, to + 100) }
        var words: [UnsafeMutablePointer<CChar>?] = ([CommandLine.arguments[0]] + arguments).map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var child: pid_t = 0
        let code = posix_spawn(&child, "/proc/self/exe", &actions, nil, words, environ)
        if code != 0 { BusBenchmark.fail("posix_spawn: \(code)") }
        return child
    }

    /// Makes the child receive `count` messages in a mode of ``Child``.
    func expect(_ mode: Character, _ count: Int) {
        var bytes: [UInt8] = [mode.asciiValue ?? 0]
        for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: count >> shift)) }
        _ = write(commands, bytes, 5)
    }

    /// The latencies of the messages expected last, in nanoseconds.
    func latencies(_ count: Int) -> [Int64] {
        var values = [Int64](repeating: 0, count: count)
        values.withUnsafeMutableBytes { bytes in
            var position = 0
            while position < bytes.count {
                let received = read(results, bytes.baseAddress.map { $0 + position }, bytes.count - position)
                if received <= 0 { BusBenchmark.fail("the receiving process ended") }
                position += received
            }
        }
        return values
    }
}
