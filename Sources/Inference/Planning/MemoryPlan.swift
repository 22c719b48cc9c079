/// The memory of a program: geometry of every root buffer, its place in the arena, and each worker's scratch space.
struct MemoryPlan {
    /// Geometry of the root buffer that each buffer lies in.
    private(set) var geometry: [BufferIdentifier: BufferGeometry] = [:]
    private(set) var claims: [ArenaPlan.Claim] = []
    private(set) var arena: ArenaPlan
    private(set) var scratchOffset: Int
    private(set) var scratchPitch: Int
    private(set) var byteCount: Int

    init(_ program: Program, workers: Int) {
        var lifetimes: [BufferIdentifier: (first: Int, last: Int)] = [:]
        func touch(_ buffer: BufferIdentifier, at step: Int) {
            let root = program.root(of: buffer)
            let life = lifetimes[root] ?? (step, step)
            lifetimes[root] = (min(life.first, step), max(life.last, step))
        }
        for (index, step) in program.steps.enumerated() {
            for buffer in step.reads + step.writes { touch(buffer, at: index) }
        }
        for view in program.inputs.map(\.view) + program.outputs.map(\.view) { touch(view.buffer, at: 0) }

        for (root, life) in lifetimes {
            let buffer = program.buffers[root]
            let shape = BufferGeometry(buffer)
            geometry[root] = shape
            guard !buffer.isConstant && !buffer.isScratch else { continue }
            let isShared = buffer.isArena
            claims.append(
                ArenaPlan.Claim(
                    buffer: root, byteCount: shape.byteCount, first: isShared ? life.first : 0,
                    last: isShared ? life.last : program.steps.count))
        }
        arena = ArenaPlan(claims)
        scratchOffset = arena.byteCount
        // A cache line between workers' scratch spaces keeps them from disturbing each other.
        scratchPitch = ArenaPlan.aligned((program.steps.map(\.scratchBytes).max() ?? 0) + BufferGeometry.readableSlack)
        byteCount = scratchOffset + scratchPitch * workers + BufferGeometry.readableSlack
    }
}
