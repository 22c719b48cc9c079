extension NPYHeader {
    /// Reads the dictionary.
    ///
    /// - Parameter offset: where the text starts in the file, for errors.
    init(dictionary text: [UInt8], offset: Int) throws(Defect) {
        var scanner = DictionaryScanner(text: text, offset: offset)
        var code: String?
        var order: Bool?
        var extents: [Int]?
        try scanner.expect("{")
        while !scanner.skip("}") {
            let keyOffset = scanner.fileOffset
            let key = try scanner.string()
            try scanner.expect(":")
            switch key {
            case "descr" where code == nil: code = try scanner.string()
            case "fortran_order" where order == nil: order = try scanner.boolean()
            case "shape" where extents == nil: extents = try scanner.tuple()
            default: throw Defect(byteOffset: keyOffset, detail: "unexpected header entry")
            }
            if !scanner.skip(",") {
                try scanner.expect("}")
                break
            }
        }
        guard let code, let order, let extents else {
            throw Defect(byteOffset: offset, detail: "the header lacks descr, fortran_order or shape")
        }
        guard let element = Self.elementType(ofCode: code) else {
            throw Defect(byteOffset: offset, detail: "element type \(code) is not supported", isUnsupported: true)
        }
        guard Shape(extents).checkedByteCount(of: element.type) != nil else {
            throw Defect(byteOffset: offset, detail: "shape \(Shape(extents)) is not possible")
        }
        self.init(
            elementType: element.type, isBigEndian: element.isBigEndian, isColumnMajor: order, shape: Shape(extents))
    }
}

/// Reads the few Python literals that occur in NPY headers.
private struct DictionaryScanner {
    /// numpy's own limit.
    private static let maximumRank = 32

    let text: [UInt8]
    let offset: Int
    private var position = 0

    init(text: [UInt8], offset: Int) {
        self.text = text
        self.offset = offset
    }

    var fileOffset: Int { offset + position }

    private func defect(_ detail: String) -> NPYHeader.Defect {
        NPYHeader.Defect(byteOffset: fileOffset, detail: detail)
    }

    private mutating func skipSpace() {
        while position < text.count, text[position] == 0x20 || text[position] == 0x0a { position += 1 }
    }

    mutating func skip(_ character: Character) -> Bool {
        skipSpace()
        guard position < text.count, text[position] == character.asciiValue else { return false }
        position += 1
        return true
    }

    mutating func expect(_ character: Character) throws(NPYHeader.Defect) {
        guard skip(character) else { throw defect("expected '\(character)' in the header") }
    }

    mutating func string() throws(NPYHeader.Defect) -> String {
        skipSpace()
        guard position < text.count, text[position] == 0x27 || text[position] == 0x22,
            let end = text[(position + 1)...].firstIndex(of: text[position]), end - position <= 32,
            text[position..<end].allSatisfy({ (0x20..<0x7f).contains($0) })
        else { throw defect("expected a short string in the header") }
        defer { position = end + 1 }
        return String(decoding: text[(position + 1)..<end], as: UTF8.self)
    }

    mutating func boolean() throws(NPYHeader.Defect) -> Bool {
        skipSpace()
        for (word, value) in [("True", true), ("False", false)] where text[position...].starts(with: word.utf8) {
            position += word.utf8.count
            return value
        }
        throw defect("expected True or False in the header")
    }

    mutating func tuple() throws(NPYHeader.Defect) -> [Int] {
        try expect("(")
        var extents: [Int] = []
        while !skip(")") {
            guard extents.count < Self.maximumRank else { throw defect("more than \(Self.maximumRank) dimensions") }
            extents.append(try integer())
            if !skip(",") {
                try expect(")")
                break
            }
        }
        return extents
    }

    private mutating func integer() throws(NPYHeader.Defect) -> Int {
        skipSpace()
        let digits = text[position...].prefix { (0x30...0x39).contains($0) }
        guard let number = Int(String(decoding: digits, as: UTF8.self)) else { throw defect("expected an extent") }
        position += digits.count
        return number
    }
}
