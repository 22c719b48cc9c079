import Camera
import Imaging
import Perception
import Platform
import SightlineInference

/// A road-segmentation network with everything that one frame needs: input, engine, decoder, results.
public final class RoadNetwork: FrameNetwork {
    public let name: String
    private let path: String
    private let engine: Engine
    private var input: FrameInput
    private var decoder: RoadDecoder

    /// What was found in the last frame; coordinates in pixels of the captured frame, the mask in the network's.
    public private(set) var scene: RoadScene

    /// - Parameters:
    ///   - threads: threads for inference; nil for one per processor.
    ///   - workers: scheduling of those threads, the caller's own left out.
    ///   - measuresLayers: whether the time of every layer is taken.
    public init(
        _ model: LoadedModel, options: RoadOptions = .init(), threads: Int?, workers: [RealTimeThread.Scheduling] = [],
        measuresLayers: Bool = false
    ) throws(RuntimeError) {
        guard let head = model.recognized.road else {
            throw .wrongRole(path: model.path, needs: "road segmentation", found: model.recognized.description)
        }
        name = model.name
        path = model.path
        do throws(PerceptionError) {
            decoder = try RoadDecoder(head, options: options)
        } catch {
            throw .perception(path: model.path, error)
        }
        engine = try model.engine(
            outputs: decoder.outputNames, threads: threads, workers: workers, measuresLayers: measuresLayers)
        input = FrameInput(engine.inputs[0], convention: model.recognized.input)
        scene = RoadScene(head, options: options)
    }

    /// Where the last frame lies on ``scene``'s mask.
    public var maskTransform: LetterboxTransform { input.transform(width: scene.width, height: scene.height) }

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

    /// Turns the network's outputs into ``scene``.
    public func decode() throws(RuntimeError) {
        do throws(PerceptionError) {
            try decoder.decode(engine.networkOutputs, content: input.content, mapping: input.mapping, into: &scene)
        } catch {
            throw .perception(path: path, error)
        }
    }
}
