import Tensors

/// A view with addresses: strides are numbers of elements.
struct ResolvedView {
    var base: UnsafeMutableRawPointer
    var elementType: ElementType
    var shape: [Int]
    var strides: [Int]
    /// Where the element at the base lies in a worker's scratch space while its row is the first of a block; nil for a view
    /// that has an address.
    var scratchOffset: Int?

    func pointer<Element>(as type: Element.Type = Element.self) -> UnsafeMutablePointer<Element> {
        base.assumingMemoryBound(to: Element.self)
    }

    /// The same as bytes, whatever the elements are: strides in bytes, channels as they are.
    var byteMap: FeatureMap<UInt8> {
        var map = featureMap(of: UInt8.self)
        map.imageStride *= elementType.byteCount
        map.rowStride *= elementType.byteCount
        map.pixelStride *= elementType.byteCount
        return map
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
            pixelStride: strides[strides.count - 1], scratchOffset: scratchOffset)
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
    /// As for the view.
    var scratchOffset: Int?

    /// The map as a worker sees it while it computes a block of rows: one in scratch space has its address then.
    @inline(__always)
    func located(_ worker: Worker, image: Int, row: Int) -> FeatureMap {
        guard let scratchOffset else { return self }
        var map = self
        map.base = (worker.scratch + scratchOffset).assumingMemoryBound(to: Element.self)
        map.base -= image &* imageStride &+ row &* rowStride
        return map
    }

    @inline(__always)
    func pixel(_ image: Int, _ row: Int, _ column: Int) -> UnsafeMutablePointer<Element> {
        base + (image &* imageStride &+ row &* rowStride &+ column &* pixelStride)
    }
}
