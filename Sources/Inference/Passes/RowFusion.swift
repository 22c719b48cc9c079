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
            let joined = joined(Array(steps.suffix(chain)) + [step])
            steps.removeLast(chain)
            steps.append(joined)
            chain = 0
        }
        program.steps = steps
    }

    private static func joined(_ steps: [PlannedStep]) -> PlannedStep {
        var joined = steps[steps.count - 1]
        joined.layer.operatorType = "\(steps.count - 1) layers+" + joined.layer.operatorType
        joined.layer.kind = .int8
        joined.layer.multiplyAccumulates = steps.reduce(0) { $0 + $1.layer.multiplyAccumulates }
        joined.layer.bytes = steps.reduce(0) { $0 + $1.layer.bytes }
        joined.reads = steps.flatMap(\.reads)
        joined.writes = steps.flatMap(\.writes)
        joined.quantizedValues = steps.flatMap(\.quantizedValues)
        joined.scratchBytes = steps.map(\.scratchBytes).max() ?? 0
        joined.rowWork = nil
        joined.make = { resolver in FusedRowsStep(steps.map { $0.make(resolver) }) }
        return joined
    }
}
