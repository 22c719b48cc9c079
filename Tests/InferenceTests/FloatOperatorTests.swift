import ONNX
import SightlineInference
import Testing
import Tensors

@Suite("Float operators")
struct FloatOperatorTests {
    @Test("convolutions of all shapes agree with the reference", arguments: 0..<24)
    func convolutions(seed: Int) throws {
        var builder = GraphBuilder(seed: UInt64(seed))
        let groups = builder.random.choice([1, 1, 1, 2, 4])
        let channels = groups * builder.random.integer(1...9)
        let outputs = groups * builder.random.integer(1...20)
        let kernel = [builder.random.choice([1, 2, 3, 5]), builder.random.choice([1, 3, 3])]
        let dilation = builder.random.choice([1, 1, 2, 3])
        let height = builder.random.integer(1...12) + (kernel[0] - 1) * dilation
        let width = builder.random.integer(1...12) + (kernel[1] - 1) * dilation
        let x = builder.input([builder.random.choice([1, 1, 2]), channels, height, width])
        let weights = builder.constant([outputs, channels / groups, kernel[0], kernel[1]])
        let bias = builder.constant([outputs])
        let pads = (0..<4).map { _ in builder.random.integer(0...2) }
        let strides = [builder.random.choice([1, 2]), builder.random.choice([1, 2, 3])]
        var y = builder.node(
            "Conv", [x, weights, bias],
            [
                "group": .int(groups), "pads": .ints(pads), "strides": .ints(strides),
                "dilations": .ints([dilation, dilation]),
            ])
        switch seed % 4 {
        case 0: y = builder.node("Relu", [y])
        case 1: y = builder.node("PRelu", [y, builder.constant([outputs, 1, 1])])
        case 2: y = builder.node("Mul", [y, builder.node("Sigmoid", [y])])
        default: break
        }
        builder.output(y)
        try builder.expectReference(within: 1e-5)
    }

    @Test("depthwise convolutions agree with the reference", arguments: 0..<8)
    func depthwise(seed: Int) throws {
        var builder = GraphBuilder(seed: UInt64(seed))
        let channels = builder.random.choice([1, 3, 16, 19, 32])
        let dilation = builder.random.choice([1, 2, 4])
        let x = builder.input([1, channels, 13, 11])
        let weights = builder.constant([channels, 1, 3, 3])
        builder.output(
            builder.node(
                "Conv", [x, weights],
                [
                    "group": .int(channels), "pads": .ints([dilation, dilation, dilation, dilation]),
                    "strides": .ints([1 + seed % 2, 1 + seed % 2]), "dilations": .ints([dilation, dilation]),
                ]))
        try builder.expectReference()
    }

    @Test("transposed convolutions agree with the reference", arguments: 0..<8)
    func transposed(seed: Int) throws {
        var builder = GraphBuilder(seed: UInt64(seed))
        let groups = builder.random.choice([1, 1, 2])
        let kernel = builder.random.choice([2, 3, 4])
        let x = builder.input([1, 4 * groups, 5, 7])
        let weights = builder.constant([4 * groups, 3, kernel, kernel])
        builder.output(
            builder.node(
                "ConvTranspose", [x, weights, builder.constant([3 * groups])],
                [
                    "group": .int(groups), "strides": .ints([2, 2]),
                    "pads": .ints(kernel == 2 ? [0, 0, 0, 0] : [1, 1, 0, 1]),
                ]))
        try builder.expectReference()
    }

    @Test("one-dimensional convolutions and pools work as well")
    func oneDimension() throws {
        var builder = GraphBuilder(seed: 5)
        let x = builder.input([2, 6, 31])
        let y = builder.node(
            "Conv", [x, builder.constant([8, 6, 3])], ["pads": .ints([1, 1]), "strides": .ints([2])])
        builder.output(builder.node("MaxPool", [y], ["kernel_shape": .ints([3])]))
        try builder.expectReference()
    }

    @Test("pools agree with the reference", arguments: [true, false], [0, 1])
    func pools(isMaximum: Bool, mode: Int) throws {
        var builder = GraphBuilder(seed: 11)
        let x = builder.input([1, 18, 15, 14])
        var attributes: [String: AttributeValue] = [
            "kernel_shape": .ints([3, 5]), "pads": .ints([1, 2, 1, 2]), "strides": .ints([2, 1]),
        ]
        if !isMaximum { attributes["count_include_pad"] = .int(mode) }
        if mode == 1 { attributes["ceil_mode"] = .int(1) }
        builder.output(builder.node(isMaximum ? "MaxPool" : "AveragePool", [x], attributes))
        builder.output(builder.node(isMaximum ? "GlobalMaxPool" : "GlobalAveragePool", [x]))
        try builder.expectReference()
    }

    @Test("elementwise operators broadcast and fuse", arguments: 0..<6)
    func elementwise(seed: Int) throws {
        var builder = GraphBuilder(seed: UInt64(seed))
        let x = builder.input([1, 12, 9, 10], range: 3)
        let shapes: [Shape] = [[1, 12, 9, 10], [12, 1, 1], [1, 1, 9, 10], [], [10], [1, 12, 1, 10]]
        let other = builder.input(shapes[seed], range: 2)
        var y = builder.node("Mul", [builder.node("Add", [x, other]), builder.constant([12, 1, 1])])
        y = builder.node("Sub", [builder.constant(shapes[(seed + 1) % 6]), builder.node("Tanh", [y])])
        y = builder.node("Div", [y, builder.node("Exp", [builder.node("Abs", [other])])])
        builder.output(builder.node("Max", [builder.node("LeakyRelu", [y], ["alpha": .float(0.1)]), x]))
        try builder.expectReference(within: 2e-6)
    }

    @Test("functions of one number agree with the reference")
    func functions() throws {
        let operators = [
            "Relu", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Exp", "Neg", "Abs", "Floor", "Ceil", "Round", "Elu",
            "Softplus", "Erf", "LeakyRelu",
        ]
        for name in operators {
            var builder = GraphBuilder(seed: 3)
            builder.output(builder.node(name, [builder.input([3, 37], range: 12)]))
            try builder.expectReference(within: 2e-6)
        }
        for name in ["Sqrt", "Reciprocal", "Log"] {
            var builder = GraphBuilder(seed: 3)
            let x = builder.node(
                "Add",
                [
                    builder.node("Abs", [builder.input([5, 21], range: 9)]),
                    builder.constant(Tensor(scalar: Float(0.01))),
                ])
            builder.output(builder.node(name, [x]))
            try builder.expectReference(within: 2e-6)
        }
    }

    @Test("matrix products take transposed and broadcast operands")
    func matrices() throws {
        var builder = GraphBuilder(seed: 8)
        let a = builder.input([2, 3, 17, 8])
        let b = builder.input([2, 3, 21, 8])
        let product = builder.node("MatMul", [a, builder.node("Transpose", [b], ["perm": .ints([0, 1, 3, 2])])])
        builder.output(builder.node("Softmax", [product], ["axis": .int(-1)]))
        builder.output(builder.node("Softmax", [product], ["axis": .int(1)]))
        builder.output(builder.node("MatMul", [a, builder.constant([8, 5])]))
        builder.output(builder.node("MatMul", [a, builder.constant([8])]))
        let row = builder.input([4, 8])
        builder.output(
            builder.node("Gemm", [row, builder.constant([5, 8]), builder.constant([5])], ["transB": .int(1)]))
        try builder.expectReference()
    }

    @Test("an attention block becomes views and products")
    func attention() throws {
        var builder = GraphBuilder(seed: 13)
        let x = builder.input([1, 24, 4, 5])
        let all = builder.node("Conv", [x, builder.constant([32, 24, 1, 1])])
        let shape = builder.constant(Tensor([Int64(1), 2, 16, 20], shape: [4]))
        let sizes = builder.constant(Tensor([Int64(4), 4, 8], shape: [3]))
        let parts = builder.nodes(
            "Split", [builder.node("Reshape", [all, shape]), sizes], ["axis": .int(2)], outputs: 3)
        let q = builder.node("Transpose", [parts[0]], ["perm": .ints([0, 1, 3, 2])])
        let scores = builder.node("Softmax", [builder.node("MatMul", [q, parts[1]])], ["axis": .int(-1)])
        let v = builder.node(
            "MatMul", [parts[2], builder.node("Transpose", [scores], ["perm": .ints([0, 1, 3, 2])])])
        let back = builder.constant(Tensor([Int64(1), 16, 4, 5], shape: [4]))
        builder.output(
            builder.node("Conv", [builder.node("Reshape", [v, back]), builder.constant([8, 16, 1, 1])]))
        try builder.expectReference()
        #expect(try builder.engine().layers.allSatisfy { $0.kind != .reference })
    }

    @Test(
        "resizes agree with the reference", arguments: ["nearest", "linear"],
        ["half_pixel", "asymmetric", "align_corners"])
    func resizes(mode: String, coordinates: String) throws {
        for scales: [Float] in [[1, 1, 2, 2], [1, 1, 1.5, 0.75]] {
            var builder = GraphBuilder(seed: 2)
            let x = builder.input([1, 5, 8, 8])
            let factors = builder.constant(Tensor(scales, shape: [4]))
            builder.output(
                builder.node(
                    "Resize", [x, "", factors],
                    ["mode": .string(mode), "coordinate_transformation_mode": .string(coordinates)]))
            try builder.expectReference()
        }
    }

    @Test("slices, pads, splits, concats and block moves agree with the reference")
    func movement() throws {
        var builder = GraphBuilder(seed: 21)
        let x = builder.input([1, 8, 6, 10])
        let y = builder.node("Conv", [x, builder.constant([16, 8, 3, 3])], ["pads": .ints([1, 1, 1, 1])])
        let halves = builder.nodes("Split", [y], ["axis": .int(1)], outputs: 2)
        let z = builder.node("Conv", [halves[1], builder.constant([4, 8, 1, 1])])
        builder.output(builder.node("Concat", [halves[0], halves[1], z], ["axis": .int(1)]))
        let ints = { (values: [Int64]) in Tensor(values, shape: [values.count]) }
        let slice = builder.node(
            "Slice",
            [
                y, builder.constant(ints([1, 9])), builder.constant(ints([6, 0])), builder.constant(ints([2, 3])),
                builder.constant(ints([2, -3])),
            ])
        builder.output(slice)
        builder.output(
            builder.node(
                "Pad",
                [y, builder.constant(ints([0, 1, 2, 0, 0, 0, 1, 3])), builder.constant(Tensor(scalar: Float(7)))]))
        builder.output(builder.node("DepthToSpace", [y], ["blocksize": .int(2)]))
        builder.output(builder.node("SpaceToDepth", [y], ["blocksize": .int(2)]))
        builder.output(builder.node("Concat", [y, builder.node("Relu", [y])], ["axis": .int(2)]))
        let flat = builder.node("Flatten", [y], ["axis": .int(2)])
        builder.output(builder.node("ReduceMean", [flat], ["axes": .ints([0]), "keepdims": .int(0)]))
        builder.output(builder.node("ReduceMax", [y], ["axes": .ints([1])]))
        builder.output(builder.node("ReduceSum", [y, builder.constant(ints([2, 3]))]))
        try builder.expectReference()
    }

    @Test("operators without kernels of their own run, and are listed")
    func referenceLayers() throws {
        var builder = GraphBuilder(seed: 4)
        let x = builder.input([1, 6, 5, 5])
        builder.output(builder.node("CumSum", [x, builder.constant(Tensor(scalar: Int64(2)))]))
        let engine = try builder.engine()
        #expect(engine.layers.contains { $0.kind == .reference && $0.operatorType == "CumSum" })
        try builder.expectReference()
    }
}
