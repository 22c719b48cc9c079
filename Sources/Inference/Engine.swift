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

    let executor: StepExecutor
    /// Row-major elements of each output.
    let outputViews: [ResolvedView]
    let inputViews: [ResolvedView]
    private let measuresLayers: Bool
    private let arena: AlignedMemory
    private let constants: [ConstantMemory<UInt8>]
    private let workers: [RealTimeThread]

    /// Compiles a graph.
    ///
    /// - Throws: ``EngineError``, naming the node at fault, when the graph asks for what is not implemented.
    public init(_ graph: StaticGraph, options: EngineOptions = .init()) throws(EngineError) {
        let tables = try KernelTables(named: options.instructionSet)
        let program = try Self.lower(graph, options, tables)
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
        for input in program.inputs { Self.settle(input, resolver) }
        workers = try Self.startWorkers(threads - 1, executor)
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
    ) throws(EngineError) -> Program {
        var graph = graph
        if let outputs = options.outputs { graph = try OutputSelection.apply(outputs, to: graph) }
        graph = DuplicateQuantizers.apply(to: graph)
        graph = FusedActivations.apply(to: graph)
        graph = OutputSelection.withoutDeadNodes(graph)
        var lowering = Lowering(graph, options: options, kernels: tables.int8, floatKernels: tables.float)
        return try lowering.lower()
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

    /// Fills a quantised input with its zero point, border and all.
    private static func settle(_ input: Program.Input, _ resolver: ViewResolver) {
        guard let quantization = input.quantization else { return }
        let map = resolver.resolve(input.view).featureMap(of: UInt8.self)
        for row in 0..<map.height {
            for column in 0..<map.width {
                map.pixel(0, row, column).update(
                    repeating: UInt8(clamping: quantization.zeroPoint), count: map.channels)
            }
        }
        BorderFill(input.view, quantization: quantization, resolver).fillAll()
    }

    private static func startWorkers(
        _ count: Int, _ executor: StepExecutor
    ) throws(EngineError) -> [RealTimeThread] {
        var workers: [RealTimeThread] = []
        for index in 0..<count {
            do {
                workers.append(
                    try RealTimeThread(name: "inference \(index + 1)") { _ in executor.serve(worker: index + 1) })
            } catch {
                executor.quit()
                for worker in workers { worker.join() }
                throw .systemRefused(detail: error.description)
            }
        }
        return workers
    }
}
