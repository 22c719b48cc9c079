import Tensors

/// What was seen of one value over all samples.
struct ActivationStatistics {
    /// All elements together.
    private(set) var histogram = StreamingHistogram()

    /// One histogram for each channel; empty where channels do not matter.
    private(set) var channels: [StreamingHistogram] = []

    /// Whether all elements so far were whole multiples of 1/255 and of 1, as pixels are.
    private(set) var isMultipleOf255th = true
    private(set) var isWhole = true

    private let checksPixels: Bool
    private let limit: Int

    /// - Parameters:
    ///   - channelCount: keeps statistics of each channel when positive.
    ///   - limit: how many elements of a sample are counted at most; extremes are taken from all of them.
    ///   - checksPixels: looks whether elements are pixels.
    init(channelCount: Int, limit: Int, checksPixels: Bool) {
        channels = [StreamingHistogram](repeating: StreamingHistogram(binCount: 512), count: channelCount)
        self.limit = limit
        self.checksPixels = checksPixels
    }

    /// Takes in a value in NCHW order.
    ///
    /// - Returns: false when an element is infinite or NaN.
    mutating func add(_ elements: UnsafeBufferPointer<Float>, _ shape: Shape) -> Bool {
        guard histogram.add(elements, stride: Self.stride(for: elements.count, limit: limit)) else { return false }
        if checksPixels { checkPixels(elements) }
        guard !channels.isEmpty, shape.rank >= 2, shape[1] == channels.count else { return true }
        let plane = elements.count / (shape[0] * shape[1])
        let step = Self.stride(for: plane, limit: max(limit / channels.count, 64))
        for image in 0..<shape[0] {
            for channel in channels.indices {
                let first = (image * channels.count + channel) * plane
                let part = UnsafeBufferPointer(rebasing: elements[first..<first + plane])
                guard channels[channel].add(part, stride: step) else { return false }
            }
        }
        return true
    }

    private mutating func checkPixels(_ elements: UnsafeBufferPointer<Float>) {
        for index in Swift.stride(from: 0, to: elements.count, by: Self.stride(for: elements.count, limit: 4096)) {
            let value = elements[index]
            if value != value.rounded() { isWhole = false }
            if abs(value * 255 - (value * 255).rounded()) > 1e-3 { isMultipleOf255th = false }
        }
    }

    /// The step that visits about `limit` of `count` elements. It has no divisor in common with `count`, so that it
    /// does not fall into step with rows and channels.
    static func stride(for count: Int, limit: Int) -> Int {
        guard count > limit else { return 1 }
        var step = (count + limit - 1) / limit
        while greatestCommonDivisor(step, count) != 1 { step += 1 }
        return step
    }

    private static func greatestCommonDivisor(_ left: Int, _ right: Int) -> Int {
        var (a, b) = (left, right)
        while b != 0 { (a, b) = (b, a % b) }
        return a
    }

    /// The parameters that represent 8-bit pixels exactly, when that is what the value holds.
    var pixelParameters: QuantizationParameters? {
        guard checksPixels, histogram.total > 0, histogram.minimum >= 0 else { return nil }
        // A picture need not use the brightest values, but one that is black up to rounding tells nothing.
        if isMultipleOf255th, histogram.maximum <= 1, histogram.maximum > 0 {
            return QuantizationParameters(scale: 1 / 255, zeroPoint: 0, elementType: .uint8)
        }
        if isWhole, histogram.maximum <= 255, histogram.maximum > 1 {
            return QuantizationParameters(scale: 1, zeroPoint: 0, elementType: .uint8)
        }
        return nil
    }
}
