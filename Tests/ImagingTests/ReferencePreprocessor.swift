import Imaging

/// The preprocessor's arithmetic, written down pixel by pixel: what every instruction set must reproduce.
struct ReferencePreprocessor {
    let source: ImageDescription
    let picture: NetworkPicture
    let transform: LetterboxTransform

    init(source: ImageDescription, picture: NetworkPicture) {
        self.source = source
        self.picture = picture
        transform = LetterboxTransform(
            frameWidth: source.width, frameHeight: source.height, networkWidth: picture.width,
            networkHeight: picture.height, letterbox: picture.letterbox)
    }

    /// 8-bit pixels in the network's channel order, three bytes each, dense.
    func run(_ view: ImageView) -> [UInt8] {
        var result = [UInt8](repeating: picture.padding, count: picture.width * picture.height * 3)
        for y in 0..<transform.scaledHeight {
            for x in 0..<transform.scaledWidth {
                let rgb = pixel(view, x, y)
                let position = ((y + transform.top) * picture.width + x + transform.left) * 3
                for channel in 0..<3 {
                    result[position + channel] = rgb[picture.channelOrder == .rgb ? channel : 2 - channel]
                }
            }
        }
        return result
    }

    private func pixel(_ view: ImageView, _ x: Int, _ y: Int) -> [UInt8] {
        let samples = (0..<3).map { sample(view, component: $0, x, y) }
        if !view.format.isYUV { return samples.map { clamp(($0 + 64) >> 7) } }
        let weights: (red: Double, blue: Double) =
            switch source.color.matrix {
            case .bt601: (0.299, 0.114)
            case .bt709: (0.2126, 0.0722)
            case .bt2020: (0.2627, 0.0593)
            }
        let green = 1 - weights.red - weights.blue
        let isLimited = source.color.range == .limited
        let chroma = isLimited ? 255.0 / 224 : 1
        func scaled(_ value: Int, _ coefficient: Double) -> Int {
            scale(value, Int((coefficient * 8192).rounded()))
        }
        let luma = scaled(samples[0] - (isLimited ? 16 * 128 : 0), isLimited ? 255.0 / 219 : 1)
        let (u, v) = (samples[1] - 16384, samples[2] - 16384)
        return [
            clamp((luma + scaled(v, 2 * (1 - weights.red) * chroma) + 16) >> 5),
            clamp(
                (luma + scaled(u, -2 * (1 - weights.blue) * weights.blue / green * chroma)
                    + scaled(v, -2 * (1 - weights.red) * weights.red / green * chroma) + 16) >> 5),
            clamp((luma + scaled(u, 2 * (1 - weights.blue) * chroma) + 16) >> 5),
        ]
    }

    /// A component at a target pixel, Q7: columns are blended vertically first, then horizontally.
    private func sample(_ view: ImageView, component: Int, _ x: Int, _ y: Int) -> Int {
        if view.format == .gray8 && component > 0 { return 16384 }
        let isChroma = view.format.isYUV && component > 0
        let (shiftX, shiftY) =
            isChroma ? (view.format.horizontalChromaShift, view.format.verticalChromaShift) : (0, 0)
        let siting = source.color.chromaSiting
        let width = (source.width + (1 << shiftX) - 1) >> shiftX
        let height = (source.height + (1 << shiftY) - 1) >> shiftY
        let columns = contributions(
            x, target: transform.scaledWidth, source: source.width, samples: width, shift: shiftX,
            phase: siting == .center ? 0.5 : 0)
        let rows = contributions(
            y, target: transform.scaledHeight, source: source.height, samples: height, shift: shiftY,
            phase: siting == .topLeft ? 0 : 0.5)
        func value(_ column: Int) -> Int {
            mean(rows) { byte(view, component, column, $0) * 128 }
        }
        return mean(columns, value)
    }

    private func mean(_ taps: [(position: Int, weight: Int)], _ value: (Int) -> Int) -> Int {
        let first = value(taps[0].position)
        return taps.dropFirst().reduce(first) { $0 + scale(value($1.position) - first, $1.weight) }
    }

    private func contributions(
        _ index: Int, target: Int, source: Int, samples: Int, shift: Int, phase: Double
    ) -> [(position: Int, weight: Int)] {
        let ratio = Double(source) / Double(target)
        let offset = shift == 0 ? 0 : phase
        func edge(_ luma: Double) -> Double { (luma - 0.5 - offset) / Double(1 << shift) + 0.5 }
        let (lower, upper) = (edge(Double(index) * ratio), edge(Double(index + 1) * ratio))
        func weight(_ value: Double) -> Int { Int(min(32767, (value * 32768).rounded(.toNearestOrEven))) }
        if picture.resampling == .area && upper - lower > 1 {
            let (low, high) = (min(max(0, lower), Double(samples - 1)), min(upper, Double(samples)))
            let first = Int(low)
            let last = min(samples - 1, Int(high.rounded(.up)) - 1)
            if last <= first { return [(first, 0)] }
            return [(first, 0)]
                + (first + 1...last).map { ($0, weight((min(Double($0 + 1), high) - Double($0)) / (high - low))) }
        }
        let center = (lower + upper) / 2 - 0.5
        let first = Int(center.rounded(.down))
        if first < 0 { return [(0, 0)] }
        if first >= samples - 1 { return [(samples - 1, 0)] }
        return [(first, 0), (first + 1, weight(center - Double(first)))]
    }

    private func byte(_ view: ImageView, _ component: Int, _ column: Int, _ row: Int) -> Int {
        let (plane, offset, step): (Int, Int, Int) =
            switch view.format {
            case .yuv420p, .yuv422p, .yuv444p: (component, 0, 1)
            case .gbrp: ([2, 0, 1][component], 0, 1)
            case .nv12: [(0, 0, 1), (1, 0, 2), (1, 1, 2)][component]
            case .nv21: [(0, 0, 1), (1, 1, 2), (1, 0, 2)][component]
            case .yuyv422: [(0, 0, 2), (0, 1, 4), (0, 3, 4)][component]
            case .uyvy422: [(0, 1, 2), (0, 0, 4), (0, 2, 4)][component]
            case .gray8: (0, 0, 1)
            case .rgb24: (0, component, 3)
            case .bgr24: (0, 2 - component, 3)
            case .rgba: (0, component, 4)
            case .bgra: (0, 2 - component, 4)
            }
        return Int(view.plane(plane).row(row)[column * step + offset])
    }

    private func scale(_ difference: Int, _ weight: Int) -> Int { (difference * weight + 0x4000) >> 15 }

    private func clamp(_ value: Int) -> UInt8 { UInt8(min(255, max(0, value))) }
}
