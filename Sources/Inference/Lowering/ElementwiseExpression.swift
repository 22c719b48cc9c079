import CKernels

/// What a chain of elementwise operators computes, before it is decided where its result goes.
///
/// Operands are read with broadcasting; each instruction makes one more register. The result is the last register.
struct ElementwiseExpression {
    /// How an operand's elements become real numbers.
    enum Source: Hashable {
        case float
        /// Bytes of a tensor quantised as a whole.
        case quantized(scale: Float, zeroPoint: Int32)
        /// Bytes that are looked up in a table of 256 reals.
        case table([Float])
    }

    struct Operand: Hashable {
        var view: BufferView
        var source: Source
    }

    struct Instruction {
        enum Function {
            case apply(sightline_float_function, Float, Float)
            case combine(sightline_float_combination)
            case multiplyAdd
        }

        var function: Function
        /// Registers read: operands first, then instructions' results.
        var registers: [Int]
    }

    var shape: [Int]
    var operands: [Operand]
    var instructions: [Instruction] = []

    var result: Int { operands.count + instructions.count - 1 }

    /// One operand as it is.
    init(_ operand: Operand) {
        shape = operand.view.shape
        operands = [operand]
    }

    private init(shape: [Int], operands: [Operand]) {
        self.shape = shape
        self.operands = operands
    }

    /// The expression followed by a function of its result.
    func applying(_ function: sightline_float_function, _ p: Float = 0, _ q: Float = 0) -> ElementwiseExpression {
        var expression = self
        expression.instructions.append(Instruction(function: .apply(function, p, q), registers: [result]))
        return expression
    }

    /// A function of the results of several expressions.
    static func joined(
        _ parts: [ElementwiseExpression], by function: Instruction.Function, shape: [Int]
    ) -> ElementwiseExpression {
        var operands: [Operand] = []
        var operandIndex: [[Int]] = []
        for part in parts {
            operandIndex.append(
                part.operands.map { operand in
                    if let known = operands.firstIndex(of: operand) { return known }
                    operands.append(operand)
                    return operands.count - 1
                })
        }
        var joined = ElementwiseExpression(shape: shape, operands: operands)
        var results: [Int] = []
        for (index, part) in parts.enumerated() {
            let base = joined.instructions.count
            func renumbered(_ register: Int) -> Int {
                register < part.operands.count
                    ? operandIndex[index][register] : operands.count + base + register - part.operands.count
            }
            for instruction in part.instructions {
                joined.instructions.append(
                    Instruction(
                        function: instruction.function, registers: instruction.registers.map { renumbered($0) }))
            }
            results.append(renumbered(part.result))
        }
        joined.instructions.append(Instruction(function: function, registers: results))
        return joined
    }
}
