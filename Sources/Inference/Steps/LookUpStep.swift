import CKernels

/// Replaces bytes through a table: an activation, or another quantisation, of values that are quantised already.
final class LookUpStep: Step {
    private static let bytesPerTask = 32768

    private let table: ConstantMemory<UInt8>
    private let nest: LoopNest
    private let source: UnsafeMutablePointer<UInt8>
    private let target: UnsafeMutablePointer<UInt8>
    private let border: BorderFill?
    private let kernels: sightline_kernels
    private let isDense: Bool
    private let runs: Int
    private let length: Int
    private let runsPerTask: Int

    init(
        _ table: [UInt8], from source: ResolvedView, to target: ResolvedView, border: BorderFill?,
        kernels: sightline_kernels
    ) {
        self.table = ConstantMemory(table)
        nest = LoopNest(shape: source.shape, strides: [target.strides, source.strides])
        self.source = source.pointer()
        self.target = target.pointer()
        self.border = border
        self.kernels = kernels
        let depth = nest.extents.count - 1
        length = nest.extents[depth]
        isDense = nest.strides[0][depth] == 1 && nest.strides[1][depth] == 1
        runs = nest.iterations(depth: depth)
        runsPerTask = max(1, Self.bytesPerTask / length)
        super.init(taskCount: (runs + runsPerTask - 1) / runsPerTask)
    }

    override func run(task: Int, worker: Worker) {
        if task == 0 { border?.fillAll() }
        let depth = nest.extents.count - 1
        for run in (task * runsPerTask)..<min((task + 1) * runsPerTask, runs) {
            let to = target + nest.offset(of: 0, at: run, depth: depth)
            let from = source + nest.offset(of: 1, at: run, depth: depth)
            if isDense {
                kernels.look_up(table.base, from, to, length)
            } else {
                for index in 0..<length {
                    to[index * nest.strides[0][depth]] = table.base[Int(from[index * nest.strides[1][depth]])]
                }
            }
        }
    }
}
