import Tensors

/// The arithmetic of a convolution over any number of spatial axes, for floats and for integers.
struct ConvolutionLoop<Element: NumericElement> {
    let window: SpatialWindow
    let groups: Int
    let batch: Int
    let inputChannels: Int
    let outputChannels: Int

    /// For each sum, in order: bias, then input channels of the group, each with its taps in row-major order.
    ///
    /// - Parameters:
    ///   - input: batch x input channels x spatial extents.
    ///   - weights: output channels x input channels of a group x kernel extents.
    ///   - bias: one per output channel, or empty.
    ///   - result: batch x output channels x output extents.
    func run(
        input: UnsafeBufferPointer<Element>, weights: UnsafeBufferPointer<Element>, bias: [Element],
        result: UnsafeMutableBufferPointer<Element>
    ) {
        guard result.count > 0, let weightBase = weights.baseAddress else { return }
        let tile = TileProduct.width
        let depth = inputChannels / groups * window.tapCount
        let rows = outputChannels / groups
        let offsets = window.axisOffsets()
        var table = [Int](repeating: 0, count: window.tapCount * tile)
        let columns = UnsafeMutablePointer<Element>.allocate(capacity: depth * tile)
        let sums = UnsafeMutablePointer<Element>.allocate(capacity: rows * tile)
        defer {
            columns.deallocate()
            sums.deallocate()
        }
        for start in stride(from: 0, to: window.outputCount, by: tile) {
            let count = min(tile, window.outputCount - start)
            fill(&table, offsets, start, count)
            for image in 0..<batch {
                for group in 0..<groups {
                    gather(input, table, image, group, columns)
                    for row in 0..<rows {
                        (sums + row * tile).initialize(
                            repeating: bias.isEmpty ? .zero : bias[group * rows + row], count: tile)
                    }
                    TileProduct.accumulate(
                        rows: rows, depth: depth, coefficients: weightBase + group * rows * depth, stride: depth,
                        columns: columns, sums: sums)
                    for row in 0..<rows {
                        let target = ((image * outputChannels) + group * rows + row) * window.outputCount + start
                        for column in 0..<count { result[target + column] = sums[row * tile + column] }
                    }
                }
            }
        }
    }

    /// Where each tap of each output pixel of a tile lies within a channel, taps outermost.
    private func fill(_ table: inout [Int], _ offsets: [[[Int]]], _ start: Int, _ count: Int) {
        for column in 0..<TileProduct.width {
            guard column < count else {
                for tap in 0..<window.tapCount { table[tap * TileProduct.width + column] = IndexedCopy.outside }
                continue
            }
            let indices = window.outputIndices(start + column)
            var tap = 0
            IndexedCopy.forEachBase(indices.indices.map { offsets[$0][indices[$0]] }) { offset in
                table[tap * TileProduct.width + column] = offset
                tap += 1
            }
        }
    }

    /// Copies the pixels under all taps of a tile for the channels of one group.
    private func gather(
        _ input: UnsafeBufferPointer<Element>, _ table: [Int], _ image: Int, _ group: Int,
        _ columns: UnsafeMutablePointer<Element>
    ) {
        let channels = inputChannels / groups
        table.withUnsafeBufferPointer { table in
            var target = columns
            for channel in 0..<channels {
                let source = (image * inputChannels + group * channels + channel) * window.inputCount
                for index in table.indices {
                    target[index] = table[index] == IndexedCopy.outside ? .zero : input[source + table[index]]
                }
                target += table.count
            }
        }
    }
}
