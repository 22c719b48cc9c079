import Calibration
import Messages
import Recording

extension RecordingContext {
    /// Adds what Foxglove needs to lay boxes in space over the picture: how the camera projects, and how it sits on the
    /// vehicle where that is known.
    ///
    /// - Parameter name: of the camera, as it stands before its topics, and of its coordinate frame.
    public mutating func add(_ calibration: CameraCalibration, name: String = "camera") {
        let model = calibration.model
        latch(name + "/calibration", .cameraCalibration) { writer in
            FoxgloveEncoder.calibration(
                &writer, timestamp: 0, frame: name, width: model.width, height: model.height,
                model: Self.foxgloveName(model.distortion.model), distortion: model.distortion.coefficients,
                matrix: model.matrix.elements)
        }
        guard let mounting = calibration.mounting else { return }
        let rotation = Quaternion(mounting.vehicleFromCamera)
        latch(name + "/transform", .frameTransform) { writer in
            FoxgloveEncoder.transform(
                &writer, timestamp: 0, parent: FoxgloveEncoder.vehicleFrame, child: name,
                translation: (mounting.position.x, mounting.position.y, mounting.position.z),
                rotation: (rotation.x, rotation.y, rotation.z, rotation.w))
        }
    }

    /// Foxglove has another name for the fisheye.
    private static func foxgloveName(_ model: LensDistortion.Model) -> String {
        model == .equidistant ? "kannala_brandt" : model.rawValue
    }

    private mutating func latch(_ topic: String, _ schema: FoxgloveSchema, _ encode: (inout ProtobufWriter) -> Void) {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 8)
        defer { room.deallocate() }
        var writer = ProtobufWriter(room)
        encode(&writer)
        guard !writer.overflowed else { return }
        let definition = MCAPSchema(
            id: 0, name: schema.typeName, encoding: "protobuf", data: schema.fileDescriptorSet)
        let message = LatchedMessage(
            topic: topic, schema: definition, data: [UInt8](UnsafeRawBufferPointer(rebasing: room[0..<writer.count])))
        if !latched.contains(message) { latched.append(message) }
    }
}

/// A rotation as four numbers.
struct Quaternion {
    var x: Double
    var y: Double
    var z: Double
    var w: Double

    /// From a rotation matrix, by the largest of the four parts, which keeps the division well-conditioned.
    ///
    /// Source: S. W. Shepperd, "Quaternion from rotation matrix", Journal of Guidance and Control 1 (3), 1978.
    init(_ matrix: Matrix3) {
        let (a, b, c) = (matrix.row0, matrix.row1, matrix.row2)
        let squares = [1 + a.x + b.y + c.z, 1 + a.x - b.y - c.z, 1 - a.x + b.y - c.z, 1 - a.x - b.y + c.z]
        let largest = squares.indices.max { squares[$0] < squares[$1] } ?? 0
        let root = max(squares[largest], 0).squareRoot() / 2
        let scale = root > 0 ? 1 / (4 * root) : 0
        switch largest {
        case 0: (w, x, y, z) = (root, (c.y - b.z) * scale, (a.z - c.x) * scale, (b.x - a.y) * scale)
        case 1: (w, x, y, z) = ((c.y - b.z) * scale, root, (a.y + b.x) * scale, (a.z + c.x) * scale)
        case 2: (w, x, y, z) = ((a.z - c.x) * scale, (a.y + b.x) * scale, root, (b.z + c.y) * scale)
        default: (w, x, y, z) = ((b.x - a.y) * scale, (a.z + c.x) * scale, (b.z + c.y) * scale, root)
        }
    }
}
