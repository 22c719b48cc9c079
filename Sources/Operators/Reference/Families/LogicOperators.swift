import Tensors

/// Comparisons, logic and bits: Equal, Less, And, BitwiseAnd, Where, Not, IsNaN and their like.
enum LogicOperators {
    static let table: [String: ReferenceOperator] = [
        "Equal": comparison(.equal), "Less": comparison(.less), "Greater": comparison(.greater),
        "LessOrEqual": comparison(.lessOrEqual, versions: 12...25),
        "GreaterOrEqual": comparison(.greaterOrEqual, versions: 12...25),
        "And": logic { $0 && $1 }, "Or": logic { $0 || $1 }, "Xor": logic { $0 != $1 },
        "BitwiseAnd": bitwise(.and), "BitwiseOr": bitwise(.or), "BitwiseXor": bitwise(.exclusiveOr),
        "BitwiseNot": ReferenceOperator(inputs: 1...1, versions: 18...25, complement),
        "Not": ReferenceOperator(inputs: 1...1, not),
        "Where": ReferenceOperator(inputs: 3...3, choose),
        "IsNaN": ReferenceOperator(inputs: 1...1, isNaN),
        "IsInf": ReferenceOperator(
            inputs: 1...1, attributes: ["detect_negative", "detect_positive"], versions: 10...25, isInfinite),
    ]

    // MARK: Comparison

    enum Comparison: Sendable {
        case equal, less, greater, lessOrEqual, greaterOrEqual
    }

    private static func comparison(
        _ comparison: Comparison, versions: ClosedRange<Int> = ReferenceOperators.supportedVersions
    ) -> ReferenceOperator {
        ReferenceOperator(inputs: 2...2, versions: versions) { call throws(OperatorError) in
            let left = try call.input(0)
            let right = try call.input(1)
            try call.requireSameType(left, right)
            let shape = try call.broadcastShape(left, right)
            if left.elementType == .bool, comparison == .equal {
                return [Broadcasting.map(left, right, to: shape) { (x: Bool, y: Bool) in x == y }]
            }
            guard let type = left.elementType.numericType else { throw call.unsupportedType(left) }
            return [compare(left, right, shape, comparison, type)]
        }
    }

    private static func compare<Element: NumericElement>(
        _ left: Tensor, _ right: Tensor, _ shape: Shape, _ comparison: Comparison, _: Element.Type
    ) -> Tensor {
        Broadcasting.map(left, right, to: shape) { (x: Element, y: Element) in
            switch comparison {
            case .equal: x == y
            case .less: x < y
            case .greater: x > y
            case .lessOrEqual: x <= y
            case .greaterOrEqual: x >= y
            }
        }
    }

    // MARK: Logic

    private static func logic(_ function: @escaping @Sendable (Bool, Bool) -> Bool) -> ReferenceOperator {
        ReferenceOperator(inputs: 2...2) { call throws(OperatorError) in
            let left = try call.input(0, of: [.bool])
            let right = try call.input(1, of: [.bool])
            let shape = try call.broadcastShape(left, right)
            return [Broadcasting.map(left, right, to: shape, function)]
        }
    }

    private static func not(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try call.input(0, of: [.bool])
        return [Tensor(input.array(of: Bool.self).map { !$0 }, shape: input.shape)]
    }

    private static func choose(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let condition = try call.input(0, of: [.bool])
        let chosen = try call.input(1)
        let other = try call.input(2)
        try call.requireSameType(chosen, other)
        guard let pair = chosen.shape.broadcast(with: other.shape), let shape = pair.broadcast(with: condition.shape)
        else { throw call.failure("shapes \(condition.shape), \(chosen.shape) and \(other.shape) do not fit") }
        try call.checkSize(shape)
        let isChosen = IndexedCopy.broadcast(condition, to: shape).array(of: Bool.self)
        var result = IndexedCopy.broadcast(other, to: shape)
        let width = chosen.elementType.byteCount
        IndexedCopy.broadcast(chosen, to: shape).withBytes { source in
            result.withMutableBytes { destination in
                for index in isChosen.indices where isChosen[index] {
                    for byte in index * width..<(index + 1) * width { destination[byte] = source[byte] }
                }
            }
        }
        return [result]
    }

    // MARK: Bits

    enum BitFunction: Sendable {
        case and, or, exclusiveOr
    }

    private static func bitwise(_ function: BitFunction) -> ReferenceOperator {
        ReferenceOperator(inputs: 2...2, versions: 18...25) { call throws(OperatorError) in
            let left = try call.input(0, of: .integers)
            let right = try call.input(1)
            try call.requireSameType(left, right)
            let shape = try call.broadcastShape(left, right)
            let other = IndexedCopy.broadcast(right, to: shape)
            var result = IndexedCopy.broadcast(left, to: shape)
            other.withBytes { other in
                result.withMutableBytes { bytes in
                    for index in bytes.indices {
                        switch function {
                        case .and: bytes[index] &= other[index]
                        case .or: bytes[index] |= other[index]
                        case .exclusiveOr: bytes[index] ^= other[index]
                        }
                    }
                }
            }
            return [result]
        }
    }

    private static func complement(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        var result = try call.input(0, of: .integers)
        result.withMutableBytes { bytes in
            for index in bytes.indices { bytes[index] = ~bytes[index] }
        }
        return [result]
    }

    // MARK: Kinds of numbers

    private static func isNaN(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        guard let values = try call.doubles(0) else { throw call.failure("input 0 is missing") }
        return [Tensor(values.map(\.isNaN), shape: try call.input(0).shape)]
    }

    private static func isInfinite(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        guard let values = try call.doubles(0) else { throw call.failure("input 0 is missing") }
        let negative = try call.flag("detect_negative", default: true)
        let positive = try call.flag("detect_positive", default: true)
        let flags = values.map { ($0 == .infinity && positive) || ($0 == -.infinity && negative) }
        return [Tensor(flags, shape: try call.input(0).shape)]
    }
}
