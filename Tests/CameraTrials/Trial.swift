/// One trial on a device.
struct Trial {
    /// Why a trial did not succeed.
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    var name: String
    var body: (String) throws -> String

    /// Runs it and prints the outcome.
    func run(on device: String) -> Bool {
        do {
            let detail = try body(device)
            Main.say("ok \(name)" + (detail.isEmpty ? "" : ": \(detail)"))
            return true
        } catch {
            Main.say("not ok \(name): \(error)")
            return false
        }
    }

    static var all: [Trial] {
        FormatTrials.all + FaultTrials.all + EnduranceTrials.all
    }

    /// Fails unless a condition holds.
    static func require(_ condition: Bool, _ what: @autoclosure () -> String) throws {
        if !condition { throw Failure(description: what()) }
    }
}
