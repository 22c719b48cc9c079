/// A cheaper variant of a network, for frames on which the full one does not fit into the budget: another file, a smaller
/// picture, or both.
public struct VariantConfiguration: Sendable, Hashable {
    /// Pixels of a network's picture.
    public struct InputSize: Sendable, Hashable {
        public var width: Int
        public var height: Int

        public init(width: Int, height: Int) {
            self.width = width
            self.height = height
        }
    }

    /// Path of the ONNX file; nil for the full network's.
    public var model: String?

    /// The size of the network's picture, for files that leave it open; nil for what the file says.
    public var input: InputSize?

    public init(model: String? = nil, input: InputSize? = nil) {
        self.model = model
        self.input = input
    }
}
