// Raw tensors as files: numpy's NPY format.
extension Tensor {
    /// Reads an NPY file of any version. Arrays in column-major order are brought into row-major order, big-endian ones
    /// into the machine's.
    ///
    /// - Throws: ``TensorFileError``. Nothing larger than the file is allocated.
    public init(npyFile path: String) throws(TensorFileError) {
        let contents: [UInt8]
        do throws(BinaryFileError) {
            contents = try BinaryFile(path: path).contents()
        } catch {
            throw .unreadable(path: path, detail: error.detail)
        }
        do throws(NPYHeader.Defect) {
            try self.init(npy: contents)
        } catch {
            throw error.isUnsupported
                ? .unsupported(path: path, detail: error.detail)
                : .damaged(path: path, byteOffset: error.byteOffset, detail: error.detail)
        }
    }

    /// Writes an NPY file (version 1.0, little-endian, row-major).
    public func writeNPY(to path: String) throws(TensorFileError) {
        let header = NPYHeader(elementType: elementType, isBigEndian: false, isColumnMajor: false, shape: shape).bytes
        let outcome = header.withUnsafeBytes { headerBytes in
            withBytes { bytes in
                Result { () throws(BinaryFileError) in try BinaryFile.write([headerBytes, bytes], to: path) }
            }
        }
        if case .failure(let error) = outcome { throw .unwritable(path: path, detail: error.detail) }
    }

    init(npy contents: [UInt8]) throws(NPYHeader.Defect) {
        let range = try NPYHeader.dictionaryRange(in: contents)
        guard range.upperBound <= contents.count else {
            throw NPYHeader.Defect(byteOffset: contents.count, detail: "the header ends early")
        }
        let header = try NPYHeader(dictionary: Array(contents[range]), offset: range.lowerBound)
        let available = contents.count - range.upperBound
        guard let needed = header.shape.checkedByteCount(of: header.elementType), needed == available else {
            throw NPYHeader.Defect(
                byteOffset: contents.count,
                detail: "\(header.shape) of \(header.elementType) does not take the \(available) bytes that are there")
        }
        self = contents.withUnsafeBytes { bytes in
            let data = UnsafeRawBufferPointer(rebasing: bytes[range.upperBound...])
            return Tensor(copyingNumbers: data, header: header)
        }
        guard elementType != .bool || withBytes({ $0.allSatisfy { $0 < 2 } }) else {
            throw NPYHeader.Defect(byteOffset: range.upperBound, detail: "booleans other than 0 and 1")
        }
    }

    private init(copyingNumbers data: UnsafeRawBufferPointer, header: NPYHeader) {
        guard header.isBigEndian && header.elementType.byteCount > 1 || header.isColumnMajor && header.shape.rank > 1
        else {
            self.init(copying: data, shape: header.shape, elementType: header.elementType)
            return
        }
        self.init(zeros: header.shape, elementType: header.elementType)
        let width = elementType.byteCount
        // Where each element of the row-major result lies in the file, counted on from index to index.
        let steps = header.isColumnMajor ? Shape(shape.dimensions.reversed()).strides.reversed() : shape.strides
        let extents = shape.dimensions
        withMutableBytes { bytes in
            var indices = [Int](repeating: 0, count: extents.count)
            var source = 0
            for target in 0..<bytes.count / width {
                for byte in 0..<width {
                    bytes[target * width + byte] = data[source * width + (header.isBigEndian ? width - 1 - byte : byte)]
                }
                for axis in extents.indices.reversed() {
                    indices[axis] += 1
                    source += steps[axis]
                    guard indices[axis] == extents[axis] else { break }
                    source -= steps[axis] * extents[axis]
                    indices[axis] = 0
                }
            }
        }
    }
}

extension BinaryFile {
    /// The whole file.
    fileprivate func contents() throws(BinaryFileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: byteCount)
        // The array rethrows without the error's type.
        let outcome = bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(BinaryFileError) in try read(into: buffer, from: 0) }
        }
        try outcome.get()
        return bytes
    }
}
