import Imaging

/// Pictures made in code, the same in every run.
enum TestPictures {
    /// A generator of pseudo-random numbers (Steele et al. 2014, SplitMix64).
    struct Random: RandomNumberGenerator {
        var state: UInt64

        init(seed: UInt64) { state = seed }

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            return z ^ (z >> 31)
        }
    }

    /// Every sample random.
    static func noise(_ description: ImageDescription, seed: UInt64) throws -> ImageBuffer {
        var random = Random(seed: seed)
        var buffer = try ImageBuffer(description)
        buffer.withMutableView { view in
            for plane in 0..<view.format.planeCount {
                for row in 0..<view.format.rowCount(plane: plane, height: view.height) {
                    let target = view.plane(plane).row(row)
                    for i in 0..<view.format.rowByteCount(plane: plane, width: view.width) {
                        target[i] = UInt8.random(in: 0...255, using: &random)
                    }
                }
            }
        }
        return buffer
    }

    /// Every sample of a plane has one value.
    static func flat(_ description: ImageDescription, planes: [UInt8]) throws -> ImageBuffer {
        var buffer = try ImageBuffer(description)
        buffer.withMutableView { view in
            for plane in 0..<view.format.planeCount {
                for row in 0..<view.format.rowCount(plane: plane, height: view.height) {
                    view.plane(plane).row(row).update(
                        repeating: planes[plane], count: view.format.rowByteCount(plane: plane, width: view.width))
                }
            }
        }
        return buffer
    }

    /// A smooth colour scene with edges, as RGB.
    static func scene(width: Int, height: Int) throws -> ImageBuffer {
        var buffer = try ImageBuffer(ImageDescription(width: width, height: height, format: .rgb24))
        buffer.withMutableView { view in
            for y in 0..<height {
                let row = view.plane(0).row(y)
                for x in 0..<width {
                    let block = (x / 24 + y / 16) % 5 == 0
                    row[x * 3] = block ? 230 : UInt8(x * 200 / width)
                    row[x * 3 + 1] = UInt8(40 + y * 150 / height)
                    row[x * 3 + 2] = block ? 30 : UInt8((x + y) * 255 / (width + height))
                }
            }
        }
        return buffer
    }
}
