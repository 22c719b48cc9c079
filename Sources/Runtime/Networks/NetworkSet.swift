/// One network of the configuration with its cheaper variants, loaded, and what the budget may do with it.
struct NetworkSet<Network: FrameNetwork> {
    /// The full network first.
    var variants: [Network]
    /// What messages call them.
    var names: [String]
    var policy: NetworkPolicy
}
