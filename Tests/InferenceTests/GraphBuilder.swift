import ONNX
import Operators
import SightlineInference
import Testing
import Tensors

/// Builds small graphs in code, and runs them on the engine and on the reference executor.
struct GraphBuilder {
    private(set) var graph: Graph
    private var count = 0
    private(set) var samples: [String: Tensor] = [:]
    var random: Random

    init(seed: UInt64, operatorSetVersion: Int = 17) {
        graph = Graph(name: "test", operatorSetVersion: operatorSetVersion)
        random = Random(seed: seed)
    }

    private mutating func newName(_ prefix: String) -> String {
        count += 1
        return "\(prefix)\(count)"
    }

    /// A float input, filled with numbers in -range...range.
    mutating func input(_ shape: Shape, range: Float = 1) -> String {
        let name = newName("input")
        graph.inputs.append(
            ValueInfo(name: name, elementType: .float32, dimensions: shape.dimensions.map { .fixed($0) }))
        samples[name] = random.tensor(shape, -range...range)
        return name
    }

    mutating func constant(_ tensor: Tensor) -> String {
        let name = newName("constant")
        graph.initializers[name] = tensor
        return name
    }

    /// A constant of random floats.
    mutating func constant(_ shape: Shape, _ range: ClosedRange<Float> = -1...1) -> String {
        constant(random.tensor(shape, range))
    }

    mutating func node(
        _ operatorType: String, _ inputs: [String], _ attributes: [String: AttributeValue] = [:]
    ) -> String {
        nodes(operatorType, inputs, attributes, outputs: 1)[0]
    }

    mutating func nodes(
        _ operatorType: String, _ inputs: [String], _ attributes: [String: AttributeValue] = [:], outputs: Int
    ) -> [String] {
        let names = (0..<outputs).map { _ in newName(operatorType) }
        graph.nodes.append(
            Node(
                name: newName("node"), operatorType: operatorType, inputs: inputs, outputs: names,
                attributes: attributes))
        return names
    }

    mutating func output(_ name: String) {
        graph.outputs.append(ValueInfo(name: name, elementType: .float32, dimensions: []))
    }

    // MARK: - Quantisation

    /// QuantizeLinear and DequantizeLinear behind a value.
    mutating func quantized(_ name: String, scale: Float, zeroPoint: Int, isSigned: Bool = false) -> String {
        let scaleName = constant(Tensor(scalar: scale))
        let zero =
            isSigned ? constant(Tensor(scalar: Int8(zeroPoint - 128))) : constant(Tensor(scalar: UInt8(zeroPoint)))
        let bytes = node("QuantizeLinear", [name, scaleName, zero])
        return node("DequantizeLinear", [bytes, scaleName, zero])
    }

    /// Constant s8 weights with one scale for each index of an axis.
    mutating func quantizedWeights(
        _ shape: Shape, axis: Int = 0, scales range: ClosedRange<Float> = 0.002...0.02
    ) -> String {
        let bytes = random.bytes(shape)
        let scales = constant(random.tensor([shape[axis]], range))
        let zeros = constant(Tensor([Int8](repeating: 0, count: shape[axis]), shape: [shape[axis]]))
        return node("DequantizeLinear", [constant(bytes), scales, zeros], ["axis": .int(axis)])
    }

    /// As the quantiser marks its files.
    mutating func allowByteAttention() { graph.metadata[ByteAttention.metadataKey] = ByteAttention.metadataValue }

    // MARK: - Running

    func engine(_ options: EngineOptions = EngineOptions(threads: 1)) throws -> Engine {
        let engine = try Engine(try graph.specialized(), options: options)
        for (index, input) in engine.inputs.enumerated() {
            try engine.setInput(index, to: try #require(samples[input.name]))
        }
        return engine
    }

    func engineOutputs(_ options: EngineOptions = EngineOptions(threads: 1)) throws -> [Tensor] {
        let engine = try engine(options)
        try engine.run()
        return engine.outputs.indices.map { engine.outputTensor($0) }
    }

    func referenceOutputs() throws -> [Tensor] {
        let results = try ReferenceExecutor(try graph.specialized()).run(samples)
        return try graph.outputs.map { try #require(results[$0.name]) }
    }

    /// Expects the engine's outputs to be those of the reference executor, within a share of their range.
    func expectReference(
        within tolerance: Float = 1e-5, _ options: EngineOptions = EngineOptions(threads: 1),
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let expected = try referenceOutputs()
        let actual = try engineOutputs(options)
        for (output, (left, right)) in zip(actual, expected).enumerated() {
            #expect(left.shape == right.shape, sourceLocation: sourceLocation)
            let difference = Self.largestDifference(left, right)
            let limit = tolerance * max(Self.largestMagnitude(right), 1e-3)
            #expect(
                difference <= limit, "output \(output) differs by \(difference), allowed \(limit)",
                sourceLocation: sourceLocation)
        }
    }

    static func largestDifference(_ left: Tensor, _ right: Tensor) -> Float {
        let pairs = zip(left.array(of: Float.self), right.array(of: Float.self))
        return pairs.reduce(0) { $1.0.isNaN != $1.1.isNaN ? .infinity : max($0, $1.0 == $1.1 ? 0 : abs($1.0 - $1.1)) }
    }

    static func largestMagnitude(_ tensor: Tensor) -> Float {
        tensor.array(of: Float.self).reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }
    }
}

/// Reproducible random numbers: SplitMix64 (Steele et al., 2014).
struct Random: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func integer(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    mutating func choice<Element>(_ elements: [Element]) -> Element { elements[integer(0...(elements.count - 1))] }

    mutating func tensor(_ shape: Shape, _ range: ClosedRange<Float>) -> Tensor {
        Tensor((0..<shape.elementCount).map { _ in Float.random(in: range, using: &self) }, shape: shape)
    }

    mutating func bytes(_ shape: Shape) -> Tensor {
        Tensor((0..<shape.elementCount).map { _ in Int8(integer(-127...127)) }, shape: shape)
    }
}
