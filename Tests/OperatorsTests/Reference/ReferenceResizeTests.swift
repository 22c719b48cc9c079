import ONNX
import Operators
import Tensors
import Testing

@Suite("Reference: resizing")
struct ReferenceResizeTests {
    static func resize(
        _ input: [Float], to size: Int64, _ attributes: [String: String], version: Int = 19
    ) throws -> [Float] {
        try evaluate(
            "Resize", [floats(input, [1, 1, input.count]), nil, nil, integers(1, 1, size)],
            attributes.mapValues { .string($0) }, version: version
        ).array()
    }

    @Test(
        "nearest neighbours are chosen as the rounding says",
        arguments: [
            ("floor", [0, 0, 1, 1]), ("ceil", [0, 1, 1, 1]), ("round_prefer_floor", [0, 0, 1, 1]),
            ("round_prefer_ceil", [0, 1, 1, 1]),
        ] as [(String, [Float])])
    func nearest(rounding: String, expected: [Float]) throws {
        let attributes = [
            "mode": "nearest", "nearest_mode": rounding, "coordinate_transformation_mode": "asymmetric",
        ]
        #expect(try Self.resize([0, 1], to: 4, attributes) == expected)
    }

    @Test(
        "linear interpolation maps coordinates as asked",
        arguments: [
            ("half_pixel", [0, 0.25, 0.75, 1]), ("pytorch_half_pixel", [0, 0.25, 0.75, 1]),
            ("align_corners", [0, 1.0 / 3, 2.0 / 3, 1]), ("asymmetric", [0, 0.5, 1, 1]),
        ] as [(String, [Float])])
    func linear(mode: String, expected: [Float]) throws {
        #expect(
            try Self.resize([0, 1], to: 4, ["mode": "linear", "coordinate_transformation_mode": mode]) == expected)
    }

    @Test("cubic interpolation weighs four neighbours")
    func cubic() throws {
        // Half way between the middle elements the weights are -0.09375, 0.59375, 0.59375, -0.09375.
        let result = try Self.resize(
            [0, 0, 16, 0], to: 8, ["mode": "cubic", "coordinate_transformation_mode": "asymmetric"])
        #expect(result[3] == 9.5)
        #expect(result[4] == 16)
        let reproduced = try Self.resize([1, 2, 3, 4], to: 4, ["mode": "cubic"])
        #expect(reproduced == [1, 2, 3, 4])
    }

    @Test("antialiasing averages what shrinks")
    func antialiasing() throws {
        let attributes: [String: AttributeValue] = ["mode": .string("linear"), "antialias": .int(1)]
        let constant = try evaluate(
            "Resize", [floats(Array(repeating: 3, count: 12), [1, 1, 12]), nil, nil, integers(1, 1, 5)], attributes,
            version: 18)
        #expect(constant.array(of: Float.self).allSatisfy { abs($0 - 3) < 1e-6 })
        let impulse = try evaluate(
            "Resize", [floats([0, 0, 8, 0, 0, 0, 0, 0], [1, 1, 8]), nil, nil, integers(1, 1, 4)], attributes,
            version: 18)
        #expect(impulse == floats([1, 3, 0, 0], [1, 1, 4]))
    }

    @Test("scales give the integer part of the extent, and a region beyond the input gets the fill")
    func scalesAndRegions() throws {
        let input = counting([1, 1, 5])
        let scaled = try evaluate(
            "Resize", [input, nil, floats([1, 1, 0.5], [3])],
            ["coordinate_transformation_mode": .string("asymmetric"), "nearest_mode": .string("floor")])
        #expect(scaled == floats([0, 2], [1, 1, 2]))
        let cropped = try evaluate(
            "Resize", [input, floats([0, 0, 0.5, 1, 1, 1.5], [6]), nil, integers(1, 1, 3)],
            [
                "coordinate_transformation_mode": .string("tf_crop_and_resize"), "mode": .string("linear"),
                "extrapolation_value": .float(-7),
            ])
        #expect(cropped == floats([2, 4, -7], [1, 1, 3]))
    }

    @Test("the ratio of the sides is kept where a policy asks for it")
    func policies() throws {
        let input = counting([1, 1, 4, 8])
        for (policy, expected) in [("not_larger", [1, 1, 2, 4] as Shape), ("not_smaller", [1, 1, 5, 10])] {
            let result = try evaluate(
                "Resize", [input, nil, nil, integers(5, 4)],
                ["axes": .ints([2, 3]), "keep_aspect_ratio_policy": .string(policy)], version: 18)
            #expect(result.shape == expected)
        }
    }

    @Test("what makes no sense is refused")
    func refusals() {
        let input = counting([1, 1, 4])
        let bad: [[Tensor?]] = [
            [input], [input, nil, floats([1, 1, 2], [3]), integers(1, 1, 8)], [input, nil, floats([1, 1], [2])],
            [input, nil, nil, integers(1, 1, 0)], [input, nil, floats([1, 1, .nan], [3])],
            [input, nil, floats([1, 1, 1e30], [3])], [input, nil, nil, integers(1, 1, .max)],
            [input, nil, floats([1, 1, -1], [3])],
        ]
        for inputs in bad {
            #expect(throws: OperatorError.self) { try evaluate("Resize", inputs) }
        }
        #expect(throws: OperatorError.self) { try Self.resize([1], to: 2, ["mode": "area"]) }
    }
}
