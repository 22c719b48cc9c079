import Glibc

/// A 3x3 matrix by rows: a rotation, a homography, a camera matrix.
public struct Matrix3: Hashable, Sendable {
    public var row0: SIMD3<Double>
    public var row1: SIMD3<Double>
    public var row2: SIMD3<Double>

    public init(_ row0: SIMD3<Double>, _ row1: SIMD3<Double>, _ row2: SIMD3<Double>) {
        self.row0 = row0
        self.row1 = row1
        self.row2 = row2
    }

    public static let identity = Matrix3(SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1))

    /// Nine elements, row by row.
    public var elements: [Double] {
        [row0.x, row0.y, row0.z, row1.x, row1.y, row1.z, row2.x, row2.y, row2.z]
    }

    /// From nine elements, row by row.
    ///
    /// - Precondition: there are nine.
    public init(elements: [Double]) {
        precondition(elements.count == 9)
        self.init(
            SIMD3(elements[0], elements[1], elements[2]), SIMD3(elements[3], elements[4], elements[5]),
            SIMD3(elements[6], elements[7], elements[8]))
    }

    /// A matrix with the given columns.
    public init(columns first: SIMD3<Double>, _ second: SIMD3<Double>, _ third: SIMD3<Double>) {
        self.init(
            SIMD3(first.x, second.x, third.x), SIMD3(first.y, second.y, third.y), SIMD3(first.z, second.z, third.z))
    }

    public var transposed: Matrix3 { Matrix3(columns: row0, row1, row2) }

    public var column0: SIMD3<Double> { SIMD3(row0.x, row1.x, row2.x) }
    public var column1: SIMD3<Double> { SIMD3(row0.y, row1.y, row2.y) }
    public var column2: SIMD3<Double> { SIMD3(row0.z, row1.z, row2.z) }

    public var determinant: Double { row0.dot(row1.cross(row2)) }

    /// The inverse, or nil when the matrix is singular.
    public var inverse: Matrix3? {
        let determinant = determinant
        guard determinant.magnitude > .leastNormalMagnitude, determinant.isFinite else { return nil }
        return Matrix3(
            columns: row1.cross(row2) / determinant, row2.cross(row0) / determinant, row0.cross(row1) / determinant)
    }

    @inline(__always)
    public static func * (matrix: Matrix3, vector: SIMD3<Double>) -> SIMD3<Double> {
        SIMD3(matrix.row0.dot(vector), matrix.row1.dot(vector), matrix.row2.dot(vector))
    }

    public static func * (left: Matrix3, right: Matrix3) -> Matrix3 {
        let columns = right.transposed
        return Matrix3(columns * left.row0, columns * left.row1, columns * left.row2)
    }

    /// Where a homography takes a point of the plane.
    @inline(__always)
    func mapping(_ point: SIMD2<Double>) -> SIMD2<Double> {
        let image = self * SIMD3(point, 1)
        return SIMD2(image.x, image.y) / image.z
    }
}

extension Matrix3 {
    /// Right-handed turns about the axes, in radians.
    public static func rotation(aboutX angle: Double) -> Matrix3 {
        let (sine, cosine) = (sin(angle), cos(angle))
        return Matrix3(SIMD3(1, 0, 0), SIMD3(0, cosine, -sine), SIMD3(0, sine, cosine))
    }

    public static func rotation(aboutY angle: Double) -> Matrix3 {
        let (sine, cosine) = (sin(angle), cos(angle))
        return Matrix3(SIMD3(cosine, 0, sine), SIMD3(0, 1, 0), SIMD3(-sine, 0, cosine))
    }

    public static func rotation(aboutZ angle: Double) -> Matrix3 {
        let (sine, cosine) = (sin(angle), cos(angle))
        return Matrix3(SIMD3(cosine, -sine, 0), SIMD3(sine, cosine, 0), SIMD3(0, 0, 1))
    }

    /// The rotation about a vector by its length in radians (Rodrigues' formula).
    public init(rotationVector vector: SIMD3<Double>) {
        let angle = vector.length
        guard angle > 1e-12 else {
            self.init(SIMD3(1, -vector.z, vector.y), SIMD3(vector.z, 1, -vector.x), SIMD3(-vector.y, vector.x, 1))
            return
        }
        let axis = vector / angle
        let (sine, cosine) = (sin(angle), cos(angle))
        let (along, rest) = (axis * (1 - cosine), axis * sine)
        self.init(
            SIMD3(axis.x * along.x + cosine, axis.x * along.y - rest.z, axis.x * along.z + rest.y),
            SIMD3(axis.y * along.x + rest.z, axis.y * along.y + cosine, axis.y * along.z - rest.x),
            SIMD3(axis.z * along.x - rest.y, axis.z * along.y + rest.x, axis.z * along.z + cosine))
    }

    /// The rotation vector of a rotation, of length 0 to pi.
    public var rotationVector: SIMD3<Double> {
        let axis = SIMD3(row2.y - row1.z, row0.z - row2.x, row1.x - row0.y)
        let sine = axis.length / 2
        let cosine = (row0.x + row1.y + row2.z - 1) / 2
        let angle = atan2(sine, cosine)
        if sine > 1e-7 { return axis * (angle / (2 * sine)) }
        guard cosine < 0 else { return axis / 2 }
        // A half turn: the axis is the column of R + 1 that is longest.
        let columns = [column0 + SIMD3(1, 0, 0), column1 + SIMD3(0, 1, 0), column2 + SIMD3(0, 0, 1)]
        let longest = columns.max { $0.length < $1.length } ?? columns[0]
        return longest.normalized * angle
    }
}
