import Glibc

/// The test helper as another process.
final class HelperProcess {
    let process: pid_t
    private let output: Int32
    private var isReaped = false

    /// Where the helper lies: beside the test program.
    static var path: String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let program = String(decoding: buffer.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return program.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
            + "/BusTestHelper"
    }

    convenience init?(_ arguments: [String]) {
        self.init(program: Self.path, arguments)
    }

    /// - Parameter environment: as `NAME=value`, beside this process's own.
    init?(program: String, _ arguments: [String], environment: [String] = []) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
        words.append(nil)
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) }
        var entry = environ
        while let variable = entry.pointee {
            variables.append(strdup(variable))
            entry += 1
        }
        variables.append(nil)
        defer { for word in words + variables { free(word) } }
        var child: pid_t = 0
        let code = posix_spawnp(&child, program, &actions, nil, words, variables)
        close(ends[1])
        process = child
        output = ends[0]
        if code != 0 {
            close(ends[0])
            isReaped = true
            return nil
        }
    }

    deinit {
        kill()
        close(output)
    }

    /// Its next line on standard output; nil at the end or after so many seconds.
    func line(seconds: Int = 60) -> String? {
        var bytes: [UInt8] = []
        while true {
            var waiting = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, Int32(clamping: seconds * 1000)) > 0 else { return nil }
            var byte: UInt8 = 0
            guard read(output, &byte, 1) == 1 else {
                return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
            }
            if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
    }

    /// SIGKILL, and waits until it is gone.
    func kill() {
        guard !isReaped else { return }
        isReaped = true
        Glibc.kill(process, SIGKILL)
        var status: Int32 = 0
        waitpid(process, &status, 0)
    }
}
