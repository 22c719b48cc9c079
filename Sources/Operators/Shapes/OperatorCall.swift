import ONNX
import Tensors

/// One node with what is known of its inputs: what an inference rule sees.
struct OperatorCall {
    let node: Node
    let inputs: [ValueType?]
    let constants: [Tensor?]
    let version: Int

    // MARK: - Checks

    func check(against form: OperatorForm) throws(OperatorError) {
        guard inputs.count == node.inputs.count else { throw invalid("\(inputs.count) input types are given") }
        guard form.inputs.contains(inputs.count) else {
            let bounds = form.inputs
            let range = bounds.lowerBound == bounds.upperBound ? "\(bounds.lowerBound)" : "\(bounds)"
            throw invalid("has \(inputs.count) inputs; \(range) are possible in operator set \(version)")
        }
        if let absent = inputs.prefix(form.requiredInputs).firstIndex(where: { $0 == nil }) {
            throw invalid("input \(absent) is absent")
        }
        for case let input? in inputs { try check(input) }
        for (name, value) in node.attributes {
            guard let kind = form.attributes[name] else {
                throw unsupported(name, "operator set \(version) does not define it")
            }
            guard AttributeKind(value) == kind else { throw unsupported(name, "should be of kind \(kind.rawValue)") }
        }
    }

    func check(_ type: ValueType) throws(OperatorError) {
        let extents = type.shape.dimensions
        var byteCount = type.elementType.byteCount
        for extent in extents {
            guard (0...OperatorTypes.maximumExtent).contains(extent) else {
                throw invalid("a value of shape \(type.shape) is not possible")
            }
            let (product, overflow) = byteCount.multipliedReportingOverflow(by: max(extent, 1))
            guard !overflow, product <= OperatorTypes.maximumByteCount else {
                throw invalid("a value of shape \(type.shape) is too large")
            }
            byteCount = product
        }
    }

    // MARK: - Inputs

    /// The type of an input that the form requires.
    func input(_ index: Int) throws(OperatorError) -> ValueType {
        guard let type = optionalInput(index) else { throw invalid("input \(index) is absent") }
        return type
    }

    func optionalInput(_ index: Int) -> ValueType? {
        index < inputs.count ? inputs[index] : nil
    }

    func constant(_ index: Int) -> Tensor? {
        index < constants.count ? constants[index] : nil
    }

    /// The integers of an input that shapes depend on; nil when it is absent.
    func constantIntegers(_ index: Int, _ name: String) throws(OperatorError) -> [Int]? {
        guard let type = optionalInput(index) else { return nil }
        guard type.shape.rank <= 1 else { throw invalid("\(name) has \(type.shape.rank) dimensions") }
        guard let tensor = constant(index) else {
            throw invalid("\(name) is computed from the network's input; its value must be known at load")
        }
        switch tensor.elementType {
        case .int64: return tensor.array(of: Int64.self).map { Int($0) }
        case .int32: return tensor.array(of: Int32.self).map { Int($0) }
        default: throw invalid("\(name) is \(tensor.elementType), not an integer")
        }
    }

    /// The real numbers of an input that shapes depend on; nil when it is absent.
    func constantFloats(_ index: Int, _ name: String) throws(OperatorError) -> [Float]? {
        guard optionalInput(index) != nil else { return nil }
        guard let tensor = constant(index) else {
            throw invalid("\(name) is computed from the network's input; its value must be known at load")
        }
        switch tensor.elementType {
        case .float32: return tensor.array(of: Float.self)
        case .float64: return tensor.array(of: Double.self).map { Float($0) }
        case .float16: return tensor.array(of: Float16.self).map { Float($0) }
        default: throw invalid("\(name) is \(tensor.elementType), not a real number")
        }
    }

    // MARK: - Attributes (their kinds have been checked)

    func int(_ name: String, default value: Int) -> Int {
        if case .int(let int)? = node.attributes[name] { int } else { value }
    }

    func optionalInt(_ name: String) -> Int? {
        if case .int(let int)? = node.attributes[name] { int } else { nil }
    }

    func flag(_ name: String, default value: Bool = false) -> Bool {
        int(name, default: value ? 1 : 0) != 0
    }

    func ints(_ name: String) -> [Int]? {
        if case .ints(let ints)? = node.attributes[name] { ints } else { nil }
    }

    func string(_ name: String, default value: String) -> String {
        if case .string(let string)? = node.attributes[name] { string } else { value }
    }

    /// An axis attribute, counted from the front.
    func axis(_ name: String = "axis", default value: Int, of shape: Shape) throws(OperatorError) -> Int {
        try normalizedAxis(int(name, default: value), of: shape)
    }

    func normalizedAxis(_ axis: Int, of shape: Shape) throws(OperatorError) -> Int {
        guard axis >= -shape.rank, let normalized = shape.normalizedAxis(axis) else {
            throw invalid("axis \(axis) does not exist in shape \(shape)")
        }
        return normalized
    }

    /// Several axes, counted from the front; each may occur once.
    func normalizedAxes(_ axes: [Int], of shape: Shape) throws(OperatorError) -> [Int] {
        var normalized: [Int] = []
        for axis in axes {
            let index = try normalizedAxis(axis, of: shape)
            guard !normalized.contains(index) else { throw invalid("axis \(axis) occurs twice") }
            normalized.append(index)
        }
        return normalized
    }

    /// A list that is given as an input since some operator set, and as an attribute before.
    func integers(attribute: String, orInput index: Int) throws(OperatorError) -> [Int]? {
        if let list = ints(attribute) { return list }
        return try constantIntegers(index, attribute)
    }

    /// A list attribute with an entry for each spatial axis, each within `range`.
    func spatial(
        _ name: String, count: Int, default value: Int, in range: ClosedRange<Int>
    ) throws(OperatorError) -> [Int] {
        guard let list = ints(name) else { return [Int](repeating: value, count: count) }
        guard list.count == count else { throw unsupported(name, "has \(list.count) entries instead of \(count)") }
        guard list.allSatisfy(range.contains) else { throw unsupported(name, "\(list) is out of range") }
        return list
    }

    // MARK: - Errors

    func invalid(_ detail: String) -> OperatorError {
        .invalidNode(node: node.name, operatorType: node.operatorType, detail: detail)
    }

    func unsupported(_ attribute: String, _ detail: String) -> OperatorError {
        .unsupportedAttribute(node: node.name, operatorType: node.operatorType, attribute: attribute, detail: detail)
    }

    // MARK: - Element types

    /// All inputs that are there must share one element type.
    func commonElementType(of indices: some Sequence<Int>) throws(OperatorError) -> ElementType {
        var common: ElementType?
        for index in indices {
            guard let type = optionalInput(index)?.elementType else { continue }
            guard common == nil || common == type else {
                throw invalid("input \(index) is \(type), but others are \(common?.description ?? "")")
            }
            common = type
        }
        guard let common else { throw invalid("has no inputs") }
        return common
    }

    func require(_ index: Int, _ kind: ElementKind) throws(OperatorError) {
        guard let type = optionalInput(index)?.elementType, !kind.contains(type) else { return }
        throw invalid("input \(index) is \(type), which this operator does not take")
    }
}

/// Groups of element types that operators are defined for.
enum ElementKind {
    case floating, integer, numeric, boolean, any

    func contains(_ type: ElementType) -> Bool {
        switch self {
        case .floating: [.float32, .float16, .float64].contains(type)
        case .integer: !Self.floating.contains(type) && type != .bool
        case .numeric: type != .bool
        case .boolean: type == .bool
        case .any: true
        }
    }
}
