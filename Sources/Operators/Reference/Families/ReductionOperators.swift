import Foundation
import Tensors

/// ReduceSum, ReduceMean, ReduceMax and their like, ArgMax, ArgMin, CumSum, and the softmax family.
enum ReductionOperators {
    static let table: [String: ReferenceOperator] = [
        "ReduceMax": reduction(.maximum), "ReduceMin": reduction(.minimum),
        "ReduceSum": reduction(.sum, axesInputSince: 13),
        "ReduceMean": reduction(.mean), "ReduceProd": reduction(.product), "ReduceSumSquare": reduction(.squares),
        "ReduceL1": reduction(.absolutes), "ReduceL2": reduction(.length), "ReduceLogSum": reduction(.logarithm),
        "ReduceLogSumExp": reduction(.logarithmOfExponentials),
        "ArgMax": extremum(isMaximum: true), "ArgMin": extremum(isMaximum: false),
        "CumSum": ReferenceOperator(
            inputs: 2...2, attributes: ["exclusive", "reverse"], versions: 11...25, widensHalf: true, runningSum),
        "Softmax": softmax(.probability), "LogSoftmax": softmax(.logarithm), "Hardmax": softmax(.winner),
    ]

    enum Function: Sendable {
        case maximum, minimum, sum, mean, product, squares, absolutes, length, logarithm, logarithmOfExponentials
    }

    private static func reduction(_ function: Function, axesInputSince: Int = 18) -> ReferenceOperator {
        let attributes: [KnownAttribute] = [
            "keepdims", .before(axesInputSince, "axes"), .since(axesInputSince, "noop_with_empty_axes"),
        ]
        return ReferenceOperator(inputs: 1...2, attributes: attributes, widensHalf: true) {
            call throws(OperatorError) in
            let input = try call.input(0)
            guard call.version >= axesInputSince || call.inputs.count == 1 else {
                throw call.failure("operator set \(call.version) has the axes in an attribute")
            }
            let named = try call.version >= axesInputSince ? call.integers(1) : call.ints("axes")
            var axes = try call.axes(named ?? [], of: input.shape)
            if axes.isEmpty {
                // The function still applies to each element on its own.
                let keepsAll = try call.flag("noop_with_empty_axes", default: false)
                axes = keepsAll ? [] : Array(0..<input.shape.rank)
            }
            let rows = ReducedRows(input, axes: axes)
            let shape = rows.shape(keepingAxes: try call.flag("keepdims", default: true))
            try call.checkSize(shape)
            if input.elementType == .float32 { return [reduce(function, rows, shape, Float.self)] }
            if input.elementType == .bool, function == .maximum || function == .minimum {
                return [reduceFlags(rows, shape, isAny: function == .maximum)]
            }
            guard let type = input.elementType.numericType else { throw call.unsupportedType(input) }
            return [reduce(function, rows, shape, type)]
        }
    }

    private static func reduceFlags(_ rows: ReducedRows, _ shape: Shape, isAny: Bool) -> Tensor {
        let flags = rows.elements.array(of: Bool.self)
        let results = (0..<rows.rowCount).map { row in
            let values = flags[row * rows.extent..<(row + 1) * rows.extent]
            return isAny ? values.contains(true) : !values.contains(false)
        }
        return Tensor(results, shape: shape)
    }

    private static func reduce<Element: NumericElement>(
        _ function: Function, _ rows: ReducedRows, _ shape: Shape, _: Element.Type
    ) -> Tensor {
        rows.elements.withElements(as: Element.self) { elements in
            let results = (0..<rows.rowCount).map { row in
                reduce(
                    function,
                    UnsafeBufferPointer(rebasing: elements[row * rows.extent..<(row + 1) * rows.extent]))
            }
            return Tensor(results, shape: shape)
        }
    }

    /// Sums and products of integers wrap in their own type; everything else is computed in double precision.
    private static func reduce<Element: NumericElement>(
        _ function: Function, _ row: UnsafeBufferPointer<Element>
    ) -> Element {
        switch function {
        case .maximum: row.reduce(.least) { $1 > $0 || $1.isNotANumber ? $1 : $0 }
        case .minimum: row.reduce(.greatest) { $1 < $0 || $1.isNotANumber ? $1 : $0 }
        case .sum where !Element.elementType.isFloatingPoint: row.reduce(.zero, Element.sum)
        case .product where !Element.elementType.isFloatingPoint: row.reduce(.one, Element.product)
        case .squares where !Element.elementType.isFloatingPoint:
            row.reduce(.zero) { Element.sum($0, Element.product($1, $1)) }
        default: Element(real: real(function, row))
        }
    }

    private static func real<Element: NumericElement>(
        _ function: Function, _ row: UnsafeBufferPointer<Element>
    ) -> Double {
        switch function {
        case .sum, .maximum, .minimum: row.reduce(0) { $0 + $1.double }
        case .mean: row.reduce(0) { $0 + $1.double } / Double(row.count)
        case .product: row.reduce(1) { $0 * $1.double }
        case .squares: row.reduce(0) { $0 + $1.double * $1.double }
        case .absolutes: row.reduce(0) { $0 + abs($1.double) }
        case .length: row.reduce(0) { $0 + $1.double * $1.double }.squareRoot()
        case .logarithm: log(row.reduce(0) { $0 + $1.double })
        case .logarithmOfExponentials: logarithmOfExponentials(row)
        }
    }

    /// The greatest element is taken out first, so that nothing overflows.
    private static func logarithmOfExponentials<Element: NumericElement>(_ row: UnsafeBufferPointer<Element>) -> Double
    {
        let greatest = row.reduce(-Double.infinity) { max($0, $1.double) }
        guard greatest.isFinite else { return greatest }
        return greatest + log(row.reduce(0) { $0 + exp($1.double - greatest) })
    }

    // MARK: ArgMax, ArgMin

    private static func extremum(isMaximum: Bool) -> ReferenceOperator {
        let attributes: [KnownAttribute] = ["axis", "keepdims", .since(12, "select_last_index")]
        return ReferenceOperator(inputs: 1...1, attributes: attributes) { call throws(OperatorError) in
            let input = try call.input(0)
            guard let type = input.elementType.numericType else { throw call.unsupportedType(input) }
            let axis = try call.axis(try call.int("axis", default: 0), of: input.shape)
            let rows = ReducedRows(input, axes: [axis])
            guard rows.extent > 0 else { throw call.failure("axis \(axis) of \(input.shape) is empty") }
            let selectsLast = try call.flag("select_last_index", default: false)
            let places =
                input.elementType == .float32
                ? extremum(rows, isMaximum, selectsLast, Float.self) : extremum(rows, isMaximum, selectsLast, type)
            return [Tensor(places, shape: rows.shape(keepingAxes: try call.flag("keepdims", default: true)))]
        }
    }

    private static func extremum<Element: NumericElement>(
        _ rows: ReducedRows, _ isMaximum: Bool, _ selectsLast: Bool, _: Element.Type
    ) -> [Int64] {
        rows.elements.withElements(as: Element.self) { elements in
            (0..<rows.rowCount).map { row in
                let start = row * rows.extent
                var best = 0
                for index in 1..<max(rows.extent, 1) {
                    let value = elements[start + index]
                    let leader = elements[start + best]
                    let isBetter = isMaximum ? value > leader : value < leader
                    if isBetter || (selectsLast && value == leader) { best = index }
                }
                return Int64(best)
            }
        }
    }

    // MARK: CumSum

    private static func runningSum(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try call.input(0)
        guard let type = input.elementType.numericType else { throw call.unsupportedType(input) }
        guard let named = try call.integer(1) else { throw call.failure("input 1 is missing") }
        let rows = ReducedRows(input, axes: [try call.axis(named, of: input.shape)])
        let isExclusive = try call.flag("exclusive", default: false)
        let isReversed = try call.flag("reverse", default: false)
        return [runningSum(rows, input.shape, isExclusive, isReversed, type)]
    }

    private static func runningSum<Element: NumericElement>(
        _ rows: ReducedRows, _ shape: Shape, _ isExclusive: Bool, _ isReversed: Bool, _: Element.Type
    ) -> Tensor {
        var elements = rows.elements.array(of: Element.self)
        for row in 0..<rows.rowCount {
            var sum = Element.zero
            for step in 0..<rows.extent {
                let index = row * rows.extent + (isReversed ? rows.extent - 1 - step : step)
                let next = Element.sum(sum, elements[index])
                elements[index] = isExclusive ? sum : next
                sum = next
            }
        }
        return Tensor(rows.restored(elements), shape: shape)
    }

    // MARK: Softmax

    enum SoftmaxKind: Sendable {
        case probability, logarithm, winner
    }

    private static func softmax(_ kind: SoftmaxKind) -> ReferenceOperator {
        ReferenceOperator(inputs: 1...1, attributes: ["axis"], widensHalf: true) { call throws(OperatorError) in
            let input = try call.input(0, of: [.float32, .float64])
            // Before version 13 all axes from the named one on are taken together.
            let isFlattening = call.version < 13
            let named = try call.int("axis", default: isFlattening ? 1 : -1)
            var axes: [Int] = []
            if isFlattening {
                guard (-input.shape.rank...input.shape.rank).contains(named) else {
                    throw call.failure("axis \(named) does not exist in a tensor of \(input.shape)")
                }
                axes = Array((named < 0 ? named + input.shape.rank : named)..<input.shape.rank)
            } else {
                axes = [try call.axis(named, of: input.shape)]
            }
            let rows = ReducedRows(input, axes: axes)
            return [
                input.elementType == .float32
                    ? softmax(kind, rows, input.shape, Float.self) : softmax(kind, rows, input.shape, Double.self)
            ]
        }
    }

    private static func softmax<Element: NumericElement>(
        _ kind: SoftmaxKind, _ rows: ReducedRows, _ shape: Shape, _: Element.Type
    ) -> Tensor {
        var elements = rows.elements.array(of: Element.self)
        elements.withUnsafeMutableBufferPointer { elements in
            for row in 0..<rows.rowCount {
                softmax(
                    kind,
                    UnsafeMutableBufferPointer(rebasing: elements[row * rows.extent..<(row + 1) * rows.extent]))
            }
        }
        return Tensor(rows.restored(elements), shape: shape)
    }

    private static func softmax<Element: NumericElement>(
        _ kind: SoftmaxKind, _ row: UnsafeMutableBufferPointer<Element>
    ) {
        let greatest = row.reduce(Element.least) { max($0, $1) }
        switch kind {
        case .winner:
            let place = row.firstIndex(of: greatest)
            for index in row.indices { row[index] = index == place ? .one : .zero }
        case .logarithm:
            let sum = row.reduce(0) { $0 + exp($1.double - greatest.double) }
            let logarithm = greatest.double + log(sum)
            for index in row.indices { row[index] = Element(real: row[index].double - logarithm) }
        case .probability:
            let sum = row.reduce(0) { $0 + exp($1.double - greatest.double) }
            for index in row.indices { row[index] = Element(real: exp(row[index].double - greatest.double) / sum) }
        }
    }
}
