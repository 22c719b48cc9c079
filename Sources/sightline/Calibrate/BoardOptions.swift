import ArgumentParser
import Calibration

/// The board that pictures show.
struct BoardOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Inner corners of a chessboard along its sides.", valueName: "9x6"))
    var chessboard: String?

    @Option(help: ArgumentHelp("Squares of a ChArUco board along its sides.", valueName: "8x6"))
    var charuco: String?

    @Option(help: ArgumentHelp("Side of a square: 25mm, 2.5cm, 0.025m.", valueName: "length"))
    var square: String?

    @Option(help: ArgumentHelp("Side of a ChArUco marker, or its share of the square's side.", valueName: "length"))
    var marker: String?

    @Option(help: ArgumentHelp("ChArUco dictionary.", valueName: "name"))
    var dictionary = ArucoDictionary.fourBy4With50.name

    /// - Throws: ``CommandFailure`` when no board is described, or two.
    func pattern() throws -> BoardPattern {
        guard let square else {
            throw CommandFailure.wrongUse("--square is missing: the side of a square, such as 25mm")
        }
        let side = try Self.metres(square, "--square")
        switch (chessboard, charuco) {
        case (let corners?, nil):
            let (columns, rows) = try Self.size(corners, "--chessboard")
            return try .chessboard(columns: columns, rows: rows, squareMetres: side)
        case (nil, let squares?):
            let (x, y) = try Self.size(squares, "--charuco")
            guard let markers = ArucoDictionary(rawValue: dictionary) else {
                let known = ArucoDictionary.allCases.map(\.name).joined(separator: ", ")
                throw CommandFailure.wrongUse("--dictionary \(dictionary) is unknown; known: \(known)")
            }
            return try .charuco(
                squaresX: x, squaresY: y, squareMetres: side, markerShare: try markerShare(side), dictionary: markers)
        case (nil, nil):
            throw CommandFailure.wrongUse("which board? --chessboard 9x6 (inner corners) or --charuco 8x6 (squares)")
        default:
            throw CommandFailure.wrongUse("--chessboard and --charuco exclude each other")
        }
    }

    private func markerShare(_ side: Double) throws -> Double {
        guard let marker else { return 0.75 }
        if let share = Double(marker), (0.3...0.95).contains(share) { return share }
        return try Self.metres(marker, "--marker") / side
    }

    /// A length with its unit; without one it is metres.
    static func metres(_ text: String, _ option: String) throws -> Double {
        for (unit, factor) in [("mm", 0.001), ("cm", 0.01), ("m", 1.0), ("in", 0.0254), ("", 1.0)]
        where text.hasSuffix(unit) {
            if let value = Double(text.dropLast(unit.count)), value > 0, value.isFinite { return value * factor }
        }
        throw CommandFailure.wrongUse("\(option) \(text): expected a length such as 25mm, 2.5cm or 0.025m")
    }

    static func size(_ text: String, _ option: String) throws -> (Int, Int) {
        let parts = text.lowercased().split(separator: "x").compactMap { Int($0) }
        guard parts.count == 2, parts.allSatisfy({ (1...65536).contains($0) }) else {
            throw CommandFailure.wrongUse("\(option) \(text): expected two numbers such as 9x6")
        }
        return (parts[0], parts[1])
    }
}
