import Glibc

/// How a lens bends rays away from the pinhole: three models with the names that ROS gives them.
///
/// Coefficients are in OpenCV's order:
/// - plumb_bob: k1 k2 p1 p2 k3 (Brown 1966, Conrady 1919);
/// - rational_polynomial: k1 k2 p1 p2 k3 k4 k5 k6, and optionally thin prism s1 s2 s3 s4 and tilt tau_x tau_y;
/// - equidistant: k1 k2 k3 k4 of the fisheye (Kannala and Brandt 2006).
public struct LensDistortion: Hashable, Sendable {
    public enum Model: String, Hashable, Sendable, CaseIterable {
        case plumbBob = "plumb_bob"
        case rationalPolynomial = "rational_polynomial"
        case equidistant
    }

    public let model: Model
    /// How many of the coefficients are the model's: 5; 8, 12 or 14; 4.
    public let count: Int
    /// The coefficients, then zeros. A vector, because it is inline and its use allocates nothing.
    let values: SIMD16<Double>
    /// The tilted sensor's homography and its inverse (OpenCV's tau_x, tau_y), where there is one.
    let tilt: Tilt?

    struct Tilt: Hashable, Sendable {
        var forward: Matrix3
        var backward: Matrix3
    }

    /// No distortion.
    public static let none = LensDistortion(model: .plumbBob, count: 5, values: .zero, tilt: nil)

    private init(model: Model, count: Int, values: SIMD16<Double>, tilt: Tilt?) {
        self.model = model
        self.count = count
        self.values = values
        self.tilt = tilt
    }

    /// - Throws: ``CalibrationError/invalidParameter(name:detail:)`` when the model has not that many coefficients.
    public init(model: Model, coefficients: [Double]) throws(CalibrationError) {
        guard model.coefficientCounts.contains(coefficients.count) else {
            let counts = model.coefficientCounts.map(String.init).joined(separator: ", ")
            throw .invalidParameter(
                name: "distortion_coefficients",
                detail: "\(model.rawValue) has \(counts) coefficients, not \(coefficients.count)")
        }
        guard coefficients.allSatisfy(\.isFinite) else {
            throw .invalidParameter(name: "distortion_coefficients", detail: "not every coefficient is a finite number")
        }
        var values = SIMD16<Double>.zero
        for (index, coefficient) in coefficients.enumerated() { values[index] = coefficient }
        // Four coefficients of plumb_bob are common: k3 is zero.
        let count = model == .plumbBob ? 5 : coefficients.count
        let tilt = count == 14 ? Self.tilt(x: values[12], y: values[13]) : nil
        self.init(model: model, count: count, values: values, tilt: tilt)
    }

    public var coefficients: [Double] { (0..<count).map { values[$0] } }

    /// The sensor's plane turned about x, then y, and the projection back onto a plane at distance one along z
    /// (Louhichi et al. 2007, as OpenCV applies it).
    private static func tilt(x: Double, y: Double) -> Tilt? {
        guard x != 0 || y != 0 else { return nil }
        let rotation = Matrix3.rotation(aboutY: -y) * Matrix3.rotation(aboutX: -x)
        let depth = rotation.row2.z
        let projection = Matrix3(
            SIMD3(depth, 0, -rotation.row0.z), SIMD3(0, depth, -rotation.row1.z), SIMD3(0, 0, 1))
        let forward = projection * rotation
        return forward.inverse.map { Tilt(forward: forward, backward: $0) }
    }
}

extension LensDistortion.Model {
    /// The numbers of coefficients that the model may come with.
    public var coefficientCounts: [Int] {
        switch self {
        case .plumbBob: [4, 5]
        case .rationalPolynomial: [8, 12, 14]
        case .equidistant: [4]
        }
    }
}
