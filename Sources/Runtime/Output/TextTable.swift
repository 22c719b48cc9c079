/// Columns of text under headings, for tables on a terminal.
public struct TextTable: Sendable {
    /// The first row holds the headings.
    public var rows: [[String]]
    /// How many of the first columns are set to the right, as numbers are.
    public var rightAligned: Int

    public init(rows: [[String]], rightAligned: Int) {
        self.rows = rows
        self.rightAligned = rightAligned
    }

    public var lines: [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                line += column < rightAligned ? padding + cell : cell + (column + 1 < row.count ? padding : "")
                if column + 1 < row.count { line += "  " }
            }
            return line
        }
    }
}
