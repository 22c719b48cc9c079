import CKernels

/// Where an ``ElementwiseStep`` puts its results.
struct ElementwiseOutput {
    let view: ResolvedView
    /// How results are quantised; nil for reals.
    let quantization: Quantization?
    let border: BorderFill?

    init(_ view: ResolvedView, quantization: Quantization? = nil, border: BorderFill? = nil) {
        self.view = view
        self.quantization = quantization
        self.border = border
    }

    /// Where an area's reals can be computed in place, or nil.
    ///
    /// - Parameter strides: the output's strides in the loops.
    func directPointer(_ area: ElementwiseArea, _ start: Int, _ strides: [Int]) -> UnsafeMutablePointer<Float>? {
        guard quantization == nil, isDense(area, strides) else { return nil }
        return view.pointer(as: Float.self) + start
    }

    /// Whether an area is one run of memory.
    private func isDense(_ area: ElementwiseArea, _ strides: [Int]) -> Bool {
        strides[strides.count - 1] == 1
            && (area.rows == 1 || strides.count > 1 && strides[strides.count - 2] == area.columns)
    }

    func store(
        _ reals: UnsafeMutablePointer<Float>, _ area: ElementwiseArea, _ start: Int, _ strides: [Int],
        kernels: sightline_kernels, floatKernels: sightline_float_kernels
    ) {
        let columnStride = strides[strides.count - 1]
        let rowStride = strides.count > 1 ? strides[strides.count - 2] : 0
        guard let quantization else { return storeReals(reals, area, start, columnStride, rowStride, floatKernels) }
        let to = view.pointer(as: UInt8.self) + start
        if isDense(area, strides) {
            kernels.quantize(quantization.scale, quantization.zeroPoint, reals, to, area.rows * area.columns)
        } else if columnStride == 1 {
            floatKernels.quantize_rows(
                quantization.scale, quantization.zeroPoint, reals, to, rowStride, area.rows, area.columns)
        } else {
            for row in 0..<area.rows {
                for column in 0..<area.columns {
                    kernels.quantize(
                        quantization.scale, quantization.zeroPoint, reals + row * area.columns + column,
                        to + row * rowStride + column * columnStride, 1)
                }
            }
        }
    }

    private func storeReals(
        _ reals: UnsafeMutablePointer<Float>, _ area: ElementwiseArea, _ start: Int, _ columnStride: Int,
        _ rowStride: Int, _ floatKernels: sightline_float_kernels
    ) {
        let to = view.pointer(as: Float.self) + start
        if columnStride == 1 {
            return floatKernels.copy_pixels(
                UnsafeRawPointer(reals).assumingMemoryBound(to: UInt8.self), area.columns * 4,
                UnsafeMutableRawPointer(to).assumingMemoryBound(to: UInt8.self), rowStride * 4, area.rows,
                area.columns * 4)
        }
        for row in 0..<area.rows {
            for column in 0..<area.columns {
                to[row * rowStride + column * columnStride] = reals[row * area.columns + column]
            }
        }
    }
}
