import Platform

extension YoloLabel {
    /// Reads a label file: a line for each object, `class centre-x centre-y width height`, or the class and an outline
    /// `x1 y1 x2 y2 x3 y3 ...`, of which the box is taken. Empty lines are skipped; an empty file is a picture without
    /// objects.
    ///
    /// - Parameter classCount: classes that there are; nil where unknown.
    /// - Throws: ``EvaluationError/invalidLine(file:line:detail:)``, ``EvaluationError/unreadable(path:detail:)``.
    public static func read(_ path: String, classCount: Int?) throws(EvaluationError) -> [YoloLabel] {
        var labels: [YoloLabel] = []
        for (index, line) in try TextFile.lines(path).enumerated() {
            let fields = line.split { $0 == " " || $0 == "\t" }
            guard !fields.isEmpty else { continue }
            do throws(Flaw) {
                labels.append(try YoloLabel(fields, classCount: classCount))
            } catch {
                throw .invalidLine(file: path, line: index + 1, detail: error.detail)
            }
        }
        return labels
    }

    private struct Flaw: Error { var detail: String }

    private init(_ fields: [Substring], classCount: Int?) throws(Flaw) {
        guard let label = Self.classIndex(fields[0]) else {
            throw Flaw(detail: "'\(fields[0].prefix(40))' is not a class number")
        }
        if let classCount, label >= classCount {
            throw Flaw(detail: "class \(label), but the data set has only \(classCount) (0 to \(classCount - 1))")
        }
        var numbers: [Double] = []
        for field in fields.dropFirst() {
            guard let number = Double(field), number.isFinite else {
                throw Flaw(detail: "'\(field.prefix(40))' is not a number")
            }
            // Labelling tools round to six digits or fewer, so that boxes at the edge may exceed it by a trace.
            guard number >= -0.01, number <= 1.01 else {
                throw Flaw(detail: "\(field) is not a share of the picture from 0 to 1")
            }
            numbers.append(number)
        }
        if numbers.count == 4 {
            guard numbers[2] >= 0, numbers[3] >= 0 else { throw Flaw(detail: "a box of negative size") }
            self.init(
                classIndex: label, centerX: numbers[0], centerY: numbers[1], width: numbers[2], height: numbers[3])
        } else if numbers.count >= 6, numbers.count % 2 == 0 {
            self.init(classIndex: label, outline: numbers)
        } else {
            throw Flaw(
                detail: "\(fields.count) values; a box has 5, an outline a class and at least 3 pairs")
        }
    }

    /// The box around an outline.
    private init(classIndex: Int, outline: [Double]) {
        var (left, right) = (outline[0], outline[0])
        var (top, bottom) = (outline[1], outline[1])
        for index in stride(from: 0, to: outline.count, by: 2) {
            left = min(left, outline[index])
            right = max(right, outline[index])
            top = min(top, outline[index + 1])
            bottom = max(bottom, outline[index + 1])
        }
        self.init(
            classIndex: classIndex, centerX: (left + right) / 2, centerY: (top + bottom) / 2, width: right - left,
            height: bottom - top)
    }

    /// Class numbers are integers; some tools write them as `3.0`.
    private static func classIndex(_ field: Substring) -> Int? {
        if let label = Int(field) { return label >= 0 ? label : nil }
        guard let number = Double(field), number >= 0, number < 1e6, number == number.rounded() else { return nil }
        return Int(number)
    }
}
