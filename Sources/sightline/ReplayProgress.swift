import Glibc
import Messages
import Platform
import Recording
import Runtime
import Synchronization

/// The timeline on the terminal during a replay: position, speed, frame rate, dropped frames. Takes the keys that steer it.
///
/// A thread of its own draws and listens, so that a paused replay, where no frame comes, can be told to go on.
final class ReplayProgress: @unchecked Sendable {
    // Sendable without checking is sound: the line, the keyboard and the rate are used by the console's thread only, which is
    // joined before `end` touches them; frames are counted by atomics.
    private let line = ProgressLine()
    private let drive: DriveInfo
    private let control: ReplayControl
    private let isPaced: Bool
    private let keyboard: ReplayKeyboard?
    private var rate = RecentRate()
    private let framesProcessed = Atomic<Int>(0)
    private let framesDropped = Atomic<Int>(0)
    private let isEnding = Atomic<Bool>(false)
    private var thread: RealTimeThread?

    init(drive: DriveInfo, options: ReplayOptions, control: ReplayControl) {
        self.drive = drive
        self.control = control
        if case .recorded = options.pace { isPaced = true } else { isPaced = false }
        keyboard = isatty(STDERR_FILENO) == 1 ? ReplayKeyboard(control) : nil
        guard isatty(STDERR_FILENO) == 1 else { return }
        if keyboard != nil { printError(ReplayKeyboard.help) }
        thread = try? RealTimeThread(name: "console") { [self] _ in run() }
    }

    /// Takes in a frame. Waits for nothing.
    func show(_ report: FrameReport) {
        framesProcessed.store(report.framesProcessed, ordering: .relaxed)
        framesDropped.store(report.framesDropped, ordering: .relaxed)
    }

    /// Clears the line and puts the terminal back.
    func end() {
        isEnding.store(true, ordering: .relaxed)
        thread?.join()
        thread = nil
        line.clear()
        TerminalMode.restore()
    }

    private func run() {
        while !isEnding.load(ordering: .relaxed) {
            // Ends in good order, as Ctrl-C does.
            if let keyboard, !keyboard.obey() { kill(getpid(), SIGINT) }
            line.show(text)
            usleep(50_000)
        }
    }

    private var text: String {
        let frames = framesProcessed.load(ordering: .relaxed)
        let dropped = framesDropped.load(ordering: .relaxed)
        let position = control.position
        var text = fixedDecimal(position, digits: 1)
        if let duration = drive.duration { text += "/" + fixedDecimal(duration, digits: 1) }
        text += " s"
        if isPaced { text += "  \(control.speed)x" }
        text += "  \(fixedDecimal(rate.add(frames, now: .now), digits: 1)) fps  \(dropped) dropped"
        if control.isPaused { text += "  PAUSED" }
        if control.isPaused, keyboard != nil, text.count + 2 + ReplayKeyboard.help.count <= ProgressLine.columns {
            text += "  " + ReplayKeyboard.help
        }
        let room = ProgressLine.columns - text.count
        return bar(position, width: min(30, room - 3)) + text
    }

    /// - Parameter width: between the brackets; with too little of it there is no bar.
    private func bar(_ position: Double, width: Int) -> String {
        guard let duration = drive.duration, duration > 0, width >= 5 else { return "" }
        let filled = min(width, max(0, Int(position / duration * Double(width))))
        return "[" + String(repeating: "=", count: filled) + String(repeating: " ", count: width - filled) + "] "
    }
}

/// Frames a second over the last second or two.
private struct RecentRate {
    private var marks: [(frames: Int, time: MonotonicTime)] = []

    mutating func add(_ frames: Int, now: MonotonicTime) -> Double {
        marks.append((frames, now))
        while marks.count > 2, now - marks[1].time > 1_500_000_000 { marks.removeFirst() }
        guard let first = marks.first, now > first.time else { return 0 }
        return Double(frames - first.frames) / (Double(now - first.time) * 1e-9)
    }
}
