import Foundation
import Tensors

/// An element that can be computed with. Integer arithmetic wraps, as it does in the machine.
protocol NumericElement: TensorElement, Comparable {
    static var zero: Self { get }
    static var one: Self { get }
    /// The value that every other is greater than or equal to: negative infinity, or the least integer.
    static var least: Self { get }
    static var greatest: Self { get }

    static func sum(_ left: Self, _ right: Self) -> Self
    static func difference(_ left: Self, _ right: Self) -> Self
    static func product(_ left: Self, _ right: Self) -> Self
    /// Integers truncate; an integer divided by zero is undefined and gives the dividend.
    static func quotient(_ left: Self, _ right: Self) -> Self

    /// The nearest double.
    var double: Double { get }

    /// From a real number: integers truncate towards zero and saturate, and take NaN to zero.
    init(real: Double)

    /// From an integer: smaller integers wrap, floats round.
    init(integer: some BinaryInteger)

    /// Conversion as a C cast does it, but defined everywhere.
    func converted<Other: NumericElement>(to type: Other.Type) -> Other

    var isNotANumber: Bool { get }
}

// MARK: - Integers

extension NumericElement where Self: FixedWidthInteger {
    static var one: Self { 1 }
    static var least: Self { .min }
    static var greatest: Self { .max }

    @inline(__always) static func sum(_ left: Self, _ right: Self) -> Self { left &+ right }
    @inline(__always) static func difference(_ left: Self, _ right: Self) -> Self { left &- right }
    @inline(__always) static func product(_ left: Self, _ right: Self) -> Self { left &* right }

    static func quotient(_ left: Self, _ right: Self) -> Self {
        left.dividedReportingOverflow(by: right).partialValue
    }

    var double: Double { Double(self) }

    init(real: Double) {
        if real.isNaN {
            self = 0
        } else if real <= Double(Self.min) {
            self = .min
        } else {
            // The conversion of the greatest value may round up, so that anything at or above it saturates.
            self = real >= Double(Self.max) ? .max : Self(real)
        }
    }

    init(integer: some BinaryInteger) { self.init(truncatingIfNeeded: integer) }

    func converted<Other: NumericElement>(to type: Other.Type) -> Other { Other(integer: self) }

    var isNotANumber: Bool { false }
}

extension UInt8: NumericElement {}
extension Int8: NumericElement {}
extension UInt16: NumericElement {}
extension Int16: NumericElement {}
extension UInt32: NumericElement {}
extension Int32: NumericElement {}
extension UInt64: NumericElement {}
extension Int64: NumericElement {}

// MARK: - Floating point

extension NumericElement where Self: BinaryFloatingPoint {
    static var zero: Self { 0 }
    static var one: Self { 1 }
    static var least: Self { -.infinity }
    static var greatest: Self { .infinity }

    @inline(__always) static func sum(_ left: Self, _ right: Self) -> Self { left + right }
    @inline(__always) static func difference(_ left: Self, _ right: Self) -> Self { left - right }
    @inline(__always) static func product(_ left: Self, _ right: Self) -> Self { left * right }
    @inline(__always) static func quotient(_ left: Self, _ right: Self) -> Self { left / right }

    var double: Double { Double(self) }

    init(real: Double) { self = Self(real) }
    init(integer: some BinaryInteger) { self = Self(integer) }

    func converted<Other: NumericElement>(to type: Other.Type) -> Other { Other(real: Double(self)) }

    var isNotANumber: Bool { isNaN }
}

extension Float: NumericElement {}
extension Double: NumericElement {}
extension Float16: NumericElement {}

// MARK: - From element types

extension ElementType {
    /// The Swift type of the elements, for code that is generic over them; nil for booleans.
    ///
    /// Calls through this type are not specialised by the compiler, which is why the functions that networks spend
    /// their time in name `Float` before they ask here.
    var numericType: (any NumericElement.Type)? {
        switch self {
        case .float32: Float.self
        case .float64: Double.self
        case .float16: Float16.self
        case .uint8: UInt8.self
        case .int8: Int8.self
        case .uint16: UInt16.self
        case .int16: Int16.self
        case .uint32: UInt32.self
        case .int32: Int32.self
        case .uint64: UInt64.self
        case .int64: Int64.self
        case .bool: nil
        }
    }

    var isFloatingPoint: Bool { self == .float32 || self == .float64 || self == .float16 }
}

extension Set<ElementType> {
    static let floatingPoint: Set = [.float32, .float64, .float16]
    static let integers: Set = [.uint8, .int8, .uint16, .int16, .uint32, .int32, .uint64, .int64]
    static let numeric = floatingPoint.union(integers)
}
