/// How a calibration was found and how good it is; everything may be unknown.
public struct CalibrationQuality: Hashable, Sendable {
    /// In words: the tool, the pictures, the date.
    public var source: String?
    /// Root mean square distance between seen and projected board corners, in pixels, of the views used.
    public var rmsPixels: Double?
    /// The same of views that the model had not seen.
    public var heldOutRMSPixels: Double?
    /// How many views of a board were used.
    public var views: Int?
    public var deviations: IntrinsicDeviations?

    public init(
        source: String? = nil, rmsPixels: Double? = nil, heldOutRMSPixels: Double? = nil, views: Int? = nil,
        deviations: IntrinsicDeviations? = nil
    ) {
        self.source = source
        self.rmsPixels = rmsPixels
        self.heldOutRMSPixels = heldOutRMSPixels
        self.views = views
        self.deviations = deviations
    }
}
