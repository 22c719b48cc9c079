import ONNX

/// Typed access to a node's attributes, with the defaults that the operator's definition gives.
extension Node {
    func integerAttribute(_ name: String, default value: Int) -> Int {
        if case .int(let stored)? = attributes[name] { return stored }
        return value
    }

    func integersAttribute(_ name: String) -> [Int]? {
        if case .ints(let stored)? = attributes[name] { return stored }
        return nil
    }

    func floatAttribute(_ name: String, default value: Float) -> Float {
        if case .float(let stored)? = attributes[name] { return stored }
        return value
    }

    func stringAttribute(_ name: String, default value: String) -> String {
        if case .string(let stored)? = attributes[name] { return stored }
        return value
    }

    func hasDefaultDomain() -> Bool { domain.isEmpty || domain == "ai.onnx" }
}
