import CKernels
import CLinux
import Operators
import Platform
import Tensors

/// A network compiled for this processor: int8 where the graph is quantised, single precision elsewhere.
///
/// Made once, run many times. All memory is taken when it is made; a run allocates nothing (but see
/// ``LayerInfo/Kind-swift.enum/reference``). An engine belongs to one thread at a time; its own workers sleep between runs.
public final class Engine: @unchecked Sendable {
    // Sendable without checking is sound as long as one thread at a time uses it, which is the caller's side of the
    // contract; nothing is shared between engines.

    public let inputs: [EngineInput]
    public let outputs: [EngineOutput]
    /// The steps of the compiled network, in order.
    public let layers: [LayerInfo]
    /// The instruction set of the int8 kernels.
    public let instructionSet: String
    /// Threads that compute, the caller's included.
    public let threads: Int
    /// Bytes of activations: the arena and the workers' scratch space.
    public let arenaByteCount: Int
    /// What the cache of packed weights did.
    public let weightsCacheOutcome: WeightsCache.Outcome

    let executor: StepExecutor
    /// Row-major elements of each output.
    let outputViews: [ResolvedView]
    let inputViews: [ResolvedView]
    /// Quantised values in memory, by the step that writes them.
    let quantizedValues: [[QuantizedValue]]
    /// The step that writes each output.
    let outputSteps: [Int]
    private let settleInputs: () -> Void
    private let measuresLayers: Bool
    private let arena: AlignedMemory
    private let constants: [ConstantMemory<UInt8>]
    private let workers: [RealTimeThread]

    /// Compiles a graph.
    ///
    /// - Throws: ``EngineError``, naming the node at fault, when the graph asks for what is not implemented.
    public convenience init(_ graph: StaticGraph, options: EngineOptions = .init()) throws(EngineError) {
        try self.init(graph, options: options, tables: try KernelTables(named: options.instructionSet))
    }

    /// Compiles a graph for kernels that were changed: how tests show that wrong ones are found.
    package convenience init(
        _ graph: StaticGraph, options: EngineOptions, changing change: (inout sightline_kernels) -> Void
    ) throws(EngineError) {
        var tables = try KernelTables(named: options.instructionSet)
        change(&tables.int8)
        try self.init(graph, options: options, tables: tables)
    }

    private init(_ graph: StaticGraph, options: EngineOptions, tables: KernelTables) throws(EngineError) {
        let (program, outcome) = try Self.lower(graph, options, tables)
        weightsCacheOutcome = outcome
        let threads = max(1, options.threads ?? Int(sightline_processor_count()))

        let plan = MemoryPlan(program, workers: threads)
        do {
            arena = try AlignedMemory(byteCount: plan.byteCount)
        } catch {
            throw .systemRefused(detail: error.description)
        }
        guard let base = arena.unsafeBytes.baseAddress else {
            throw .systemRefused(detail: "no memory for \(plan.byteCount) bytes of activations")
        }
        let (constants, addresses) = Self.copyConstants(of: program)
        let resolver = ViewResolver(program: program, plan: plan, arena: base, constants: addresses)
        self.constants = constants
        self.threads = threads
        instructionSet = tables.name
        arenaByteCount = plan.byteCount
        measuresLayers = options.measuresLayers
        layers = program.steps.map(\.layer)
        inputViews = program.inputs.map { resolver.resolve($0.view) }
        outputViews = program.outputs.map { resolver.resolve($0.view) }
        inputs = zip(program.inputs, inputViews).map { Self.describe($0, $1) }
        outputs = program.outputs.map { EngineOutput(name: $0.name, shape: $0.shape, elementType: $0.elementType) }
        executor = StepExecutor(
            steps: program.steps.map { $0.make(resolver) }, scratch: base + plan.scratchOffset,
            scratchPitch: plan.scratchPitch, workers: threads)
        quantizedValues = program.steps.map { step in
            step.quantizedValues.map { QuantizedValue(name: $0.name, view: resolver.resolve($0.view)) }
        }
        outputSteps = program.outputs.map { output in
            let root = program.root(of: output.view.buffer)
            return program.steps.lastIndex { $0.writes.contains { program.root(of: $0) == root } } ?? 0
        }
        let settled = program.inputs.map { input in
            (
                input, resolver.resolve(input.view),
                input.quantization.map { BorderFill(input.view, quantization: $0, resolver) }
            )
        }
        let settle = { for (input, view, border) in settled { Engine.settle(input, view, border) } }
        settleInputs = settle
        settle()
        workers = try Self.startWorkers(threads - 1, options.workers, executor)
    }

    deinit {
        executor.quit()
        for worker in workers { worker.join() }
    }

    // MARK: - Running

    /// Computes all outputs from what the inputs hold.
    public func run() throws(EngineError) {
        _ = executor.run(deadline: nil)
    }

    /// Computes all outputs, unless the deadline cannot be met: then stops before the next layer.
    ///
    /// What a layer and those behind it take at least is known from earlier runs, so a run that must fail ends early. The
    /// engine can be run again in either case.
    public func run(deadline: MonotonicTime?) throws(EngineError) -> RunResult {
        let count = executor.run(deadline: deadline)
        return count == layers.count ? .completed : .stopped(beforeLayer: count)
    }

    /// Computes as much as can be done by a moment, and goes on with the next call: a run in slices, for a network whose
    /// whole run does not fit into a frame. Inputs must not change between the slices of a run.
    ///
    /// - Parameter isNew: whether to begin a run, whatever was left unfinished.
    /// - Returns: `.completed` once the outputs hold a result; then the next call begins a run.
    public func advance(until moment: MonotonicTime, isNew: Bool) throws(EngineError) -> RunResult {
        let count = executor.advance(until: moment, isNew: isNew)
        return count == layers.count ? .completed : .stopped(beforeLayer: count)
    }

    /// What each layer cost so far; empty unless ``EngineOptions/measuresLayers`` was set.
    public func layerTimings() -> [LayerTiming] {
        guard measuresLayers else { return [] }
        return layers.indices.map { executor.statistics.timing(of: $0, layer: layers[$0]) }
    }

    // MARK: - Making

    private static func lower(
        _ graph: StaticGraph, _ options: EngineOptions, _ tables: KernelTables
    ) throws(EngineError) -> (program: Program, outcome: WeightsCache.Outcome) {
        var graph = graph
        if let outputs = options.outputs { graph = try OutputSelection.apply(outputs, to: graph) }
        graph = DuplicateQuantizers.apply(to: graph)
        graph = graph.distributingConcatenations()
        graph = FusedActivations.apply(to: graph)
        graph = OutputSelection.withoutDeadNodes(graph)
        var entry = options.weightsCache.map {
            WeightsCacheEntry($0, graph: graph, options: options, instructionSet: tables.name)
        }
        let constants = PackedConstants(entry?.open())
        var lowering = Lowering(
            graph, options: options, kernels: tables.int8, floatKernels: tables.float, constants: constants)
        let program = try lowering.lower()
        return (program, entry?.close(constants) ?? .unused)
    }

    private static func copyConstants(
        of program: Program
    ) -> (memory: [ConstantMemory<UInt8>], addresses: [BufferIdentifier: UnsafeMutableRawPointer]) {
        var memory: [ConstantMemory<UInt8>] = []
        var addresses: [BufferIdentifier: UnsafeMutableRawPointer] = [:]
        for (index, buffer) in program.buffers.enumerated() {
            guard case .constant(let tensor) = buffer.storage else { continue }
            let copy = ConstantMemory<UInt8>(count: tensor.byteCount) { base in
                tensor.withBytes { UnsafeMutableRawBufferPointer(start: base, count: $0.count).copyMemory(from: $0) }
            }
            memory.append(copy)
            addresses[index] = UnsafeMutableRawPointer(copy.base)
        }
        return (memory, addresses)
    }

    private static func describe(_ input: Program.Input, _ view: ResolvedView) -> EngineInput {
        let layout: EngineInput.Layout
        if let quantization = input.quantization {
            layout = .pixelInterleaved(
                rowStride: view.strides[2], pixelStride: view.strides[3], quantization: quantization.parameters)
        } else {
            layout = .rowMajor(input.elementType)
        }
        return EngineInput(name: input.name, shape: input.shape, layout: layout, baseAddress: view.base)
    }

    /// Fills all inputs as they were when the engine was made: quantised ones with their zero point, border and all,
    /// others with zeros.
    func resetInputs() { settleInputs() }

    private static func settle(_ input: Program.Input, _ view: ResolvedView, _ border: BorderFill?) {
        guard let quantization = input.quantization, let border else {
            view.base.initializeMemory(
                as: UInt8.self, repeating: 0, count: input.shape.elementCount * input.elementType.byteCount)
            return
        }
        let map = view.featureMap(of: UInt8.self)
        for row in 0..<map.height {
            for column in 0..<map.width {
                map.pixel(0, row, column).update(
                    repeating: UInt8(clamping: quantization.zeroPoint), count: map.channels)
            }
        }
        border.fillAll()
    }

    private static func startWorkers(
        _ count: Int, _ scheduling: [RealTimeThread.Scheduling], _ executor: StepExecutor
    ) throws(EngineError) -> [RealTimeThread] {
        var workers: [RealTimeThread] = []
        for index in 0..<count {
            do {
                workers.append(
                    try RealTimeThread(
                        name: "inference \(index + 1)",
                        scheduling: index < scheduling.count ? scheduling[index] : .normal
                    ) { _ in executor.serve(worker: index + 1) })
            } catch {
                executor.quit()
                for worker in workers { worker.join() }
                throw .systemRefused(detail: error.description)
            }
        }
        return workers
    }
}
