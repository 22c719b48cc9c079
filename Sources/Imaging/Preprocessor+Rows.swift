import CKernels

extension Preprocessor {
    /// Makes one row of the network's input.
    func convert(row: Int, of view: ImageView, to destination: UnsafeMutableRawPointer, worker: Int) {
        let y = row - transform.top
        guard 0..<transform.scaledHeight ~= y else {
            storeBorder(columns: 0..<picture.width, row: row, destination)
            return
        }
        blendPlanes(of: view, row: y, worker: worker)
        makePixels(worker: worker)
        quantize(worker: worker)
        let right = transform.left + transform.scaledWidth
        storeBorder(columns: 0..<transform.left, row: row, destination)
        storeBorder(columns: right..<picture.width, row: row, destination)
        store(
            (
                workspace.pixelRow(plan.order[0], worker: worker), workspace.pixelRow(plan.order[1], worker: worker),
                workspace.pixelRow(plan.order[2], worker: worker)
            ), columns: transform.left..<right, row: row, destination)
    }

    private func blendPlanes(of view: ImageView, row: Int, worker: Int) {
        for index in plan.planes.indices {
            let plane = plan.planes[index]
            let vertical = plane.vertical
            let source = view.plane(index)
            let top = Int(vertical.left[row])
            // The run of weights belongs to target rows side by side; the kernel wants those of one row.
            let taps = min(vertical.tapCount(at: row), plane.rowCount - top)
            withUnsafeTemporaryAllocation(of: Int16.self, capacity: max(1, taps - 1)) { weights in
                for k in 0..<taps - 1 { weights[k] = vertical.weights[k * vertical.weightStride + row] }
                kernels.blend_rows(
                    source.row(top), source.rowStride, weights.baseAddress, taps, plane.rowByteCount,
                    workspace.planeRow(index, worker: worker))
            }
        }
    }

    /// A component's samples at the scaled width.
    private func component(_ index: Int, worker: Int) -> UnsafePointer<Int16> {
        let component = plan.components[index]
        let table = component.horizontal
        var row = UnsafePointer(workspace.planeRow(component.layout.plane, worker: worker))
        if component.layout.step > 1 {
            let target = workspace.componentRow(index, worker: worker)
            kernels.extract(row + component.layout.offset, component.layout.step, component.sampleCount, target)
            row = UnsafePointer(target)
        }
        if table.isIdentity { return row }
        let target = workspace.resampledRow(index, worker: worker)
        kernels.resample(row, table.left, table.weights, table.weightStride, table.taps, table.count, target)
        return UnsafePointer(target)
    }

    private func makePixels(worker: Int) {
        let count = transform.scaledWidth
        let red = workspace.pixelRow(0, worker: worker)
        let green = workspace.pixelRow(1, worker: worker)
        let blue = workspace.pixelRow(2, worker: worker)
        if source.format.isYUV {
            let isGray = plan.components.count == 1
            let neutral = UnsafePointer(workspace.neutral)
            let y = component(0, worker: worker)
            let u = isGray ? neutral : component(1, worker: worker)
            let v = isGray ? neutral : component(2, worker: worker)
            withUnsafePointer(to: plan.matrix) { kernels.yuv_to_rgb($0, y, u, v, count, red, green, blue) }
        } else {
            kernels.round_to_bytes(component(0, worker: worker), count, red)
            kernels.round_to_bytes(component(1, worker: worker), count, green)
            kernels.round_to_bytes(component(2, worker: worker), count, blue)
        }
    }

    private func quantize(worker: Int) {
        guard !quantizer.isIdentity else { return }
        quantizer.table.withUnsafeBufferPointer { table in
            for channel in 0..<3 {
                let row = workspace.pixelRow(plan.order[channel], worker: worker)
                for x in 0..<transform.scaledWidth { row[x] = table[channel << 8 | Int(row[x])] }
            }
        }
    }

    private func storeBorder(columns: Range<Int>, row: Int, _ destination: UnsafeMutableRawPointer) {
        guard !columns.isEmpty else { return }
        store(
            (workspace.borderRow(0), workspace.borderRow(1), workspace.borderRow(2)), columns: columns, row: row,
            destination)
    }

    private typealias ChannelRows = (
        UnsafeMutablePointer<UInt8>, UnsafeMutablePointer<UInt8>, UnsafeMutablePointer<UInt8>
    )

    /// Writes finished bytes, given in the network's channel order, to their columns of a row.
    private func store(
        _ rows: ChannelRows, columns: Range<Int>, row: Int, _ destination: UnsafeMutableRawPointer
    ) {
        let (width, count) = (picture.width, columns.count)
        let planeSize = width * picture.height
        let position = row * width + columns.lowerBound
        switch layout {
        case .interleaved(let rowStride, let pixelStride, _):
            let target = destination + row * rowStride + columns.lowerBound * pixelStride
            kernels.interleave(
                rows.0, rows.1, rows.2, pixelStride, count, target.assumingMemoryBound(to: UInt8.self))
        case .planar:
            let target = (destination + position).assumingMemoryBound(to: UInt8.self)
            target.update(from: rows.0, count: count)
            (target + planeSize).update(from: rows.1, count: count)
            (target + 2 * planeSize).update(from: rows.2, count: count)
        case .planarFloat:
            let target = (destination + position * 4).assumingMemoryBound(to: Float.self)
            storeFloats(rows, stride: 1, planeStep: planeSize, count: count, target)
        case .interleavedFloat:
            let target = (destination + position * 12).assumingMemoryBound(to: Float.self)
            storeFloats(rows, stride: 3, planeStep: 1, count: count, target)
        }
    }

    private func storeFloats(
        _ rows: ChannelRows, stride: Int, planeStep: Int, count: Int, _ target: UnsafeMutablePointer<Float>
    ) {
        let (scale, offset) = (picture.scale, picture.offset)
        kernels.to_float(rows.0, scale[0], offset[0], stride, count, target)
        kernels.to_float(rows.1, scale[1], offset[1], stride, count, target + planeStep)
        kernels.to_float(rows.2, scale[2], offset[2], stride, count, target + 2 * planeStep)
    }
}
