/// Pictures in files: JPEG and PNG, told apart by their first bytes.
public enum ImageFile {
    public enum Kind: String, Hashable, Sendable {
        case jpeg
        case png
    }

    /// What a file's header says.
    public struct Header: Hashable, Sendable {
        public var kind: Kind
        /// Pixels as stored, before any orientation is applied.
        public var width: Int
        public var height: Int
        /// How the picture must be turned to stand upright.
        public var orientation: ImageOrientation

        public init(kind: Kind, width: Int, height: Int, orientation: ImageOrientation) {
            self.kind = kind
            self.width = width
            self.height = height
            self.orientation = orientation
        }
    }

    /// File name extensions (lower case) that are looked for in folders.
    public static let extensions: Set<String> = ["jpg", "jpeg", "png"]

    /// Reads a picture, upright as its EXIF orientation asks.
    ///
    /// - Parameters:
    ///   - output: for JPEG files; PNG files always give RGB, RGBA or grey.
    ///   - scale: for JPEG files.
    public static func read(
        _ path: String, output: JPEGDecoder.Output = .planes, scale: JPEGDecoder.Scale = .full
    ) throws(ImagingError) -> ImageBuffer {
        var buffer = ImageBuffer()
        let decoder = try JPEGDecoder()
        try read(path, into: &buffer, using: decoder, output: output, scale: scale)
        return buffer
    }

    /// Reads a picture into memory that is used again.
    public static func read(
        _ path: String, into buffer: inout ImageBuffer, using decoder: borrowing JPEGDecoder,
        output: JPEGDecoder.Output = .planes, scale: JPEGDecoder.Scale = .full
    ) throws(ImagingError) {
        let file = try FileBytes.read(path)
        try withBytes(file) { bytes throws(ImagingError) in
            try decode(bytes, into: &buffer, using: decoder, output: output, scale: scale, name: path)
        }
    }

    /// Decodes a picture that lies in memory as it would in a file.
    ///
    /// - Parameter name: where it came from, for messages.
    public static func decode(
        _ bytes: UnsafeRawBufferPointer, into buffer: inout ImageBuffer, using decoder: borrowing JPEGDecoder,
        output: JPEGDecoder.Output = .planes, scale: JPEGDecoder.Scale = .full, name: String
    ) throws(ImagingError) {
        switch try kind(bytes, name: name) {
        case .png:
            try PNGFile.decode(bytes, into: &buffer, output: .colors, name: name)
        case .jpeg:
            let orientation = EXIFOrientation.read(jpeg: bytes)
            guard orientation != .upright else {
                return try decoder.decode(bytes, into: &buffer, output: output, scale: scale, name: name)
            }
            var stored = ImageBuffer()
            try decoder.decode(bytes, into: &stored, output: output, scale: scale, name: name)
            try buffer.copy(stored.unsafeView, orientation: orientation)
            withExtendedLifetime(stored.width) {}
        }
    }

    /// Reads a label mask: a grey or indexed PNG, whose stored values are class numbers.
    public static func readLabels(_ path: String) throws(ImagingError) -> ImageBuffer {
        let file = try FileBytes.read(path)
        var buffer = ImageBuffer()
        try withBytes(file) { bytes throws(ImagingError) in
            guard try kind(bytes, name: path) == .png else {
                throw .unsupportedImage(path: path, detail: "label masks are PNG files, for JPEG changes values")
            }
            try PNGFile.decode(bytes, into: &buffer, output: .labels, name: path)
        }
        return buffer
    }

    /// Reads a file's kind, size and orientation without decoding it.
    public static func header(_ path: String) throws(ImagingError) -> Header {
        let file = try FileBytes.read(path)
        return try withBytes(file) { bytes throws(ImagingError) in
            switch try kind(bytes, name: path) {
            case .png:
                let structure = try PNGStructure(bytes, name: path)
                return Header(kind: .png, width: structure.width, height: structure.height, orientation: .upright)
            case .jpeg:
                let header = try JPEGDecoder().header(bytes, name: path)
                return Header(
                    kind: .jpeg, width: header.width, height: header.height,
                    orientation: EXIFOrientation.read(jpeg: bytes))
            }
        }
    }

    /// Writes a picture as JPEG or PNG, as the path's extension says; the file appears complete or not at all.
    ///
    /// - Parameter quality: of JPEG files, 1...100.
    public static func write(_ view: ImageView, to path: String, quality: Int = 90) throws(ImagingError) {
        let suffix = path.split(separator: ".").last.map { $0.lowercased() } ?? ""
        switch suffix {
        case "png":
            let needsColors = ![.gray8, .rgb24, .rgba].contains(view.format)
            let bytes =
                needsColors
                ? try ImageConverter.convert(view, to: .rgb24).withView { view throws(ImagingError) in
                    try PNGFile.encode(view, name: path)
                } : try PNGFile.encode(view, name: path)
            try withBytes(bytes) { bytes throws(ImagingError) in try FileBytes.write(bytes, to: path) }
        case "jpg", "jpeg":
            var encoder = try JPEGEncoder()
            let isStorable =
                [.gray8, .rgb24, .bgr24, .rgba, .bgra].contains(view.format)
                || (view.color.range == .full && view.color.matrix == .bt601
                    && (view.format == .yuv444p || (view.format == .yuv420p && view.width % 2 + view.height % 2 == 0)))
            if isStorable {
                try encoder.encode(view, quality: quality, name: path) { bytes throws(ImagingError) in
                    try FileBytes.write(bytes, to: path)
                }
            } else {
                try ImageConverter.convert(view, to: .rgb24).withView { view throws(ImagingError) in
                    try encoder.encode(view, quality: quality, name: path) { bytes throws(ImagingError) in
                        try FileBytes.write(bytes, to: path)
                    }
                }
            }
        default:
            throw .invalidParameter(name: "picture file", detail: "\(path) must end in .jpg, .jpeg or .png")
        }
    }

    /// What a file's first bytes say it is; nil when it is no picture.
    package static func kind(of path: String) throws(ImagingError) -> Kind? {
        let start = try FileBytes.read(path, limit: 8)
        if start.starts(with: PNGStructure.signature) { return .png }
        return start.starts(with: [0xff, 0xd8, 0xff]) ? .jpeg : nil
    }

    /// A whole file's bytes.
    package static func bytes(of path: String, limit: Int) throws(ImagingError) -> [UInt8] {
        try FileBytes.read(path, limit: limit)
    }

    private static func kind(_ bytes: UnsafeRawBufferPointer, name: String) throws(ImagingError) -> Kind {
        if bytes.count >= 8, bytes.prefix(8).elementsEqual(PNGStructure.signature) { return .png }
        if bytes.count >= 3, bytes.prefix(3).elementsEqual([0xff, 0xd8, 0xff]) { return .jpeg }
        throw .damagedImage(path: name, detail: bytes.isEmpty ? "the file is empty" : "neither JPEG nor PNG")
    }

    /// `Array.withUnsafeBytes` does not carry typed errors; the same with a result.
    private static func withBytes<Result: ~Copyable>(
        _ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws(ImagingError) -> Result
    ) throws(ImagingError) -> Result {
        let span = bytes.span
        return try span.withUnsafeBytes(body)
    }
}
