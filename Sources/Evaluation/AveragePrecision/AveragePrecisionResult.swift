/// Average precision and recall, each 0 to 1; nil where there was nothing to find.
public struct AveragePrecisionResult: Sendable, Hashable {
    /// Mean over classes and over overlaps from 0.50 to 0.95.
    public var map50To95: Double?

    /// Mean over classes at overlap 0.50.
    public var map50: Double?
    public var map75: Double?

    /// For objects of up to 32x32 pixels, up to 96x96 pixels, and larger.
    public var small: Double?
    public var medium: Double?
    public var large: Double?

    /// Recall when a picture may have 1, 10, 100 claims of each class.
    public var recall1: Double?
    public var recall10: Double?
    public var recall100: Double?
    public var recallSmall: Double?
    public var recallMedium: Double?
    public var recallLarge: Double?

    /// Ascending by class.
    public var perClass: [ClassPrecision]
}

/// Average precision of one class.
public struct ClassPrecision: Sendable, Hashable {
    public var classIndex: Int

    /// Objects to find, crowds not counted.
    public var truthCount: Int
    public var map50To95: Double?
    public var map50: Double?
}
