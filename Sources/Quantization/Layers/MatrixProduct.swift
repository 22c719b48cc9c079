import COpenBLAS

/// Products of row-major float matrices, through OpenBLAS.
enum MatrixProduct {
    /// `left` (rows x depth) times the transpose of `right` (columns x depth), into `result` (rows x columns).
    ///
    /// Row strides are in elements and may exceed the rows' lengths.
    static func timesTransposed(
        _ left: UnsafePointer<Float>, stride leftStride: Int, _ right: UnsafePointer<Float>, stride rightStride: Int,
        into result: UnsafeMutablePointer<Float>, stride resultStride: Int, rows: Int, columns: Int, depth: Int
    ) {
        cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasTrans, blasint(rows), blasint(columns), blasint(depth), 1, left,
            blasint(leftStride), right, blasint(rightStride), 0, result, blasint(resultStride))
    }
}
