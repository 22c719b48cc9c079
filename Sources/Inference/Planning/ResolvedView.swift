import Tensors

/// A view with addresses: strides are numbers of elements.
struct ResolvedView {
    var base: UnsafeMutableRawPointer
    var elementType: ElementType
    var shape: [Int]
    var strides: [Int]

    func pointer<Element>(as type: Element.Type = Element.self) -> UnsafeMutablePointer<Element> {
        base.assumingMemoryBound(to: Element.self)
    }

    /// A feature map of float or byte pixels whose channels are adjacent.
    ///
    /// - Precondition: the view is N x C x L or N x C x H x W with adjacent channels.
    func featureMap<Element>(of type: Element.Type) -> FeatureMap<Element> {
        precondition(shape.count == 3 || shape.count == 4)
        let isImage = shape.count == 4
        return FeatureMap(
            base: pointer(as: type), batch: shape[0], channels: shape[1], height: isImage ? shape[2] : 1,
            width: shape[shape.count - 1], imageStride: strides[0], rowStride: isImage ? strides[2] : 0,
            pixelStride: strides[strides.count - 1])
    }
}

/// A feature map in memory: channels adjacent in each pixel, everything else at a stride. Strides are in elements.
struct FeatureMap<Element> {
    var base: UnsafeMutablePointer<Element>
    var batch: Int
    var channels: Int
    var height: Int
    var width: Int
    var imageStride: Int
    var rowStride: Int
    var pixelStride: Int

    @inline(__always)
    func pixel(_ image: Int, _ row: Int, _ column: Int) -> UnsafeMutablePointer<Element> {
        base + (image &* imageStride &+ row &* rowStride &+ column &* pixelStride)
    }
}
