import CKernels
import Operators

/// How a convolution's integer sums become outputs, with the memory that kernels read for it.
struct QuantizedEpilogue {
    private let kind: sightline_output_kind
    private let scale: ConstantMemory<Float>
    private let bias: ConstantMemory<Float>
    private let slopes: ConstantMemory<Float>?
    private let curve: ConstantMemory<sightline_curve>?
    private let zeroPoint: Float
    private let lower: UInt8
    private let upper: UInt8

    /// - Parameters: as the kernels' contract names them; one scale, bias and slope for each output channel.
    init(
        kind: sightline_output_kind, scale: [Float], bias: [Float], slopes: [Float]? = nil,
        curve: QuantizedCurve? = nil,
        zeroPoint: Float = 0, lower: UInt8 = 0, upper: UInt8 = 255
    ) {
        self.kind = kind
        self.scale = Self.padded(scale)
        self.bias = Self.padded(bias)
        self.slopes = slopes.map { Self.padded($0) }
        self.curve = curve.map { Self.tables(of: $0) }
        self.zeroPoint = zeroPoint
        self.lower = lower
        self.upper = upper
    }

    /// Vector loads stay inside arrays of a multiple of 64 entries.
    static func padded(_ values: [Float]) -> ConstantMemory<Float> {
        let padding = Int(SIGHTLINE_CHANNEL_PADDING)
        let count = (values.count + padding - 1) / padding * padding
        return ConstantMemory(values + [Float](repeating: 0, count: count - values.count))
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

    @inline(__always)
    func withUnsafeEpilogue(_ body: (UnsafePointer<sightline_epilogue>) -> Void) {
        var epilogue = sightline_epilogue(
            kind: kind, scale: UnsafePointer(scale.base), bias: UnsafePointer(bias.base),
            negative_slope: slopes.map { UnsafePointer($0.base) }, curve: curve.map { UnsafePointer($0.base) },
            zero_point: zeroPoint, lower: lower, upper: upper)
        body(&epilogue)
    }
}
