import ONNX
import Tensors

extension OperatorInvocation {
    func has(_ attribute: String) -> Bool { node.attributes[attribute] != nil }

    func int(_ name: String) throws(OperatorError) -> Int? {
        guard let value = node.attributes[name] else { return nil }
        guard case .int(let number) = value else { throw wrongKind(name, "an integer") }
        return number
    }

    func int(_ name: String, default value: Int) throws(OperatorError) -> Int { try int(name) ?? value }

    /// An attribute that must be given.
    func requiredInt(_ name: String) throws(OperatorError) -> Int {
        guard let value = try int(name) else { throw failure("attribute '\(name)' is missing") }
        return value
    }

    /// An integer that means yes (1) or no (0).
    func flag(_ name: String, default value: Bool) throws(OperatorError) -> Bool {
        guard let number = try int(name) else { return value }
        guard number == 0 || number == 1 else { throw unsupported(name, "\(number) is neither 0 nor 1") }
        return number == 1
    }

    func float(_ name: String, default value: Float) throws(OperatorError) -> Float {
        guard let attribute = node.attributes[name] else { return value }
        guard case .float(let number) = attribute else { throw wrongKind(name, "a number") }
        return number
    }

    /// A float attribute in the precision that functions are computed in.
    func double(_ name: String, default value: Float) throws(OperatorError) -> Double {
        Double(try float(name, default: value))
    }

    func string(_ name: String, default value: String) throws(OperatorError) -> String {
        guard let attribute = node.attributes[name] else { return value }
        guard case .string(let text) = attribute else { throw wrongKind(name, "a string") }
        return text
    }

    /// One of several words.
    func word(_ name: String, of words: [String]) throws(OperatorError) -> String {
        let word = try string(name, default: words[0])
        guard words.contains(word) else {
            throw unsupported(name, "'\(word)' is none of \(words.joined(separator: ", "))")
        }
        return word
    }

    func ints(_ name: String) throws(OperatorError) -> [Int]? {
        guard let value = node.attributes[name] else { return nil }
        guard case .ints(let numbers) = value else { throw wrongKind(name, "a list of integers") }
        return numbers
    }

    func tensor(_ name: String) throws(OperatorError) -> Tensor? {
        guard let value = node.attributes[name] else { return nil }
        guard case .tensor(let tensor) = value else { throw wrongKind(name, "a tensor") }
        return tensor
    }

    /// An element type given by its number in the specification.
    func elementType(_ name: String) throws(OperatorError) -> ElementType? {
        guard let number = try int(name) else { return nil }
        guard let type = ElementType(rawValue: number) else {
            throw unsupported(name, "element type number \(number) is not supported")
        }
        return type
    }

    private func wrongKind(_ name: String, _ kind: String) -> OperatorError { unsupported(name, "is not \(kind)") }
}
