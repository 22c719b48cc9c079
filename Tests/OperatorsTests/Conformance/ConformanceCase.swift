import Foundation
import ONNX
import Operators
import Tensors

/// One node test: a model of one operator, with inputs and the outputs that it must give.
struct ConformanceCase {
    let graph: Graph
    let inputs: [String: Tensor]
    let expected: [String: Tensor]

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    init(folder: String) throws {
        graph = try Graph(contentsOf: folder + "/model.onnx")
        inputs = try Self.tensors(folder, "input", graph.inputs.map(\.name))
        expected = try Self.tensors(folder, "output", graph.outputs.map(\.name))
    }

    /// Runs the operators on the imported graph.
    func runImported() throws {
        try compare(try ReferenceExecutor(graph).run(inputs))
    }

    /// Runs the graph after shapes are fixed and constants folded.
    ///
    /// - Parameter constants: inputs that are known when the graph is specialised, as they are in a network.
    func runSpecialized(constants: Set<String>) throws {
        var graph = graph
        for name in constants {
            graph.initializers[name] = inputs[name]
            graph.inputs.removeAll { $0.name == name }
        }
        let given = inputs.filter { !constants.contains($0.key) }
        let specialized = try graph.specialized(inputShapes: given.mapValues(\.shape))
        for output in specialized.graph.outputs {
            let type = specialized.types[output.name]
            guard let wanted = expected[output.name], type?.shape == wanted.shape,
                type?.elementType == wanted.elementType
            else {
                throw Failure(
                    description: "output '\(output.name)' is inferred as \(type.map { "\($0)" } ?? "nothing")")
            }
        }
        let kept = Set(specialized.graph.inputs.map(\.name))
        try compare(try ReferenceExecutor(specialized).run(given.filter { kept.contains($0.key) }))
    }

    private func compare(_ results: [String: Tensor]) throws {
        for (name, wanted) in expected {
            guard let result = results[name] else { throw Failure(description: "output '\(name)' is missing") }
            guard result.shape == wanted.shape, result.elementType == wanted.elementType else {
                throw Failure(
                    description: "output '\(name)' is \(result.shape) of \(result.elementType), not \(wanted.shape) of "
                        + "\(wanted.elementType)")
            }
            let (values, expectedValues) = (Self.doubles(result), Self.doubles(wanted))
            for (index, (value, wanted)) in zip(values, expectedValues).enumerated() {
                // The tolerances of ONNX's own runner.
                let isEqual = value == wanted || (value.isNaN && wanted.isNaN)
                guard isEqual || abs(value - wanted) <= 1e-7 + 1e-3 * abs(wanted) else {
                    throw Failure(description: "output '\(name)' is \(value) at \(index), not \(wanted)")
                }
            }
        }
    }

    private static func doubles(_ tensor: Tensor) -> [Double] {
        switch tensor.elementType {
        case .float32: tensor.array(of: Float.self).map { Double($0) }
        case .float64: tensor.array(of: Double.self)
        case .float16: tensor.array(of: Float16.self).map { Double($0) }
        case .uint8: tensor.array(of: UInt8.self).map { Double($0) }
        case .int8: tensor.array(of: Int8.self).map { Double($0) }
        case .uint16: tensor.array(of: UInt16.self).map { Double($0) }
        case .int16: tensor.array(of: Int16.self).map { Double($0) }
        case .uint32: tensor.array(of: UInt32.self).map { Double($0) }
        case .int32: tensor.array(of: Int32.self).map { Double($0) }
        case .uint64: tensor.array(of: UInt64.self).map { Double($0) }
        case .int64: tensor.array(of: Int64.self).map { Double($0) }
        case .bool: tensor.array(of: Bool.self).map { $0 ? 1 : 0 }
        }
    }

    // MARK: Tensor files

    private static func tensors(_ folder: String, _ kind: String, _ names: [String]) throws -> [String: Tensor] {
        var tensors: [String: Tensor] = [:]
        for (index, name) in names.enumerated() {
            let url = URL(fileURLWithPath: "\(folder)/test_data_set_0/\(kind)_\(index).pb")
            tensors[name] = try tensor(try Data(contentsOf: url))
        }
        return tensors
    }

    /// A tensor from the bytes of a `TensorProto`, read by the import of models: the message is wrapped into a model
    /// as its only initialiser and output.
    private static func tensor(_ bytes: Data) throws -> Tensor {
        let name = Data("value".utf8)
        // A second name overrides the message's own, which may be missing.
        let initializer = bytes + field(8, name)
        let operatorSet = field(8, Data([2 << 3, 17]))
        let output = field(12, field(1, name))
        let graph = try Graph(serialized: field(7, field(5, initializer) + output) + operatorSet)
        guard let tensor = graph.initializers["value"] else { throw Failure(description: "a tensor file is empty") }
        return tensor
    }

    /// A length-delimited field of a protobuf message.
    private static func field(_ number: UInt8, _ content: Data) -> Data {
        var length = content.count
        var bytes = Data([number << 3 | 2])
        while length > 0x7F {
            bytes.append(UInt8(length & 0x7F) | 0x80)
            length >>= 7
        }
        bytes.append(UInt8(length))
        return bytes + content
    }
}
