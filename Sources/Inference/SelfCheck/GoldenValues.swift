/// What a network computes from the ``GoldenPicture``s, as its file carries it in its metadata.
///
/// Digests are of quantised values, which are the same on every instruction set. Real outputs are kept as a few elements,
/// compared with a tolerance.
public struct GoldenValues: Sendable, Equatable {
    /// Changes whenever this engine computes other bytes from the same file; values of another arithmetic are not compared.
    static let arithmetic = 3

    /// How levels become the elements of an input that is given as reals: (level - zero) * scale.
    struct Input: Sendable, Equatable {
        var name: String
        var scale: Float
        var zero: Int
    }

    /// Some elements of a real output, evenly spread over it.
    struct Output: Sendable, Equatable {
        var name: String
        var elements: [Float]

        /// How many elements are kept.
        static let count = 32
    }

    /// What one picture gives.
    struct Picture: Sendable, Equatable {
        /// Digests of quantised values by name.
        var digests: [String: UInt64] = [:]
        var outputs: [Output] = []
    }

    var arithmetic = Self.arithmetic
    var inputs: [Input] = []
    var pictures: [Picture] = []

    /// How many pictures there are values for.
    public var pictureCount: Int { pictures.count }

    // MARK: - Metadata

    private static let prefix = "sightline.golden."

    /// Names and texts for an ONNX file's `metadata_props`.
    public var metadata: [String: String] {
        var entries = [
            Self.prefix + "arithmetic": "\(arithmetic)",
            Self.prefix + "inputs": inputs.map { "\($0.scale) \($0.zero) \($0.name)" }.joined(separator: "\n"),
        ]
        for (index, picture) in pictures.enumerated() {
            var lines = picture.digests.sorted { $0.key < $1.key }.map {
                "value \(String($0.value, radix: 16)) \($0.key)"
            }
            lines += picture.outputs.map { output in
                "output \(output.elements.map { "\($0)" }.joined(separator: ",")) \(output.name)"
            }
            entries[Self.prefix + "\(index)"] = lines.joined(separator: "\n")
        }
        return entries
    }

    /// - Returns: nil where the file carries none.
    public init?(metadata: [String: String]) throws(EngineError) {
        guard let arithmetic = metadata[Self.prefix + "arithmetic"] else { return nil }
        guard let number = Int(arithmetic) else {
            throw .invalidGoldenValues(detail: "the file's golden values name no arithmetic")
        }
        self.arithmetic = number
        for line in (metadata[Self.prefix + "inputs"] ?? "").split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 2)
            guard words.count == 3, let scale = Float(words[0]), let zero = Int(words[1]) else {
                throw .invalidGoldenValues(detail: "golden input '\(line)' cannot be read")
            }
            inputs.append(Input(name: String(words[2]), scale: scale, zero: zero))
        }
        while pictures.count < GoldenPicture.allCases.count, let text = metadata[Self.prefix + "\(pictures.count)"] {
            pictures.append(try Self.picture(text))
        }
    }

    init(inputs: [Input]) { self.inputs = inputs }

    private static func picture(_ text: String) throws(EngineError) -> Picture {
        var picture = Picture()
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 2)
            if words.count == 3, words[0] == "value", let digest = UInt64(words[1], radix: 16) {
                picture.digests[String(words[2])] = digest
            } else if words.count == 3, words[0] == "output" {
                let elements = words[1].split(separator: ",").compactMap { Float($0) }
                picture.outputs.append(Output(name: String(words[2]), elements: elements))
            } else {
                throw .invalidGoldenValues(detail: "golden value '\(line)' cannot be read")
            }
        }
        return picture
    }
}
