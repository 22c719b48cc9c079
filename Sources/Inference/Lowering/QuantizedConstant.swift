import Tensors

/// A constant that a DequantizeLinear makes reals of: usually a convolution's weights.
struct QuantizedConstant {
    /// s8, u8 or s32.
    var integers: Tensor
    /// One scale, or one for each index of ``axis``.
    var scales: [Float]
    var zeroPoints: [Int32]
    var axis: Int?

    /// The real numbers.
    var reals: Tensor {
        let raw: [Int32] =
            switch integers.elementType {
            case .int8: integers.array(of: Int8.self).map { Int32($0) }
            case .uint8: integers.array(of: UInt8.self).map { Int32($0) }
            default: integers.array(of: Int32.self)
            }
        let inner = axis.map { integers.shape.dimensions[($0 + 1)...].reduce(1, *) } ?? raw.count
        let reals = raw.indices.map { index -> Float in
            let slice = scales.count == 1 ? 0 : index / max(inner, 1) % scales.count
            return Float(raw[index] - zeroPoints[slice]) * scales[slice]
        }
        return Tensor(reals, shape: integers.shape)
    }

    /// The integers less their zero points as s8, and one scale for each of `count` slices along an axis; nil where they
    /// do not fit.
    func signedBytes(along axis: Int, count: Int) -> (bytes: [Int8], scales: [Float])? {
        guard self.axis == nil || self.axis == axis else { return nil }
        guard scales.count == 1 || scales.count == count else { return nil }
        let all = scales.count == count ? scales : [Float](repeating: scales[0], count: count)
        if integers.elementType == .int8, zeroPoints.allSatisfy({ $0 == 0 }) {
            return (integers.array(of: Int8.self), all)
        }
        let dimensions = integers.shape.dimensions
        let inner = dimensions[(axis + 1)...].reduce(1, *)
        var raw: [Int32]
        switch integers.elementType {
        case .int8: raw = integers.array(of: Int8.self).map { Int32($0) }
        case .uint8: raw = integers.array(of: UInt8.self).map { Int32($0) }
        default: return nil
        }
        if zeroPoints.contains(where: { $0 != 0 }) {
            for index in raw.indices { raw[index] -= zeroPoints[zeroPoints.count == 1 ? 0 : index / inner % count] }
        }
        var bytes: [Int8] = []
        bytes.reserveCapacity(raw.count)
        for value in raw {
            guard let byte = Int8(exactly: value) else { return nil }
            bytes.append(byte)
        }
        return (bytes, all)
    }
}
