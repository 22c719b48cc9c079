/// An extended Kalman filter of a few shared quantities and of a block of quantities per object, all with their joint
/// covariance, in storage that is allocated once.
///
/// Measurements are scalars that depend on few quantities, so that an update is one rank-one change of the covariance.
///
/// - Complexity: an update costs the square of the number of quantities.
struct JointFilter: ~Copyable {
    /// A measurement's derivatives by the quantities that it depends on.
    struct Row {
        var indices = SIMD8<Int>(repeating: 0)
        var values = SIMD8<Double>(repeating: 0)
        private(set) var count = 0

        mutating func add(_ index: Int, _ value: Double) {
            precondition(count < 8)
            indices[count] = index
            values[count] = value
            count += 1
        }
    }

    let sharedCount: Int
    let blockSize: Int
    let blockCapacity: Int
    private(set) var blockCount = 0
    let stride: Int
    let state: UnsafeMutablePointer<Double>
    private let covariance: UnsafeMutablePointer<Double>
    private let product: UnsafeMutablePointer<Double>
    private let scratch: UnsafeMutablePointer<Double>

    /// - Parameter variances: of the shared quantities, whose mean is zero.
    init(sharedVariances variances: [Double], blockSize: Int, blockCapacity: Int) {
        sharedCount = variances.count
        self.blockSize = blockSize
        self.blockCapacity = blockCapacity
        stride = sharedCount + blockSize * blockCapacity
        state = .allocate(capacity: stride)
        state.initialize(repeating: 0, count: stride)
        covariance = .allocate(capacity: stride * stride)
        covariance.initialize(repeating: 0, count: stride * stride)
        product = .allocate(capacity: stride)
        product.initialize(repeating: 0, count: stride)
        scratch = .allocate(capacity: stride * blockSize)
        scratch.initialize(repeating: 0, count: stride * blockSize)
        for (index, variance) in variances.enumerated() { covariance[index * stride + index] = variance }
    }

    deinit {
        state.deallocate()
        covariance.deallocate()
        product.deallocate()
        scratch.deallocate()
    }

    /// Quantities in use.
    var count: Int { sharedCount + blockSize * blockCount }

    /// The place of a block's first quantity.
    func base(_ block: Int) -> Int { sharedCount + block * blockSize }

    func covariance(_ row: Int, _ column: Int) -> Double { covariance[row * stride + column] }

    // MARK: - Blocks

    /// Adds a block whose quantities are uncorrelated with everything yet; the caller sets its state.
    ///
    /// - Precondition: there is room.
    mutating func addBlock(variance: (Int) -> Double) -> Int {
        precondition(blockCount < blockCapacity)
        let block = blockCount
        blockCount += 1
        let first = base(block)
        for index in first..<first + blockSize {
            for other in 0..<count {
                covariance[index * stride + other] = 0
                covariance[other * stride + index] = 0
            }
            covariance[index * stride + index] = variance(index - first)
        }
        return block
    }

    /// Removes a block; the last one takes its place.
    mutating func removeBlock(_ block: Int) {
        precondition(block >= 0 && block < blockCount)
        let last = blockCount - 1
        if block < last {
            let (to, from, size, used) = (base(block), base(last), blockSize, count)
            (state + to).update(from: state + from, count: size)
            for row in 0..<used {
                (covariance + (row * stride + to)).update(from: covariance + (row * stride + from), count: size)
            }
            for index in 0..<size {
                (covariance + (to + index) * stride).update(from: covariance + (from + index) * stride, count: used)
            }
        }
        blockCount = last
    }

    // MARK: - Time

    /// Multiplies a shared quantity by `factor` and adds `variance`.
    mutating func scaleShared(_ index: Int, by factor: Double, adding variance: Double) {
        state[index] *= factor
        for other in 0..<count {
            covariance[index * stride + other] *= factor
            covariance[other * stride + index] *= factor
        }
        covariance[index * stride + index] += variance
    }

    /// Applies a transition to the first four quantities of a block; the state is the caller's.
    ///
    /// - Parameter rows: the transition matrix, row by row.
    mutating func transition(_ block: Int, rows: (SIMD4<Double>, SIMD4<Double>, SIMD4<Double>, SIMD4<Double>)) {
        let first = base(block)
        let used = count
        for index in 0..<4 {
            let row = index == 0 ? rows.0 : index == 1 ? rows.1 : index == 2 ? rows.2 : rows.3
            let out = scratch + index * stride
            let a = covariance + first * stride
            for column in 0..<used {
                out[column] =
                    row[0] * a[column] + row[1] * a[stride + column] + row[2] * a[2 * stride + column]
                    + row[3] * a[3 * stride + column]
            }
        }
        for index in 0..<4 {
            (covariance + (first + index) * stride).update(from: scratch + index * stride, count: used)
        }
        for row in 0..<used {
            let place = covariance + (row * stride + first)
            let old = SIMD4(place[0], place[1], place[2], place[3])
            place[0] = (rows.0 * old).sum()
            place[1] = (rows.1 * old).sum()
            place[2] = (rows.2 * old).sum()
            place[3] = (rows.3 * old).sum()
        }
    }

    /// Adds noise to the covariance of two quantities, both ways.
    mutating func addNoise(_ row: Int, _ column: Int, _ variance: Double) {
        covariance[row * stride + column] += variance
        if row != column { covariance[column * stride + row] += variance }
    }

    /// Gives a shared quantity another mean and variance, known from elsewhere: the others follow as they are correlated with
    /// it, and what is known of them apart from it stays.
    mutating func revise(_ index: Int, mean: Double, variance: Double) {
        let used = count
        let before = covariance[index * stride + index]
        let change = mean - state[index]
        for place in 0..<used { product[place] = before > 0 ? covariance[index * stride + place] / before : 0 }
        product[index] = 1
        let growth = variance - before
        for row in 0..<used {
            state[row] += product[row] * change
            let line = covariance + row * stride
            let factor = product[row] * growth
            for column in 0..<used { line[column] += factor * product[column] }
        }
    }

    // MARK: - Measurements

    /// The variance of a quantity that depends on the state as `row` says.
    func variance(_ row: Row) -> Double {
        var result = 0.0
        for i in 0..<row.count {
            for j in 0..<row.count {
                result += row.values[i] * row.values[j] * covariance[row.indices[i] * stride + row.indices[j]]
            }
        }
        return max(result, 0)
    }

    /// Takes a scalar measurement. One that surprises by more than `gate` standard deviations counts less, so that its
    /// surprise is just that; one by twice as many is left out.
    ///
    /// - Parameters:
    ///   - surprise: measured minus expected.
    ///   - variance: of the measurement.
    /// - Returns: whether it was used.
    @discardableResult
    mutating func update(_ row: Row, surprise: Double, variance: Double, gate: Double) -> Bool {
        let expected = self.variance(row)
        let squared = surprise * surprise
        var total = expected + variance
        guard total > 0, squared < 4 * gate * gate * total else { return false }
        total = max(total, squared / (gate * gate))
        let used = count
        for index in 0..<used { product[index] = 0 }
        for i in 0..<row.count {
            let line = covariance + row.indices[i] * stride
            let value = row.values[i]
            for index in 0..<used { product[index] += value * line[index] }
        }
        let gain = surprise / total
        for index in 0..<used { state[index] += product[index] * gain }
        for index in 0..<used {
            let line = covariance + index * stride
            let factor = product[index] / total
            for other in 0..<used { line[other] -= factor * product[other] }
        }
        return true
    }
}
