import Glibc
import Synchronization

/// Set by SIGINT and SIGTERM, so that a run ends in good order: within one frame, with its files complete.
///
/// A second signal ends the process at once, for the case that good order takes too long.
public enum InterruptFlag {
    private static let signalNumber = Atomic<Int32>(0)

    private static let sleepers = InterruptSleepers()

    /// Begins to listen. Sleeps and reads of the calling process are interrupted by the signals (no SA_RESTART).
    public static func install() {
        // Made here, because a signal's handler may not make it.
        _ = sleepers
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { number in
            if InterruptFlag.signalNumber.exchange(number, ordering: .relaxed) != 0 {
                TerminalMode.restore()
                _exit(128 + number)
            }
            InterruptFlag.sleepers.wake()
        }
        sigaction(SIGINT, &action, nil)
        sigaction(SIGTERM, &action, nil)
        signal(SIGPIPE, SIG_IGN)
        // Whoever started this process may have done so from a thread that blocks signals, and the mask is inherited.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    /// Wakes whoever sleeps on a word when a signal comes, whichever thread the system gives it to. For words that are needed
    /// as long as the process lives: they are kept.
    public static func wake(_ word: FutexWord) { sleepers.add(word) }

    /// Whether the process has been asked to end.
    public static var isSet: Bool { signalNumber.load(ordering: .relaxed) != 0 }
}
