/// A box that moves: centre, width and height, each at a nearly constant velocity.
///
/// Noise scales with the box's size, as in SORT and ByteTrack (Zhang et al. 2022), but per second instead of per frame.
/// As neither motion nor measurement couples the four coordinates, four filters of two states do exactly what one of
/// eight would.
struct BoxFilter: Sendable, Hashable, BitwiseCopyable {
    private(set) var x: CoordinateFilter
    private(set) var y: CoordinateFilter
    private(set) var width: CoordinateFilter
    private(set) var height: CoordinateFilter

    init(_ box: BoundingBox, model: BoxMotionModel) {
        let size = Self.size(box.width, box.height)
        let center = Self.variance(model.centerNoise, size, model)
        let extent = Self.variance(model.sizeNoise, size, model)
        let velocity = model.firstVelocity * size
        x = CoordinateFilter(position: box.centerX, variance: center, velocityVariance: velocity * velocity)
        y = CoordinateFilter(position: box.centerY, variance: center, velocityVariance: velocity * velocity / 4)
        width = CoordinateFilter(position: box.width, variance: extent, velocityVariance: velocity * velocity / 4)
        height = CoordinateFilter(position: box.height, variance: extent, velocityVariance: velocity * velocity / 4)
    }

    var box: BoundingBox {
        BoundingBox(
            centerX: x.position, centerY: y.position, width: max(width.position, 1), height: max(height.position, 1))
    }

    /// The mean of width and height, pixels.
    var size: Float { Self.size(width.position, height.position) }

    private static func size(_ width: Float, _ height: Float) -> Float { max((width + height) / 2, 2) }

    private static func variance(_ share: Float, _ size: Float, _ model: BoxMotionModel) -> Float {
        share * share * size * size + model.pixelNoise * model.pixelNoise
    }

    /// Moves on by `seconds` while the picture as a whole moves by (`shiftX`, `shiftY`) pixels.
    mutating func predict(seconds: Float, shiftX: Float, shiftY: Float, model: BoxMotionModel) {
        let size = size
        let wander = model.velocityWander * model.velocityWander * size * size
        let growth = model.growthWander * model.growthWander * size * size
        x.predict(seconds: seconds, wander: wander)
        y.predict(seconds: seconds, wander: wander)
        width.predict(seconds: seconds, wander: growth)
        height.predict(seconds: seconds, wander: growth)
        x.position += shiftX
        y.position += shiftY
        width.position = max(width.position, 1)
        height.position = max(height.position, 1)
    }

    mutating func update(_ box: BoundingBox, model: BoxMotionModel) {
        let size = max(size, Self.size(box.width, box.height))
        let center = Self.variance(model.centerNoise, size, model)
        let extent = Self.variance(model.sizeNoise, size, model)
        x.update(box.centerX, variance: center)
        y.update(box.centerY, variance: center)
        width.update(box.width, variance: extent)
        height.update(box.height, variance: extent)
    }

    /// The squared Mahalanobis distance of a measured box: about chi-squared of four degrees of freedom if it is this one.
    func squaredDistance(to box: BoundingBox, model: BoxMotionModel) -> Float {
        let size = max(size, Self.size(box.width, box.height))
        let center = Self.variance(model.centerNoise, size, model)
        let extent = Self.variance(model.sizeNoise, size, model)
        return x.squaredSurprise(box.centerX, variance: center) + y.squaredSurprise(box.centerY, variance: center)
            + width.squaredSurprise(box.width, variance: extent) + height.squaredSurprise(box.height, variance: extent)
    }

    /// Stops growing or shrinking: a box that is not seen must not swell.
    mutating func dampGrowth(by factor: Float) {
        width.velocity *= factor
        height.velocity *= factor
    }

    /// The box after further `seconds`, while the picture moves at (`cameraX`, `cameraY`) pixels per second.
    func forecast(seconds: Float, cameraX: Float, cameraY: Float) -> BoundingBox {
        BoundingBox(
            centerX: x.position + (x.velocity + cameraX) * seconds,
            centerY: y.position + (y.velocity + cameraY) * seconds,
            width: max(width.position + width.velocity * seconds, 1),
            height: max(height.position + height.velocity * seconds, 1))
    }
}
