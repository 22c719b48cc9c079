import ArgumentParser
import Messages
import ONNX
import Operators
import Perception
import Runtime
import Tensors

struct ModelInspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Say what a network takes, gives and costs.",
        discussion:
            "Inputs and outputs, the head that was recognised, operators, multiply-accumulates; --per-layer for each layer."
    )

    @OptionGroup var model: ModelOptions

    @Flag(help: "A table of layers: multiply-accumulates, weights, bytes moved.")
    var perLayer = false

    @Option(help: "The layout of the outputs, where the file does not tell.")
    var head: String?

    @Flag(help: "One JSON object.")
    var json = false

    func run() throws {
        let graph = try LoadedModel.staticGraph(path: model.model, inputShapes: try model.inputShapes())
        let cost = NetworkCost(of: graph)
        let recognized = Result { try LoadedModel(path: model.model, graph: graph, head: head).recognized }
        print(json ? object(graph, cost, recognized).text : text(graph, cost, recognized))
    }

    private func text(
        _ graph: StaticGraph, _ cost: NetworkCost, _ recognized: Result<RecognizedNetwork, any Error>
    ) -> String {
        var lines = [
            "\(model.model): operator set \(graph.graph.operatorSetVersion), \(graph.graph.nodes.count) nodes after simplification"
        ]
        for value in graph.graph.inputs { lines.append("  input   \(describe(value, graph))") }
        for value in graph.graph.outputs { lines.append("  output  \(describe(value, graph))") }
        switch recognized {
        case .success(let network): lines.append("  head    \(network)")
        case .failure(let error): lines.append("  head    not recognised: \(error)")
        }
        lines.append(
            "  cost    \(fixedDecimal(Double(cost.multiplyAccumulates) / 1e9, digits: 3)) GMAC, "
                + "\(fixedDecimal(Double(cost.parameters) / 1e6, digits: 2)) million parameters, "
                + "\(fixedDecimal(Double(cost.parameterBytes) / 1e6, digits: 1)) MB")
        let operators = cost.operators.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        lines.append("  uses    " + operators.map { "\($0.value) \($0.key)" }.joined(separator: ", "))
        for (key, value) in graph.graph.metadata.sorted(by: { $0.key < $1.key }) {
            lines.append("  says    \(key): \(value.count > 100 ? value.prefix(100) + "..." : value)")
        }
        if perLayer { lines += [""] + table(cost) }
        return lines.joined(separator: "\n")
    }

    private func describe(_ value: ValueInfo, _ graph: StaticGraph) -> String {
        "\(value.name): \(value.elementType) \(graph.types[value.name].map { "\($0.shape)" } ?? "?")"
    }

    private func table(_ cost: NetworkCost) -> [String] {
        var rows = [["MMAC", "parameters", "weights kB", "moved kB", "output", "operator", "layer"]]
        for layer in cost.layers {
            rows.append([
                fixedDecimal(Double(layer.multiplyAccumulates) / 1e6, digits: 2), "\(layer.parameters)",
                fixedDecimal(Double(layer.parameterBytes) / 1e3, digits: 1),
                fixedDecimal(Double(layer.activationBytes) / 1e3, digits: 1), "\(layer.output.shape)",
                layer.operatorType, layer.name,
            ])
        }
        return TextTable(rows: rows, rightAligned: 4).lines
    }

    private func object(
        _ graph: StaticGraph, _ cost: NetworkCost, _ recognized: Result<RecognizedNetwork, any Error>
    ) -> JSONValue {
        func values(_ infos: [ValueInfo]) -> JSONValue {
            .array(
                infos.map { info in
                    let dimensions = graph.types[info.name]?.shape.dimensions ?? []
                    return .object([
                        .init("name", .string(info.name)), .init("type", .string("\(info.elementType)")),
                        .init("shape", .array(dimensions.map { .signed(Int64($0)) })),
                    ])
                })
        }
        let operators = cost.operators.sorted { $0.key < $1.key }
        var members: [JSONValue.Member] = [
            .init("model", .string(model.model)), .init("inputs", values(graph.graph.inputs)),
            .init("outputs", values(graph.graph.outputs)),
            .init("head", (try? recognized.get()).map { .string("\($0)") } ?? .null),
            .init("operators", .object(operators.map { .init($0.key, .signed(Int64($0.value))) })),
            .init("gmac", .number(Double(cost.multiplyAccumulates) / 1e9)),
            .init("parameters", .signed(Int64(cost.parameters))),
            .init("parameter_bytes", .signed(Int64(cost.parameterBytes))),
        ]
        if perLayer {
            members.append(
                .init(
                    "layers",
                    .array(
                        cost.layers.map { layer in
                            .object([
                                .init("name", .string(layer.name)), .init("op", .string(layer.operatorType)),
                                .init("shape", .array(layer.output.shape.dimensions.map { .signed(Int64($0)) })),
                                .init("mac", .signed(Int64(layer.multiplyAccumulates))),
                                .init("parameters", .signed(Int64(layer.parameters))),
                                .init("weight_bytes", .signed(Int64(layer.parameterBytes))),
                                .init("activation_bytes", .signed(Int64(layer.activationBytes))),
                            ])
                        })))
        }
        return .object(members)
    }
}
