import Platform
import Runtime

/// Steers a replay by single keys: space pauses, `s` steps, the arrows go 10 s back and forth and change the speed.
final class ReplayKeyboard {
    /// One line for the user.
    static let help = "keys: space pauses, s steps, left/right 10 s, up/down speed, q ends"

    private let control: ReplayControl

    /// Begins; nil where there is no terminal to take keys from.
    init?(_ control: ReplayControl) {
        guard TerminalMode.enterRaw() else { return nil }
        self.control = control
    }

    deinit {
        TerminalMode.restore()
    }

    /// Does what was asked for since the last call; false when the replay is to end.
    func obey() -> Bool {
        var keys = TerminalMode.pressedKeys()[...]
        while let key = keys.popFirst() {
            switch key {
            case UInt8(ascii: " "): control.togglePause()
            case UInt8(ascii: "s"): control.step()
            case UInt8(ascii: "q"): return false
            case 0x1B where keys.first == UInt8(ascii: "["):
                keys.removeFirst()
                arrow(keys.popFirst())
            default: break
            }
        }
        return true
    }

    private func arrow(_ letter: UInt8?) {
        switch letter {
        case UInt8(ascii: "A"): control.faster()
        case UInt8(ascii: "B"): control.slower()
        case UInt8(ascii: "C"): control.seek(by: 10)
        case UInt8(ascii: "D"): control.seek(by: -10)
        default: break
        }
    }
}
