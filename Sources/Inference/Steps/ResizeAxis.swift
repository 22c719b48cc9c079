/// How ONNX's Resize finds the input of each output position along one axis.
struct ResizeAxis {
    /// An input position, its neighbour, and the neighbour's share.
    struct Source: Hashable {
        var index: Int
        var next: Int
        var share: Float
    }

    enum Coordinates: String {
        case halfPixel = "half_pixel"
        case pytorchHalfPixel = "pytorch_half_pixel"
        case alignCorners = "align_corners"
        case asymmetric
    }

    enum Rounding: String {
        case preferFloor = "round_prefer_floor"
        case preferCeiling = "round_prefer_ceil"
        case floor
        case ceiling = "ceil"
    }

    var inputExtent: Int
    var outputExtent: Int
    var scale: Double
    var coordinates: Coordinates

    /// The input coordinate under an output position.
    private func coordinate(_ position: Int) -> Double {
        let x = Double(position)
        switch coordinates {
        case .halfPixel: return (x + 0.5) / scale - 0.5
        case .pytorchHalfPixel: return outputExtent > 1 ? (x + 0.5) / scale - 0.5 : 0
        case .alignCorners: return outputExtent > 1 ? x * Double(inputExtent - 1) / Double(outputExtent - 1) : 0
        case .asymmetric: return x / scale
        }
    }

    /// The nearest input position for each output position.
    func nearest(_ rounding: Rounding) -> [Source] {
        (0..<outputExtent).map { position in
            let x = coordinate(position)
            let rounded: Double
            switch rounding {
            case .preferFloor: rounded = (x - 0.5).rounded(.up)
            case .preferCeiling: rounded = (x + 0.5).rounded(.down)
            case .floor: rounded = x.rounded(.down)
            case .ceiling: rounded = x.rounded(.up)
            }
            let index = min(max(Int(rounded), 0), inputExtent - 1)
            return Source(index: index, next: index, share: 0)
        }
    }

    /// The two input positions around each output position.
    func linear() -> [Source] {
        (0..<outputExtent).map { position in
            let x = min(max(coordinate(position), 0), Double(inputExtent - 1))
            let index = Int(x)
            return Source(index: index, next: min(index + 1, inputExtent - 1), share: Float(x - Double(index)))
        }
    }
}
