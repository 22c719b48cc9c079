/// A pixel format that a device offers, with its frame sizes and rates.
public struct FormatOffer: Sendable, Hashable {
    public var fourcc: FourCC
    /// The driver's name for it.
    public var name: String
    /// Empty where the driver does not list its sizes: any may be tried.
    public var sizes: [SizeOffer]

    public init(fourcc: FourCC, name: String = "", sizes: [SizeOffer]) {
        self.fourcc = fourcc
        self.name = name
        self.sizes = sizes
    }
}

/// A frame size, or a range of sizes, with the rates that are possible there.
public struct SizeOffer: Sendable, Hashable {
    public var width: DimensionRange
    public var height: DimensionRange
    /// Frames per second, highest first; empty where the driver does not list them.
    public var rates: [FrameRate]

    public init(width: DimensionRange, height: DimensionRange, rates: [FrameRate]) {
        self.width = width
        self.height = height
        self.rates = rates
    }

    /// A single size.
    public init(_ width: Int, _ height: Int, rates: [FrameRate]) {
        self.init(width: .init(width), height: .init(height), rates: rates)
    }

    public var isSingle: Bool { width.minimum == width.maximum && height.minimum == height.maximum }
}

/// The possible widths or heights: one, or from a minimum to a maximum in steps.
public struct DimensionRange: Sendable, Hashable {
    public var minimum: Int
    public var maximum: Int
    public var step: Int

    public init(_ value: Int) {
        self.init(minimum: value, maximum: value, step: 1)
    }

    public init(minimum: Int, maximum: Int, step: Int) {
        self.minimum = minimum
        self.maximum = max(maximum, minimum)
        self.step = max(step, 1)
    }

    /// The possible value nearest to a wish.
    public func nearest(to wish: Int) -> Int {
        let clamped = min(max(wish, minimum), maximum)
        let steps = (clamped - minimum + step / 2) / step
        return min(minimum + steps * step, minimum + (maximum - minimum) / step * step)
    }
}

/// A frame rate as drivers give it: the duration of a frame as a fraction of seconds.
public struct FrameRate: Sendable, Hashable, Comparable {
    public var intervalNumerator: UInt32
    public var intervalDenominator: UInt32

    public init(intervalNumerator: UInt32, intervalDenominator: UInt32) {
        self.intervalNumerator = max(intervalNumerator, 1)
        self.intervalDenominator = max(intervalDenominator, 1)
    }

    /// A rate in frames per second, to a thousandth.
    public init(perSecond: Double) {
        let isWhole = perSecond.rounded() == perSecond
        self.init(
            intervalNumerator: isWhole ? 1 : 1000,
            intervalDenominator: UInt32(clamping: Int((perSecond * (isWhole ? 1 : 1000)).rounded())))
    }

    public var perSecond: Double { Double(intervalDenominator) / Double(intervalNumerator) }

    /// Duration of a frame in nanoseconds.
    public var interval: Int64 { Int64(intervalNumerator) * 1_000_000_000 / Int64(intervalDenominator) }

    public static func < (left: FrameRate, right: FrameRate) -> Bool { left.perSecond < right.perSecond }
}

extension FrameRate {
    /// Frames per second to a hundredth, for people.
    public var rounded: Double { (perSecond * 100).rounded() / 100 }
}

extension SizeOffer: CustomStringConvertible {
    /// A size, or the smallest and the largest of a range.
    public var extent: String {
        let smallest = "\(width.minimum)x\(height.minimum)"
        return isSingle ? smallest : "\(smallest)...\(width.maximum)x\(height.maximum)"
    }

    public var description: String {
        rates.isEmpty ? extent : extent + " at " + rates.map { "\($0.rounded)" }.joined(separator: ", ") + " fps"
    }
}
