import Foundation
import SwiftProtobuf

/// Reads the attributes of one node.
struct AttributeImporter {
    let path: String
    let node: String
    let operatorType: String
    let operatorSetVersion: Int
    /// How many branches the node lies in.
    let depth: Int

    func attributes(
        of protos: [ONNXAttributeProto], tensors: inout TensorImporter
    ) throws(ONNXError) -> [String: AttributeValue] {
        var attributes: [String: AttributeValue] = [:]
        for proto in protos {
            let value = try value(of: proto, tensors: &tensors)
            guard attributes.updateValue(value, forKey: proto.name) == nil else {
                throw refusal(of: proto, "occurs twice")
            }
        }
        return attributes
    }

    private func value(
        of proto: ONNXAttributeProto, tensors: inout TensorImporter
    ) throws(ONNXError) -> AttributeValue {
        guard !proto.name.isEmpty, proto.name.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            throw .invalid(
                path: path, place: "node '\(node)' (\(operatorType))", detail: "an attribute has no proper name")
        }
        guard proto.refAttrName.isEmpty else {
            throw refusal(of: proto, "refers to a function's attribute; export without local functions")
        }
        switch proto.type {
        case .float: return .float(proto.f)
        case .int: return .int(Int(proto.i))
        case .string: return .string(try string(proto.s, of: proto))
        case .tensor:
            let place = "node '\(node)' (\(operatorType)): attribute '\(proto.name)'"
            return .tensor(try tensors.tensor(of: proto.t, place: place))
        case .floats: return .floats(proto.floats)
        case .ints: return .ints(proto.ints.map { Int($0) })
        case .strings:
            var strings: [String] = []
            for bytes in proto.strings { strings.append(try string(bytes, of: proto)) }
            return .strings(strings)
        case .graph where operatorType == "If":
            return .graph(try branch(proto, tensors: &tensors))
        case .graph, .graphs: throw refusal(of: proto, "subgraphs (control flow other than If) are not supported")
        case .tensors: throw refusal(of: proto, "lists of tensors are not supported")
        case .sparseTensor, .sparseTensors: throw refusal(of: proto, "sparse tensors are not supported")
        case .typeProto, .typeProtos: throw refusal(of: proto, "types as values are not supported")
        case .undefined: throw refusal(of: proto, "has no kind")
        case .UNRECOGNIZED(let number): throw refusal(of: proto, "is of the unknown kind \(number)")
        }
    }

    private func branch(_ proto: ONNXAttributeProto, tensors: inout TensorImporter) throws(ONNXError) -> Graph {
        let place = "node '\(node)' (If): attribute '\(proto.name)'"
        var options = BinaryDecodingOptions()
        options.discardUnknownFields = true
        guard depth < Self.maximumDepth else { throw refusal(of: proto, "branches lie too deep in each other") }
        guard WireScanner.firstDefect(in: proto.g, checksText: true, isGraph: true) == nil,
            let graph = try? ONNXGraphProto(serializedBytes: proto.g, options: options)
        else { throw .damaged(path: path, byteOffset: nil, detail: "\(place) cannot be decoded") }
        var importer = GraphImporter(
            path: path, tensors: tensors, operatorSetVersion: operatorSetVersion, depth: depth + 1)
        defer { tensors = importer.tensors }
        return try importer.branch(graph, place: place)
    }

    /// Far more than any exporter nests.
    private static let maximumDepth = 16

    private func string(_ bytes: some Collection<UInt8>, of proto: ONNXAttributeProto) throws(ONNXError) -> String {
        guard let string = String(validating: bytes, as: UTF8.self) else {
            throw refusal(of: proto, "is not valid UTF-8")
        }
        return string
    }

    private func refusal(of proto: ONNXAttributeProto, _ detail: String) -> ONNXError {
        .unsupportedAttribute(
            path: path, node: node, operatorType: operatorType, attribute: proto.name, detail: detail)
    }
}
