/// The header of an NPY file, numpy's format for one array (NEP 1): magic number, version, length, and a Python dictionary
/// with element type, order and shape.
struct NPYHeader: Hashable {
    var elementType: ElementType
    var isBigEndian: Bool
    /// Whether the first axis runs fastest in the file.
    var isColumnMajor: Bool
    var shape: Shape

    static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

    /// Longer headers than this are damage: they hold three entries.
    static let maximumByteCount = 1 << 16

    /// What is wrong, and at which byte of the file.
    struct Defect: Error, Hashable {
        var byteOffset: Int
        var detail: String
        var isUnsupported = false
    }

    /// The bytes before the dictionary: magic number, version, and the dictionary's length in 2 or 4 bytes.
    ///
    /// - Parameter start: the file's first 12 bytes, or all of it if it is shorter.
    static func dictionaryRange(in start: [UInt8]) throws(Defect) -> Range<Int> {
        guard start.count >= 10, Array(start[..<6]) == magic else {
            throw Defect(byteOffset: 0, detail: "the magic number is missing")
        }
        let isLong = start[6] > 1
        guard (1...3).contains(start[6]), start[7] == 0 else {
            throw Defect(
                byteOffset: 6, detail: "format version \(start[6]).\(start[7]) is not known", isUnsupported: true)
        }
        let lengthBytes = start[8...].prefix(isLong ? 4 : 2)
        guard lengthBytes.count == (isLong ? 4 : 2) else {
            throw Defect(byteOffset: 8, detail: "the header ends early")
        }
        let length = lengthBytes.reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= maximumByteCount else { throw Defect(byteOffset: 8, detail: "a header of \(length) bytes") }
        let first = 8 + lengthBytes.count
        return first..<first + length
    }

    /// The file's bytes before the data, padded so that these start on a 64-byte boundary.
    var bytes: [UInt8] {
        let extents = shape.dimensions.map { "\($0)," }.joined(separator: " ")
        // A tuple of one needs its comma; numpy writes longer ones without a last one.
        let tuple = shape.rank == 1 ? extents : String(extents.dropLast())
        let order = isColumnMajor ? "True" : "False"
        let dictionary = "{'descr': '\(typeCode)', 'fortran_order': \(order), 'shape': (\(tuple)), }"
        let padding = (64 - (10 + dictionary.utf8.count + 1) % 64) % 64
        let text = dictionary + String(repeating: " ", count: padding) + "\n"
        let count = text.utf8.count
        return Self.magic + [1, 0, UInt8(count & 0xff), UInt8(count >> 8)] + Array(text.utf8)
    }

    // MARK: - Element types

    private static let codes: [String: ElementType] = [
        "f2": .float16, "f4": .float32, "f8": .float64, "u1": .uint8, "u2": .uint16, "u4": .uint32, "u8": .uint64,
        "i1": .int8, "i2": .int16, "i4": .int32, "i8": .int64, "b1": .bool,
    ]

    /// numpy's name for the element type, such as `<f4`.
    var typeCode: String {
        let code = Self.codes.first { $0.value == elementType }?.key ?? ""
        return (elementType.byteCount == 1 ? "|" : isBigEndian ? ">" : "<") + code
    }

    static func elementType(ofCode code: String) -> (type: ElementType, isBigEndian: Bool)? {
        guard let order = code.first, "<>|=".contains(order), let type = codes[String(code.dropFirst())] else {
            return nil
        }
        return (type, order == ">")
    }
}
