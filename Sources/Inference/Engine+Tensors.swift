import Tensors

/// Inputs and outputs as tensors: convenient, not for the frame path.
extension Engine {
    /// Writes an input from a tensor of its ONNX shape: float32 for quantised pixels, else the declared type.
    public func setInput(_ index: Int, to tensor: Tensor) throws(EngineError) {
        guard inputs.indices.contains(index) else {
            throw .invalidInput(name: "\(index)", detail: "there are \(inputs.count) inputs")
        }
        let input = inputs[index]
        guard tensor.shape == input.shape else {
            throw .invalidInput(name: input.name, detail: "shape \(tensor.shape) was given, \(input.shape) is needed")
        }
        switch input.layout {
        case .rowMajor(let type):
            guard tensor.elementType == type else {
                throw .invalidInput(name: input.name, detail: "\(tensor.elementType) was given, \(type) is needed")
            }
            tensor.withBytes { bytes in
                if let from = bytes.baseAddress { input.baseAddress.copyMemory(from: from, byteCount: bytes.count) }
            }
        case .pixelInterleaved(_, _, let parameters):
            guard tensor.elementType == .float32 else {
                throw .invalidInput(name: input.name, detail: "\(tensor.elementType) was given, float32 is needed")
            }
            let quantization = Quantization(
                scales: parameters.scales, zeroPoints: parameters.zeroPoints, axis: nil, isSigned: false)
            let map = inputViews[index].featureMap(of: UInt8.self)
            tensor.withElements(as: Float.self) { elements in
                var next = 0
                for channel in 0..<map.channels {
                    for row in 0..<map.height {
                        for column in 0..<map.width {
                            map.pixel(0, row, column)[channel] = quantization.quantized(elements[next])
                            next += 1
                        }
                    }
                }
            }
        }
    }

    /// Calls `body` with an output's elements in ONNX order; elements that are no floats are converted to floats first.
    public func withOutput<R>(_ index: Int, _ body: (UnsafeBufferPointer<Float>) throws -> R) rethrows -> R {
        let view = outputViews[index]
        let count = outputs[index].shape.elementCount
        if outputs[index].elementType == .float32 {
            return try body(UnsafeBufferPointer(start: view.pointer(as: Float.self), count: count))
        }
        return try floats(of: outputTensor(index)).withUnsafeBufferPointer(body)
    }

    /// A copy of an output.
    public func outputTensor(_ index: Int) -> Tensor {
        let output = outputs[index]
        let count = output.shape.elementCount * output.elementType.byteCount
        return Tensor(
            copying: UnsafeRawBufferPointer(start: outputViews[index].base, count: count), shape: output.shape,
            elementType: output.elementType)
    }

    private func floats(of tensor: Tensor) -> [Float] {
        switch tensor.elementType {
        case .float32: tensor.array(of: Float.self)
        case .float64: tensor.array(of: Double.self).map { Float($0) }
        case .float16: tensor.array(of: Float16.self).map { Float($0) }
        case .uint8: tensor.array(of: UInt8.self).map { Float($0) }
        case .int8: tensor.array(of: Int8.self).map { Float($0) }
        case .uint16: tensor.array(of: UInt16.self).map { Float($0) }
        case .int16: tensor.array(of: Int16.self).map { Float($0) }
        case .uint32: tensor.array(of: UInt32.self).map { Float($0) }
        case .int32: tensor.array(of: Int32.self).map { Float($0) }
        case .uint64: tensor.array(of: UInt64.self).map { Float($0) }
        case .int64: tensor.array(of: Int64.self).map { Float($0) }
        case .bool: tensor.array(of: Bool.self).map { $0 ? 1 : 0 }
        }
    }
}
