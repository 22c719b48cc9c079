/// A value written as a Python literal, which is how Ultralytics stores structured metadata.
package indirect enum PythonLiteral: Hashable, Sendable {
    case none
    case boolean(Bool)
    case integer(Int)
    case real(Double)
    case string(String)
    /// A list or a tuple.
    case list([PythonLiteral])
    /// In the order written; a later entry with the same key stands behind the earlier one.
    case dictionary([Entry])

    package struct Entry: Hashable, Sendable {
        package var key: PythonLiteral
        package var value: PythonLiteral

        package init(key: PythonLiteral, value: PythonLiteral) {
            self.key = key
            self.value = value
        }
    }
}

/// Why a text is not a Python literal. Columns count characters from 1.
package struct PythonLiteralError: Error, Hashable {
    package var column: Int
    package var detail: String
}
