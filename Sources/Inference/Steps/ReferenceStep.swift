import ONNX
import Operators
import Tensors

/// An operator that the engine has no kernel of its own for, computed by the plain executor.
///
/// It allocates on every run, so layers of this kind are listed as `reference`. What goes wrong while it runs shows as
/// zeros in its outputs; shapes and types were checked when the graph was specialised.
final class ReferenceStep: Step {
    /// A row-major operand.
    struct Operand {
        var view: ResolvedView
        /// Bytes are s8 kept with 128 added.
        var elementType: ElementType
    }

    private let node: Node
    private let operatorSetVersion: Int
    private let inputs: [(operand: Operand?, constant: Tensor?)]
    private let outputs: [Operand?]

    init(
        _ node: Node, operatorSetVersion: Int, inputs: [(operand: Operand?, constant: Tensor?)], outputs: [Operand?]
    ) {
        self.node = node
        self.operatorSetVersion = operatorSetVersion
        self.inputs = inputs
        self.outputs = outputs
        super.init(taskCount: 1)
    }

    override func run(task: Int, worker: Worker) {
        let tensors = inputs.map { input -> Tensor? in
            guard let operand = input.operand else { return input.constant }
            let count = operand.view.shape.reduce(1, *) * operand.elementType.byteCount
            return Tensor(
                copying: UnsafeRawBufferPointer(start: operand.view.base, count: count),
                shape: Shape(operand.view.shape), elementType: operand.elementType)
        }
        let results = try? ReferenceOperators.evaluate(node, inputs: tensors, operatorSetVersion: operatorSetVersion)
        for (index, output) in outputs.enumerated() {
            guard let output else { continue }
            let count = output.view.shape.reduce(1, *) * output.elementType.byteCount
            guard let results, index < results.count, results[index].byteCount == count else {
                output.view.base.initializeMemory(as: UInt8.self, repeating: 0, count: count)
                continue
            }
            results[index].withBytes { bytes in
                if let from = bytes.baseAddress { output.view.base.copyMemory(from: from, byteCount: count) }
            }
        }
    }
}
