import Tensors

/// GridSample: reads an image at places that a second tensor names.
///
/// Jaderberg et al., "Spatial Transformer Networks", 2015; any number of spatial axes.
enum GridSampleOperators {
    static let table: [String: ReferenceOperator] = [
        "GridSample": ReferenceOperator(
            inputs: 2...2, attributes: ["align_corners", "mode", "padding_mode"], versions: 16...25, widensHalf: true,
            sample)
    ]

    private static func sample(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try call.input(0)
        let grid = try call.input(1)
        let rank = input.shape.rank - 2
        guard rank >= 1, grid.shape.rank == rank + 2, grid.shape[0] == input.shape[0], grid.shape[rank + 1] == rank,
            input.shape.dimensions[2...].allSatisfy({ $0 > 0 }), let values = try call.doubles(0),
            let places = try call.doubles(1)
        else { throw call.failure("a grid of \(grid.shape) does not fit an input of \(input.shape)") }
        let sampler = try GridSampler(call, extents: Array(input.shape.dimensions[2...]))
        let output = Array(grid.shape.dimensions[1...rank])
        let shape = Shape(input.shape.dimensions[..<2] + output)
        try call.checkSize(shape)
        let (count, area, channels) = (output.reduce(1, *), sampler.area, input.shape[1])
        var result = [Double](repeating: 0, count: shape.elementCount)
        for image in 0..<input.shape[0] {
            for place in 0..<count {
                let start = (image * count + place) * rank
                // The grid names the innermost axis first.
                let taps = sampler.taps(at: places[start..<start + rank].reversed())
                for channel in 0..<channels {
                    let plane = (image * channels + channel) * area
                    result[(image * channels + channel) * count + place] = taps.reduce(0) { sum, tap in
                        sum + tap.weight * values[plane + tap.index]
                    }
                }
            }
        }
        return [Tensor(result, shape: shape).rounded(to: input.elementType)]
    }
}
