import CKernels

/// Puts a copy of a convolution's reals into planes directly behind the convolution, to be done block of rows by block of
/// rows: the reals need not leave the nearest caches.
///
/// A detection head's class scores are such reals; planes are what the network's output wants.
enum CopyPlacement {
    static func apply(to program: inout Program, floatKernels: sightline_float_kernels) {
        var index = 0
        while index < program.steps.count {
            defer { index += 1 }
            guard let movement = program.steps[index].movement,
                let writer = writer(of: movement, at: index, in: program),
                let work = program.steps[writer].rowWork
            else { continue }
            var step = program.steps.remove(at: index)
            step.layer.operatorType = movement.isSigmoid ? "Sigmoid+Planes" : "Planes"
            let rows = RowBlocks(rows: work.rows)
            step.rowWork = PlannedStep.RowWork(images: 1, rows: work.rows, endsChain: true)
            // With the strides of all its pixels: those of axes of one element may be anything in views of it.
            let source = BufferView.pixels(movement.source.buffer, shape: movement.source.shape)
            step.make = { resolver in
                PlanesStep(
                    from: resolver.resolve(source), to: resolver.resolve(movement.target), blocks: rows,
                    isSigmoid: movement.isSigmoid, floatKernels: floatKernels)
            }
            program.steps.insert(step, at: writer + 1)
        }
    }

    /// The only step that writes what is copied, where it goes row by row and the copy may follow it at once.
    private static func writer(of movement: PlannedStep.Movement, at index: Int, in program: Program) -> Int? {
        let (source, target) = (movement.source, movement.target)
        let buffer = program.buffers[source.buffer]
        guard movement.isMovable, source.rank == 3 || source.rank == 4, buffer.isArena, buffer.parent == nil,
            buffer.elementType == .float32, case .pixels(let count, let channels) = buffer.form, source.shape[0] == 1,
            source.covers(.pixels(source.buffer, shape: source.shape)), source.elementCount == count * channels,
            isPlanes(target), program.buffers[target.buffer].parent == nil
        else { return nil }
        let root = program.root(of: source.buffer)
        let touching = program.steps.indices.filter { step in
            (program.steps[step].reads + program.steps[step].writes).contains { program.root(of: $0) == root }
        }
        guard touching.count == 2, touching[1] == index, let work = program.steps[touching[0]].rowWork,
            work.images == 1, !work.endsChain, count.isMultiple(of: work.rows),
            // Nothing may need the target's memory before.
            !program.steps[touching[0]..<index].contains(where: { step in
                step.reads.contains { program.root(of: $0) == target.buffer }
            })
        else { return nil }
        return touching[0]
    }

    /// Whether each channel of the target is one run of elements.
    private static func isPlanes(_ view: BufferView) -> Bool {
        var step = 1
        for axis in view.shape.indices.dropFirst(2).reversed() where view.shape[axis] != 1 {
            guard view.strides[axis] == .elements(step) else { return false }
            step *= view.shape[axis]
        }
        return true
    }
}
