import Tensors

/// Makes one step of convolutions and what sums and normalises their results, so that reals in between stay in the nearest
/// caches: they are four times as large as the bytes in front of and behind them.
enum RowFusion {
    static func apply(to program: inout Program) {
        var steps: [PlannedStep] = []
        /// Steps at the end of `steps` that may be joined.
        var chain = 0
        for step in program.steps {
            guard let work = step.rowWork else {
                chain = 0
                steps.append(step)
                continue
            }
            let last = steps.suffix(chain)
            let written = Set(last.flatMap(\.writes).map { program.root(of: $0) })
            let fits =
                last.allSatisfy { $0.rowWork?.rows == work.rows && $0.rowWork?.images == work.images }
                && work.readsBeyondRows.allSatisfy { !written.contains(program.root(of: $0)) }
            if !fits { chain = 0 }
            guard work.endsChain, chain > 0 else {
                chain = work.endsChain ? 0 : chain + 1
                steps.append(step)
                continue
            }
            // A copy gains by its writer alone.
            let length = step.movement == nil ? chain : 1
            let joined = joined(Array(steps.suffix(length)) + [step])
            steps.removeLast(length)
            steps.append(joined)
            chain = 0
        }
        program.steps = steps
        for index in steps.indices { keepInScratch(stepAt: index, of: &program) }
    }

    /// Moves what only one step's parts see to the workers' scratch space, where there is room for a block of rows only.
    private static func keepInScratch(stepAt index: Int, of program: inout Program) {
        guard let parts = program.steps[index].parts else { return }
        let rows = RowBlocks(rows: parts.rows).rowsPerTask
        let read = Set(program.steps[index].reads.map { program.root(of: $0) })
        var offset = ArenaPlan.aligned(program.steps[index].scratchBytes)
        for root in Set(program.steps[index].writes.map { program.root(of: $0) }).intersection(read).sorted() {
            let buffer = program.buffers[root]
            guard buffer.isArena, buffer.elementType == .float32, case .pixels(let count, let channels) = buffer.form,
                count.isMultiple(of: parts.images * parts.rows),
                !program.outputs.contains(where: { program.root(of: $0.view.buffer) == root }),
                !program.steps.indices.contains(where: { other in
                    other != index
                        && (program.steps[other].reads + program.steps[other].writes).contains {
                            program.root(of: $0) == root
                        }
                })
            else { continue }
            program.buffers[root].storage = .scratch(offset: offset)
            let bytes = count / (parts.images * parts.rows) * rows * channels * 4 + BufferGeometry.readableSlack
            offset += ArenaPlan.aligned(bytes)
        }
        program.steps[index].scratchBytes = offset
    }

    private static func joined(_ steps: [PlannedStep]) -> PlannedStep {
        var joined = steps[steps.count - 1]
        if joined.movement == nil {
            joined.layer.operatorType = "\(steps.count - 1) layers+" + joined.layer.operatorType
        } else {
            joined.layer.name = steps[0].layer.name
            joined.layer.operatorType = steps.map(\.layer.operatorType).joined(separator: "+")
        }
        joined.movement = nil
        joined.layer.kind = .int8
        joined.layer.multiplyAccumulates = steps.reduce(0) { $0 + $1.layer.multiplyAccumulates }
        joined.layer.bytes = steps.reduce(0) { $0 + $1.layer.bytes }
        joined.reads = steps.flatMap(\.reads)
        joined.writes = steps.flatMap(\.writes)
        joined.quantizedValues = steps.flatMap(\.quantizedValues)
        joined.scratchBytes = steps.map(\.scratchBytes).max() ?? 0
        joined.parts = joined.rowWork
        joined.rowWork = nil
        joined.make = { resolver in FusedRowsStep(steps.map { $0.make(resolver) }) }
        return joined
    }
}
