extension LensDistortion {
    /// How far from the axis the model can be used: image positions must move outwards with the ray.
    ///
    /// For polynomials the largest radius on the plane at distance one, infinite when it is beyond 76 degrees; for the
    /// fisheye the largest angle in radians, at most pi.
    var validLimit: Double {
        switch model {
        case .plumbBob, .rationalPolynomial:
            limit(upTo: 4, otherwise: .infinity) { radius in
                let radial = radialFactor(radius * radius)
                return radial.denominator > 0 && radial.value > 0
                    && radial.value + 2 * radius * radius * radial.slope > 0
            }
        case .equidistant:
            limit(upTo: .pi, otherwise: .pi) { fisheyeSlope($0) > 0 }
        }
    }

    /// The first value at which a condition ends, to 1e-9; found by steps of 1/400 of the range and bisection.
    private func limit(upTo end: Double, otherwise: Double, holds: (Double) -> Bool) -> Double {
        var low = 0.0
        for step in 1...400 {
            var high = end * Double(step) / 400
            if holds(high) {
                low = high
                continue
            }
            while high - low > 1e-9 {
                let middle = (low + high) / 2
                if holds(middle) { low = middle } else { high = middle }
            }
            return low
        }
        return otherwise
    }
}
