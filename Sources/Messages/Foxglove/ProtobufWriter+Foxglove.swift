/// The small messages that Foxglove's schemas are made of.
extension ProtobufWriter {
    /// `google.protobuf.Timestamp` or `Duration` from nanoseconds, which are not negative.
    mutating func time(_ field: Int, _ nanoseconds: Int64) {
        message(field) { writer in
            writer.signed(1, nanoseconds / 1_000_000_000)
            writer.signed(2, nanoseconds % 1_000_000_000)
        }
    }

    mutating func color(_ field: Int, _ color: FoxgloveColor) {
        message(field) { writer in
            writer.double(1, color.red)
            writer.double(2, color.green)
            writer.double(3, color.blue)
            writer.double(4, color.opacity)
        }
    }

    /// `foxglove.Point2`, in pixels.
    mutating func point(_ field: Int, x: Float, y: Float) {
        message(field) { writer in
            writer.double(1, Double(x))
            writer.double(2, Double(y))
        }
    }

    /// `foxglove.Vector3` or `Point3`.
    mutating func vector(_ field: Int, _ x: Double, _ y: Double, _ z: Double) {
        message(field) { writer in
            writer.double(1, x)
            writer.double(2, y)
            writer.double(3, z)
        }
    }

    /// A pose without rotation.
    mutating func place(_ field: Int, _ x: Double, _ y: Double, _ z: Double) {
        message(field) { writer in
            writer.vector(1, x, y, z)
            writer.message(2) { $0.double(4, 1) }
        }
    }
}
