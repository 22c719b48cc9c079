extension ReferenceOperators {
    /// All operators by name, each family from its own file.
    static let table: [String: ReferenceOperator] = {
        let families = [
            ActivationOperators.table, ArithmeticOperators.table, ConversionOperators.table, ConvolutionOperators.table,
            DetectionOperators.table, EinsumOperators.table, GatherOperators.table, GeneratorOperators.table,
            GridSampleOperators.table, IntegerOperators.table,
            LogicOperators.table, MatrixOperators.table, MovementOperators.table, NormalizationOperators.table,
            PaddingOperators.table, PoolingOperators.table, QuantizationOperators.table, ReductionOperators.table,
            ResizeOperators.table, ShapeOperators.table, UnaryOperators.table,
        ]
        return families.reduce(into: [:]) { table, family in
            table.merge(family) { first, _ in
                assertionFailure("two families define one operator")
                return first
            }
        }
    }()

    /// Names of all operators that can be computed.
    public static var operatorTypes: [String] { table.keys.sorted() }

    /// Names of the attributes that an operator has in any version; for tests that try them all.
    package static func attributeNames(of operatorType: String) -> [String] {
        table[operatorType]?.attributes.map(\.name) ?? []
    }
}
