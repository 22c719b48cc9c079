import Foundation
import Perception

/// What is to be seen on each frame of a drive whose truth is known: a text file with one JSON object a line.
///
/// A line holds `frame`, `time_ns` (from the drive's start), `objects`, of which `class`, `box` (x1, y1, x2, y2 of the visible
/// pixels) and `visible_pixels` are read here. Other keys are for other uses.
public struct DriveTruth: Sendable {
    /// One frame.
    public struct Frame: Sendable, Hashable {
        /// Nanoseconds from the drive's start.
        public var time: Int64
        public var truths: [EvaluationImage.Truth]

        public init(time: Int64, truths: [EvaluationImage.Truth]) {
            self.time = time
            self.truths = truths
        }
    }

    private struct Line: Decodable {
        struct Object: Decodable {
            let `class`: String
            let box: [Double]
            let visiblePixels: Int?
        }
        /// Nanoseconds; named so that the key's snake case gives it.
        let timeNs: Int64
        let objects: [Object]
    }

    /// In the order of their times.
    public let frames: [Frame]
    /// The classes that occur, in the order of their first occurrence.
    public let names: ClassNames

    /// Reads a file.
    ///
    /// - Parameter minimumPixels: objects of which fewer pixels are visible count neither as missed nor as found.
    /// - Throws: ``EvaluationError/unreadable(path:detail:)``, ``EvaluationError/invalidLine(file:line:detail:)``.
    public init(contentsOf path: String, minimumPixels: Int = 100) throws(EvaluationError) {
        let text = try TextFile.read(path)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        var frames: [Frame] = []
        var names: [String] = []
        for (index, line) in text.split(separator: "\n").enumerated() {
            let read: Line
            do {
                read = try decoder.decode(Line.self, from: Data(line.utf8))
            } catch {
                throw .invalidLine(file: path, line: index + 1, detail: "is no line of truth: \(error)")
            }
            if let last = frames.last, read.timeNs <= last.time {
                throw .invalidLine(file: path, line: index + 1, detail: "time_ns does not increase")
            }
            var truths: [EvaluationImage.Truth] = []
            for object in read.objects {
                guard object.box.count == 4, object.box[2] > object.box[0], object.box[3] > object.box[1] else {
                    throw .invalidLine(file: path, line: index + 1, detail: "a box is not x1, y1, x2, y2")
                }
                if !names.contains(object.class) { names.append(object.class) }
                truths.append(
                    EvaluationImage.Truth(
                        box: EvaluationBox(
                            x: object.box[0], y: object.box[1], width: object.box[2] - object.box[0],
                            height: object.box[3] - object.box[1]),
                        classIndex: names.firstIndex(of: object.class) ?? 0,
                        isCrowd: (object.visiblePixels ?? .max) < minimumPixels))
            }
            frames.append(Frame(time: read.timeNs, truths: truths))
        }
        self.frames = frames
        self.names = ClassNames(names)
    }
}
