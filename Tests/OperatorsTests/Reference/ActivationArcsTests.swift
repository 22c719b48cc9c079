import Operators
import Testing

@Suite("Activations in parabolas")
struct ActivationArcsTests {
    /// Greatest distance from the function in quantisation steps, over a range that reaches beyond all bends: in the finest
    /// steps as far as bytes reach with them, beyond that in those of channels that reach further.
    static func error(of arcs: ActivationArcs, _ function: SmoothActivation, finest: Double) -> Double {
        (0...40_000).reduce(0) { error, index in
            let x = Float(index) / 500 - 40
            let argument = arcs.argumentOffset.addingProduct(x, arcs.argumentScale)
            let exact = function(Double(x))
            return max(error, abs(Double(arcs(argument)) - exact) / max(finest, abs(exact) / 255))
        }
    }

    @Test("SiLU is within a fifth of a step, and the fit knows how far", arguments: [0.0016, 0.002, 0.01])
    func sigmoidLinearUnit(finest: Double) {
        let error = Self.error(of: .silu, .silu, finest: finest)
        #expect(error < 0.2)
        #expect(abs(error - ActivationArcs.silu.error(inStepsOf: finest)) < 0.02)
    }

    @Test(
        "other smooth activations are within half a step",
        arguments: [SmoothActivation.sigmoid, .tanh, .mish, .gelu, .geluTanh, .softplus])
    func otherActivations(function: SmoothActivation) {
        #expect(Self.error(of: ActivationArcs(function), function, finest: 0.002) < 0.5)
    }

    @Test("a function with corners says how far off its parabolas are")
    func corners() {
        let function = SmoothActivation.hardSigmoid(alpha: 0.2913, beta: 0.4871)
        let arcs = ActivationArcs(function)
        let error = Self.error(of: arcs, function, finest: 0.002)
        #expect(error > 0.5)
        #expect(error < 1.2 * arcs.error(inStepsOf: 0.002))
    }

    @Test("beyond the bends the arcs are the lines that the function approaches, however far out")
    func asymptotes() {
        for x: Float in [50, 1000, 100_000] {
            let place = { ActivationArcs.silu.argumentOffset.addingProduct($0, ActivationArcs.silu.argumentScale) }
            #expect(abs(ActivationArcs.silu(place(x)) - x) <= x * 1e-6 + 0.01)
            #expect(abs(ActivationArcs.silu(place(-x))) < 1e-3)
        }
        #expect(ActivationArcs.silu(.nan) == ActivationArcs.silu(-.infinity))
        #expect(ActivationArcs.silu(.infinity) == ActivationArcs.silu(0x1p20))
    }
}
