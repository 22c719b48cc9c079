import Testing

import Camera

@Suite("Negotiation")
struct NegotiationTests {
    private let wish = CaptureWish(width: 1280, height: 720, rate: 30)

    private func rate(_ perSecond: UInt32) -> FrameRate {
        FrameRate(intervalNumerator: 1, intervalDenominator: perSecond)
    }

    private func offer(_ fourcc: FourCC, _ sizes: (Int, Int, [UInt32])...) -> FormatOffer {
        FormatOffer(fourcc: fourcc, sizes: sizes.map { SizeOffer($0.0, $0.1, rates: $0.2.map(rate)) })
    }

    @Test("NV12 is preferred to YUYV, YUYV to MJPEG, MJPEG to conversion, and colour to grey")
    func costOrder() {
        var offers = ["GREY", "BA81", "MJPG", "YUYV", "NV12"].compactMap { FourCC($0) }.map {
            offer($0, (1280, 720, [30]))
        }
        for expected in ["NV12", "YUYV", "MJPG", "BA81", "GREY"] {
            #expect(CaptureChoice.best(for: wish, among: offers)?.fourcc.description == expected)
            offers.removeAll { $0.fourcc.description == expected }
        }
        #expect(CaptureChoice.best(for: wish, among: offers) == nil)
    }

    @Test("a webcam whose YUYV is too slow at the wished size gives MJPEG")
    func slowRaw() {
        let offers = [offer("YUYV", (1280, 720, [10, 5]), (640, 480, [30])), offer("MJPG", (1280, 720, [30, 15]))]
        let choice = CaptureChoice.best(for: wish, among: offers)
        #expect(choice == CaptureChoice(fourcc: "MJPG", width: 1280, height: 720, rate: rate(30)))
        let slow = CaptureChoice.best(for: CaptureWish(width: 1280, height: 720, rate: 10), among: offers)
        #expect(slow == CaptureChoice(fourcc: "YUYV", width: 1280, height: 720, rate: rate(10)))
    }

    @Test("the lowest rate that suffices is taken, and 29.97 suffices for 30")
    func rates() {
        let ntsc = FrameRate(intervalNumerator: 1001, intervalDenominator: 30000)
        let offers = [FormatOffer(fourcc: "YUYV", sizes: [SizeOffer(1280, 720, rates: [rate(60), ntsc, rate(15)])])]
        #expect(CaptureChoice.best(for: wish, among: offers)?.rate == ntsc)
        #expect(CaptureChoice.best(for: CaptureWish(rate: 40), among: offers)?.rate == rate(60))
        #expect(CaptureChoice.best(for: CaptureWish(rate: 90), among: offers)?.rate == rate(60))
    }

    @Test("without the wished size the smallest that covers it is taken, else the largest")
    func sizes() {
        let offers = [offer("YUYV", (640, 480, [30]), (1920, 1080, [30]), (2560, 1440, [30]))]
        #expect(CaptureChoice.best(for: wish, among: offers)?.width == 1920)
        #expect(CaptureChoice.best(for: CaptureWish(width: 4096, height: 2160), among: offers)?.width == 2560)
    }

    @Test("ranges of sizes and formats without a list of sizes give what was wished")
    func ranges() {
        let range = SizeOffer(
            width: DimensionRange(minimum: 48, maximum: 1920, step: 16),
            height: DimensionRange(minimum: 32, maximum: 1200, step: 8), rates: [])
        let wish = CaptureWish(width: 1000, height: 700)
        let choice = CaptureChoice.best(for: wish, among: [FormatOffer(fourcc: "NV12", sizes: [range])])
        #expect(choice == CaptureChoice(fourcc: "NV12", width: 1008, height: 704, rate: nil))
        let unlisted = CaptureChoice.best(for: wish, among: [FormatOffer(fourcc: "YUYV", sizes: [])])
        #expect(unlisted == CaptureChoice(fourcc: "YUYV", width: 1000, height: 700, rate: nil))
    }

    @Test("a wished pixel format is kept to, also where another costs less")
    func wishedFormat() {
        let offers = [offer("NV12", (1280, 720, [30])), offer("MJPG", (1280, 720, [30]))]
        #expect(CaptureChoice.best(for: CaptureWish(format: "MJPG"), among: offers)?.fourcc == "MJPG")
        #expect(CaptureChoice.best(for: CaptureWish(format: "H264"), among: offers) == nil)
    }

    @Test("a format that nobody reads is passed over")
    func unreadable() {
        let offers = [offer("H264", (1280, 720, [30])), offer("BA81", (640, 480, [30]))]
        #expect(CaptureChoice.best(for: wish, among: offers)?.fourcc == "BA81")
        #expect(CaptureChoice.best(for: wish, among: [offers[0]]) == nil)
    }

    @Test("no offer that fulfils the wish costs less than the chosen one", arguments: UInt64(1)...40)
    func cheapest(seed: UInt64) {
        var state = seed &* 0x9e37_79b9_7f4a_7c15
        func random(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        let codes: [FourCC] = ["NV12", "YUYV", "MJPG", "RGB3", "GREY", "BA81", "XR24"]
        let sizes = [(1280, 720), (640, 480), (1920, 1080)]
        let offers = (0..<6).map { _ -> FormatOffer in
            let chosen = (0...random(3)).map { _ in sizes[random(3)] }
            let code = codes[random(codes.count)]
            return FormatOffer(
                fourcc: code, sizes: chosen.map { SizeOffer($0.0, $0.1, rates: [rate(UInt32(5 + random(12) * 5))]) })
        }
        guard let choice = CaptureChoice.best(for: wish, among: offers) else { return }
        let fulfilling = offers.flatMap { offer in
            offer.sizes.filter {
                $0.width.minimum == 1280 && $0.height.minimum == 720 && $0.rates[0].perSecond >= 30
            }.map { _ in FrameReading(offer.fourcc).cost }
        }
        if let cheapest = fulfilling.min() {
            #expect(choice.width == 1280 && choice.height == 720)
            #expect(FrameReading(choice.fourcc).cost == cheapest)
        }
    }

    @Test("codes are four characters and print as such")
    func codes() {
        #expect(FourCC("NV12").description == "NV12")
        #expect(FourCC(code: 0x2059_3859).description == "Y8Y")
        #expect(FourCC(["R", "G", "B"].joined()) == nil)
        #expect(FourCC(code: 0x3231_564e) == "NV12")
    }
}
