/// What the quantiser decided for one convolution.
package struct LayerIntegers: Sendable {
    package var weights: QuantizedWeights

    /// The float bias, corrected; nil when the layer had none and needs none.
    package var bias: [Float]?
}
