import Foundation
import SwiftProtobuf
import Tensors

/// Turns a ``Graph`` into ONNX's messages.
struct GraphExporter {
    let graph: Graph

    func model() -> ONNXModelProto {
        var model = ONNXModelProto()
        model.irVersion = Self.intermediateRepresentationVersion(forOperatorSet: graph.operatorSetVersion)
        model.producerName = "sightline"
        model.opsetImport = [operatorSet("", graph.operatorSetVersion)]
        for domain in Set(graph.nodes.map(\.domain)).sorted() where !domain.isEmpty {
            model.opsetImport.append(operatorSet(domain, 1))
        }
        model.metadataProps = graph.metadata.sorted { $0.key < $1.key }.map { key, value in
            var entry = ONNXStringStringEntryProto()
            entry.key = key
            entry.value = value
            return entry
        }
        model.graph = graphProto()
        return model
    }

    /// The file format's version that came with an operator set: the oldest that readers of that set know.
    private static func intermediateRepresentationVersion(forOperatorSet version: Int) -> Int64 {
        switch version {
        case ...8: 3
        case 9: 4
        case 10: 5
        case 11: 6
        case 12...14: 7
        case 15...18: 8
        case 19...20: 9
        case 21...22: 10
        case 23: 11
        case 24: 12
        default: 13
        }
    }

    private func operatorSet(_ domain: String, _ version: Int) -> ONNXOperatorSetIdProto {
        var operatorSet = ONNXOperatorSetIdProto()
        operatorSet.domain = domain
        operatorSet.version = Int64(version)
        return operatorSet
    }

    private func graphProto() -> ONNXGraphProto {
        var proto = ONNXGraphProto()
        // The specification wants a name.
        proto.name = graph.name.isEmpty ? "network" : graph.name
        proto.node = graph.nodes.map(node)
        proto.initializer = initializerNames().compactMap { name in
            graph.initializers[name].map { tensor($0, named: name) }
        }
        proto.input = graph.inputs.map(valueInfo)
        proto.output = graph.outputs.map(valueInfo)
        return proto
    }

    /// In the order in which nodes read them, so that the file reads in that order too.
    private func initializerNames() -> [String] {
        var seen: Set<String> = []
        let used = graph.nodes.lazy.flatMap(\.inputs).filter {
            graph.initializers[$0] != nil && seen.insert($0).inserted
        }
        let names = Array(used)
        return names + graph.initializers.keys.filter { !seen.contains($0) }.sorted()
    }

    // MARK: - Parts

    private func node(_ node: Node) -> ONNXNodeProto {
        var proto = ONNXNodeProto()
        proto.name = node.name
        proto.opType = node.operatorType
        proto.domain = node.domain
        // What branches read of the graph around them is no input of the node in the file.
        let isBranching = node.operatorType == "If" && node.domain.isEmpty
        proto.input = isBranching ? Array(node.inputs.prefix(1)) : node.inputs
        proto.output = node.outputs
        proto.attribute = node.attributes.sorted { $0.key < $1.key }.map(attribute)
        return proto
    }

    private func attribute(_ name: String, _ value: AttributeValue) -> ONNXAttributeProto {
        var proto = ONNXAttributeProto()
        proto.name = name
        switch value {
        case .int(let int):
            proto.type = .int
            proto.i = Int64(int)
        case .float(let float):
            proto.type = .float
            proto.f = float
        case .string(let string):
            proto.type = .string
            proto.s = Data(string.utf8)
        case .tensor(let tensor):
            proto.type = .tensor
            proto.t = self.tensor(tensor, named: "")
        case .ints(let ints):
            proto.type = .ints
            proto.ints = ints.map { Int64($0) }
        case .floats(let floats):
            proto.type = .floats
            proto.floats = floats
        case .strings(let strings):
            proto.type = .strings
            proto.strings = strings.map { Data($0.utf8) }
        case .graph(let graph):
            proto.type = .graph
            // Nothing in such a message can fail to be written.
            proto.g = (try? GraphExporter(graph: graph).graphProto().serializedBytes()) ?? Data()
        }
        return proto
    }

    private func tensor(_ tensor: Tensor, named name: String) -> ONNXTensorProto {
        var proto = ONNXTensorProto()
        proto.name = name
        proto.dataType = Int32(tensor.elementType.rawValue)
        proto.dims = tensor.shape.dimensions.map { Int64($0) }
        proto.rawData = tensor.withBytes { Data($0) }
        return proto
    }

    private func valueInfo(_ value: ValueInfo) -> ONNXValueInfoProto {
        var shape = ONNXTensorShapeProto()
        shape.dim = value.dimensions.map { dimension in
            var proto = ONNXTensorShapeProto.Dimension()
            switch dimension {
            case .fixed(let extent): proto.dimValue = Int64(extent)
            case .symbolic(let name): if !name.isEmpty { proto.dimParam = name }
            }
            return proto
        }
        var proto = ONNXValueInfoProto()
        proto.name = value.name
        proto.type.tensorType.elemType = Int32(value.elementType.rawValue)
        proto.type.tensorType.shape = shape
        return proto
    }
}
