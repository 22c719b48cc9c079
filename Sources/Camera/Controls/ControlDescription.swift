/// A control of a device: exposure, gain, white balance, ...
public struct ControlDescription: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable {
        case integer
        case boolean
        case menu
        /// A menu whose choices are numbers.
        case integerMenu = "integer_menu"
        case bitmask
        case button
        /// Text, 64-bit numbers and arrays: described, but not set by us.
        case other
    }

    /// One choice of a menu. Menus may have gaps in their numbers.
    public struct Choice: Sendable, Hashable {
        public var index: Int
        public var name: String

        public init(index: Int, name: String) {
            self.index = index
            self.name = name
        }
    }

    public var id: UInt32
    /// The driver's name in lower case with underscores, as `v4l2-ctl` writes it.
    public var name: String
    public var kind: Kind
    public var minimum: Int
    public var maximum: Int
    public var step: Int
    public var standard: Int
    /// The present value; nil where it cannot be read.
    public var value: Int?
    public var choices: [Choice]
    /// Whether it has no effect now, because an automatism has the say.
    public var isInactive: Bool
    public var isReadOnly: Bool

    public init(
        id: UInt32, name: String, kind: Kind, minimum: Int = 0, maximum: Int = 0, step: Int = 1, standard: Int = 0,
        value: Int? = nil, choices: [Choice] = [], isInactive: Bool = false, isReadOnly: Bool = false
    ) {
        self.id = id
        self.name = name
        self.kind = kind
        self.minimum = minimum
        self.maximum = maximum
        self.step = step
        self.standard = standard
        self.value = value
        self.choices = choices
        self.isInactive = isInactive
        self.isReadOnly = isReadOnly
    }

    /// A driver's name for a control, in the spelling of `v4l2-ctl`: "White Balance, Auto" is `white_balance_auto`.
    public static func normalized(_ name: String) -> String {
        var result = ""
        for character in name.utf8 {
            let isWord =
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(character | 0x20) && character & 0x40 != 0
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(character)
            if isWord {
                result.append(Character(UnicodeScalar(character)).lowercased())
            } else if !result.isEmpty && !result.hasSuffix("_") {
                result.append("_")
            }
        }
        while result.hasSuffix("_") { result.removeLast() }
        return result
    }

    /// What may be set, in words: "50 to 10000 in steps of 50", "Disabled, 50 Hz or 60 Hz".
    public var possibilities: String {
        switch kind {
        case .integer, .bitmask: "\(minimum) to \(maximum)" + (step > 1 ? " in steps of \(step)" : "")
        case .boolean: "true or false"
        case .menu, .integerMenu: choices.map { "\($0.index) (\($0.name))" }.joined(separator: ", ")
        case .button: "true"
        case .other: "nothing that can be set here"
        }
    }
}
