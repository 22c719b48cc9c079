import Imaging
import Messages
import Perception
import Recording
import Tensors

/// Draws what the networks found into the frames and writes them: a video, or for a single picture a picture.
public final class Annotator {
    private enum Output {
        case video(VideoWriter)
        /// The path of a picture, written when the run ends.
        case picture(String)
    }

    private let output: Output
    private var canvasBuffer = ImageBuffer()
    private var converter: ImageConverter?
    private var transform: LetterboxTransform?

    private static let drivable = DrawingColor(red: 40, green: 200, blue: 90)
    static let lane = DrawingColor(red: 255, green: 70, blue: 70)
    static let ownLane = DrawingColor(red: 255, green: 210, blue: 60)
    private static let caption = DrawingColor(red: 20, green: 24, blue: 32)

    /// - Parameter path: ends in .mp4, or for a drive of one picture in .png, .jpg or .jpeg.
    public init(path: String, drive: DriveInfo) throws(RuntimeError) {
        let ending = path.split(separator: ".").last.map { $0.lowercased() } ?? ""
        if ImageFile.extensions.contains(ending) {
            output = .picture(path)
            return
        }
        do throws(RecordingError) {
            output = .video(
                try VideoWriter(
                    path: path, width: drive.width, height: drive.height, options: .init(rate: drive.rate)))
        } catch {
            throw .recording(error)
        }
    }

    /// Draws the results of one frame and appends it.
    public func add(_ report: FrameReport) throws(RuntimeError) {
        do throws(ImagingError) {
            try load(report.view)
            try canvasBuffer.withMutableView { (view) throws(ImagingError) in
                let canvas = try Canvas(view)
                let scene = report.pipeline.scene
                if let road = report.pipeline.road { draw(road, hasGround: scene?.ground != nil, on: canvas) }
                if let ground = scene?.ground { draw(ground, on: canvas) }
                if let network = report.pipeline.detection {
                    if let scene { draw(network, scene, on: canvas) } else { draw(network, on: canvas) }
                }
                if let ground = scene?.ground {
                    TopView(canvas).draw(ground, scene?.freeRoad, scene?.tracking)
                }
                let text = Self.caption(report)
                canvas.label(
                    text, x: 8, y: 8, background: Self.caption,
                    scale: canvas.scale(fitting: text, width: canvas.width - 16))
            }
        } catch {
            throw .imaging(error)
        }
        guard case .video(let writer) = output else { return }
        do throws(RecordingError) {
            try writer.write(canvasBuffer.unsafeView, timestamp: report.stamp.captureTime)
        } catch {
            throw .recording(error)
        }
    }

    /// Completes the file.
    public func finish() throws(RuntimeError) {
        switch output {
        case .video(let writer):
            do throws(RecordingError) { try writer.close() } catch { throw .recording(error) }
        case .picture(let path):
            do throws(ImagingError) {
                try ImageFile.write(canvasBuffer.unsafeView, to: path)
            } catch {
                throw .imaging(error)
            }
        }
    }

    /// Copies the frame to where it can be drawn on.
    private func load(_ view: ImageView) throws(ImagingError) {
        if view.format == .yuv420p {
            try canvasBuffer.copy(view)
            return
        }
        if converter?.source != view.description {
            converter = try ImageConverter(source: view.description, format: .rgb24)
        }
        try converter?.convert(view, into: &canvasBuffer)
    }

    private func draw(_ network: RoadNetwork, hasGround: Bool, on canvas: Canvas) {
        let transform = network.maskTransform
        // Values are the scene's bits: 1 drivable, 2 lane, 3 both.
        let paints: [Canvas.MaskPaint] = [
            .init(color: .black, opacity: 0), .init(color: Self.drivable, opacity: 0.35),
            .init(color: Self.lane, opacity: 0.6), .init(color: Self.lane, opacity: 0.6),
        ]
        network.scene.withMask { mask in
            canvas.tint(
                mask: mask, width: network.scene.width, height: network.scene.height, transform: transform,
                paints: paints)
        }
        guard !hasGround else { return }
        for line in network.scene.lanePolylines {
            canvas.polyline(
                line.map { .init(x: Double($0.x), y: Double($0.y)) }, color: Self.lane,
                thickness: Double(canvas.comfortableScale) + 1)
        }
    }

    private func draw(_ network: DetectionNetwork, on canvas: Canvas) {
        network.detections.withDetections { found in
            // Weakest first, so that the surest lie on top.
            for detection in found.reversed() {
                let box = detection.box
                canvas.labelledBox(
                    PixelRegion(box),
                    "\(network.classNames[detection.classIndex]) \(fixedDecimal(Double(detection.score), digits: 2))",
                    color: .distinct(detection.classIndex))
            }
        }
    }

    private static func caption(_ report: FrameReport) -> String {
        let timeline = report.pipeline.timeline
        func milliseconds(_ nanoseconds: Int64) -> String { fixedDecimal(Double(nanoseconds) / 1e6, digits: 1) }
        var text = "\(fixedDecimal(Double(report.stamp.captureTime) / 1e9, digits: 2)) s"
        if report.pipeline.detection != nil { text += "  detection \(milliseconds(timeline.duration(of: .detection)))" }
        if let road = report.pipeline.road {
            text += "  road \(milliseconds(timeline.duration(of: .road)))"
            text += "  drivable \(fixedDecimal(Double(road.scene.drivableShare) * 100, digits: 0)) %"
        }
        if let ground = report.pipeline.scene?.ground { text += groundCaption(ground) }
        return text + "  total \(milliseconds(timeline.total)) ms"
    }
}
