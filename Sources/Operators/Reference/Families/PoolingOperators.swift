import Foundation
import Tensors

/// MaxPool, AveragePool, LpPool and the global ones over any number of spatial axes.
enum PoolingOperators {
    static let table: [String: ReferenceOperator] = [
        "MaxPool": ReferenceOperator(
            inputs: 1...1, attributes: SpatialWindow.attributes + ["ceil_mode", "storage_order"], widensHalf: true,
            maximum),
        "AveragePool": ReferenceOperator(
            inputs: 1...1,
            attributes: [
                "auto_pad", "kernel_shape", "pads", "strides", "ceil_mode", "count_include_pad",
                .since(19, "dilations"),
            ], widensHalf: true, average),
        "LpPool": ReferenceOperator(
            inputs: 1...1,
            attributes: [
                "auto_pad", "kernel_shape", "pads", "strides", "p", .since(18, "ceil_mode"), .since(18, "dilations"),
            ], widensHalf: true, norm),
        "GlobalAveragePool": global { values, _ in values.reduce(0, +) / Double(values.count) },
        "GlobalMaxPool": global { values, _ in values.reduce(-.infinity, Double.maximum) },
        "GlobalLpPool": global(attributes: ["p"]) { values, power in
            pow(values.reduce(0) { $0 + pow(abs($1), power) }, 1 / power)
        },
    ]

    private static func window(_ call: OperatorInvocation) throws(OperatorError) -> (Tensor, SpatialWindow) {
        let input = try call.input(0)
        guard input.shape.rank >= 3 else { throw call.failure("an input of \(input.shape) has no spatial axes") }
        let window = try SpatialWindow(
            call, input: Array(input.shape.dimensions[2...]),
            roundsUp: try call.flag("ceil_mode", default: false))
        try call.checkSize(Shape(input.shape.dimensions[..<2] + window.output))
        try call.checkSize(Shape(window.kernel))
        try call.checkWork([input.shape[0], input.shape[1], window.outputCount, window.tapCount])
        return (input, window)
    }

    // MARK: Maximum

    private static func maximum(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let (input, window) = try window(call)
        let isColumnMajor = try call.flag("storage_order", default: false)
        if input.elementType == .float32 { return maximum(input, window, isColumnMajor, Float.self) }
        guard let type = input.elementType.numericType else { throw call.unsupportedType(input) }
        return maximum(input, window, isColumnMajor, type)
    }

    /// The greatest elements, and their flat places in the input; the first of equal ones.
    private static func maximum<Element: NumericElement>(
        _ input: Tensor, _ window: SpatialWindow, _ isColumnMajor: Bool, _: Element.Type
    ) -> [Tensor] {
        let shape = Shape(input.shape.dimensions[..<2] + window.output)
        var result = Tensor(zeros: shape, elementType: input.elementType)
        var places = Tensor(zeros: shape, elementType: .int64)
        input.withElements(as: Element.self) { input in
            result.withMutableElements(as: Element.self) { result in
                places.withMutableElements(as: Int64.self) { places in
                    forEachWindow(window, channels: shape[0] * shape[1]) { target, source, offsets in
                        var greatest = Element.least
                        var place = offsets.first ?? 0
                        for offset in offsets where input[source + offset] > greatest {
                            (greatest, place) = (input[source + offset], offset)
                        }
                        result[target] = greatest
                        places[target] = Int64(source + (isColumnMajor ? window.columnMajor(place) : place))
                    }
                }
            }
        }
        return [result, places]
    }

    // MARK: Average

    private static func average(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let (input, window) = try window(call)
        let countsPadding = try call.flag("count_include_pad", default: false)
        let counts = countsPadding ? window.paddedTapCounts() : []
        return [
            try pool(input, window, call) { values, index in
                let count = countsPadding ? counts[index] : values.count
                return count == 0 ? 0 : values.reduce(0, +) / Double(count)
            }
        ]
    }

    private static func norm(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let (input, window) = try window(call)
        let power = Double(try call.int("p", default: 2))
        return [
            try pool(input, window, call) { values, _ in pow(values.reduce(0) { $0 + pow(abs($1), power) }, 1 / power) }
        ]
    }

    private static func pool(
        _ input: Tensor, _ window: SpatialWindow, _ call: OperatorInvocation,
        _ function: (_ values: [Double], _ output: Int) -> Double
    ) throws(OperatorError) -> Tensor {
        switch input.elementType {
        case .float32: pool(input, window, Float.self, function)
        case .float64: pool(input, window, Double.self, function)
        default: throw call.unsupportedType(input)
        }
    }

    /// A function of the values under each window, and of the window's flat index.
    private static func pool<Element: NumericElement>(
        _ input: Tensor, _ window: SpatialWindow, _: Element.Type, _ function: ([Double], Int) -> Double
    ) -> Tensor {
        let shape = Shape(input.shape.dimensions[..<2] + window.output)
        var result = Tensor(zeros: shape, elementType: Element.elementType)
        var values: [Double] = []
        values.reserveCapacity(window.tapCount)
        input.withElements(as: Element.self) { input in
            result.withMutableElements(as: Element.self) { result in
                forEachWindow(window, channels: shape[0] * shape[1]) { target, source, offsets in
                    values.removeAll(keepingCapacity: true)
                    for offset in offsets { values.append(input[source + offset].double) }
                    result[target] = Element(real: function(values, target % window.outputCount))
                }
            }
        }
        return result
    }

    /// Calls `body` for every output of every channel with where it goes, where its channel starts in the input, and
    /// the offsets of the elements under the window that lie inside of the input.
    private static func forEachWindow(
        _ window: SpatialWindow, channels: Int, _ body: (_ target: Int, _ source: Int, _ offsets: [Int]) -> Void
    ) {
        let axisOffsets = window.axisOffsets()
        for output in 0..<window.outputCount {
            let indices = window.outputIndices(output)
            var offsets: [Int] = []
            IndexedCopy.forEachBase(indices.indices.map { axisOffsets[$0][indices[$0]] }) { offset in
                if offset != IndexedCopy.outside { offsets.append(offset) }
            }
            for channel in 0..<channels {
                body(channel * window.outputCount + output, channel * window.inputCount, offsets)
            }
        }
    }

    // MARK: Global

    private static func global(
        attributes: [KnownAttribute] = [], _ function: @escaping @Sendable ([Double], Double) -> Double
    ) -> ReferenceOperator {
        ReferenceOperator(inputs: 1...1, attributes: attributes, widensHalf: true) { call throws(OperatorError) in
            let input = try call.input(0)
            guard input.shape.rank >= 3, let values = try call.doubles(0) else {
                throw call.failure("an input of \(input.shape) has no spatial axes")
            }
            let area = input.shape.dimensions[2...].reduce(1, *)
            guard area > 0 else { throw call.failure("an input of \(input.shape) has nothing to pool") }
            let power = Double(try call.int("p", default: 2))
            let shape = Shape(
                input.shape.dimensions[..<2] + Array(repeating: 1, count: input.shape.rank - 2))
            let results = (0..<shape.elementCount).map { function(Array(values[$0 * area..<($0 + 1) * area]), power) }
            return [Tensor(results, shape: shape).rounded(to: input.elementType)]
        }
    }
}

extension SpatialWindow {
    /// For each output, how many taps lie inside of the input or its padding.
    fileprivate func paddedTapCounts() -> [Int] {
        (0..<outputCount).map { flat in
            let indices = outputIndices(flat)
            return indices.indices.reduce(1) { product, axis in
                let inside = (0..<kernel[axis]).count { tap in
                    position(axis: axis, output: indices[axis], tap: tap) < input[axis] + padsAfter[axis]
                }
                return product * inside
            }
        }
    }

    /// The place that a row-major place has when the first spatial axis runs fastest.
    fileprivate func columnMajor(_ place: Int) -> Int {
        let indices = Self.indices(place, input)
        var stride = 1
        var result = 0
        for axis in indices.indices {
            result += indices[axis] * stride
            stride *= input[axis]
        }
        return result
    }
}

extension Tensor {
    /// A tensor of doubles with its elements rounded to another floating-point type.
    func rounded(to type: ElementType) -> Tensor {
        switch type {
        case .float32: Tensor(array(of: Double.self).map { Float($0) }, shape: shape)
        case .float16: Tensor(array(of: Double.self).map { Float16($0) }, shape: shape)
        default: self
        }
    }
}
