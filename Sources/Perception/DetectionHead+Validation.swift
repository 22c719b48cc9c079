extension DetectionHead {
    /// More classes than any network that could be meant.
    static let maximumClassCount = 65_536

    /// Checks every count and product, so that decoding can rely on them.
    func validate() throws(PerceptionError) {
        guard (0...Self.maximumClassCount).contains(classCount) else {
            throw .invalidHead(detail: "\(classCount) classes")
        }
        guard classCount > 0 || layout == .endToEnd else {
            throw .invalidHead(detail: "no classes")
        }
        guard (1...(1 << 24)).contains(candidateCount) else {
            throw .invalidHead(detail: "\(candidateCount) candidates")
        }
        // Candidates are numbered in 32 bits.
        guard candidateCount * max(classCount, 1) < 1 << 32 else {
            throw .invalidHead(detail: "\(candidateCount) candidates of \(classCount) classes")
        }
        guard (1...(1 << 16)).contains(inputWidth), (1...(1 << 16)).contains(inputHeight) else {
            throw .invalidHead(detail: "an input of \(inputWidth)x\(inputHeight) pixels")
        }
        try validateScales()
        if let prototypes {
            guard (1...1024).contains(prototypes.count), (1...(1 << 14)).contains(prototypes.width),
                (1...(1 << 14)).contains(prototypes.height)
            else {
                throw .invalidHead(
                    detail: "\(prototypes.count) prototypes of \(prototypes.width)x\(prototypes.height)")
            }
        }
        guard outputNames.count <= NetworkOutputs.capacity else {
            throw .invalidHead(detail: "\(outputNames.count) outputs, more than \(NetworkOutputs.capacity)")
        }
    }

    private func validateScales() throws(PerceptionError) {
        guard layout == .grid || layout == .distributions else { return }
        var cells = 0
        for scale in scales {
            guard (1...4096).contains(scale.stride), (1...(1 << 14)).contains(scale.gridWidth),
                (1...(1 << 14)).contains(scale.gridHeight)
            else {
                throw .invalidHead(
                    detail: "a grid of \(scale.gridWidth)x\(scale.gridHeight) with stride \(scale.stride)")
            }
            cells += scale.cellCount
            guard layout != .distributions || (scale.maskCoefficients != nil) == (prototypes != nil) else {
                throw .invalidHead(detail: "mask coefficients without prototypes or the reverse")
            }
        }
        guard cells == candidateCount else {
            throw .invalidHead(detail: "grids of \(cells) cells for \(candidateCount) candidates")
        }
        guard layout != .distributions || (2...256).contains(binCount) else {
            throw .invalidHead(detail: "distributions of \(binCount) bins")
        }
    }

    /// Elements of each value in ``outputNames``. The head is valid.
    var outputSizes: [Int] {
        var sizes: [Int] = []
        switch layout {
        case .channelMajor: sizes = [candidateCount * (4 + classCount + maskCoefficientCount)]
        case .anchorMajor, .grid: sizes = [candidateCount * (5 + classCount + maskCoefficientCount)]
        case .endToEnd: sizes = [candidateCount * (6 + maskCoefficientCount)]
        case .distributions:
            for scale in scales {
                sizes += [scale.cellCount * 4 * binCount, scale.cellCount * classCount]
                if scale.maskCoefficients != nil { sizes.append(scale.cellCount * maskCoefficientCount) }
            }
        }
        if let prototypes { sizes.append(prototypes.count * prototypes.width * prototypes.height) }
        return sizes
    }
}
