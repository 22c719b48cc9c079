/// Hands out the constants that int8 kernels read: packed weights, scales and biases. They are computed once for a network
/// and instruction set; later they come from a file.
///
/// Lowering asks for the same constants in the same order each time, so that a constant's number is its name.
final class PackedConstants {
    private let file: WeightsCacheFile?
    /// All that was handed out, in order, with what keeps it alive.
    private(set) var blocks: [(bytes: UnsafeRawBufferPointer, owner: AnyObject)] = []
    /// Whether a file was given, but does not hold what was asked for.
    private(set) var isMismatched = false

    /// - Parameter file: holds the constants of the same network, or nil to compute all.
    init(_ file: WeightsCacheFile? = nil) {
        self.file = file
    }

    /// The next constant: `count` elements that `fill` writes (into zeroed memory) unless they are known already.
    func next<Element: BitwiseCopyable>(
        _ type: Element.Type, count: Int, _ fill: (UnsafeMutablePointer<Element>) -> Void
    ) -> ConstantMemory<Element> {
        let byteCount = count * MemoryLayout<Element>.stride
        let memory: ConstantMemory<Element>
        if let file, let known = file.block(blocks.count), known.count == byteCount, let base = known.baseAddress {
            memory = ConstantMemory(base: base, count: count, owner: file)
        } else {
            isMismatched = isMismatched || file != nil
            memory = ConstantMemory(count: count, fill)
        }
        blocks.append((UnsafeRawBufferPointer(start: memory.base, count: byteCount), memory))
        return memory
    }
}
