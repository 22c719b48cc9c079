/// Growing memory into which records are written, little-endian. Used again and again without giving memory back.
struct RecordBuffer: ~Copyable {
    private var memory: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(capacity: Int = 4096) {
        memory = .allocate(byteCount: max(capacity, 64), alignment: 64)
    }

    deinit {
        memory.deallocate()
    }

    var capacity: Int { memory.count }

    /// What was written; valid until the next change.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[0..<count]) }

    mutating func removeAll() {
        count = 0
    }

    /// Takes back what was written behind a place.
    mutating func truncate(to count: Int) {
        precondition(count <= self.count)
        self.count = count
    }

    /// Room for `byteCount` more bytes, which count as written at once: the caller fills them.
    mutating func extend(_ byteCount: Int) -> UnsafeMutableRawBufferPointer {
        reserve(byteCount)
        defer { count += byteCount }
        return UnsafeMutableRawBufferPointer(rebasing: memory[count..<count + byteCount])
    }

    @inline(__always)
    mutating func append<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
        reserve(MemoryLayout<Value>.size)
        memory.storeBytes(of: value.littleEndian, toByteOffset: count, as: Value.self)
        count += MemoryLayout<Value>.size
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        extend(bytes.count).copyMemory(from: bytes)
    }

    mutating func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { append($0) }
    }

    /// Text with its 32-bit length before it.
    mutating func append(string: String) {
        append(UInt32(clamping: string.utf8.count))
        var string = string
        string.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    /// Pairs of text with their total length before them, in the order of their keys: equal content, equal bytes.
    mutating func append(pairs: [String: String]) {
        let length = count
        append(0 as UInt32)
        for (key, value) in pairs.sorted(by: { $0.key < $1.key }) {
            append(string: key)
            append(string: value)
        }
        patch(UInt32(clamping: count - length - 4), at: length)
    }

    /// Writes a record whose content `body` appends.
    mutating func record(_ opcode: MCAPOpcode, _ body: (inout RecordBuffer) -> Void) {
        append(opcode.rawValue)
        let length = count
        append(0 as UInt64)
        body(&self)
        patch(UInt64(count - length - 8), at: length)
    }

    mutating func patch<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value, at offset: Int) {
        precondition(offset + MemoryLayout<Value>.size <= count)
        memory.storeBytes(of: value.littleEndian, toByteOffset: offset, as: Value.self)
    }

    private mutating func reserve(_ byteCount: Int) {
        guard memory.count - count < byteCount else { return }
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(memory.count * 2, count + byteCount), alignment: 64)
        larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[0..<count]))
        memory.deallocate()
        memory = larger
    }
}
