import Glibc

// Box and class of one candidate, for each layout. Only candidates that suppression looks at get here.
extension DetectionDecoder {
    func box(of anchor: Int, in outputs: NetworkOutputs) -> BoundingBox {
        let output = outputs[0]
        switch head.layout {
        case .channelMajor:
            let count = head.candidateCount
            return BoundingBox(
                centerX: output[anchor], centerY: output[count + anchor], width: output[2 * count + anchor],
                height: output[3 * count + anchor])
        case .anchorMajor:
            let first = anchor * (5 + classCount + head.maskCoefficientCount)
            return BoundingBox(
                centerX: output[first], centerY: output[first + 1], width: output[first + 2],
                height: output[first + 3])
        case .grid:
            let first = anchor * (5 + classCount + head.maskCoefficientCount)
            let cell = grid.cell(of: anchor)
            return BoundingBox(
                centerX: (output[first] + cell.column) * cell.stride,
                centerY: (output[first + 1] + cell.row) * cell.stride,
                width: expf(output[first + 2]) * cell.stride, height: expf(output[first + 3]) * cell.stride)
        case .endToEnd:
            let first = anchor * (6 + head.maskCoefficientCount)
            return BoundingBox(x1: output[first], y1: output[first + 1], x2: output[first + 2], y2: output[first + 3])
        case .distributions:
            return boxFromDistributions(of: anchor, in: outputs)
        }
    }

    /// The best class of a candidate; the first of equals.
    func bestClass(of anchor: Int, in outputs: NetworkOutputs) -> Int {
        let count = head.candidateCount
        switch head.layout {
        case .channelMajor:
            return bestClass(in: outputs[0], first: 4 * count + anchor, step: count)
        case .anchorMajor, .grid:
            return bestClass(
                in: outputs[0], first: anchor * (5 + classCount + head.maskCoefficientCount) + 5, step: 1)
        case .endToEnd:
            return Int(outputs[0][anchor * (6 + head.maskCoefficientCount) + 5])
        case .distributions:
            let cell = grid.cell(of: anchor)
            let logits = outputs[firstOutput(ofScale: cell.scale) + 1]
            if options.tensorLayout == .channelsLast {
                return bestClass(in: logits, first: cell.index * classCount, step: 1)
            }
            return bestClass(in: logits, first: cell.index, step: head.scales[cell.scale].cellCount)
        }
    }

    private func bestClass(in values: UnsafeBufferPointer<Float>, first: Int, step: Int) -> Int {
        var best = 0
        var bestValue = -Float.infinity
        for label in 0..<classCount where values[first + label * step] > bestValue {
            best = label
            bestValue = values[first + label * step]
        }
        return best
    }

    /// The distances from a cell's centre to the left, upper, right and lower edge are expectations of distributions
    /// over 0, 1, ... bins - 1 strides (Li et al., Generalized Focal Loss, 2020).
    private func boxFromDistributions(of anchor: Int, in outputs: NetworkOutputs) -> BoundingBox {
        let cell = grid.cell(of: anchor)
        let logits = outputs[firstOutput(ofScale: cell.scale)]
        let bins = head.binCount
        let isPacked = options.tensorLayout == .channelsLast
        let step = isPacked ? 1 : head.scales[cell.scale].cellCount
        let first = isPacked ? cell.index * 4 * bins : cell.index
        let left = expectation(of: logits, first: first, step: step)
        let top = expectation(of: logits, first: first + bins * step, step: step)
        let right = expectation(of: logits, first: first + 2 * bins * step, step: step)
        let bottom = expectation(of: logits, first: first + 3 * bins * step, step: step)
        let centerX = cell.column + 0.5
        let centerY = cell.row + 0.5
        return BoundingBox(
            x1: (centerX - left) * cell.stride, y1: (centerY - top) * cell.stride,
            x2: (centerX + right) * cell.stride, y2: (centerY + bottom) * cell.stride)
    }

    /// The mean bin under the softmax of the logits.
    private func expectation(of logits: UnsafeBufferPointer<Float>, first: Int, step: Int) -> Float {
        var greatest = -Float.infinity
        for bin in 0..<head.binCount { greatest = max(greatest, logits[first + bin * step]) }
        var sum: Float = 0
        var weighted: Float = 0
        for bin in 0..<head.binCount {
            let weight = expf(logits[first + bin * step] - greatest)
            sum += weight
            weighted += weight * Float(bin)
        }
        return weighted / sum
    }
}
