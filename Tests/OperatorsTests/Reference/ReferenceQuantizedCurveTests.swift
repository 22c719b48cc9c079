import Operators
import Testing

@Suite("Quantised curves")
struct ReferenceQuantizedCurveTests {
    /// The output that exact arithmetic gives, before and after rounding.
    static func exact(_ x: Double, _ function: SmoothActivation, scale: Float, zeroPoint: Int32) -> Double {
        min(max(function(x) / Double(scale) + Double(zeroPoint), 0), 255)
    }

    /// Greatest distance of the curve from the exact output in steps, and the share of outputs that differ from the
    /// exactly rounded one, ties aside, over a range that reaches beyond the curve's.
    static func error(
        of curve: QuantizedCurve, _ function: SmoothActivation, scale: Float, zeroPoint: Int32,
        over range: ClosedRange<Double>
    ) -> (greatest: Double, share: Double) {
        let count = 20_000
        var greatest = 0.0
        var differing = 0
        for index in 0...count {
            let x = range.lowerBound + (range.upperBound - range.lowerBound) * Double(index) / Double(count)
            let output = Double(curve(curve.argument(of: Float(x))))
            let expected = exact(Double(Float(x)), function, scale: scale, zeroPoint: zeroPoint)
            greatest = max(greatest, abs(output - expected))
            // A distance of barely more than a half is a tie that the fixed point decides the other way.
            if abs(output - expected) > 0.51 { differing += 1 }
        }
        return (greatest, Double(differing) / Double(count + 1))
    }

    @Test(
        "SiLU is within 0.8 steps of the exact output for every range of outputs", arguments: [2.0, 4, 8, 20, 60])
    func sigmoidLinearUnit(greatest: Double) throws {
        let scale = Float((SmoothActivation.silu(greatest) + 0.2785) / 255)
        let zeroPoint = Int32((0.2785 / Double(scale)).rounded())
        let curve = try #require(
            QuantizedCurve(
                outputScale: scale, zeroPoint: zeroPoint, inputRange: -100...100,
                function: SmoothActivation.silu.callAsFunction))
        let error = Self.error(of: curve, .silu, scale: scale, zeroPoint: zeroPoint, over: -120...(greatest * 1.5))
        #expect(error.greatest < 0.8)
        #expect(error.share < 0.02)
    }

    @Test(
        "other activations stay within one step",
        arguments: [
            SmoothActivation.sigmoid, .tanh, .hardSwish, .mish, .gelu, .geluTanh, .softplus, .elu(alpha: 1),
            .hardSigmoid(alpha: 0.2, beta: 0.5),
        ])
    func otherActivations(function: SmoothActivation) throws {
        let values = stride(from: -6.0, through: 6, by: 0.01).map { function($0) }
        let lower = values.reduce(0, min)
        let scale = Float((values.reduce(0, max) - lower) / 255)
        let zeroPoint = Int32((-lower / Double(scale)).rounded())
        let curve = try #require(
            QuantizedCurve(
                outputScale: scale, zeroPoint: zeroPoint, inputRange: -50...50, function: function.callAsFunction))
        let error = Self.error(of: curve, function, scale: scale, zeroPoint: zeroPoint, over: -60...60)
        #expect(error.greatest < 1)
        #expect(error.share < 0.03)
    }

    @Test("no argument makes the fixed-point value wrap", arguments: [0.02, 0.3, 3, 30])
    func nothingWraps(scale: Double) throws {
        // A wrapped value would jump across the whole output range between neighbouring arguments.
        let curve = try #require(
            QuantizedCurve(
                outputScale: Float(scale / 100), zeroPoint: 17, inputRange: -40...40,
                function: { ($0 * 1.7).rounded(.down) + $0 }))
        var previous = curve(.min)
        for argument in Int16.min...Int16.max {
            let value = curve(argument)
            #expect(abs(Int(value) - Int(previous)) < 200)
            previous = value
        }
    }

    @Test("a constant function gives its constant everywhere")
    func constant() throws {
        let curve = try #require(
            QuantizedCurve(outputScale: 0.1, zeroPoint: 10, inputRange: -1...1, function: { _ in 2 }))
        #expect((Int16.min...Int16.max).allSatisfy { curve($0) == 30 })
    }

    @Test("the arithmetic is that of the contract")
    func arithmetic() throws {
        let curve = try #require(
            QuantizedCurve(
                outputScale: 0.05, zeroPoint: 6, inputRange: -20...20, function: SmoothActivation.silu.callAsFunction))
        for argument in stride(from: Int(Int16.min), through: Int(Int16.max), by: 7) {
            let index = (argument & 0xFFFF) >> 10
            let fraction = (argument & 0x3FF) * 64 - 32768
            let value = Int(curve.centres[index]) + (Int(curve.slopes[index]) * fraction + 0x4000) >> 15
            #expect(Int(curve(Int16(argument))) == (value & 0xFFFF) >> 8)
        }
    }

    @Test("parameters without meaning are refused")
    func refusals() {
        let silu = SmoothActivation.silu.callAsFunction
        #expect(QuantizedCurve(outputScale: 0, zeroPoint: 0, inputRange: -1...1, function: silu) == nil)
        #expect(QuantizedCurve(outputScale: .nan, zeroPoint: 0, inputRange: -1...1, function: silu) == nil)
        #expect(QuantizedCurve(outputScale: 1, zeroPoint: 256, inputRange: -1...1, function: silu) == nil)
        #expect(QuantizedCurve(outputScale: 1, zeroPoint: 0, inputRange: 1...1, function: silu) == nil)
        #expect(QuantizedCurve(outputScale: 1, zeroPoint: 0, inputRange: -1...1, function: { _ in .nan }) == nil)
    }
}
