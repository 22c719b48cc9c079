import Tensors

/// The inputs of a convolution at a few positions of its output, gathered over all samples.
///
/// Each position gives one patch of `inputChannels * kernel height * kernel width` values, in the order of the weights
/// (channel, row, column), zero where the kernel hangs over the border. A thousand patches tell a layer's quantisation
/// error to a few percent at a thousandth of the cost of computing the layer.
package struct LayerSamples {
    /// Values of a patch, all groups together.
    package let patchSize: Int

    /// Patch after patch.
    package private(set) var values: [Float] = []

    package private(set) var patchCount = 0

    package init(layer: ConvolutionLayer, capacity: Int) {
        patchSize = layer.inputChannels * layer.kernel.height * layer.kernel.width
        values.reserveCapacity(patchSize * capacity)
    }

    package init(patchSize: Int, values: [Float]) {
        self.patchSize = patchSize
        self.values = values
        patchCount = values.count / patchSize
    }

    /// Takes `count` more patches out of the layer's input, a buffer in NCHW order.
    ///
    /// The positions follow a low-discrepancy sequence (R2: Roberts, "The unreasonable effectiveness of quasirandom
    /// sequences", 2018) that goes on from sample to sample: they are spread evenly and are the same in every run.
    package mutating func gather(_ count: Int, from input: UnsafeBufferPointer<Float>, of layer: ConvolutionLayer) {
        for _ in 0..<count {
            let step = Double(patchCount)
            let row = Int(Self.fraction(0.5 + step * 0.7548776662466927) * Double(layer.outputHeight))
            let column = Int(Self.fraction(0.5 + step * 0.5698402909980532) * Double(layer.outputWidth))
            let image = patchCount % layer.batch
            appendPatch(image, min(row, layer.outputHeight - 1), min(column, layer.outputWidth - 1), input, layer)
        }
    }

    private static func fraction(_ value: Double) -> Double { value - value.rounded(.down) }

    private mutating func appendPatch(
        _ image: Int, _ outputRow: Int, _ outputColumn: Int, _ input: UnsafeBufferPointer<Float>,
        _ layer: ConvolutionLayer
    ) {
        let planeSize = layer.inputHeight * layer.inputWidth
        let top = outputRow * layer.strides.height - layer.padding.top
        let left = outputColumn * layer.strides.width - layer.padding.left
        for channel in 0..<layer.inputChannels {
            let plane = (image * layer.inputChannels + channel) * planeSize
            for i in 0..<layer.kernel.height {
                let row = top + i * layer.dilations.height
                for j in 0..<layer.kernel.width {
                    let column = left + j * layer.dilations.width
                    let isInside = row >= 0 && row < layer.inputHeight && column >= 0 && column < layer.inputWidth
                    values.append(isInside ? input[plane + row * layer.inputWidth + column] : 0)
                }
            }
        }
        patchCount += 1
    }

    /// The first patches only.
    func prefix(_ count: Int) -> LayerSamples {
        count >= patchCount
            ? self : LayerSamples(patchSize: patchSize, values: Array(values[..<(count * patchSize)]))
    }

    /// The same patches with each channel divided by its scale.
    func divided(by scales: [Float]?, channelCount: Int) -> LayerSamples {
        guard let scales else { return self }
        var copy = self
        let termsPerChannel = patchSize / channelCount
        for patch in 0..<patchCount {
            for term in 0..<patchSize { copy.values[patch * patchSize + term] /= scales[term / termsPerChannel] }
        }
        return copy
    }

    /// The same patches with every value quantised and dequantised.
    package func quantized(by parameters: QuantizationParameters, channelCount: Int) -> LayerSamples {
        var copy = self
        let termsPerChannel = patchSize / channelCount
        copy.values.withUnsafeMutableBufferPointer { values in
            for channel in 0..<channelCount {
                let quantizer = AffineQuantizer(parameters, channel: channel)
                for patch in 0..<patchCount {
                    let first = patch * patchSize + channel * termsPerChannel
                    for index in first..<first + termsPerChannel { values[index] = quantizer.roundTrip(values[index]) }
                }
            }
        }
        return copy
    }

    /// The layer's sums, without bias: `patchCount` rows of `outputChannels`.
    package func products(with weights: [Float], of layer: ConvolutionLayer) -> [Float] {
        let (terms, outputs) = (layer.termCount, layer.groupOutputChannels)
        return [Float](unsafeUninitializedCapacity: patchCount * layer.outputChannels) { result, initialized in
            result.initialize(repeating: 0)
            initialized = result.count
            values.withUnsafeBufferPointer { values in
                weights.withUnsafeBufferPointer { weights in
                    guard let left = values.baseAddress, let right = weights.baseAddress,
                        let target = result.baseAddress
                    else { return }
                    for group in 0..<layer.groups {
                        MatrixProduct.timesTransposed(
                            left + group * terms, stride: patchSize, right + group * outputs * terms, stride: terms,
                            into: target + group * outputs, stride: layer.outputChannels, rows: patchCount,
                            columns: outputs, depth: terms)
                    }
                }
            }
        }
    }

    /// Mean square of every value of a patch.
    package var powers: [Float] {
        var sums = [Double](repeating: 0, count: patchSize)
        for patch in 0..<patchCount {
            for term in 0..<patchSize {
                let value = Double(values[patch * patchSize + term])
                sums[term] += value * value
            }
        }
        return sums.map { Float($0 / Double(max(patchCount, 1))) }
    }
}
