import Platform

/// How an ``Engine`` is set up.
public struct EngineOptions: Sendable, Hashable {
    /// Threads that compute, the caller's included; nil for one per processor that this process may use.
    public var threads: Int?

    /// The int8 kernels' instruction set, such as `avx2`; nil for the environment's SIGHTLINE_ISA, else the best.
    public var instructionSet: String?

    /// Names of the values to compute instead of the graph's outputs; what they do not need is not run.
    public var outputs: [String]?

    /// Whether every layer is timed; costs some 50 ns a layer.
    public var measuresLayers: Bool

    /// Whether a picture that the network quantises itself is offered as interleaved quantised pixels
    /// (``EngineInput/Layout-swift.enum/pixelInterleaved(rowStride:pixelStride:quantization:)``). What else reads it sees
    /// the quantised pixels, too: for scales of 1/255 these are the pixels themselves.
    public var prefersQuantizedInput: Bool

    /// How the engine's own threads are scheduled, in their order; those that are not listed, normally. The calling
    /// thread is the caller's business.
    public var workers: [RealTimeThread.Scheduling]

    /// Where packed weights are kept from one start of the program to the next; nil for nowhere.
    public var weightsCache: WeightsCache?

    public init(
        threads: Int? = nil, instructionSet: String? = nil, outputs: [String]? = nil, measuresLayers: Bool = false,
        prefersQuantizedInput: Bool = true, workers: [RealTimeThread.Scheduling] = [],
        weightsCache: WeightsCache? = nil
    ) {
        self.threads = threads
        self.instructionSet = instructionSet
        self.outputs = outputs
        self.measuresLayers = measuresLayers
        self.prefersQuantizedInput = prefersQuantizedInput
        self.workers = workers
        self.weightsCache = weightsCache
    }
}
