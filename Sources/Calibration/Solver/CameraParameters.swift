/// The numbers that calibrating a camera looks for: fx, fy, cx, cy, then the lens's coefficients in the model's order.
struct CameraParameters: Hashable, Sendable {
    let lens: LensDistortion.Model
    var values: [Double]

    var count: Int { values.count }

    init(lens: LensDistortion.Model, values: [Double]) {
        self.lens = lens
        self.values = values
    }

    init(lens: LensDistortion.Model, fx: Double, fy: Double, cx: Double, cy: Double) {
        self.lens = lens
        values = [fx, fy, cx, cy] + [Double](repeating: 0, count: lens.solvedCoefficientCount)
    }

    func model(width: Int, height: Int) throws(CalibrationError) -> CameraModel {
        try CameraModel(
            width: width, height: height, fx: values[0], fy: values[1], cx: values[2], cy: values[3],
            distortion: try LensDistortion(model: lens, coefficients: Array(values[4...])))
    }
}

extension LensDistortion.Model {
    /// How many coefficients calibrating determines; thin prism and tilt are read and used, but not solved for.
    var solvedCoefficientCount: Int {
        switch self {
        case .plumbBob: 5
        case .rationalPolynomial: 8
        case .equidistant: 4
        }
    }
}
