/// Why a network cannot be loaded or run.
public enum EngineError: Error, Sendable, Hashable {
    /// A node's operator, or the form of it that the node asks for, is not implemented.
    case unsupportedOperator(node: String, operatorType: String, detail: String)
    /// A node's attribute has a value that is not implemented.
    case unsupportedAttribute(node: String, operatorType: String, attribute: String, detail: String)
    /// A node contradicts itself or its inputs.
    case invalidNode(node: String, operatorType: String, detail: String)
    /// A value that was asked for as output does not exist.
    case unknownValue(name: String)
    /// The instruction set that was asked for is unknown or absent from this processor.
    case unavailableInstructionSet(name: String, available: [String])
    /// What the caller gave for an input does not fit.
    case invalidInput(name: String, detail: String)
    /// The network does not compute what its file says it must, from the named layer on.
    case selfCheckFailed(layer: String, operatorType: String, value: String, instructionSet: String)
    /// The file's golden values cannot be read.
    case invalidGoldenValues(detail: String)
    /// The system refused memory or threads.
    case systemRefused(detail: String)
}

extension EngineError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unsupportedOperator(let node, let operatorType, let detail):
            "node \(node): operator \(operatorType): \(detail); simplify the network or run it with the reference executor"
        case .unsupportedAttribute(let node, let operatorType, let attribute, let detail):
            "node \(node): operator \(operatorType): attribute \(attribute): \(detail); export the network without it"
        case .invalidNode(let node, let operatorType, let detail):
            "node \(node): operator \(operatorType): \(detail); the file is damaged or was exported wrongly, export it again"
        case .unknownValue(let name):
            "value \(name): the network has none of that name; `sightline model inspect` lists them"
        case .unavailableInstructionSet(let name, let available):
            "instruction set \(name): not available here; choose one of \(available.joined(separator: ", "))"
        case .invalidInput(let name, let detail):
            "input \(name): \(detail)"
        case .selfCheckFailed(let layer, let operatorType, let value, let instructionSet):
            "self-check: layer \(layer) (\(operatorType)) computes a wrong '\(value)' with \(instructionSet) kernels, all "
                + "quantised layers before it are right; the file was changed, or this program or machine is faulty: quantise the "
                + "network again, or compare with SIGHTLINE_ISA=portable"
        case .invalidGoldenValues(let detail):
            "self-check: \(detail); quantise the network again, or skip the check with SIGHTLINE_SELF_CHECK=off"
        case .systemRefused(let detail):
            "engine: \(detail); free memory or lower the number of threads"
        }
    }
}
