import CKernels

/// An epilogue's tables, in Swift arrays. Entries behind the real channels are NaN: they may be loaded, never used.
struct EpilogueTables {
    var kind: sightline_output_kind
    var scale: [Float]
    var bias: [Float]
    var negativeSlope: [Float]
    var curve = CurveTables.zero
    var arcs = ArcTables.zero
    var gain: [Float]
    var offset: [Float]
    var zeroPoint: Float = 0
    var lower: UInt8 = 0
    var upper: UInt8 = 255

    /// Scales that spread sums of about `typicalSum` over the output's range and somewhat beyond.
    init(_ kind: sightline_output_kind, channels: Int, typicalSum: Float, _ generator: inout SplitMix) {
        let padded = (channels + 63) / 64 * 64
        let reach: Float =
            switch kind {
            case SIGHTLINE_OUTPUT_CURVE: 40000
            case SIGHTLINE_OUTPUT_ARCS: 40
            default: 250
            }
        self.kind = kind
        scale = Array(repeating: .nan, count: padded)
        bias = scale
        negativeSlope = scale
        gain = scale
        offset = scale
        for channel in 0..<channels {
            scale[channel] = reach / typicalSum * (0.3 + 0.7 * generator.signedUnit())
            bias[channel] = reach * (0.3 + 0.3 * generator.signedUnit())
            negativeSlope[channel] = 0.5 * generator.signedUnit()
            gain[channel] = 8 * generator.signedUnit()
            offset[channel] = 100 + 100 * generator.signedUnit()
        }
        if kind == SIGHTLINE_OUTPUT_CURVE {
            curve = generator.next() % 2 == 0 ? .random(&generator) : .sigmoidLinearUnit(largest: 6)
        } else {
            arcs = .random(&generator)
            lower = UInt8(generator.pick([0, 0, 7, 100]))
            upper = UInt8(generator.pick([255, 255, 213, 100]))
            zeroPoint = Float(generator.integer(0...255))
        }
    }

    func withValue(_ body: (UnsafePointer<sightline_epilogue>) -> Void) {
        var curveValue = curve.value
        var arcsValue = arcs.value
        let isArcs = kind == SIGHTLINE_OUTPUT_ARCS
        // All arrays in one piece of memory, so that they stay in place together.
        let arrays = scale + bias + negativeSlope + gain + offset
        arrays.withUnsafeBufferPointer { arrays in
            let array = { (index: Int) in arrays.baseAddress.map { $0 + index * scale.count } }
            withUnsafePointer(to: &curveValue) { curve in
                withUnsafePointer(to: &arcsValue) { arcs in
                    var value = sightline_epilogue(
                        kind: kind, scale: array(0), bias: array(1),
                        negative_slope: kind == SIGHTLINE_OUTPUT_PRELU ? array(2) : nil,
                        curve: kind == SIGHTLINE_OUTPUT_CURVE ? curve : nil,
                        zero_point: zeroPoint, lower: lower, upper: upper,
                        arcs: isArcs ? arcs : nil, gain: isArcs ? array(3) : nil, offset: isArcs ? array(4) : nil)
                    body(&value)
                }
            }
        }
    }
}
