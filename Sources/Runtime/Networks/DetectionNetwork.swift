import Camera
import Imaging
import Perception
import Platform
import SightlineInference

/// A detection network with everything that one frame needs: input, engine, decoder, results.
public final class DetectionNetwork: FrameNetwork {
    public let name: String
    public let classNames: ClassNames
    private let path: String
    private let engine: Engine
    private var input: FrameInput
    private var decoder: DetectionDecoder

    /// What was found in the last frame, best first, boxes in pixels of the captured frame.
    public private(set) var detections: DetectionList

    /// - Parameters:
    ///   - threads: threads for inference; nil for one per processor.
    ///   - workers: scheduling of those threads, the caller's own left out.
    ///   - measuresLayers: whether the time of every layer is taken.
    public init(
        _ model: LoadedModel, options: DetectionOptions, threads: Int?, workers: [RealTimeThread.Scheduling] = [],
        measuresLayers: Bool = false
    ) throws(RuntimeError) {
        guard let head = model.recognized.undecoded ?? model.recognized.detection else {
            throw .wrongRole(path: model.path, needs: "detection", found: model.recognized.description)
        }
        name = model.name
        path = model.path
        classNames = model.recognized.classNames
        do throws(PerceptionError) {
            decoder = try DetectionDecoder(head, options: options)
        } catch {
            throw .perception(path: model.path, error)
        }
        engine = try model.engine(
            outputs: decoder.outputNames, threads: threads, workers: workers, measuresLayers: measuresLayers)
        input = FrameInput(engine.inputs[0], convention: model.recognized.input)
        detections = DetectionList(capacity: options.maximumDetections)
    }

    /// The instruction set of the int8 kernels.
    var instructionSet: String { engine.instructionSet }
    /// Threads that compute, the caller's included.
    var threads: Int { engine.threads }
    /// What each layer has cost; empty unless layers are measured.
    var layerTimings: [LayerTiming] { engine.layerTimings() }
    /// The size that the network brings frames to.
    var neededSize: CameraSettings.NeededSize { input.neededSize }

    package func plan(for source: ImageDescription) throws(RuntimeError) {
        do throws(ImagingError) { try input.plan(for: source) } catch { throw .imaging(error) }
    }

    /// Writes a frame into the network's input.
    public func prepare(_ view: ImageView) throws(RuntimeError) {
        do throws(ImagingError) { try input.fill(from: view) } catch { throw .imaging(error) }
    }

    /// Runs the network on the prepared frame.
    public func infer() throws(RuntimeError) {
        _ = try infer(deadline: nil)
    }

    package func infer(deadline: MonotonicTime?) throws(RuntimeError) -> Bool {
        do throws(EngineError) {
            return try engine.run(deadline: deadline) == .completed
        } catch {
            throw .engine(path: path, error)
        }
    }

    package func advance(until moment: MonotonicTime, isNew: Bool) throws(RuntimeError) -> Bool {
        do throws(EngineError) {
            return try engine.advance(until: moment, isNew: isNew) == .completed
        } catch {
            throw .engine(path: path, error)
        }
    }

    /// Turns the network's outputs into ``detections``.
    public func decode() throws(RuntimeError) {
        do throws(PerceptionError) {
            try decoder.decode(engine.networkOutputs, into: &detections)
        } catch {
            throw .perception(path: path, error)
        }
        detections.move(to: input.mapping)
    }
}

extension Engine {
    /// All outputs in their order; valid until the next run.
    var networkOutputs: NetworkOutputs {
        var outputs = NetworkOutputs()
        for index in self.outputs.indices { withOutput(index) { outputs.append($0) } }
        return outputs
    }
}
