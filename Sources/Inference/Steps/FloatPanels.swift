import CKernels

/// Right operands of float products, packed: for each matrix panels of 64 columns, each a row after the other.
struct FloatPanels {
    static let width = Int(SIGHTLINE_FLOAT_PANEL)

    private let memory: ConstantMemory<Float>
    private let matrixStride: Int
    /// From a panel to the next.
    let panelStride: Int

    /// - Parameter elements: matrices one after the other, each [row][column].
    init(_ elements: [Float], matrices: Int, rows: Int, columns: Int) {
        let panels = (columns + Self.width - 1) / Self.width
        let panelStride = rows * Self.width
        self.panelStride = panelStride
        matrixStride = panels * panelStride
        memory = ConstantMemory(count: matrices * matrixStride) { target in
            for matrix in 0..<matrices {
                for row in 0..<rows {
                    for column in 0..<columns {
                        let (panel, inner) = column.quotientAndRemainder(dividingBy: Self.width)
                        target[(matrix * panels + panel) * panelStride + row * Self.width + inner] =
                            elements[(matrix * rows + row) * columns + column]
                    }
                }
            }
        }
    }

    func matrix(_ index: Int) -> UnsafePointer<Float> { UnsafePointer(memory.base + index * matrixStride) }
}
