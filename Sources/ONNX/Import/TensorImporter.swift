import Foundation
import Tensors

/// Turns tensor messages into tensors. Sizes are compared with the data that is there before anything is allocated.
struct TensorImporter {
    /// Far above what any operator needs; keeps damaged files from asking for more.
    static let maximumRank = 32

    let path: String
    private var external: ExternalData

    init(path: String) {
        self.path = path
        external = ExternalData(modelPath: path)
    }

    static func elementType(_ number: Int32, path: String, place: String) throws(ONNXError) -> ElementType {
        if let type = ElementType(rawValue: Int(number)) { return type }
        let names: [Int32: String] = [
            0: "undefined", 8: "string", 14: "complex64", 15: "complex128", 16: "bfloat16", 17: "float8e4m3fn",
            18: "float8e4m3fnuz", 19: "float8e5m2", 20: "float8e5m2fnuz", 21: "uint4", 22: "int4", 23: "float4e2m1",
        ]
        let name = names[number] ?? "number \(number)"
        throw .unsupported(path: path, place: place, detail: "element type \(name) is not supported")
    }

    /// - Parameter place: what the tensor is, for errors, such as `initializer 'weight'`.
    mutating func tensor(of proto: ONNXTensorProto, place: String) throws(ONNXError) -> Tensor {
        let elementType = try Self.elementType(proto.dataType, path: path, place: place)
        guard proto.dims.count <= Self.maximumRank else {
            throw .invalid(path: path, place: place, detail: "has \(proto.dims.count) dimensions")
        }
        let shape = Shape(proto.dims.map { Int($0) })
        guard let byteCount = shape.checkedByteCount(of: elementType) else {
            throw .invalid(path: path, place: place, detail: "its shape \(shape) is impossible")
        }
        switch proto.dataLocation {
        case .default: break
        case .external:
            let tensor = try external.tensor(
                proto.externalData, shape: shape, elementType: elementType, byteCount: byteCount, place: place)
            return try checkedBooleans(tensor, place: place)
        case .UNRECOGNIZED(let number):
            throw .invalid(path: path, place: place, detail: "its data are at the unknown location \(number)")
        }
        guard proto.hasRawData else { return try typedTensor(of: proto, shape: shape, elementType, place: place) }
        guard proto.rawData.count == byteCount else {
            throw .invalid(
                path: path, place: place,
                detail: "\(shape) of \(elementType) needs \(byteCount) bytes, but \(proto.rawData.count) are there")
        }
        let tensor = proto.rawData.withUnsafeBytes { Tensor(copying: $0, shape: shape, elementType: elementType) }
        return try checkedBooleans(tensor, place: place)
    }

    /// A byte other than 0 and 1 is no `Bool` in memory.
    private func checkedBooleans(_ tensor: Tensor, place: String) throws(ONNXError) -> Tensor {
        guard tensor.elementType == .bool, !tensor.withBytes({ $0.allSatisfy { $0 < 2 } }) else { return tensor }
        throw .invalid(path: path, place: place, detail: "holds booleans other than 0 and 1")
    }

    // MARK: - Typed fields

    /// The tensor from the field that belongs to its element type: narrow integers and float16 share `int32_data`.
    private func typedTensor(
        of proto: ONNXTensorProto, shape: Shape, _ elementType: ElementType, place: String
    ) throws(ONNXError) -> Tensor {
        switch elementType {
        case .float32: return try same(proto.floatData, shape, place)
        case .float64: return try same(proto.doubleData, shape, place)
        case .int64: return try same(proto.int64Data, shape, place)
        case .uint64: return try same(proto.uint64Data, shape, place)
        case .int32: return try same(proto.int32Data, shape, place)
        case .uint32: return try narrow(proto.uint64Data, to: UInt32.self, shape, place) { $0 }
        case .uint8: return try narrow(proto.int32Data, to: UInt8.self, shape, place) { $0 }
        case .int8: return try narrow(proto.int32Data, to: Int8.self, shape, place) { $0 }
        case .uint16: return try narrow(proto.int32Data, to: UInt16.self, shape, place) { $0 }
        case .int16: return try narrow(proto.int32Data, to: Int16.self, shape, place) { $0 }
        case .float16:
            return try narrow(proto.int32Data, to: UInt16.self, shape, place) { Float16(bitPattern: $0) }
        case .bool:
            let bytes = try narrow(proto.int32Data, to: UInt8.self, shape, place) { $0 }
            let booleans = bytes.withBytes { Tensor(copying: $0, shape: shape, elementType: .bool) }
            return try checkedBooleans(booleans, place: place)
        }
    }

    private func same<Element: TensorElement>(
        _ elements: [Element], _ shape: Shape, _ place: String
    ) throws(ONNXError) -> Tensor {
        try checkCount(elements.count, shape, place)
        return Tensor(elements, shape: shape)
    }

    private func narrow<Wide: BinaryInteger, Narrow: FixedWidthInteger, Element: TensorElement>(
        _ elements: [Wide], to type: Narrow.Type, _ shape: Shape, _ place: String, _ convert: (Narrow) -> Element
    ) throws(ONNXError) -> Tensor {
        try checkCount(elements.count, shape, place)
        var converted: [Element] = []
        converted.reserveCapacity(elements.count)
        for element in elements {
            guard let value = Narrow(exactly: element) else {
                throw .invalid(path: path, place: place, detail: "holds \(element), which is out of its type's range")
            }
            converted.append(convert(value))
        }
        return Tensor(converted, shape: shape)
    }

    private func checkCount(_ count: Int, _ shape: Shape, _ place: String) throws(ONNXError) {
        guard count == shape.elementCount else {
            throw .invalid(
                path: path, place: place,
                detail: "\(shape) needs \(shape.elementCount) elements, but \(count) are there")
        }
    }
}
