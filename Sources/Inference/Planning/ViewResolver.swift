import Tensors

/// Turns views into addresses once memory is planned.
struct ViewResolver {
    let program: Program
    let plan: MemoryPlan
    let arena: UnsafeMutableRawPointer
    /// Where constant buffers' elements lie.
    let constants: [BufferIdentifier: UnsafeMutableRawPointer]

    func resolve(_ view: BufferView) -> ResolvedView {
        var root = view.buffer
        var element = 0
        var pixel = 0
        while let parent = program.buffers[root].parent {
            element += parent.elementOffset
            pixel += parent.pixelOffset
            root = parent.buffer
        }
        let buffer = program.buffers[root]
        let geometry = plan.geometry[root] ?? BufferGeometry(buffer)
        let start = geometry.leadingElements + element + pixel * geometry.pixelPitch + geometry.resolved(view.offset)
        let base = constants[root] ?? (arena + (plan.arena.offsets[root] ?? 0))
        var resolved = ResolvedView(
            base: base + start * buffer.elementType.byteCount, elementType: buffer.elementType, shape: view.shape,
            strides: view.strides.map { geometry.resolved($0) })
        if case .scratch(let offset) = buffer.storage {
            resolved.scratchOffset = offset + start * buffer.elementType.byteCount
        }
        return resolved
    }

    /// The border that surrounds the buffer's images.
    func border(of buffer: BufferIdentifier) -> Buffer.Border { program.buffers[program.root(of: buffer)].border }
}
