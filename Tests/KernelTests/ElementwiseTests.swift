import CKernels
import Testing

@Suite("Runs of elements")
struct ElementwiseTests {
    /// Lengths around every vector size, and one long one.
    private static let counts = Array(0...70) + [96, 127, 128, 129, 191, 192, 255, 256, 257, 1000]

    private func bytes(_ count: Int, _ generator: inout SplitMix) -> GuardedBuffer {
        let buffer = GuardedBuffer(count: count)
        for index in 0..<count { buffer.bytes[index] = UInt8(truncatingIfNeeded: generator.next()) }
        return buffer
    }

    private func floats(_ values: [Float]) -> (GuardedBuffer, UnsafeMutablePointer<Float>) {
        let buffer = GuardedBuffer(count: values.count * 4)
        let pointer = UnsafeMutableRawPointer(buffer.base).bindMemory(to: Float.self, capacity: values.count)
        for index in values.indices { pointer[index] = values[index] }
        return (buffer, pointer)
    }

    @Test("add follows the contract for every length, and in place", arguments: KernelTable.all)
    func add(table: KernelTable) {
        var generator = SplitMix(seed: 1)
        let factors: [Float] = [1, 0.5, -0.25, 0.731, 1e-3, 1e30, -1e30, .infinity, .nan]
        for count in Self.counts {
            let (a, b) = (bytes(count, &generator), bytes(count, &generator))
            var parameters = sightline_add_parameters(
                scale_a: generator.pick(factors), scale_b: generator.pick(factors),
                bias: generator.pick([0, -100.5, 300, .infinity, -1e30]))
            let expected = (0..<count).map { index in
                let inner = ReferenceKernels.fused(Float(b.bytes[index]), parameters.scale_b, parameters.bias)
                let value = ReferenceKernels.fused(Float(a.bytes[index]), parameters.scale_a, inner)
                return UInt8(ReferenceKernels.limited(value, 0, 255))
            }
            let output = bytes(count, &generator)
            table.functions.add(&parameters, a.base, b.base, output.base, count)
            #expect(Array(output.bytes) == expected, "\(count) elements")
            table.functions.add(&parameters, a.base, b.base, a.base, count)
            #expect(Array(a.bytes) == expected, "\(count) elements in place")
        }
    }

    @Test("look_up follows the contract for every length, and in place", arguments: KernelTable.all)
    func lookUp(table: KernelTable) {
        var generator = SplitMix(seed: 2)
        let entries = (0..<256).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
        for count in Self.counts {
            let input = bytes(count, &generator)
            let output = bytes(count, &generator)
            let expected = input.bytes.map { entries[Int($0)] }
            table.functions.look_up(entries, input.base, output.base, count)
            #expect(Array(output.bytes) == expected, "\(count) elements")
            table.functions.look_up(entries, input.base, input.base, count)
            #expect(Array(input.bytes) == expected, "\(count) elements in place")
        }
    }

    @Test("quantize rounds halves to even, saturates, and sends NaN to the zero point", arguments: KernelTable.all)
    func quantize(table: KernelTable) {
        var generator = SplitMix(seed: 3)
        let scales: [Float] = [1, 0.0321, 0.003_921_569, 1e-38, 1e30]
        let corners: [Float] = [
            0, -0.0, 0.5, 1.5, 2.5, -0.5, 255, 256, 1e9, -1e9, 3.4e38, -3.4e38, .infinity, -.infinity, .nan,
            .leastNonzeroMagnitude,
        ]
        for count in Self.counts {
            let scale = generator.pick(scales)
            let zeroPoint = Int32(generator.pick([0, 128, 255, 114]))
            var values: [Float] = []
            for index in 0..<count {
                values.append(index % 3 == 0 ? generator.pick(corners) : generator.signedUnit() * scale * 300)
            }
            let (inputMemory, input) = floats(values)
            defer { withExtendedLifetime(inputMemory) {} }
            let output = bytes(count, &generator)
            table.functions.quantize(scale, zeroPoint, input, output.base, count)
            let expected = values.map { value -> UInt8 in
                if value.isNaN { return UInt8(zeroPoint) }
                let steps = Double((value / scale).rounded(.toNearestOrEven)) + Double(zeroPoint)
                return UInt8(min(max(steps, 0), 255))
            }
            #expect(Array(output.bytes) == expected, "\(count) elements, scale \(scale), zero point \(zeroPoint)")
        }
    }

    @Test("dequantize gives the same floats to the bit", arguments: KernelTable.all)
    func dequantize(table: KernelTable) {
        var generator = SplitMix(seed: 4)
        let scales: [Float] = [1, 0.0321, 0.003_921_569, 1e-38]
        for count in Self.counts {
            let scale = generator.pick(scales)
            let zeroPoint = Int32(generator.pick([0, 128, 255, 114]))
            let input = bytes(count, &generator)
            let (outputMemory, output) = floats(Array(repeating: .nan, count: count))
            defer { withExtendedLifetime(outputMemory) {} }
            table.functions.dequantize(scale, zeroPoint, input.base, output, count)
            for index in 0..<count {
                let expected = Float(Int32(input.bytes[index]) - zeroPoint) * scale
                #expect(output[index].bitPattern == expected.bitPattern, "element \(index) of \(count)")
            }
        }
    }
}
