import CKernels
import Operators

/// How a convolution's integer sums become outputs, with the memory that kernels read for it.
struct QuantizedEpilogue {
    private let kind: sightline_output_kind
    /// Scales, and biases behind them.
    private let factors: ConstantMemory<Float>
    private let slopes: ConstantMemory<Float>?
    private let curve: ConstantMemory<sightline_curve>?
    private let arcs: ConstantMemory<sightline_arcs>?
    private let gains: ConstantMemory<Float>?
    private let offsets: ConstantMemory<Float>?
    private let zeroPoint: Float
    private let lower: UInt8
    private let upper: UInt8

    /// - Parameters:
    ///   - factors: for each output channel a scale, padded, and behind them for each a bias, padded.
    ///   - others: as the kernels' contract names them.
    init(
        kind: sightline_output_kind, factors: ConstantMemory<Float>, slopes: [Float]? = nil,
        curve: QuantizedCurve? = nil, arcs: ActivationArcs? = nil, gains: [Float]? = nil, offsets: [Float]? = nil,
        zeroPoint: Float = 0, lower: UInt8 = 0, upper: UInt8 = 255
    ) {
        self.kind = kind
        self.factors = factors
        self.slopes = slopes.map { Self.padded($0) }
        self.curve = curve.map { Self.tables(of: $0) }
        self.arcs = arcs.map { Self.tables(of: $0) }
        self.gains = gains.map { Self.padded($0) }
        self.offsets = offsets.map { Self.padded($0) }
        self.zeroPoint = zeroPoint
        self.lower = lower
        self.upper = upper
    }

    /// The same, of scales and biases that are known at once.
    init(
        kind: sightline_output_kind, scale: [Float], bias: [Float], slopes: [Float]? = nil,
        curve: QuantizedCurve? = nil, zeroPoint: Float = 0, lower: UInt8 = 0, upper: UInt8 = 255
    ) {
        func padded(_ values: [Float]) -> [Float] {
            values + [Float](repeating: 0, count: Self.paddedCount(values.count) - values.count)
        }
        self.init(
            kind: kind, factors: ConstantMemory(padded(scale) + padded(bias)), slopes: slopes, curve: curve,
            zeroPoint: zeroPoint, lower: lower, upper: upper)
    }

    /// Vector loads stay inside arrays of a multiple of 64 entries.
    static func paddedCount(_ count: Int) -> Int {
        let padding = Int(SIGHTLINE_CHANNEL_PADDING)
        return (count + padding - 1) / padding * padding
    }

    static func padded(_ values: [Float]) -> ConstantMemory<Float> {
        ConstantMemory(values + [Float](repeating: 0, count: paddedCount(values.count) - values.count))
    }

    private static func tables(of curve: QuantizedCurve) -> ConstantMemory<sightline_curve> {
        ConstantMemory(count: 1) { memory in
            withUnsafeMutableBytes(of: &memory.pointee.centre) { bytes in
                curve.centres.withUnsafeBytes { bytes.copyMemory(from: $0) }
            }
            withUnsafeMutableBytes(of: &memory.pointee.slope) { bytes in
                curve.slopes.withUnsafeBytes { bytes.copyMemory(from: $0) }
            }
        }
    }

    private static func tables(of arcs: ActivationArcs) -> ConstantMemory<sightline_arcs> {
        ConstantMemory(count: 1) { memory in
            withUnsafeMutableBytes(of: &memory.pointee) { bytes in
                (arcs.squares + arcs.linears + arcs.constants).withUnsafeBytes { bytes.copyMemory(from: $0) }
            }
        }
    }

    @inline(__always)
    func withUnsafeEpilogue(_ body: (UnsafePointer<sightline_epilogue>) -> Void) {
        var epilogue = sightline_epilogue(
            kind: kind, scale: UnsafePointer(factors.base), bias: UnsafePointer(factors.base + factors.count / 2),
            negative_slope: slopes.map { UnsafePointer($0.base) }, curve: curve.map { UnsafePointer($0.base) },
            zero_point: zeroPoint, lower: lower, upper: upper, arcs: arcs.map { UnsafePointer($0.base) },
            gain: gains.map { UnsafePointer($0.base) }, offset: offsets.map { UnsafePointer($0.base) })
        body(&epilogue)
    }
}
