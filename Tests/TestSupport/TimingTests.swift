import Foundation

/// Tests that start, stop and kill processes or stall threads, and judge what others notice of it within a time. On a
/// machine that is busy with other tests their outcome depends on the scheduler, so they run when they are asked for:
///
///     SIGHTLINE_TIMING_TESTS=1 swift test -c release --filter BusTests
public enum TimingTests {
    public static let areWanted = ProcessInfo.processInfo.environment["SIGHTLINE_TIMING_TESTS"] != nil

    public static let absence = "depends on timing: set SIGHTLINE_TIMING_TESTS=1 on a machine that is idle otherwise"
}
