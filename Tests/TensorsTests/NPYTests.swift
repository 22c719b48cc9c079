import Foundation
import Tensors
import Testing

@Suite("NPY files")
struct NPYTests {
    private func temporaryPath(_ name: String = #function) -> String {
        FileManager.default.temporaryDirectory.appendingPathComponent("sightline-\(UUID().uuidString).npy").path
    }

    private func read(_ bytes: [UInt8]) throws -> Tensor {
        let path = temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return try Tensor(npyFile: path)
    }

    private func file(_ dictionary: String, _ data: [UInt8], version: UInt8 = 1) -> [UInt8] {
        let count = dictionary.utf8.count
        let length = [UInt8(count & 0xff), UInt8(count >> 8)] + (version > 1 ? [0, 0] : [])
        return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + Array(dictionary.utf8) + data
    }

    @Test("what is written is read back, whatever the element type and rank", arguments: ElementType.allCases)
    func roundTrip(elementType: ElementType) throws {
        for shape in [[], [0], [5], [2, 3], [2, 0, 3], [1, 2, 3, 4]] as [Shape] {
            var tensor = Tensor(zeros: shape, elementType: elementType)
            tensor.withMutableBytes { bytes in
                for index in bytes.indices {
                    bytes[index] = elementType == .bool ? UInt8(index % 2) : UInt8(index % 97)
                }
            }
            let path = temporaryPath()
            defer { try? FileManager.default.removeItem(atPath: path) }
            try tensor.writeNPY(to: path)
            #expect(try Tensor(npyFile: path) == tensor)
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)).count % 64 == tensor.byteCount % 64)
        }
    }

    @Test("headers of all versions are read", arguments: [1, 2, 3] as [UInt8])
    func versions(version: UInt8) throws {
        let dictionary = "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 1), }  \n"
        #expect(
            try read(file(dictionary, [1, 0, 2, 1], version: version)) == Tensor([1, 258] as [Int16], shape: [2, 1]))
    }

    @Test("column-major arrays are transposed")
    func columnMajor() throws {
        let dictionary = "{\"descr\": \"|u1\", \"fortran_order\": True, \"shape\": (2, 3)}"
        let tensor = try read(file(dictionary, [0, 3, 1, 4, 2, 5]))
        #expect(tensor == Tensor([0, 1, 2, 3, 4, 5] as [UInt8], shape: [2, 3]))
    }

    @Test("big-endian arrays are swapped")
    func bigEndian() throws {
        let tensor = try read(
            file("{'descr': '>u4', 'fortran_order': False, 'shape': (2,)}", [0, 0, 1, 2, 0, 0, 0, 3]))
        #expect(tensor == Tensor([258, 3] as [UInt32], shape: [2]))
    }

    @Test(
        "a bad header gives an error that names the byte",
        arguments: [
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}", 69),
            ("{'descr': '<f4', 'fortran_order': Maybe, 'shape': (2,)}", 44),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'extra': 1}", 66),
            ("{'descr': '<f4', 'fortran_order': False}", 10),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}", 61),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4)}", 10),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)", 64),
            ("'descr'", 10),
        ])
    func badHeader(dictionary: String, byteOffset: Int) {
        let error = #expect(throws: TensorFileError.self) { try read(file(dictionary, [0, 0, 0, 0])) }
        guard case .damaged(_, let offset, _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(offset == byteOffset)
    }

    @Test("element types without a counterpart are refused by name")
    func unsupportedType() {
        let error = #expect(throws: TensorFileError.self) {
            try read(file("{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}", [UInt8](repeating: 0, count: 8)))
        }
        #expect(error.map { "\($0)".contains("<c8") } == true)
    }

    @Test("no cut or altered file crashes the reader")
    func fuzz() throws {
        let good = file(
            "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }\n", [UInt8](repeating: 7, count: 16))
        _ = try read(good)
        for length in 0..<good.count {
            #expect(throws: TensorFileError.self) { try read(Array(good[..<length])) }
        }
        for bit in 0..<(good.count - 16) * 8 {
            var altered = good
            altered[bit / 8] ^= 1 << (bit % 8)
            _ = try? read(altered)
        }
    }

    @Test("folders and missing files are refused")
    func unreadable() {
        #expect(throws: TensorFileError.unreadable(path: "/tmp", detail: "is not a regular file")) {
            try Tensor(npyFile: "/tmp")
        }
        #expect(throws: TensorFileError.unreadable(path: "/nowhere.npy", detail: "No such file or directory")) {
            try Tensor(npyFile: "/nowhere.npy")
        }
    }
}
