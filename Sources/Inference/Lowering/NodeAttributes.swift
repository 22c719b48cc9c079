import ONNX
import Tensors

/// A node's attributes, read with their types checked.
struct NodeAttributes {
    let node: Node

    init(_ node: Node) {
        self.node = node
    }

    func int(_ name: String, default fallback: Int) throws(EngineError) -> Int {
        switch node.attributes[name] {
        case nil: return fallback
        case .int(let value): return value
        default: throw wrongType(name, "an integer")
        }
    }

    func float(_ name: String, default fallback: Float) throws(EngineError) -> Float {
        switch node.attributes[name] {
        case nil: return fallback
        case .float(let value): return value
        case .int(let value): return Float(value)
        default: throw wrongType(name, "a number")
        }
    }

    func string(_ name: String, default fallback: String) throws(EngineError) -> String {
        switch node.attributes[name] {
        case nil: return fallback
        case .string(let value): return value
        default: throw wrongType(name, "a string")
        }
    }

    func ints(_ name: String) throws(EngineError) -> [Int]? {
        switch node.attributes[name] {
        case nil: return nil
        case .ints(let values): return values
        default: throw wrongType(name, "a list of integers")
        }
    }

    private func wrongType(_ name: String, _ expected: String) -> EngineError {
        .unsupportedAttribute(
            node: node.name, operatorType: node.operatorType, attribute: name, detail: "expected \(expected)")
    }

    func unsupported(_ attribute: String, _ detail: String) -> EngineError {
        .unsupportedAttribute(
            node: node.name, operatorType: node.operatorType, attribute: attribute, detail: detail)
    }
}
