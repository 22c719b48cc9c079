import CAllocationCounter
import Foundation
import Messages
import Platform
import SightlineBus
import TestSupport
import Testing

import Runtime

@Suite("Perception loop", .serialized)
struct LoopTests {
    private let fixture: LoopFixture

    init() throws {
        fixture = try LoopFixture()
    }

    private func run(
        _ configuration: Configuration, pace: ReplayOptions.Pace, loops: Bool = false, publishes: Bool = false,
        onFrame: (FrameReport, ReplaySession) throws -> Void
    ) throws -> RunSummary {
        let pipeline = try PerceptionPipeline(configuration)
        let publisher = publishes ? try ResultPublisher(name: LoopFixture.busName()) : nil
        defer { publisher?.close() }
        var options = ReplayOptions(pace: pace)
        options.loops = loops
        let session = try ReplaySession(
            drive: fixture.drive, pipeline: pipeline, publisher: publisher, options: options)
        return try session.run { try onFrame($0, session) }
    }

    @Test("at full speed every frame is processed, in order")
    func everyFrame() throws {
        var numbers: [UInt64] = []
        let summary = try run(fixture.configuration, pace: .maximum) { report, _ in numbers.append(report.stamp.number)
        }
        #expect(numbers == Array(0..<20))
        #expect(summary.framesProcessed == 20 && summary.framesDropped == 0)
        #expect(summary.detections == 20)
    }

    @Test("a run ends after the frame in which it is told to")
    func stops() throws {
        var count = 0
        let summary = try run(fixture.configuration, pace: .maximum, loops: true) { _, session in
            count += 1
            if count == 7 { session.stop() }
        }
        #expect(summary.framesProcessed == 7)
    }

    @Test("what a caller throws on a frame ends the run and reaches the caller of the run")
    func errors() throws {
        struct Stop: Error {}
        #expect(throws: Stop.self) {
            _ = try run(fixture.configuration, pace: .maximum, loops: true) { _, _ in throw Stop() }
        }
    }

    @Test(
        "the stages of a frame follow each other, and the networks' work lies between its beginning and its publication"
    )
    func timeline() throws {
        for placement in [Placement.sequential, .parallel] {
            var configuration = fixture.configuration
            configuration.placement = placement
            configuration.threads = 2
            _ = try run(configuration, pace: .maximum) { report, _ in
                let timeline = report.pipeline.timeline
                #expect(report.pipeline.isParallel == (placement == .parallel))
                #expect(timeline.spanCount >= 7)
                for index in 0..<timeline.spanCount {
                    let span = timeline.spans[index]
                    #expect(span.begin >= timeline.capture && span.begin <= span.end && span.end <= timeline.end)
                }
                let shares = CriticalPath.shares(of: timeline)
                var sum: Int64 = 0
                for stage in 0..<Stage.count { sum += shares[stage] }
                #expect(sum == timeline.total)
            }
        }
    }

    @Test("both placements and any number of threads find the same")
    func placements() throws {
        var results: Set<[Float]> = []
        for placement in [Placement.sequential, .parallel] {
            for threads in 1...3 {
                var configuration = fixture.configuration
                configuration.placement = placement
                configuration.threads = threads
                _ = try run(configuration, pace: .maximum) { report, _ in
                    guard let detection = report.pipeline.detection, let road = report.pipeline.road else { return }
                    let box = detection.detections[0].box
                    results.insert([box.x1, box.y1, box.x2, box.y2, road.scene.drivableShare])
                }
            }
        }
        #expect(results.count == 1)
    }

    #if !DEBUG
        @Test("1,000 frames from the slot to the bus allocate nothing, with and without a budget")
        func allocations() throws {
            try #require(sightline_allocations_available() == 1)
            for budget in [nil, 20_000_000, 400_000] as [Int64?] {
                var configuration = fixture.configuration
                configuration.budget = budget
                configuration.detection?.variants = [
                    VariantConfiguration(model: fixture.folder + "/detection-small.onnx")
                ]
                var allocations: UInt64 = .max
                var count = 0
                _ = try run(configuration, pace: .maximum, loops: true, publishes: true) { _, session in
                    count += 1
                    if count == 50 { sightline_allocations_begin() }
                    guard count == 1050 else { return }
                    allocations = sightline_allocations_end()
                    session.stop()
                }
                #expect(count == 1050)
                #expect(allocations == 0, "budget \(String(describing: budget))")
            }
        }
    #endif

    @Test("timing says what the budget decided, and a road mask that is carried says how old it is")
    func publishedPlan() throws {
        var configuration = fixture.configuration
        configuration.budget = 5_000_000_000
        configuration.road?.rate.every = 2
        var ages: [Int64] = []
        var plans: [Sightline_Plan] = []
        let summary = try run(configuration, pace: .recorded(speed: 1), publishes: true) { report, _ in
            guard let road = report.pipeline.roadOutcome else { return }
            ages.append(road.resultAge)
            plans.append(road.plan)
            #expect(road.hasResult)
            #expect((road.resultAge == 0) == road.isNew)
        }
        #expect(summary.budget == 5_000_000_000)
        #expect(plans.contains(.full) && plans.contains(.carried))
        #expect(zip(ages, plans).allSatisfy { ($0 > 0) == ($1 == .carried) })
    }
}
