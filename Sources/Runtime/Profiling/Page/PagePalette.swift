import Messages

/// Colours of the profile page: the same stage and the same plan look the same everywhere. Told apart by people with the
/// usual colour deficiencies (Okabe and Ito 2008, "Color Universal Design").
enum PagePalette {
    static func color(of stage: Stage) -> String {
        switch stage {
        case .wait: "#9aa5b1"
        case .preprocess: "#e69f00"
        case .detection: "#0072b2"
        case .road: "#009e73"
        case .decode: "#cc79a7"
        case .track: "#56b4e9"
        case .locate: "#8c6bb1"
        case .publish: "#d55e00"
        }
    }

    static func color(of plan: Sightline_Plan) -> String {
        switch plan {
        case .full: "#009e73"
        case .cheaperVariant: "#56b4e9"
        case .carried: "#f0e442"
        case .skipped: "#9aa5b1"
        case .stopped: "#d55e00"
        case .UNRECOGNIZED: "#000000"
        }
    }

    /// In order of how much is given up.
    static let plans: [Sightline_Plan] = [.full, .cheaperVariant, .carried, .skipped, .stopped]

    static func words(_ plan: Sightline_Plan) -> String {
        switch plan {
        case .full: "full network"
        case .cheaperVariant: "cheaper variant"
        case .carried: "last result carried"
        case .skipped: "left out"
        case .stopped: "stopped at the deadline"
        case .UNRECOGNIZED(let value): "plan \(value)"
        }
    }
}
