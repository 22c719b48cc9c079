import ArgumentParser
import Operators
import Runtime
import SightlineInference
import Tensors

struct ModelRun: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a network on arrays (.npy in, .npy out).",
        discussion: """
            Every output is written to DIR/NAME.npy, slashes in its name as underscores.
              sightline model run net.onnx --input images=x.npy --output-dir out
            """)

    @OptionGroup var model: ModelOptions

    @Option(name: .long, help: ArgumentHelp("An input; once for each.", valueName: "NAME=x.npy"))
    var input: [String] = []

    @Option(help: "Where outputs are written; must exist.")
    var outputDir = "."

    @Option(help: "Values to compute instead of the network's outputs, separated by commas.")
    var outputs: String?

    @Flag(help: "Use the plain reference executor instead of the engine.")
    var reference = false

    @Option(help: "Threads of the engine; without it one per processor.")
    var threads: Int?

    func run() throws {
        var tensors: [String: Tensor] = [:]
        for argument in input {
            guard let separator = argument.firstIndex(of: "=") else {
                throw CommandFailure.wrongUse("--input \(argument): expected NAME=x.npy")
            }
            tensors[String(argument[..<separator])] = try Tensor(
                npyFile: String(argument[argument.index(after: separator)...]))
        }
        let shapes = try model.inputShapes().merging(tensors.mapValues(\.shape)) { $1 }
        let network = try LoadedModel.splitNetwork(path: model.model, inputShapes: shapes)
        let graph = network.body
        for name in tensors.keys where !graph.graph.inputs.contains(where: { $0.name == name }) {
            let known = graph.graph.inputs.map(\.name).joined(separator: ", ")
            throw CommandFailure.wrongUse("\(model.model) has no input \"\(name)\"; its inputs: \(known)")
        }
        for info in graph.graph.inputs where tensors[info.name] == nil {
            throw CommandFailure.wrongUse("input \"\(info.name)\" is missing: --input \(info.name)=x.npy")
        }
        let names = outputs.map { $0.split(separator: ",").map(String.init) } ?? network.outputNames
        for (name, tensor) in try compute(network, tensors, names) {
            let path = outputDir + "/" + name.replacing("/", with: "_") + ".npy"
            try tensor.writeNPY(to: path)
            print("\(path): \(tensor.elementType) \(tensor.shape)")
        }
    }

    private func compute(
        _ network: SplitNetwork, _ tensors: [String: Tensor], _ names: [String]
    ) throws -> [(String, Tensor)] {
        let graph = network.body
        guard let tail = network.tail, names.contains(where: { graph.types[$0] == nil }) else {
            return try computeBody(graph, tensors, names)
        }
        // What depends on what is in the picture is left to the plain executor, behind the engine.
        var values = tensors
        for (name, tensor) in try computeBody(graph, tensors, graph.graph.outputs.map(\.name)) { values[name] = tensor }
        let wanted = Set(tail.inputs.map(\.name))
        let inputs = values.filter { wanted.contains($0.key) }
        let results = try ReferenceExecutor(tail).run(inputs, observing: Set(names.filter { graph.types[$0] == nil }))
        values.merge(results) { $1 }
        return names.compactMap { name in values[name].map { (name, $0) } }
    }

    private func computeBody(
        _ graph: StaticGraph, _ tensors: [String: Tensor], _ names: [String]
    ) throws -> [(String, Tensor)] {
        if reference {
            let values = try ReferenceExecutor(graph).run(tensors, observing: Set(names))
            return names.compactMap { name in values[name].map { (name, $0) } }
        }
        let engine = try Engine(graph, options: EngineOptions(threads: threads, outputs: names))
        for (index, info) in engine.inputs.enumerated() {
            if let tensor = tensors[info.name] { try engine.setInput(index, to: tensor) }
        }
        try engine.run()
        return engine.outputs.indices.map { (engine.outputs[$0].name, engine.outputTensor($0)) }
    }
}
