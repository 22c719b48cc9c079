import Foundation
import Tensors

/// Normalisations as a trained network applies them: by stored statistics, or by those of its own input.
enum NormalizationOperators {
    static let table: [String: ReferenceOperator] = [
        "BatchNormalization": ReferenceOperator(
            inputs: 5...5, attributes: ["epsilon", "momentum", .since(14, "training_mode")], widensHalf: true, batch),
        "InstanceNormalization": ReferenceOperator(
            inputs: 3...3, attributes: ["epsilon"], widensHalf: true, instance),
        "LayerNormalization": ReferenceOperator(
            inputs: 2...3, attributes: ["axis", "epsilon", "stash_type"], versions: 17...25, widensHalf: true, layer),
        "RMSNormalization": ReferenceOperator(
            inputs: 2...2, attributes: ["axis", "epsilon", "stash_type"], versions: 23...25, widensHalf: true,
            rootMeanSquare),
        "GroupNormalization": ReferenceOperator(
            inputs: 3...3, attributes: ["epsilon", "num_groups", .since(21, "stash_type")], versions: 18...25,
            widensHalf: true, group),
        "LRN": ReferenceOperator(
            inputs: 1...1, attributes: ["alpha", "beta", "bias", "size"], widensHalf: true, localResponse),
        "LpNormalization": ReferenceOperator(inputs: 1...1, attributes: ["axis", "p"], widensHalf: true, norm),
        "MeanVarianceNormalization": ReferenceOperator(
            inputs: 1...1, attributes: ["axes"], widensHalf: true, meanVariance),
    ]

    /// An input of at least two axes, as doubles.
    private static func values(_ call: OperatorInvocation) throws(OperatorError) -> (Shape, [Double]) {
        let shape = try call.input(0).shape
        guard shape.rank >= 2, let values = try call.doubles(0) else {
            throw call.failure("an input of \(shape) has no channel axis")
        }
        return (shape, values)
    }

    /// One number per channel.
    private static func parameters(_ index: Int, _ count: Int, _ call: OperatorInvocation) throws(OperatorError)
        -> [Double]
    {
        guard let values = try call.doubles(index), try call.input(index).shape == [count] else {
            throw call.failure("input \(index) needs \(count) elements")
        }
        return values
    }

    private static func result(
        _ values: [Double], _ shape: Shape, _ call: OperatorInvocation
    ) throws(OperatorError) -> Tensor {
        Tensor(values, shape: shape).rounded(to: try call.input(0).elementType)
    }

    // MARK: Stored statistics

    private static func batch(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        guard try call.flag("training_mode", default: false) == false else {
            throw call.unsupported("training_mode", "only trained networks run")
        }
        var (shape, values) = try values(call)
        let channels = shape[1]
        let scale = try parameters(1, channels, call)
        let bias = try parameters(2, channels, call)
        let mean = try parameters(3, channels, call)
        let variance = try parameters(4, channels, call)
        let epsilon = try call.double("epsilon", default: 1e-5)
        let area = shape.dimensions[2...].reduce(1, *)
        for start in stride(from: 0, to: values.count, by: max(area, 1)) {
            let channel = start / area % channels
            let factor = scale[channel] / (variance[channel] + epsilon).squareRoot()
            for index in start..<start + area {
                values[index] = (values[index] - mean[channel]) * factor + bias[channel]
            }
        }
        return [try result(values, shape, call)]
    }

    // MARK: Statistics of the input

    /// Mean of a slice and the reciprocal of its standard deviation.
    private static func statistics(_ values: ArraySlice<Double>, _ epsilon: Double) -> (mean: Double, factor: Double) {
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        return (mean, 1 / (variance + epsilon).squareRoot())
    }

    private static func instance(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        var (shape, values) = try values(call)
        let scale = try parameters(1, shape[1], call)
        let bias = try parameters(2, shape[1], call)
        let epsilon = try call.double("epsilon", default: 1e-5)
        let area = shape.dimensions[2...].reduce(1, *)
        for start in stride(from: 0, to: values.count, by: max(area, 1)) {
            let channel = start / area % shape[1]
            let (mean, factor) = statistics(values[start..<start + area], epsilon)
            for index in start..<start + area {
                values[index] = (values[index] - mean) * factor * scale[channel] + bias[channel]
            }
        }
        return [try result(values, shape, call)]
    }

    private static func group(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        var (shape, values) = try values(call)
        let groups = try call.requiredInt("num_groups")
        guard groups > 0, shape[1] % groups == 0 else {
            throw call.unsupported("num_groups", "\(groups) groups do not divide \(shape[1]) channels")
        }
        // Since version 21 each channel has its own scale; before, each group.
        let parameterCount = call.version >= 21 ? shape[1] : groups
        let scale = try parameters(1, parameterCount, call)
        let bias = try parameters(2, parameterCount, call)
        let epsilon = try call.double("epsilon", default: 1e-5)
        let area = shape.dimensions[2...].reduce(1, *)
        let extent = area * (shape[1] / groups)
        for start in stride(from: 0, to: values.count, by: max(extent, 1)) {
            let (mean, factor) = statistics(values[start..<start + extent], epsilon)
            for index in start..<start + extent {
                let channel = index / area % shape[1]
                let parameter = parameterCount == groups ? channel / (shape[1] / groups) : channel
                values[index] = (values[index] - mean) * factor * scale[parameter] + bias[parameter]
            }
        }
        return [try result(values, shape, call)]
    }

    /// The axes from `axis` on, and an optional input broadcast to them.
    private static func trailing(
        _ call: OperatorInvocation, _ parameter: Int
    ) throws(OperatorError) -> (shape: Shape, axis: Int, extent: Int, parameters: [Double]?) {
        let shape = try call.input(0).shape
        let axis = try call.axis(try call.int("axis", default: -1), of: shape)
        let inner = Shape(Array(shape.dimensions[axis...]))
        guard let tensor = call.optionalInput(parameter) else { return (shape, axis, inner.elementCount, nil) }
        guard tensor.shape.broadcast(with: inner) == inner, let values = try call.doubles(parameter) else {
            throw call.failure("input \(parameter) of \(tensor.shape) does not fit the normalised axes \(inner)")
        }
        let expanded = IndexedCopy.broadcast(Tensor(values, shape: tensor.shape), to: inner)
        return (shape, axis, inner.elementCount, expanded.array(of: Double.self))
    }

    private static func layer(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let (shape, axis, extent, scale) = try trailing(call, 1)
        let bias = try trailing(call, 2).parameters
        guard var values = try call.doubles(0), let scale, extent > 0 else {
            throw call.failure("an input of \(shape) has nothing to normalise")
        }
        let epsilon = try call.double("epsilon", default: 1e-5)
        var means: [Double] = []
        var factors: [Double] = []
        for start in stride(from: 0, to: values.count, by: extent) {
            let (mean, factor) = statistics(values[start..<start + extent], epsilon)
            for index in 0..<extent {
                values[start + index] = (values[start + index] - mean) * factor * scale[index] + (bias?[index] ?? 0)
            }
            means.append(mean)
            factors.append(factor)
        }
        let reduced = Shape(shape.dimensions[..<axis] + Array(repeating: 1, count: shape.rank - axis))
        return [
            try result(values, shape, call), Tensor(means.map { Float($0) }, shape: reduced),
            Tensor(factors.map { Float($0) }, shape: reduced),
        ]
    }

    private static func rootMeanSquare(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let (shape, _, extent, scale) = try trailing(call, 1)
        guard var values = try call.doubles(0), let scale, extent > 0 else {
            throw call.failure("an input of \(shape) has nothing to normalise")
        }
        let epsilon = try call.double("epsilon", default: 1e-5)
        for start in stride(from: 0, to: values.count, by: extent) {
            let square = values[start..<start + extent].reduce(0) { $0 + $1 * $1 } / Double(extent)
            let factor = 1 / (square + epsilon).squareRoot()
            for index in 0..<extent { values[start + index] *= factor * scale[index] }
        }
        return [try result(values, shape, call)]
    }

    private static func meanVariance(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try call.input(0)
        guard let values = try call.doubles(0) else { throw call.failure("input 0 is missing") }
        let axes = try call.axes(try call.ints("axes") ?? [0, 2, 3], of: input.shape)
        let rows = ReducedRows(Tensor(values, shape: input.shape), axes: axes)
        guard rows.extent > 0 else { return [input] }
        var elements = rows.elements.array(of: Double.self)
        for start in stride(from: 0, to: elements.count, by: rows.extent) {
            // The specification adds its epsilon to the standard deviation.
            let (mean, factor) = statistics(elements[start..<start + rows.extent], 0)
            let deviation = 1 / factor + 1e-9
            for index in start..<start + rows.extent { elements[index] = (elements[index] - mean) / deviation }
        }
        return [try result(rows.restored(elements), input.shape, call)]
    }

    private static func norm(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try call.input(0)
        guard let values = try call.doubles(0) else { throw call.failure("input 0 is missing") }
        let power = try call.int("p", default: 2)
        guard power == 1 || power == 2 else { throw call.unsupported("p", "\(power) is neither 1 nor 2") }
        let axis = try call.axis(try call.int("axis", default: -1), of: input.shape)
        let rows = ReducedRows(Tensor(values, shape: input.shape), axes: [axis])
        guard rows.extent > 0 else { return [input] }
        var elements = rows.elements.array(of: Double.self)
        for start in stride(from: 0, to: elements.count, by: rows.extent) {
            let row = elements[start..<start + rows.extent]
            let length =
                power == 1
                ? row.reduce(0) { $0 + abs($1) } : row.reduce(0) { $0 + $1 * $1 }.squareRoot()
            // A row of zeros stays.
            for index in start..<start + rows.extent where length > 0 { elements[index] /= length }
        }
        return [try result(rows.restored(elements), input.shape, call)]
    }

    // MARK: Neighbouring channels

    /// Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional Neural Networks", 2012.
    private static func localResponse(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let (shape, values) = try values(call)
        let size = try call.requiredInt("size")
        guard size > 0, size < 1 << 24 else { throw call.unsupported("size", "\(size) is not a number of channels") }
        try call.checkWork([values.count, min(size, shape[1])])
        let alpha = try call.double("alpha", default: 0.0001) / Double(size)
        let beta = try call.double("beta", default: 0.75)
        let bias = try call.double("bias", default: 1)
        let channels = shape[1]
        let area = shape.dimensions[2...].reduce(1, *)
        var normalized = values
        for index in values.indices {
            let channel = index / area % channels
            let first = max(0, channel - (size - 1) / 2)
            let last = min(channels - 1, channel + size / 2)
            var sum = 0.0
            for other in first...last {
                let value = values[index + (other - channel) * area]
                sum += value * value
            }
            normalized[index] = values[index] / pow(bias + alpha * sum, beta)
        }
        return [try result(normalized, shape, call)]
    }
}
