/// Height x width x channels numbers with channels innermost, as the int8 engine keeps its tensors.
public struct IntegerImage<Element: Sendable & Equatable>: Sendable, Equatable {
    public let height: Int
    public let width: Int
    public let channels: Int
    public var elements: [Element]

    /// - Precondition: `elements.count == height * width * channels`, and no extent is negative.
    public init(height: Int, width: Int, channels: Int, elements: [Element]) {
        precondition(
            height >= 0 && width >= 0 && channels >= 0 && elements.count == height * width * channels,
            "\(elements.count) elements do not fill \(height)x\(width)x\(channels)")
        self.height = height
        self.width = width
        self.channels = channels
        self.elements = elements
    }

    public init(height: Int, width: Int, channels: Int, repeating element: Element) {
        self.init(
            height: height, width: width, channels: channels,
            elements: Array(repeating: element, count: height * width * channels))
    }

    public subscript(row: Int, column: Int, channel: Int) -> Element {
        get { elements[(row * width + column) * channels + channel] }
        set { elements[(row * width + column) * channels + channel] = newValue }
    }
}
