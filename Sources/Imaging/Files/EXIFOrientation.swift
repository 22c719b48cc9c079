/// The orientation tag of a JPEG's EXIF segment (EXIF 2.32, section 4.6.4).
enum EXIFOrientation {
    /// The orientation that the file asks for; upright where there is none or the segment makes no sense.
    static func read(jpeg bytes: UnsafeRawBufferPointer) -> ImageOrientation {
        var position = 2
        while position + 4 <= bytes.count, bytes[position] == 0xff {
            let marker = bytes[position + 1]
            // Start of scan: no more headers.
            if marker == 0xda || marker == 0xd9 { break }
            let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
            guard length >= 2, position + 2 + length <= bytes.count else { break }
            if marker == 0xe1, length > 16 {
                let segment = UnsafeRawBufferPointer(rebasing: bytes[position + 4..<position + 2 + length])
                if let orientation = orientation(segment) { return orientation }
            }
            position += 2 + length
        }
        return .upright
    }

    private static func orientation(_ segment: UnsafeRawBufferPointer) -> ImageOrientation? {
        guard segment.count > 14, segment.prefix(6).elementsEqual([0x45, 0x78, 0x69, 0x66, 0, 0]) else { return nil }
        let tiff = UnsafeRawBufferPointer(rebasing: segment[6...])
        let isLittle = tiff[0] == 0x49
        func number(_ offset: Int, _ byteCount: Int) -> Int? {
            guard offset >= 0, offset + byteCount <= tiff.count else { return nil }
            return (0..<byteCount).reduce(0) { sum, i in
                sum << 8 | Int(tiff[offset + (isLittle ? byteCount - 1 - i : i)])
            }
        }
        guard let directory = number(4, 4), let entries = number(directory, 2) else { return nil }
        for entry in 0..<entries {
            let offset = directory + 2 + entry * 12
            guard let tag = number(offset, 2) else { return nil }
            if tag == 0x0112 { return number(offset + 8, 2).flatMap(ImageOrientation.init(rawValue:)) }
        }
        return nil
    }
}
