import Platform

extension YAMLNode {
    /// The number under a key, or 0 when it is absent.
    func number(_ key: String) throws(PlatformError) -> Double { try value(key)?.number() ?? 0 }

    /// A standard deviation, which is not negative.
    func deviation(_ key: String) throws(PlatformError) -> Double? {
        guard let node = try value(key) else { return nil }
        let value = try node.number()
        guard value >= 0 else { throw node.error("a standard deviation is not negative") }
        return value
    }

    func numbers() throws(PlatformError) -> [Double] {
        var values: [Double] = []
        for node in try sequence() { values.append(try node.number()) }
        return values
    }

    /// A matrix as ROS and OpenCV write it: rows, cols and data, row by row.
    func matrix(rows: Int? = nil, columns: Int? = nil) throws(PlatformError) -> [Double] {
        let (foundRows, foundColumns) = (try required("rows").integer(), try required("cols").integer())
        if let rows, let columns, rows != foundRows || columns != foundColumns {
            throw error("a \(rows)x\(columns) matrix belongs here, this one is \(foundRows)x\(foundColumns)")
        }
        let data = try required("data")
        let values = try data.numbers()
        guard foundRows >= 0, foundColumns >= 0,
            values.count == foundRows.multipliedReportingOverflow(by: foundColumns).partialValue
        else { throw data.error("\(values.count) values in a \(foundRows)x\(foundColumns) matrix") }
        return values
    }
}

extension YAMLNode {
    /// A YAML file's text.
    static func text(of path: String) throws(PlatformError) -> String {
        let file = try MappedFile(path: path)
        guard file.byteCount <= fileByteLimit else {
            throw .fileTooLarge(path: path, byteCount: file.byteCount, limit: fileByteLimit)
        }
        return file.withBytes { String(decoding: $0, as: UTF8.self) }
    }
}
