import Tensors

/// Cast and CastLike.
enum ConversionOperators {
    static let table: [String: ReferenceOperator] = [
        "Cast": ReferenceOperator(
            inputs: 1...1, attributes: ["to", .since(19, "saturate"), .since(24, "round_mode")]
        ) { call throws(OperatorError) in
            guard let type = try call.elementType("to") else { throw call.failure("attribute 'to' is missing") }
            return [convert(try call.input(0), to: type)]
        },
        "CastLike": ReferenceOperator(
            inputs: 2...2, attributes: [.since(19, "saturate"), .since(24, "round_mode")], versions: 15...25
        ) { call throws(OperatorError) in
            [convert(try call.input(0), to: try call.input(1).elementType)]
        },
    ]

    /// Every element converted as C would: floats are truncated towards zero, integers wrap. Where C leaves the result
    /// undefined it saturates, and that of NaN is 0.
    static func convert(_ input: Tensor, to type: ElementType) -> Tensor {
        if input.elementType == type { return input }
        if type == .bool { return Tensor(flags(input), shape: input.shape) }
        guard let target = type.numericType else { return input }
        guard let source = input.elementType.numericType else {
            let numbers = Tensor(input.array(of: Bool.self).map { UInt8($0 ? 1 : 0) }, shape: input.shape)
            return convert(numbers, to: type)
        }
        return convert(input, source, target)
    }

    private static func convert<Source: NumericElement, Target: NumericElement>(
        _ input: Tensor, _: Source.Type, _: Target.Type
    ) -> Tensor {
        Tensor(input.array(of: Source.self).map { $0.converted(to: Target.self) }, shape: input.shape)
    }

    /// Which elements are not zero.
    static func flags(_ input: Tensor) -> [Bool] {
        guard let type = input.elementType.numericType else { return input.array(of: Bool.self) }
        return flags(input, type)
    }

    private static func flags<Element: NumericElement>(_ input: Tensor, _: Element.Type) -> [Bool] {
        input.array(of: Element.self).map { $0 != .zero }
    }
}
