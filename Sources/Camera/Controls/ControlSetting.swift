/// A wish for a control, as a user writes it: `exposure: auto`, `gain: 20`, `power_line_frequency: 50 Hz`.
public struct ControlSetting: Sendable, Hashable {
    public enum Value: Sendable, Hashable {
        case number(Int)
        case boolean(Bool)
        case word(String)
    }

    /// A control's own name, or one of the ``ControlAlias``es.
    public var name: String
    public var value: Value
    /// Where the user wrote it ("front.yaml:7:15"), for messages.
    public var source: String?

    public init(_ name: String, _ value: Value, source: String? = nil) {
        self.name = name
        self.value = value
        self.source = source
    }
}

extension ControlSetting.Value {
    /// A value as it is written: a number, a truth value, or a word.
    public init(parsing text: String) {
        if let number = Int(text) {
            self = .number(number)
        } else {
            self =
                switch text.lowercased() {
                case "true", "yes", "on": .boolean(true)
                case "false", "no", "off": .boolean(false)
                default: .word(text)
                }
        }
    }
}

extension ControlSetting.Value: CustomStringConvertible {
    public var description: String {
        switch self {
        case .number(let number): "\(number)"
        case .boolean(let flag): "\(flag)"
        case .word(let word): word
        }
    }
}
