import Tensors

/// What a network is calibrated with: typical inputs, by number.
///
/// The quantiser may ask for the same sample more than once and expects the same answer each time.
public protocol CalibrationSamples {
    var count: Int { get }

    /// The tensors for every input of the network.
    func sample(at index: Int) throws(QuantizationError) -> [String: Tensor]
}

/// Samples that are all in memory.
public struct InMemoryCalibrationSamples: CalibrationSamples {
    private let samples: [[String: Tensor]]

    public init(_ samples: [[String: Tensor]]) {
        self.samples = samples
    }

    public var count: Int { samples.count }

    public func sample(at index: Int) throws(QuantizationError) -> [String: Tensor] {
        guard samples.indices.contains(index) else {
            throw .invalidSample(index: index, detail: "there are only \(samples.count)")
        }
        return samples[index]
    }
}
