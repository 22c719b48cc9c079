import Platform

/// A quantised value of the graph in the engine's memory.
struct QuantizedValue {
    let name: String
    /// Bytes, channels adjacent.
    let view: ResolvedView

    /// The digest of the value's bytes in the order image, row, column, channel, wherever they lie. It is the same for every
    /// instruction set and plan of memory.
    ///
    /// - Parameter row: scratch for ``rowByteCount`` bytes.
    func digest(_ row: UnsafeMutableRawBufferPointer) -> UInt64 {
        let map = view.featureMap(of: UInt8.self)
        let rowBytes = map.width * map.channels
        guard let gathered = row.baseAddress, row.count >= rowBytes else { return 0 }
        var hash: UInt64 = 0
        for image in 0..<map.batch {
            for line in 0..<map.height {
                var bytes = UnsafeRawBufferPointer(start: map.pixel(image, line, 0), count: rowBytes)
                if map.pixelStride != map.channels && map.width > 1 {
                    for column in 0..<map.width {
                        (gathered + column * map.channels).copyMemory(
                            from: map.pixel(image, line, column), byteCount: map.channels)
                    }
                    bytes = UnsafeRawBufferPointer(start: gathered, count: rowBytes)
                }
                hash = XXHash64.digest(bytes, seed: hash)
            }
        }
        return hash
    }

    /// Bytes of a row without gaps.
    var rowByteCount: Int { (view.shape.last ?? 1) * view.shape[1] }
}
