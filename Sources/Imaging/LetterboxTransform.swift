/// The exact relation between positions on a frame and positions on the network's input.
///
/// Coordinates are continuous, in pixels, with (0, 0) the top left corner of the top left pixel: boxes' edges, not pixel
/// centres. Both directions are affine per axis, with the ratio of the sizes that were really used (rounded to whole
/// pixels), so that the corners of the frame and of the scaled picture map onto each other without error.
public struct LetterboxTransform: Hashable, Sendable {
    public let frameWidth: Int
    public let frameHeight: Int
    public let networkWidth: Int
    public let networkHeight: Int

    /// Where the scaled picture lies on the network's input.
    public let left: Int
    public let top: Int
    public let scaledWidth: Int
    public let scaledHeight: Int

    /// Lays out a frame on a network's input.
    ///
    /// Rounding is that of the training code: Ultralytics' LetterBox rounds the scaled size to nearest (halves to even)
    /// and the border with -0.1; YOLOX cuts fractions off.
    ///
    /// - Precondition: all sizes are positive.
    public init(frameWidth: Int, frameHeight: Int, networkWidth: Int, networkHeight: Int, letterbox: Letterbox) {
        precondition(frameWidth > 0 && frameHeight > 0 && networkWidth > 0 && networkHeight > 0)
        self.frameWidth = frameWidth
        self.frameHeight = frameHeight
        self.networkWidth = networkWidth
        self.networkHeight = networkHeight
        let ratio = min(Double(networkWidth) / Double(frameWidth), Double(networkHeight) / Double(frameHeight))
        switch letterbox {
        case .stretch:
            (scaledWidth, scaledHeight) = (networkWidth, networkHeight)
            (left, top) = (0, 0)
        case .topLeft:
            scaledWidth = min(networkWidth, max(1, Int(Double(frameWidth) * ratio)))
            scaledHeight = min(networkHeight, max(1, Int(Double(frameHeight) * ratio)))
            (left, top) = (0, 0)
        case .centered:
            func scaled(_ size: Int, limit: Int) -> Int {
                min(limit, max(1, Int((Double(size) * ratio).rounded(.toNearestOrEven))))
            }
            func border(_ free: Int) -> Int { max(0, Int((Double(free) / 2 - 0.1).rounded(.toNearestOrEven))) }
            scaledWidth = scaled(frameWidth, limit: networkWidth)
            scaledHeight = scaled(frameHeight, limit: networkHeight)
            left = border(networkWidth - scaledWidth)
            top = border(networkHeight - scaledHeight)
        }
    }

    public func networkX(frameX: Double) -> Double {
        frameX * Double(scaledWidth) / Double(frameWidth) + Double(left)
    }

    public func networkY(frameY: Double) -> Double {
        frameY * Double(scaledHeight) / Double(frameHeight) + Double(top)
    }

    public func frameX(networkX: Double) -> Double {
        (networkX - Double(left)) * Double(frameWidth) / Double(scaledWidth)
    }

    public func frameY(networkY: Double) -> Double {
        (networkY - Double(top)) * Double(frameHeight) / Double(scaledHeight)
    }

    /// Network pixels per frame pixel.
    public var scaleX: Double { Double(scaledWidth) / Double(frameWidth) }
    public var scaleY: Double { Double(scaledHeight) / Double(frameHeight) }
}
