import Operators
import Tensors

/// Golden values: computed when a network is quantised, compared when it is loaded.
extension Engine {
    /// What the graph computes from the golden pictures with this machine's best kernels; nil for a network that takes other
    /// inputs than pictures.
    public static func goldenValues(of graph: StaticGraph, options: EngineOptions = .init()) throws(EngineError)
        -> GoldenValues?
    {
        let engine = try Engine(graph, options: options)
        guard let inputs = engine.goldenInputs(graph) else { return nil }
        let inexact = InexactValues.names(in: graph)
        var golden = GoldenValues(inputs: inputs)
        for picture in GoldenPicture.allCases {
            var result = GoldenValues.Picture()
            engine.compute(picture, inputs) { _, name, digest in
                if !inexact.contains(name) { result.digests[name] = digest }
                return true
            }
            for (index, output) in engine.outputs.enumerated() where output.elementType == .float32 {
                result.outputs.append(.init(name: output.name, elements: engine.sampledElements(index)))
            }
            golden.pictures.append(result)
        }
        return golden
    }

    /// Computes golden pictures and compares all that the file says about them. The inputs are reset afterwards.
    ///
    /// - Parameter pictures: how many; one takes as long as an inference.
    /// - Returns: how many quantised values and outputs agreed; 0 where the values are of another arithmetic, or of nothing
    ///   that this engine computes.
    /// - Throws: ``EngineError/selfCheckFailed(layer:operatorType:value:instructionSet:)``, naming the first layer that
    ///   computes something else.
    @discardableResult
    public func verify(_ golden: GoldenValues, pictures: Int = 1) throws(EngineError) -> Int {
        guard golden.arithmetic == GoldenValues.arithmetic else { return 0 }
        defer { resetInputs() }
        var agreeing = 0
        for (picture, expected) in zip(GoldenPicture.allCases, golden.pictures).prefix(pictures) {
            var wrong: (step: Int, name: String)?
            compute(picture, golden.inputs) { step, name, digest in
                guard let known = expected.digests[name] else { return true }
                if known == digest {
                    agreeing += 1
                } else {
                    wrong = (step, name)
                }
                return wrong == nil
            }
            if let wrong { throw failure(layers[wrong.step], value: wrong.name) }
            for (index, output) in outputs.enumerated() {
                guard let known = expected.outputs.first(where: { $0.name == output.name }) else { continue }
                guard Self.agree(known.elements, sampledElements(index)) else {
                    throw failure(layers[outputSteps[index]], value: output.name)
                }
                agreeing += 1
            }
        }
        return agreeing
    }

    private func failure(_ layer: LayerInfo, value: String) -> EngineError {
        .selfCheckFailed(
            layer: layer.name, operatorType: layer.operatorType, value: value, instructionSet: instructionSet)
    }

    // MARK: - Parts

    /// Runs the network on a picture and hands out the digest of each quantised value, in the order of layers, until `take`
    /// returns false.
    private func compute(
        _ picture: GoldenPicture, _ inputs: [GoldenValues.Input],
        _ take: (_ step: Int, _ name: String, _ digest: UInt64) -> Bool
    ) {
        for index in self.inputs.indices { write(picture, to: index, inputs) }
        let rowBytes = quantizedValues.joined().map(\.rowByteCount).max() ?? 1
        withUnsafeTemporaryAllocation(byteCount: rowBytes, alignment: 16) { row in
            withoutActuallyEscaping(take) { take in
                var goesOn = true
                executor.run(watching: { [quantizedValues] step in
                    for value in quantizedValues[step] where goesOn {
                        goesOn = take(step, value.name, value.digest(row))
                    }
                })
            }
        }
    }

    private func write(_ picture: GoldenPicture, to index: Int, _ inputs: [GoldenValues.Input]) {
        let input = self.inputs[index]
        let extents = input.shape.dimensions
        let width = extents.last ?? 1
        let height = extents.count > 1 ? extents[extents.count - 2] : 1
        let channels = max(input.shape.elementCount / max(width * height, 1), 1)
        func level(_ channel: Int, _ row: Int, _ column: Int) -> UInt8 {
            picture.level(channel: channel, row: row, column: column, height: height, width: width)
        }
        switch input.layout {
        case .pixelInterleaved:
            let map = inputViews[index].featureMap(of: UInt8.self)
            for row in 0..<height {
                for column in 0..<width {
                    let pixel = map.pixel(0, row, column)
                    for channel in 0..<channels { pixel[channel] = level(channel, row, column) }
                }
            }
        case .rowMajor:
            let known = inputs.first { $0.name == input.name }
            let elements = input.baseAddress.assumingMemoryBound(to: Float.self)
            var next = 0
            for channel in 0..<channels {
                for row in 0..<height {
                    for column in 0..<width {
                        let steps = Int(level(channel, row, column)) - (known?.zero ?? 0)
                        elements[next] = Float(steps) * (known?.scale ?? 1)
                        next += 1
                    }
                }
            }
        }
    }

    /// How levels become reals for each input: as the graph quantises them, else from 0 to 1. Nil where an input is no
    /// real number.
    private func goldenInputs(_ graph: StaticGraph) -> [GoldenValues.Input]? {
        guard inputs.allSatisfy({ graph.types[$0.name]?.elementType == .float32 }) else { return nil }
        return inputs.map { input in
            if case .pixelInterleaved(_, _, let parameters) = input.layout, let scale = parameters.scales.first {
                return .init(name: input.name, scale: scale, zero: Int(parameters.zeroPoints.first ?? 0))
            }
            return .init(name: input.name, scale: 1 / 255, zero: 0)
        }
    }

    private func sampledElements(_ index: Int) -> [Float] {
        withOutput(index) { elements in
            let count = min(GoldenValues.Output.count, elements.count)
            return (0..<count).map { elements[$0 * elements.count / count] }
        }
    }

    /// Within a thousandth of the largest magnitude; nothing else about NaN than that it stays.
    private static func agree(_ expected: [Float], _ actual: [Float]) -> Bool {
        guard expected.count == actual.count else { return false }
        let reach = expected.reduce(0) { max($0, $1.isFinite ? abs($1) : 0) }
        return zip(expected, actual).allSatisfy { a, b in
            a == b || (a.isNaN && b.isNaN) || abs(a - b) <= max(reach, 1e-6) * 1e-3
        }
    }
}
