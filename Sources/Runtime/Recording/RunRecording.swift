import Recording

/// That a run is recorded, and how.
public struct RunRecording: Sendable {
    /// The first file.
    public var path: String
    public var options: RecordingOptions
    /// Calibrations, configuration and digests that every file begins with.
    public var context: RecordingContext

    public init(path: String, options: RecordingOptions = .init(), context: RecordingContext = .init()) {
        self.path = path
        self.options = options
        self.context = context
    }
}
