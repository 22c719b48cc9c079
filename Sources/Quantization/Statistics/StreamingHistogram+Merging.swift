extension StreamingHistogram {
    /// One histogram of several tensors' values, each divided by a factor and counted with a weight.
    ///
    /// Values are taken at the centres of their bins, so the result is as fine as the sources are.
    init(merging parts: [StreamingHistogram], dividingBy factors: [Float], weights: [Double]) {
        self.init()
        var (lowest, highest) = (0.0, 0.0)
        for (part, factor) in zip(parts, factors) where part.total > 0 {
            lowest = Swift.min(lowest, Double(part.minimum / factor))
            highest = Swift.max(highest, Double(part.maximum / factor))
        }
        setRange(lowest, highest)
        for (index, part) in parts.enumerated() where part.total > 0 {
            add(part, dividedBy: Double(factors[index]), weight: weights[index])
        }
    }
}
