import COpenBLAS

/// Products of row-major float matrices, through OpenBLAS.
enum MatrixProduct {
    /// OpenBLAS adds up in another order on another number of threads, and roundings of weights tip over by that: with one, a
    /// network is quantised to the same file on every machine with the same instructions.
    private static let order: Void = openblas_set_num_threads(1)

    /// `left` (rows x depth) times the transpose of `right` (columns x depth), into `result` (rows x columns).
    ///
    /// Row strides are in elements and may exceed the rows' lengths.
    static func timesTransposed(
        _ left: UnsafePointer<Float>, stride leftStride: Int, _ right: UnsafePointer<Float>, stride rightStride: Int,
        into result: UnsafeMutablePointer<Float>, stride resultStride: Int, rows: Int, columns: Int, depth: Int
    ) {
        _ = order
        cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasTrans, blasint(rows), blasint(columns), blasint(depth), 1, left,
            blasint(leftStride), right, blasint(rightStride), 0, result, blasint(resultStride))
    }
}
