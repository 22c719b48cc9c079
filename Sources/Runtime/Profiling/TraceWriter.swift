import Messages
import Platform

/// Writes a run's timeline in the Trace Event Format (Google's "Trace Event Format" document), which Perfetto and
/// chrome://tracing open.
///
/// Tracks: every frame from capture to published (they overlap), the loop's stages, the road network where it has a thread of
/// its own, the budget's decisions, and counters of latency.
public struct TraceWriter {
    private enum Track: Int {
        case loop = 1
        case side = 2
        case decisions = 3
    }

    private let report: ProfileReport
    private let origin: MonotonicTime

    public init(_ report: ProfileReport) {
        self.report = report
        origin = report.frames.first?.timeline.capture ?? MonotonicTime(nanoseconds: 0)
    }

    /// The whole trace as JSON; one event a line.
    public var text: String {
        var events = metadata
        for frame in report.frames { append(frame, to: &events) }
        return "{\"displayTimeUnit\": \"ms\", \"traceEvents\": [\n" + events.map(\.text).joined(separator: ",\n")
            + "\n]}\n"
    }

    private var metadata: [JSONValue] {
        var names = [(Track.loop, "loop"), (Track.decisions, "budget")]
        if report.isParallel { names.insert((Track.side, "road network"), at: 1) }
        return [Self.name("process_name", "sightline \(report.drive)", track: nil)]
            + names.map { Self.name("thread_name", $1, track: $0) }
    }

    private static func name(_ kind: String, _ text: String, track: Track?) -> JSONValue {
        .object([
            .init("name", .string(kind)), .init("ph", .string("M")), .init("pid", .signed(1)),
            .init("tid", .signed(Int64(track?.rawValue ?? 0))),
            .init("args", .object([.init("name", .string(text))])),
        ])
    }

    private func append(_ frame: FrameRecord, to events: inout [JSONValue]) {
        events.append(asynchronous(frame, phase: "b", at: frame.timeline.capture))
        for index in 0..<frame.timeline.spanCount {
            let span = frame.timeline.spans[index]
            // Waiting is the frame's, not the loop's: the loop works on another frame meanwhile.
            guard span.stage != .wait, span.end > span.begin else { continue }
            events.append(complete(span, frame))
        }
        events.append(asynchronous(frame, phase: "e", at: frame.timeline.end))
        for (name, outcome) in zip(report.networks.map(\.name), frame.outcomes) {
            events.append(decision(name, outcome, frame))
        }
        events.append(counter(frame))
    }

    private func microseconds(_ moment: MonotonicTime) -> JSONValue { .number(Double(moment - origin) / 1e3) }

    private func complete(_ span: FrameTimeline.Span, _ frame: FrameRecord) -> JSONValue {
        let isBeside = report.isParallel && isSide(span, of: frame)
        return event(
            span.stage.name, phase: "X", at: span.begin, track: isBeside ? .side : .loop,
            [
                .init("dur", .number(Double(span.end - span.begin) / 1e3)),
                .init("args", .object([.init("frame", .unsigned(frame.number))])),
            ])
    }

    /// Whether the road network's thread did this.
    private func isSide(_ span: FrameTimeline.Span, of frame: FrameRecord) -> Bool {
        guard let road = frame.road, road.end > road.begin else { return false }
        return span.begin == road.begin || span.begin == road.prepared || span.begin == road.inferred
    }

    private func asynchronous(_ frame: FrameRecord, phase: String, at moment: MonotonicTime) -> JSONValue {
        event(
            "frame", phase: phase, at: moment, track: .loop,
            [
                .init("cat", .string("frame")), .init("id", .unsigned(frame.number)),
                .init(
                    "args",
                    .object([
                        .init("frame", .unsigned(frame.number)),
                        .init("latency_ms", .number(Double(frame.total) / 1e6)),
                        .init("missed", .string(frame.missCause.name)),
                    ])),
            ])
    }

    private func decision(_ name: String, _ outcome: NetworkOutcome, _ frame: FrameRecord) -> JSONValue {
        event(
            "\(name): \(outcome.plan.name)", phase: "i", at: outcome.begin, track: .decisions,
            [
                .init("s", .string("t")),
                .init(
                    "args",
                    .object([
                        .init("frame", .unsigned(frame.number)), .init("variant", .signed(Int64(outcome.variant))),
                        .init("predicted_ms", .number(Double(outcome.predicted) / 1e6)),
                        .init("inference_ms", .number(Double(outcome.duration) / 1e6)),
                        .init("result_age_ms", .number(Double(outcome.resultAge) / 1e6)),
                    ])),
            ])
    }

    private func counter(_ frame: FrameRecord) -> JSONValue {
        var values: [JSONValue.Member] = [.init("latency", .number(Double(frame.total) / 1e6))]
        if let budget = report.budget { values.append(.init("deadline", .number(Double(budget) / 1e6))) }
        return event(
            "latency ms", phase: "C", at: frame.timeline.end, track: .loop, [.init("args", .object(values))])
    }

    private func event(
        _ name: String, phase: String, at moment: MonotonicTime, track: Track, _ more: [JSONValue.Member]
    ) -> JSONValue {
        .object(
            [
                .init("name", .string(name)), .init("ph", .string(phase)), .init("ts", microseconds(moment)),
                .init("pid", .signed(1)), .init("tid", .signed(Int64(track.rawValue))),
            ] + more)
    }
}
