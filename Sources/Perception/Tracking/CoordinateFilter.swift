/// A Kalman filter of one coordinate that moves at a nearly constant velocity, for any time between measurements.
///
/// The velocity wanders as white noise of acceleration, so that the covariance after two steps equals that after one step
/// of both (Bar-Shalom, Li, Kirubarajan, Estimation with Applications to Tracking and Navigation, 2001, section 6.2.2).
struct CoordinateFilter: Sendable, Hashable, BitwiseCopyable {
    var position: Float
    var velocity: Float = 0
    /// The covariance.
    var positionVariance: Float
    var velocityVariance: Float
    var covariance: Float = 0

    init(position: Float, variance: Float, velocityVariance: Float) {
        self.position = position
        positionVariance = variance
        self.velocityVariance = velocityVariance
    }

    /// Moves on by `seconds`.
    ///
    /// - Parameter wander: variance that the velocity gains in a second.
    mutating func predict(seconds: Float, wander: Float) {
        position += velocity * seconds
        positionVariance +=
            seconds * (2 * covariance + seconds * velocityVariance) + wander * seconds * seconds * seconds / 3
        covariance += seconds * velocityVariance + wander * seconds * seconds / 2
        velocityVariance += wander * seconds
    }

    /// Takes a measurement of the position.
    mutating func update(_ measured: Float, variance: Float) {
        let total = positionVariance + variance
        guard total > 0 else { return }
        let gain = positionVariance / total
        let velocityGain = covariance / total
        let surprise = measured - position
        position += gain * surprise
        velocity += velocityGain * surprise
        velocityVariance = max(velocityVariance - velocityGain * covariance, 0)
        covariance -= gain * covariance
        positionVariance = max(positionVariance - gain * positionVariance, 0)
    }

    /// The squared surprise of a measurement in units of its variance.
    func squaredSurprise(_ measured: Float, variance: Float) -> Float {
        let surprise = measured - position
        return surprise * surprise / (positionVariance + variance)
    }
}
