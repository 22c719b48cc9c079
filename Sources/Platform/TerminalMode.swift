import Glibc

/// Takes single keys from the terminal, unechoed, while it lasts. The terminal is put back however the process ends: in good
/// order, by a second Ctrl-C, by a crash; only SIGKILL leaves no time for it.
public enum TerminalMode {
    /// The terminal as it was; written once before the flag is set, read by signal handlers.
    nonisolated(unsafe) private static var saved = termios()
    nonisolated(unsafe) private static var isRaw: sig_atomic_t = 0

    /// Begins; false when standard input is no terminal. Ctrl-C and Ctrl-\ go on as signals.
    public static func enterRaw() -> Bool {
        guard isRaw == 0, isatty(STDIN_FILENO) == 1, tcgetattr(STDIN_FILENO, &saved) == 0 else { return false }
        var raw = saved
        raw.c_lflag &= ~tcflag_t(ICANON | ECHO)
        withUnsafeMutableBytes(of: &raw.c_cc) { characters in
            // Reads return at once, with or without a key.
            characters[Int(VMIN)] = 0
            characters[Int(VTIME)] = 0
        }
        guard tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0 else { return false }
        isRaw = 1
        atexit { TerminalMode.restore() }
        for number in [SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS, SIGHUP] { restoreBefore(number) }
        return true
    }

    /// Puts the terminal back. Nothing happens when it is as it was. May be called from a signal handler.
    public static func restore() {
        guard isRaw != 0 else { return }
        isRaw = 0
        tcsetattr(STDIN_FILENO, TCSANOW, &saved)
    }

    /// Keys that were pressed since the last call.
    public static func pressedKeys() -> [UInt8] {
        var keys = [UInt8](repeating: 0, count: 64)
        var waiting = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        guard isRaw != 0, poll(&waiting, 1, 0) > 0 else { return [] }
        let count = read(STDIN_FILENO, &keys, keys.count)
        return count > 0 ? Array(keys[..<count]) : []
    }

    /// The signal does what it would do anyway, after the terminal is back.
    private static func restoreBefore(_ number: Int32) {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { number in
            TerminalMode.restore()
            raise(number)
        }
        // Removed before it runs, so that the signal raised again takes its usual course.
        action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
        sigaction(number, &action, nil)
    }
}
