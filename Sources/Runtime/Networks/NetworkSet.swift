/// One network of the configuration with its cheaper variants, loaded, and what the budget may do with it.
package struct NetworkSet<Network: FrameNetwork> {
    /// The full network first.
    package var variants: [Network]
    /// What messages call them.
    package var names: [String]
    package var policy: NetworkPolicy

    package init(variants: [Network], names: [String], policy: NetworkPolicy) {
        self.variants = variants
        self.names = names
        self.policy = policy
    }
}
