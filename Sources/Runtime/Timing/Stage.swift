/// The stages of one frame's way through the loop, in order.
public enum Stage: Int, CaseIterable, Sendable {
    /// From the capture stamp until the loop takes the frame: transport, decoding, waiting in the slot.
    case wait
    /// Colour, resize, letterbox and quantisation, for all networks.
    case preprocess
    /// The detection network.
    case detection
    /// The road network.
    case road
    /// Boxes, masks and lanes out of the networks' outputs.
    case decode
    /// Objects followed over time.
    case track
    /// Distances, lanes on the ground.
    case locate
    /// Messages encoded and handed to the bus.
    case publish

    // Stored, so that going through the stages on the frame path makes no array.
    public static let allCases: [Stage] = [
        .wait, .preprocess, .detection, .road, .decode, .track, .locate, .publish,
    ]

    package static let count = allCases.count

    public var name: String {
        switch self {
        case .wait: "wait"
        case .preprocess: "preprocess"
        case .detection: "detection"
        case .road: "road"
        case .decode: "decode"
        case .track: "track"
        case .locate: "locate"
        case .publish: "publish"
        }
    }
}
