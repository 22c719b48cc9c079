import ONNX
import Tensors

/// The arithmetic with which exporters compute sizes and grids, on small constants. Stands in for the reference operators
/// until those are there.
enum ConstantEvaluator {
    /// The outputs of a node with constant inputs; nil where the operator is not known here.
    static func evaluate(
        _ node: Node, inputs: [Tensor?], types: [ValueType], operatorSetVersion: Int
    ) throws(OperatorError) -> [Tensor]? {
        guard let type = types.first, node.outputs.count == 1,
            let operands = all(inputs.map { $0.flatMap(Operand.init) })
        else { return nil }
        let call = OperatorCall(
            node: node, inputs: inputs.map { $0.map { ValueType(shape: $0.shape, elementType: $0.elementType) } },
            constants: inputs, version: operatorSetVersion)
        guard let values = try values(node, operands, type, call) else { return nil }
        return tensor(values, type).map { [$0] }
    }

    private struct Operand {
        var shape: Shape
        var values: [Double]

        init?(_ tensor: Tensor) {
            shape = tensor.shape
            switch tensor.elementType {
            case .int64: values = tensor.array(of: Int64.self).map(Double.init)
            case .int32: values = tensor.array(of: Int32.self).map(Double.init)
            case .float32: values = tensor.array(of: Float.self).map(Double.init)
            default: return nil
            }
        }

        func broadcast(to target: Shape) -> [Double] {
            let strides = shape.strides
            let offset = target.rank - shape.rank
            let targetStrides = target.strides
            return (0..<target.elementCount).map { index in
                var position = 0
                for axis in shape.dimensions.indices where shape[axis] > 1 {
                    position += index / targetStrides[axis + offset] % target[axis + offset] * strides[axis]
                }
                return values[position]
            }
        }
    }

    private static func all<T>(_ values: [T?]) -> [T]? {
        let present = values.compactMap { $0 }
        return present.count == values.count ? present : nil
    }

    private static func values(
        _ node: Node, _ inputs: [Operand], _ type: ValueType, _ call: OperatorCall
    ) throws(OperatorError) -> [Double]? {
        let isInteger = ElementKind.integer.contains(type.elementType)
        switch node.operatorType {
        case "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Identity": return inputs[0].values
        case "Cast": return isInteger ? inputs[0].values.map { $0.rounded(.towardZero) } : inputs[0].values
        case "Expand": return inputs[0].broadcast(to: type.shape)
        case "Floor": return inputs[0].values.map { $0.rounded(.down) }
        case "Add", "Sub", "Mul", "Div":
            let (left, right) = (inputs[0].broadcast(to: type.shape), inputs[1].broadcast(to: type.shape))
            return zip(left, right).map { left, right in
                switch node.operatorType {
                case "Add": left + right
                case "Sub": left - right
                case "Mul": left * right
                default: isInteger ? (left / right).rounded(.towardZero) : left / right
                }
            }
        case "Range": return (0..<type.shape[0]).map { inputs[0].values[0] + Double($0) * inputs[2].values[0] }
        case "ConstantOfShape":
            guard case .tensor(let value)? = node.attributes["value"], let operand = Operand(value) else { return nil }
            return [Double](repeating: operand.values[0], count: type.shape.elementCount)
        case "Gather":
            guard inputs[0].shape.rank == 1 else { return nil }
            let indices = inputs[1].values.map { Int($0) < 0 ? Int($0) + inputs[0].values.count : Int($0) }
            return indices.allSatisfy(inputs[0].values.indices.contains) ? indices.map { inputs[0].values[$0] } : nil
        case "Concat": return concatenated(inputs, try call.axis(default: 0, of: type.shape))
        case "Transpose":
            guard type.shape.rank == 2 else { return nil }
            let (rows, columns) = (type.shape[0], type.shape[1])
            return (0..<rows * columns).map { inputs[0].values[$0 % columns * rows + $0 / columns] }
        case "Slice":
            guard inputs[0].shape.rank == 1, let start = try call.constantIntegers(1, "starts")?.first,
                let end = try call.constantIntegers(2, "ends")?.first,
                let range = SliceRange(
                    start: start, end: end, step: try call.constantIntegers(4, "steps")?.first ?? 1,
                    extent: inputs[0].values.count)
            else { return nil }
            return (0..<range.count).map { inputs[0].values[range.start + $0 * range.step] }
        default: return nil
        }
    }

    private static func concatenated(_ inputs: [Operand], _ axis: Int) -> [Double] {
        let outer = inputs[0].shape.dimensions[..<axis].reduce(1, *)
        var result: [Double] = []
        for index in 0..<outer {
            for input in inputs {
                let count = input.values.count / max(outer, 1)
                result += input.values[index * count..<(index + 1) * count]
            }
        }
        return result
    }

    private static func tensor(_ values: [Double], _ type: ValueType) -> Tensor? {
        guard values.count == type.shape.elementCount else { return nil }
        switch type.elementType {
        case .int64: return all(values.map { Int64(exactly: $0) }).map { Tensor($0, shape: type.shape) }
        case .int32: return all(values.map { Int32(exactly: $0) }).map { Tensor($0, shape: type.shape) }
        case .float32: return Tensor(values.map(Float.init), shape: type.shape)
        default: return nil
        }
    }
}
