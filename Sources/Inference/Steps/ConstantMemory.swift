/// Elements that never change, on a 64-byte boundary, with room behind them for vector loads.
final class ConstantMemory<Element: BitwiseCopyable> {
    let base: UnsafeMutablePointer<Element>
    let count: Int
    /// Keeps memory alive that belongs to somebody else, such as a mapped file.
    private let owner: AnyObject?

    init(_ elements: [Element]) {
        owner = nil
        count = elements.count
        base = Self.allocate(count)
        base.initialize(from: elements, count: count)
    }

    /// Zeroed bytes that `fill` writes.
    init(count: Int, _ fill: (UnsafeMutablePointer<Element>) -> Void) {
        owner = nil
        self.count = count
        base = Self.allocate(count)
        fill(base)
    }

    /// Memory of another owner, for reading only.
    init(base: UnsafeRawPointer, count: Int, owner: AnyObject) {
        self.owner = owner
        self.count = count
        self.base = UnsafeMutableRawPointer(mutating: base).assumingMemoryBound(to: Element.self)
    }

    deinit {
        if owner == nil { UnsafeMutableRawPointer(base).deallocate() }
    }

    private static func allocate(_ count: Int) -> UnsafeMutablePointer<Element> {
        let bytes = max(count * MemoryLayout<Element>.stride, 1) + 192
        let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
        return memory.bindMemory(to: Element.self, capacity: count)
    }
}
