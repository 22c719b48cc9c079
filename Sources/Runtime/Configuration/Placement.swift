/// How the networks share the processors.
public enum Placement: String, Sendable, Hashable, CaseIterable {
    /// Both ways are measured at start, and the faster one is kept; without a budget as ``sequential``.
    case automatic = "auto"
    /// One network after the other, each on all threads.
    case sequential
    /// Side by side, each on its part of the threads.
    case parallel
}
