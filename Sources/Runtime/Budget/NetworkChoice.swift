/// What the budget decided for one network on one frame.
package enum NetworkChoice: Sendable, Hashable {
    /// Run the variant of this index, 0 for the full network, to its end or to the deadline.
    case run(variant: Int)

    /// Run the full network for the time that is left, and go on in the next frame.
    case slice

    /// Do not run; the last result stands, if the network's results may be carried.
    case rest
}
