/// Format, size and rate to ask a driver for.
public struct CaptureChoice: Sendable, Hashable {
    public var fourcc: FourCC
    public var width: Int
    public var height: Int
    /// Nil where the driver does not list rates.
    public var rate: FrameRate?

    public init(fourcc: FourCC, width: Int, height: Int, rate: FrameRate?) {
        self.fourcc = fourcc
        self.width = width
        self.height = height
        self.rate = rate
    }

    /// The choice that fulfils a wish at the least cost; nil when no format can be read.
    ///
    /// What counts, in this order: the size (exact, else the smallest that covers it, else the largest), the rate (at least
    /// the wished one, else the highest), the cost of reading the format (``FrameReading/cost``), and a rate close to the
    /// wish. Among equals the driver's order decides. Linear in the number of sizes and rates.
    public static func best(for wish: CaptureWish, among offers: [FormatOffer]) -> CaptureChoice? {
        var best: (choice: CaptureChoice, rank: Rank)?
        for offer in offers where wish.format == nil || wish.format == offer.fourcc {
            let reading = FrameReading(offer.fourcc)
            guard reading != .unreadable else { continue }
            let unlisted = [SizeOffer(wish.width, wish.height, rates: [])]
            for size in offer.sizes.isEmpty ? unlisted : offer.sizes {
                let width = size.width.nearest(to: wish.width)
                let height = size.height.nearest(to: wish.height)
                let rates: [FrameRate?] = size.rates.isEmpty ? [nil] : size.rates
                for rate in rates {
                    let choice = CaptureChoice(fourcc: offer.fourcc, width: width, height: height, rate: rate)
                    let rank = Rank(choice, wish: wish, cost: reading.cost)
                    if best.map({ rank < $0.rank }) ?? true { best = (choice, rank) }
                }
            }
        }
        return best?.choice
    }
}

extension CaptureChoice: CustomStringConvertible {
    public var description: String {
        let rate = rate.map { " at \($0.rounded) fps" } ?? ""
        return "\(fourcc) \(width)x\(height)\(rate)"
    }
}

extension CaptureChoice {
    /// How far a choice is from a wish: less is better, compared from the first number on.
    private struct Rank: Comparable {
        var values: (Double, Double, Double, Double)

        init(_ choice: CaptureChoice, wish: CaptureWish, cost: Double) {
            let pixels = Double(choice.width * choice.height)
            let wished = Double(wish.width * wish.height)
            let covers = choice.width >= wish.width && choice.height >= wish.height
            let size = covers ? pixels / wished - 1 : 1e6 * (2 - pixels / wished)
            // Rates such as 29.97 and 30 count as equal. Where a driver lists none, the wish may well be fulfilled.
            let rate = choice.rate?.perSecond ?? wish.rate
            let slowness = max(0, wish.rate * 0.99 - rate)
            values = (max(size, 0), slowness, cost, abs(rate - wish.rate))
        }

        static func < (left: Rank, right: Rank) -> Bool { left.values < right.values }
        static func == (left: Rank, right: Rank) -> Bool { left.values == right.values }
    }
}
