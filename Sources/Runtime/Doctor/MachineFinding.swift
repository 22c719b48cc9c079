/// One thing about this machine that matters for real-time work.
public struct MachineFinding: Sendable, Hashable {
    public enum Verdict: String, Sendable, Hashable {
        case good
        /// Works, but not as well as it could.
        case improvable
        /// Something does not work.
        case bad
    }

    /// A word that scripts can rely on, such as `memlock`.
    public var name: String
    public var verdict: Verdict
    /// How it stands, in one sentence.
    public var state: String
    /// The command that mends it; nil where nothing is wrong or no command helps.
    public var remedy: String?

    public init(_ name: String, _ verdict: Verdict, _ state: String, remedy: String? = nil) {
        self.name = name
        self.verdict = verdict
        self.state = state
        self.remedy = remedy
    }
}
