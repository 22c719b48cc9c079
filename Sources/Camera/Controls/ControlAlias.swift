/// Short names for what drivers call differently from kernel to kernel, and for pairs of an automatism and a value.
///
/// `exposure: auto` switches the automatism on; `exposure: 200` switches it off and sets the value.
enum ControlAlias: String, CaseIterable {
    case exposure
    case gain
    case whiteBalance = "white_balance"
    case powerLineFrequency = "power_line_frequency"
    case focus

    /// Names of the control that holds the value, newest kernels first.
    var valueNames: [String] {
        switch self {
        case .exposure: ["exposure_time_absolute", "exposure_absolute", "exposure"]
        case .gain: ["gain", "analogue_gain"]
        case .whiteBalance: ["white_balance_temperature"]
        case .powerLineFrequency: ["power_line_frequency"]
        case .focus: ["focus_absolute"]
        }
    }

    /// Names of the control that switches the automatism.
    var automaticNames: [String] {
        switch self {
        case .exposure: ["auto_exposure", "exposure_auto"]
        case .gain: ["gain_automatic", "autogain"]
        case .whiteBalance: ["white_balance_automatic", "white_balance_temperature_auto"]
        case .powerLineFrequency: []
        case .focus: ["focus_automatic_continuous", "focus_auto"]
        }
    }

    /// What the automatism's control is set to. Menus: as V4L2_CID_EXPOSURE_AUTO numbers them.
    static func value(automatic: Bool, for control: ControlDescription) -> Int {
        guard control.kind == .menu else { return automatic ? 1 : 0 }
        let wanted = automatic ? ["auto", "aperture priority"] : ["manual mode", "shutter priority", "manual"]
        for word in wanted {
            if let choice = control.choices.first(where: { $0.name.lowercased().hasPrefix(word) }) {
                return choice.index
            }
        }
        return automatic ? 0 : 1
    }
}
