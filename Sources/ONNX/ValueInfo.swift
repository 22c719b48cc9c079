import Tensors

/// The declared type of a graph's input or output.
public struct ValueInfo: Sendable, Hashable {
    public var name: String
    public var elementType: ElementType
    public var dimensions: [Dimension]

    public init(name: String, elementType: ElementType, dimensions: [Dimension]) {
        self.name = name
        self.elementType = elementType
        self.dimensions = dimensions
    }

    /// The shape, where every dimension is fixed.
    public var shape: Shape? {
        var fixed: [Int] = []
        for dimension in dimensions {
            guard case .fixed(let extent) = dimension else { return nil }
            fixed.append(extent)
        }
        return Shape(fixed)
    }
}

/// One declared dimension.
public enum Dimension: Sendable, Hashable {
    case fixed(Int)
    /// A name that stands for any extent, such as `batch`; empty where the file gives neither name nor extent.
    case symbolic(String)
}
