/// What is to be set on a device, checked against what it offers.
public struct ControlPlan: Sendable, Equatable {
    /// One value for one control.
    public struct Assignment: Sendable, Hashable {
        public var id: UInt32
        public var name: String
        public var value: Int
    }

    /// In the order in which they are set: automatisms first, for they decide which values count.
    public private(set) var assignments: [Assignment] = []

    /// Why a wish cannot be fulfilled: one line that names the control and what would be possible.
    public struct Refusal: Error, Sendable, Equatable, CustomStringConvertible {
        public var description: String
    }

    /// Checks wishes against a device's controls.
    ///
    /// A name that the device has itself comes before an alias. Of two wishes for the same control the later counts.
    public init(_ settings: [ControlSetting], controls: [ControlDescription]) throws(Refusal) {
        var automatic: [Assignment] = []
        var values: [Assignment] = []
        for setting in settings {
            do throws(Refusal) {
                try Self.plan(setting, controls, &automatic, &values)
            } catch {
                guard let source = setting.source else { throw error }
                throw Refusal(description: "\(source): \(error)")
            }
        }
        assignments = Self.lastOfEach(automatic) + Self.lastOfEach(values)
    }

    private static func plan(
        _ setting: ControlSetting, _ controls: [ControlDescription], _ automatic: inout [Assignment],
        _ values: inout [Assignment]
    ) throws(Refusal) {
        func find(_ names: [String]) -> ControlDescription? {
            for name in names { if let control = controls.first(where: { $0.name == name }) { return control } }
            return nil
        }
        let alias = ControlAlias(rawValue: setting.name)
        let isAutomatic = setting.value == .word("auto")
        if let alias, let control = find(alias.automaticNames) {
            automatic.append(
                Assignment(
                    id: control.id, name: control.name, value: ControlAlias.value(automatic: isAutomatic, for: control))
            )
            if isAutomatic { return }
        }
        if let control = find([setting.name]) ?? alias.flatMap({ find($0.valueNames) }) {
            let value = try value(setting, for: control)
            let assignment = Assignment(id: control.id, name: control.name, value: value)
            let isSwitch = ControlAlias.allCases.contains { $0.automaticNames.contains(control.name) }
            if isSwitch { automatic.append(assignment) } else { values.append(assignment) }
            return
        }
        throw Refusal(description: unknown(setting.name, alias: alias, isAutomatic: isAutomatic, controls))
    }

    private static func unknown(
        _ name: String, alias: ControlAlias?, isAutomatic: Bool, _ controls: [ControlDescription]
    ) -> String {
        let settable = controls.filter { !$0.isReadOnly && $0.kind != .other }.map(\.name)
        let list = settable.isEmpty ? "it has none" : "it has \(settable.joined(separator: ", "))"
        return isAutomatic && alias != nil
            ? "the camera has no automatic \(name); \(list)" : "the camera has no control \(name); \(list)"
    }

    /// The number that a wish means for a control.
    private static func value(_ setting: ControlSetting, for control: ControlDescription) throws(Refusal) -> Int {
        func refuse(_ why: String) -> Refusal {
            Refusal(description: "\(setting.name): \(setting.value) \(why); possible: \(control.possibilities)")
        }
        if control.isReadOnly { throw Refusal(description: "\(setting.name): can only be read") }
        switch (control.kind, setting.value) {
        case (.integer, .number(let number)), (.bitmask, .number(let number)):
            guard (control.minimum...max(control.minimum, control.maximum)).contains(number) else {
                throw refuse("is out of range")
            }
            guard control.kind == .bitmask || (number - control.minimum) % control.step == 0 else {
                throw refuse("is between two steps")
            }
            return number
        case (.boolean, .boolean(let flag)), (.button, .boolean(let flag)): return flag ? 1 : 0
        case (.boolean, .number(let number)) where number == 0 || number == 1: return number
        case (.menu, .number(let number)), (.integerMenu, .number(let number)):
            return try choice("\(number)", number, control, refuse)
        case (.menu, .word(let word)), (.integerMenu, .word(let word)):
            return try choice(word, Int(word), control, refuse)
        case (.menu, .boolean(let flag)):
            // YAML reads `off` as a truth value; menus have it as a word.
            return try choice(flag ? "on" : "off", flag ? nil : disabledIndex(control), control, refuse)
        default:
            throw refuse("does not fit a control of kind \(control.kind.rawValue)")
        }
    }

    /// A menu's choice by its number, its name, or the beginning of its name ("50" for "50 Hz").
    private static func choice(
        _ word: String, _ number: Int?, _ control: ControlDescription, _ refuse: (String) -> Refusal
    ) throws(Refusal) -> Int {
        let wanted = word.lowercased()
        if let choice = control.choices.first(where: { $0.name.lowercased() == wanted }) { return choice.index }
        if let number, control.choices.contains(where: { $0.index == number }) { return number }
        let candidates = control.choices.filter {
            $0.name.lowercased().hasPrefix(wanted + " ") || $0.name.lowercased().hasPrefix(wanted + "hz")
        }
        guard candidates.count == 1 else { throw refuse("is no choice of this menu") }
        return candidates[0].index
    }

    private static func disabledIndex(_ control: ControlDescription) -> Int? {
        control.choices.first { $0.name.lowercased().hasPrefix("disabled") }?.index
    }

    private static func lastOfEach(_ assignments: [Assignment]) -> [Assignment] {
        assignments.enumerated().filter { index, assignment in
            !assignments[(index + 1)...].contains { $0.id == assignment.id }
        }.map(\.element)
    }
}
