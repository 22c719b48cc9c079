/// Finds an anchor's cell: anchors follow the scales, and within a scale the rows.
struct GridTable: Sendable {
    struct Cell {
        /// Index of the scale.
        var scale: Int
        /// Index within the scale, row by row.
        var index: Int
        var column: Float
        var row: Float
        var stride: Float
    }

    private let scales: [DetectionHead.Scale]

    init(_ scales: [DetectionHead.Scale]) {
        self.scales = scales
    }

    /// - Precondition: the anchor lies in one of the scales.
    func cell(of anchor: Int) -> Cell {
        var index = anchor
        var scale = 0
        while scale < scales.count - 1, index >= scales[scale].cellCount {
            index -= scales[scale].cellCount
            scale += 1
        }
        let width = scales[scale].gridWidth
        return Cell(
            scale: scale, index: index, column: Float(index % width), row: Float(index / width),
            stride: Float(scales[scale].stride))
    }
}
