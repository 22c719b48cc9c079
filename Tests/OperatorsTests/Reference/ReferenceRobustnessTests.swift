import ONNX
import Operators
import Tensors
import TestSupport
import Testing

/// Nodes as a damaged or hostile file may hold them: any inputs, any attributes. Every one must give tensors or an
/// error; a trap would end the test run.
@Suite("Reference: bad graphs")
struct ReferenceRobustnessTests {
    static let elementTypes: [ElementType] = [
        .float32, .float32, .float32, .int64, .int64, .uint8, .int8, .int32, .bool, .float16, .float64, .uint64, .int16,
    ]

    static func shape(_ generator: inout SeededGenerator) -> Shape {
        let rank = Int.random(in: 0...5, using: &generator)
        return Shape((0..<rank).map { _ in [0, 1, 1, 2, 2, 3, 4, 5].randomElement(using: &generator)! })
    }

    static func tensor(_ generator: inout SeededGenerator, _ shape: Shape? = nil, _ type: ElementType? = nil) -> Tensor
    {
        let type = type ?? elementTypes.randomElement(using: &generator)!
        let shape = shape ?? Self.shape(&generator)
        let wholes: [Int64] = [0, 0, 1, 1, 2, 3, 4, -1, -2, 5, 100, .max, .min, 1 << 40]
        let reals: [Float] = [0, 1, -1, 0.5, 2, 3.5, -0.25, .nan, .infinity, -.infinity, 1e30, 1e-30]
        let count = shape.elementCount
        switch type {
        case .int64: return Tensor((0..<count).map { _ in wholes.randomElement(using: &generator)! }, shape: shape)
        case .int32:
            return Tensor(
                (0..<count).map { _ in Int32(truncatingIfNeeded: wholes.randomElement(using: &generator)!) },
                shape: shape)
        case .float32: return Tensor((0..<count).map { _ in reals.randomElement(using: &generator)! }, shape: shape)
        case .bool: return Tensor((0..<count).map { _ in Bool.random(using: &generator) }, shape: shape)
        default:
            var tensor = Tensor(zeros: shape, elementType: type)
            tensor.withMutableBytes { bytes in
                for index in bytes.indices { bytes[index] = UInt8.random(in: 0...255, using: &generator) }
            }
            return tensor
        }
    }

    static func attribute(_ generator: inout SeededGenerator) -> AttributeValue {
        let wholes = [0, 0, 1, 1, 1, 2, 2, 3, -1, -2, 7, 100, Int.max, Int.min, 1 << 24, 1 << 33]
        func whole() -> Int { wholes.randomElement(using: &generator)! }
        switch Int.random(in: 0...11, using: &generator) {
        case 0...4: return .int(whole())
        case 5...7: return .ints((0..<Int.random(in: 0...6, using: &generator)).map { _ in whole() })
        case 8: return .float([0, 1, -1, .nan, .infinity, 1e30].randomElement(using: &generator)!)
        case 9: return .tensor(tensor(&generator))
        case 10: return .floats([1, 2])
        default:
            let words = [
                "linear", "cubic", "nearest", "SAME_UPPER", "VALID", "reflect", "wrap", "edge", "add", "max", "tanh",
                "CRD",
                "tf_crop_and_resize", "align_corners", "floor", "ij,jk->ik", "i...->...", "bilinear", "reflection",
                "LEFT",
                "half_pixel_symmetric", "not_larger", "",
            ]
            return .string(words.randomElement(using: &generator)!)
        }
    }

    /// A node of the operator with inputs and attributes at random; often of one shape and type, so that not every
    /// node fails at the first check.
    static func node(_ operatorType: String, _ generator: inout SeededGenerator) -> (Node, [Tensor?], Int) {
        let count = Int.random(in: 0...5, using: &generator)
        let common = Self.shape(&generator)
        let type = elementTypes.randomElement(using: &generator)!
        let inputs: [Tensor?] = (0..<count).map { index in
            switch Int.random(in: 0...9, using: &generator) {
            case 0: nil
            case 1...4: tensor(&generator, common, type)
            case 5...6: tensor(&generator, [common.rank], index > 0 ? .int64 : type)
            case 7: tensor(&generator, [], type)
            default: tensor(&generator)
            }
        }
        var attributes: [String: AttributeValue] = [:]
        for name in ReferenceOperators.attributeNames(of: operatorType)
        where Int.random(in: 0...2, using: &generator) == 0 {
            attributes[name] = attribute(&generator)
        }
        let outputs = Int.random(in: 1...3, using: &generator)
        let node = Node(
            name: "node", operatorType: operatorType, inputs: inputs.map { $0 == nil ? "" : "input" },
            outputs: (0..<outputs).map { "output\($0)" }, attributes: attributes)
        return (node, inputs, [11, 13, 17, 18, 20, 22, 24].randomElement(using: &generator)!)
    }

    @Test("any node of any operator gives tensors or an error", arguments: ReferenceOperators.operatorTypes)
    func anything(operatorType: String) {
        var generator = SeededGenerator(seed: operatorType.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
        for _ in 0..<400 {
            let (node, inputs, version) = Self.node(operatorType, &generator)
            guard let results = try? ReferenceOperators.evaluate(node, inputs: inputs, operatorSetVersion: version)
            else {
                continue
            }
            #expect(results.count == node.outputs.count)
        }
    }

    @Test("errors are one line that names the node and what is at fault")
    func messages() {
        func message(_ node: Node, _ inputs: [Tensor?] = [], version: Int = 17) -> String {
            do {
                _ = try ReferenceOperators.evaluate(node, inputs: inputs, operatorSetVersion: version)
                return "no error"
            } catch {
                return "\(error)"
            }
        }
        let unknown = Node(name: "n", operatorType: "Fly", inputs: [], outputs: ["y"])
        #expect(message(unknown) == "node 'n': operator Fly is not supported; export the network without it")
        let foreign = Node(name: "n", operatorType: "Conv", domain: "com.example", inputs: [], outputs: ["y"])
        #expect(message(foreign).contains("com.example.Conv"))
        let relu = Node(name: "n", operatorType: "Relu", inputs: ["x"], outputs: ["y"], attributes: ["alpha": .int(1)])
        #expect(message(relu, [counting([1])]).hasPrefix("node 'n' (Relu): attribute 'alpha' is not supported"))
        #expect(message(relu, version: 99).hasPrefix("operator set 99 is not supported"))
        let add = Node(name: "n", operatorType: "Add", inputs: ["x", "y"], outputs: ["z"])
        #expect(message(add, [counting([2])]) == "node 'n' (Add): has 1 inputs where 2 are allowed")
        #expect(message(add, [counting([2]), nil]) == "node 'n' (Add): has 1 inputs where 2 are allowed")
        #expect(message(add, [counting([2]), counting([3])]).contains("2 and 3 cannot be broadcast"))
    }

    @Test("sizes beyond reason are refused before anything is allocated")
    func sizes() {
        let huge: Int64 = 1 << 50
        #expect(throws: OperatorError.self) { try evaluate("ConstantOfShape", [integers(huge, 0)]) }
        #expect(throws: OperatorError.self) { try evaluate("Expand", [counting([1]), integers(huge, huge)]) }
        #expect(throws: OperatorError.self) {
            try evaluate("Resize", [counting([1, 1]), nil, nil, integers(huge, 1)])
        }
        #expect(throws: OperatorError.self) { try evaluate("Tile", [floats([], [0, 4]), integers(huge, huge)]) }
        // An empty tensor may have any other extents in a file.
        let empty = Tensor(zeros: [0, 1 << 40], elementType: .float32)
        #expect(throws: OperatorError.self) { try evaluate("ReduceSum", [empty, integers(0)]) }
        #expect(throws: OperatorError.self) {
            try evaluate(
                "Conv", [counting([1, 1, 4096]), Tensor(zeros: [1, 1, 1024], elementType: .float32)],
                ["pads": .ints([1 << 24, 1 << 24]), "strides": .ints([1])])
        }
    }
}
