import ONNX
import Tensors

/// Finds the tensors that a YOLO (v8, 11) head is decoded from: at each scale, box distributions and class logits.
///
/// Works back from the output, which is the concatenation of the decoded boxes, the sigmoid of the class logits and
/// perhaps mask coefficients. Logits of all scales are concatenated copies of each scale's tensors, possibly of a part
/// of their channels. Everything that decoding relies on is checked; whatever looks different gives nil, and the full
/// output is decoded instead.
struct UndecodedHeadFinder {
    let index: GraphIndex
    let head: DetectionHead

    private static let maximumDepth = 32

    func find() -> DetectionHead? {
        let parts = concatenatedParts(of: head.output, depth: 0)
        guard parts.count >= 2,
            let scores = parts.first(where: { index.producer(of: $0)?.operatorType == "Sigmoid" }),
            let logits = index.producer(of: scores)?.inputs.first,
            let distributions = distributions(of: parts[0])
        else { return nil }
        let bins = distributions.channels / 4
        guard let classes = trace(logits, channels: 0..<head.classCount, depth: 0),
            let boxes = trace(distributions.value, channels: 0..<distributions.channels, depth: 0),
            classes.count == boxes.count
        else { return nil }
        var coefficients: [String]?
        if head.prototypes != nil {
            guard parts.count == 3, parts[1] == scores,
                let found = trace(parts[2], channels: 0..<head.maskCoefficientCount, depth: 0),
                found.count == classes.count
            else { return nil }
            coefficients = found
        } else if parts.count != 2 {
            return nil
        }
        return undecoded(boxes: boxes, classes: classes, coefficients: coefficients, bins: bins)
    }

    private func undecoded(
        boxes: [String], classes: [String], coefficients: [String]?, bins: Int
    ) -> DetectionHead? {
        var result = head
        result.layout = .distributions
        result.binCount = bins
        result.scales = []
        for place in classes.indices {
            guard let shape = index.shape(of: classes[place]), let boxShape = index.shape(of: boxes[place]),
                shape.dimensions[2...] == boxShape.dimensions[2...], shape[2] > 0, shape[3] > 0
            else { return nil }
            let stride = head.inputWidth / shape[3]
            guard stride * shape[3] == head.inputWidth, stride * shape[2] == head.inputHeight else { return nil }
            if let coefficients {
                guard index.shape(of: coefficients[place])?.dimensions[2...] == shape.dimensions[2...] else {
                    return nil
                }
            }
            result.scales.append(
                DetectionHead.Scale(
                    stride: stride, gridWidth: shape[3], gridHeight: shape[2], boxes: boxes[place],
                    classes: classes[place], maskCoefficients: coefficients?[place]))
        }
        let strides = result.scales.map(\.stride)
        guard strides == strides.sorted(), Set(strides).count == strides.count else { return nil }
        do { try result.validate() } catch { return nil }
        return result
    }

    /// The inputs of concatenations along the channels, nested ones opened.
    private func concatenatedParts(of value: String, depth: Int) -> [String] {
        guard depth < Self.maximumDepth, let node = index.producer(of: value) else { return [value] }
        if node.operatorType == "Identity" { return concatenatedParts(of: node.inputs[0], depth: depth + 1) }
        // Of the boxes only the whole is wanted; they end in a product with the strides.
        guard node.operatorType == "Concat", normalizedAxis(node, rank: 3) == 1 else { return [value] }
        return node.inputs.flatMap { concatenatedParts(of: $0, depth: depth + 1) }
    }

    private func normalizedAxis(_ node: Node, rank: Int) -> Int? {
        node.integer("axis").map { $0 < 0 ? $0 + rank : $0 }
    }

    /// The value of all box distribution logits, (1, 4 x bins, anchors): what the softmax of Distribution Focal Loss
    /// reads. The weights that follow must be 0, 1, 2, ...
    private func distributions(of boxes: String) -> (value: String, channels: Int)? {
        let passed: Set = ["Mul", "Concat", "Div", "Sub", "Add", "Slice", "Split", "Reshape", "Squeeze", "Unsqueeze"]
        var pending = [boxes]
        var seen: Set<String> = []
        while let name = pending.popLast() {
            guard seen.insert(name).inserted, seen.count < 256, let node = index.producer(of: name) else { continue }
            if node.operatorType == "Conv" {
                if let found = distributions(behind: node) { return found }
            } else if passed.contains(node.operatorType) {
                // Second inputs of these are sizes and bounds, which lead back into the network.
                let isData = ["Mul", "Concat", "Div", "Sub", "Add"].contains(node.operatorType)
                pending += isData ? node.inputs : Array(node.inputs.prefix(1))
            }
        }
        return nil
    }

    private func distributions(behind convolution: Node) -> (value: String, channels: Int)? {
        guard convolution.inputs.count >= 2, let weights = index.floats(convolution.inputs[1]),
            weights == (0..<weights.count).map(Float.init), weights.count >= 2
        else { return nil }
        var value = convolution.inputs[0]
        var hasSoftmax = false
        for _ in 0..<Self.maximumDepth {
            guard let node = index.producer(of: value) else { return nil }
            switch node.operatorType {
            case "Softmax": hasSoftmax = true
            case "Transpose", "Reshape", "Identity": break
            default: return nil
            }
            value = node.inputs[0]
            if hasSoftmax, let shape = index.shape(of: value), shape.rank == 3, shape[1] == 4 * weights.count,
                shape[2] == head.candidateCount
            {
                return (value, shape[1])
            }
        }
        return nil
    }

    /// The tensors of rank 4, one for each scale, that hold exactly the given channels of a value.
    private func trace(_ value: String, channels: Range<Int>, depth: Int) -> [String]? {
        guard depth < Self.maximumDepth, let shape = index.shape(of: value), shape.rank >= 3 else { return nil }
        let node = index.producer(of: value)
        if shape.rank == 4, channels == 0..<shape[1], node?.operatorType != "Concat" { return [value] }
        guard let node else { return nil }
        switch node.operatorType {
        case "Identity":
            return trace(node.inputs[0], channels: channels, depth: depth + 1)
        case "Reshape":
            guard let source = index.shape(of: node.inputs[0]), source.rank == 4, shape.rank == 3, source[1] == shape[1]
            else { return nil }
            return trace(node.inputs[0], channels: channels, depth: depth + 1)
        case "Split":
            return traceSplit(node, value: value, channels: channels, depth: depth)
        case "Slice":
            return traceSlice(node, channels: channels, depth: depth)
        case "Concat":
            return traceConcat(node, rank: shape.rank, channels: channels, depth: depth)
        default:
            return nil
        }
    }

    private func traceSplit(_ node: Node, value: String, channels: Range<Int>, depth: Int) -> [String]? {
        guard (node.integer("axis") ?? 0) == 1 else { return nil }
        var offset = 0
        for output in node.outputs {
            if output == value {
                return trace(
                    node.inputs[0], channels: channels.lowerBound + offset..<channels.upperBound + offset,
                    depth: depth + 1)
            }
            guard let shape = index.shape(of: output) else { return nil }
            offset += shape[1]
        }
        return nil
    }

    private func traceSlice(_ node: Node, channels: Range<Int>, depth: Int) -> [String]? {
        guard node.inputs.count >= 4, let starts = index.integers(node.inputs[1]), starts.count == 1, starts[0] >= 0,
            let axes = index.integers(node.inputs[3]), axes == [1],
            node.inputs.count < 5 || node.inputs[4].isEmpty || index.integers(node.inputs[4]) == [1]
        else { return nil }
        return trace(
            node.inputs[0], channels: channels.lowerBound + starts[0]..<channels.upperBound + starts[0],
            depth: depth + 1)
    }

    private func traceConcat(_ node: Node, rank: Int, channels: Range<Int>, depth: Int) -> [String]? {
        let axis = normalizedAxis(node, rank: rank)
        if rank == 3, axis == 2 {
            var all: [String] = []
            for input in node.inputs {
                guard let found = trace(input, channels: channels, depth: depth + 1) else { return nil }
                all += found
            }
            return all
        }
        guard axis == 1 else { return nil }
        var offset = 0
        for input in node.inputs {
            guard let count = index.shape(of: input)?[1] else { return nil }
            if channels.lowerBound >= offset, channels.upperBound <= offset + count {
                return trace(
                    input, channels: channels.lowerBound - offset..<channels.upperBound - offset, depth: depth + 1)
            }
            offset += count
        }
        return nil
    }
}
