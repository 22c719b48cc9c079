import Operators
import Testing

@Suite("Activations in parabolas")
struct ActivationArcsTests {
    /// Greatest distance from the function over a range that reaches beyond all bends.
    static func error(of arcs: ActivationArcs, _ function: SmoothActivation) -> Double {
        (0...40_000).reduce(0) { error, index in
            let x = Float(index) / 500 - 40
            let argument = arcs.argumentOffset.addingProduct(x, arcs.argumentScale)
            return max(error, abs(Double(arcs(argument)) - function(Double(x))))
        }
    }

    @Test("SiLU is within a thousandth, of which the fit knows")
    func sigmoidLinearUnit() {
        let error = Self.error(of: .silu, .silu)
        #expect(error < 0.001)
        #expect(abs(error - ActivationArcs.silu.error) < 0.0001)
    }

    @Test(
        "other smooth activations are within two thousandths",
        arguments: [SmoothActivation.sigmoid, .tanh, .mish, .gelu, .geluTanh, .softplus])
    func otherActivations(function: SmoothActivation) {
        let arcs = ActivationArcs(function)
        #expect(Self.error(of: arcs, function) < 0.002)
    }

    @Test("a function with corners says how far off its parabolas are")
    func corners() {
        let arcs = ActivationArcs(.hardSigmoid(alpha: 0.29, beta: 0.5))
        #expect(arcs.error > 0.0005)
        #expect(Self.error(of: arcs, .hardSigmoid(alpha: 0.29, beta: 0.5)) < 2 * arcs.error)
    }

    @Test("beyond the bends the arcs are the lines that the function approaches, however far out")
    func asymptotes() {
        for x: Float in [50, 1000, 100_000] {
            let place = { ActivationArcs.silu.argumentOffset.addingProduct($0, ActivationArcs.silu.argumentScale) }
            #expect(abs(ActivationArcs.silu(place(x)) - x) <= x * 1e-6)
            #expect(abs(ActivationArcs.silu(place(-x))) < 1e-3)
        }
        #expect(ActivationArcs.silu(.nan) == ActivationArcs.silu(-.infinity))
        #expect(ActivationArcs.silu(.infinity) == ActivationArcs.silu(0x1p20))
    }
}
