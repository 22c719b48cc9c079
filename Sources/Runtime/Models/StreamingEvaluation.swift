import Evaluation
import Messages
import Perception
import Recording

/// Average precision of a running system on a drive whose truth is known: each moment judged by the newest published result
/// (sAP), beside that of the same network when every frame waits for its own result.
public struct StreamingEvaluation {
    /// Every frame judged by its own result, however long that takes.
    public let offline: AveragePrecisionResult
    /// Every moment judged by the newest result that was out by then.
    public let streaming: AveragePrecisionResult
    /// As ``streaming``, with boxes moved to the moment of publication; nil where nothing follows objects.
    public let forecast: AveragePrecisionResult?
    public let names: ClassNames
    public let frames: Int
    /// Percentiles of capture to published.
    public let latency: LatencySummary
    /// The difference between forecast and no forecast, with its 95 % interval.
    public let gain: PairedBootstrap?

    /// Replays the drive twice: every frame on a virtual clock, then at its own speed.
    ///
    /// - Parameters:
    ///   - configuration: the detection network and, if wanted, a budget. Low scores count for average precision, so its
    ///     confidence should be low.
    ///   - progress: called after each frame with frames done and whether it is the offline pass.
    public init(
        _ configuration: Configuration, drive: String, truth: DriveTruth, groups: [ClassMapping.Group],
        grant: RealTimeGrant, progress: (Int, Bool) -> Void
    ) throws {
        let offlinePass = try Pass(configuration, drive: drive, pace: .lockstep, grant: .none) { progress($0, true) }
        let streamingPass = try Pass(
            configuration, drive: drive, pace: .recorded(speed: 1), grant: grant
        ) { progress($0, false) }
        let networkMapping = try ClassMapping(groups, of: offlinePass.classNames)
        let truthMapping = try ClassMapping(groups, of: truth.names)
        let moments = truth.frames.map {
            DriveTruth.Frame(time: $0.time, truths: truthMapping.truths($0.truths))
        }
        names = networkMapping.names
        frames = moments.count
        latency = streamingPass.latency

        func precision(_ results: [(time: Int64, claims: [EvaluationImage.Claim])]) throws -> AveragePrecision {
            try AveragePrecision(
                StreamingPairing.images(
                    truth: moments,
                    results: results.map { .init(published: $0.time, claims: networkMapping.claims($0.claims)) }))
        }
        offline = try precision(offlinePass.results.map { ($0.capture, $0.claims) }).result()
        let plain = try precision(streamingPass.results.map { ($0.published, $0.claims) })
        streaming = plain.result()
        if streamingPass.results.contains(where: { $0.forecast != nil }) {
            let moved = try precision(streamingPass.results.map { ($0.published, $0.forecast ?? $0.claims) })
            forecast = moved.result()
            gain = try PairedBootstrap(of: moved, minus: plain)
        } else {
            forecast = nil
            gain = nil
        }
    }

    /// One replay of the drive.
    private struct Pass {
        struct Result {
            /// Nanoseconds on the drive's time axis.
            var capture: Int64
            var published: Int64
            var claims: [EvaluationImage.Claim]
            var forecast: [EvaluationImage.Claim]?
        }

        var results: [Result] = []
        var classNames = ClassNames([])
        var latency: LatencySummary

        init(
            _ configuration: Configuration, drive: String, pace: ReplayOptions.Pace, grant: RealTimeGrant,
            progress: (Int) -> Void
        ) throws {
            let pipeline = try PerceptionPipeline(configuration, grant: grant, ignoresBudget: pace == .lockstep)
            let session = try ReplaySession(
                drive: drive, pipeline: pipeline, publisher: nil, options: ReplayOptions(pace: pace), grant: grant)
            var results: [Result] = []
            var classNames = ClassNames([])
            let summary = try session.run { report in
                progress(report.framesProcessed)
                guard let network = report.pipeline.detection, report.pipeline.detectionOutcome?.isNew == true else {
                    return
                }
                classNames = network.classNames
                results.append(
                    Result(
                        capture: report.stamp.captureTime,
                        published: report.stamp.captureTime + report.pipeline.timeline.total,
                        claims: network.detections.array.map { EvaluationImage.Claim($0) }, forecast: nil))
            }
            self.results = results
            self.classNames = classNames
            latency = summary.endToEnd
        }
    }

    public var json: JSONValue {
        .object([
            .init("frames", .signed(Int64(frames))),
            .init("map50_95", .optional(offline.map50To95)), .init("map50", .optional(offline.map50)),
            .init("streaming_map50_95", .optional(streaming.map50To95)),
            .init("streaming_map50", .optional(streaming.map50)),
            .init("forecast_map50_95", .optional(forecast?.map50To95)),
            .init("forecast_map50", .optional(forecast?.map50)),
            .init("forecast_gain", .optional(gain?.difference)),
            .init(
                "forecast_gain_interval",
                gain.map { .array([.number($0.low), .number($0.high)]) } ?? .null),
            .init("latency", latency.json),
        ])
    }

    public var text: [String] {
        var rows = [["AP50-95", "AP50", "judged by"]]
        rows.append([percent(offline.map50To95), percent(offline.map50), "each frame's own result (offline)"])
        rows.append([percent(streaming.map50To95), percent(streaming.map50), "the newest published result (sAP)"])
        if let forecast {
            rows.append([
                percent(forecast.map50To95), percent(forecast.map50), "the same, moved to its publication (sAP)",
            ])
        }
        var lines = TextTable(rows: rows, rightAligned: 2).lines
        if let gain {
            lines.append(
                "the forecast gains \(percent(gain.difference)) points of AP50-95, 95 % interval "
                    + "\(percent(gain.low)) to \(percent(gain.high))")
        }
        lines.append(
            "capture to published: p50 \(fixedDecimal(latency.p50, digits: 1)) ms, "
                + "p99 \(fixedDecimal(latency.p99, digits: 1)) ms")
        return lines
    }
}
