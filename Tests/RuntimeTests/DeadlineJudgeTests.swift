import Messages
import Testing

import Runtime

@Suite("Whose fault a missed deadline was")
struct DeadlineJudgeTests {
    @Test(
        "the one without whose delay the frame would have been in time",
        arguments: [
            // excess, source, host, cause
            (-1, 50, 50, Sightline_Timing.MissCause.none),
            (0, 50, 50, .none),
            (5, 0, 0, .own),
            (5, 1, 2, .own),
            (5, 6, 0, .source),
            (5, 0, 6, .host),
            (5, 6, 9, .host),
            (5, 9, 6, .source),
            (5, 3, 4, .host),
            (5, 4, 3, .source),
        ] as [(Int64, Int64, Int64, Sightline_Timing.MissCause)])
    func cause(excess: Int64, source: Int64, host: Int64, expected: Sightline_Timing.MissCause) {
        #expect(DeadlineJudge.cause(excess: excess, sourceDelay: source, hostDelay: host) == expected)
    }
}
