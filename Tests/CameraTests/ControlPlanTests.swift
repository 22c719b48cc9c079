import Testing

import Camera

@Suite("Controls")
struct ControlPlanTests {
    private let controls = [
        ControlDescription(
            id: 1, name: "auto_exposure", kind: .menu, maximum: 3,
            choices: [.init(index: 1, name: "Manual Mode"), .init(index: 3, name: "Aperture Priority Mode")]),
        ControlDescription(id: 2, name: "exposure_time_absolute", kind: .integer, minimum: 3, maximum: 2047),
        ControlDescription(id: 3, name: "white_balance_automatic", kind: .boolean, maximum: 1),
        ControlDescription(
            id: 4, name: "white_balance_temperature", kind: .integer, minimum: 2000, maximum: 6500, step: 10),
        ControlDescription(
            id: 5, name: "power_line_frequency", kind: .menu, maximum: 2,
            choices: [
                .init(index: 0, name: "Disabled"), .init(index: 1, name: "50 Hz"), .init(index: 2, name: "60 Hz"),
            ]),
        ControlDescription(id: 6, name: "gain", kind: .integer, minimum: 0, maximum: 255),
        ControlDescription(id: 7, name: "temperature", kind: .integer, maximum: 100, isReadOnly: true),
    ]

    private func plan(_ settings: ControlSetting...) throws(ControlPlan.Refusal) -> [[Int]] {
        try ControlPlan(settings, controls: controls).assignments.map { [Int($0.id), $0.value] }
    }

    private func refusal(_ setting: ControlSetting) -> String {
        do {
            _ = try plan(setting)
            return "accepted"
        } catch {
            return "\(error)"
        }
    }

    @Test("a control is set by its own name")
    func ownName() throws {
        #expect(try plan(.init("exposure_time_absolute", .number(200))) == [[2, 200]])
    }

    @Test("an alias with a value switches the automatism off first; with auto it switches it on")
    func aliases() throws {
        #expect(try plan(.init("gain", .number(9)), .init("exposure", .number(200))) == [[1, 1], [6, 9], [2, 200]])
        #expect(try plan(.init("exposure", .word("auto"))) == [[1, 3]])
        #expect(try plan(.init("white_balance", .number(4500))) == [[3, 0], [4, 4500]])
        #expect(try plan(.init("white_balance", .word("auto"))) == [[3, 1]])
    }

    @Test("a menu takes a number, a name, or a name's beginning")
    func menus() throws {
        #expect(try plan(.init("power_line_frequency", .number(50))) == [[5, 1]])
        #expect(try plan(.init("power_line_frequency", .number(2))) == [[5, 2]])
        #expect(try plan(.init("power_line_frequency", .word("60 hz"))) == [[5, 2]])
        #expect(try plan(.init("power_line_frequency", .boolean(false))) == [[5, 0]])
    }

    @Test("a value out of range is refused with the range, between steps with the step, a choice with the menu")
    func refusals() {
        #expect(
            refusal(.init("exposure_time_absolute", .number(5000)))
                == "exposure_time_absolute: 5000 is out of range; possible: 3 to 2047")
        #expect(
            refusal(.init("white_balance_temperature", .number(4505)))
                == "white_balance_temperature: 4505 is between two steps; possible: 2000 to 6500 in steps of 10")
        #expect(
            refusal(.init("power_line_frequency", .word("55 Hz")))
                == "power_line_frequency: 55 Hz is no choice of this menu; possible: 0 (Disabled), 1 (50 Hz), 2 (60 Hz)"
        )
        #expect(refusal(.init("auto_exposure", .number(2))).contains("possible: 1 (Manual Mode), 3 (Aperture Priority"))
        #expect(refusal(.init("temperature", .number(2))) == "temperature: can only be read")
        #expect(refusal(.init("white_balance_automatic", .number(2))).contains("true or false"))
    }

    @Test("an unknown control is refused with those that the camera has, and with the place in the file")
    func unknown() {
        let text = refusal(.init("zoom", .number(1), source: "front.yaml:7:15"))
        #expect(
            text.hasPrefix("front.yaml:7:15: the camera has no control zoom; it has auto_exposure, exposure_time_abs"))
        #expect(!text.contains("temperature, temperature"))
        #expect(refusal(.init("focus", .word("auto"))).hasPrefix("the camera has no automatic focus"))
    }

    @Test("of two wishes for one control the later counts")
    func twice() throws {
        #expect(try plan(.init("gain", .number(1)), .init("gain", .number(2))) == [[6, 2]])
    }

    @Test("names are spelt as v4l2-ctl spells them")
    func spelling() {
        #expect(ControlDescription.normalized("White Balance, Auto & Preset") == "white_balance_auto_preset")
        #expect(ControlDescription.normalized("Exposure Time, Absolute") == "exposure_time_absolute")
        #expect(ControlDescription.normalized("Y'CbCr Encoding") == "y_cbcr_encoding")
    }
}
