extension FoxgloveEncoder {
    /// Name of the vehicle's coordinate frame: x forward, y left, z up, origin on the ground.
    public static let vehicleFrame = "vehicle"

    /// Tracks with a position as boxes on the ground around the vehicle.
    ///
    /// Width, length and height are those that objects of the class usually have: one camera does not measure them.
    public static func scene(_ writer: inout ProtobufWriter, _ tracks: Sightline_Tracks, timestamp: Int64) {
        for track in tracks.tracks where track.hasForwardM && track.hasLeftM {
            let size = usualSize(track.label)
            writer.message(2) { writer in
                writer.time(1, timestamp)
                writer.string(2, vehicleFrame)
                writer.string(3, "track \(track.trackID)")
                // Gone half a second after the track's last message.
                writer.time(4, 500_000_000)
                writer.message(8) { writer in
                    // The position is that of the nearest point on the ground.
                    writer.place(
                        1, Double(track.forwardM) + size.length / 2, Double(track.leftM), size.height / 2)
                    writer.vector(2, size.length, size.width, size.height)
                    var color = FoxgloveColor.ofClass(track.classID)
                    color.opacity = 0.6
                    writer.color(3, color)
                }
                writer.message(13) { writer in
                    writer.place(
                        1, Double(track.forwardM), Double(track.leftM), size.height + 0.5)
                    writer.boolean(2, true)
                    writer.double(3, 0.6)
                    writer.color(5, .white)
                    writer.string(6, "\(track.trackID) \(track.label) \(meters(track.distanceM))")
                }
            }
        }
    }

    /// Metres.
    private static func usualSize(_ label: String) -> (length: Double, width: Double, height: Double) {
        switch label {
        case "truck", "bus", "train": (8, 2.5, 3.2)
        case "person", "pedestrian": (0.5, 0.6, 1.75)
        case "bicycle", "motorcycle", "rider": (1.9, 0.7, 1.6)
        default: (4.3, 1.8, 1.5)
        }
    }

    /// How a coordinate frame lies in another.
    ///
    /// - Parameters:
    ///   - translation: of the child in the parent, metres.
    ///   - rotation: quaternion x, y, z, w that turns the child's axes into the parent's.
    public static func transform(
        _ writer: inout ProtobufWriter, timestamp: Int64, parent: String, child: String,
        translation: (Double, Double, Double), rotation: (Double, Double, Double, Double)
    ) {
        writer.time(1, timestamp)
        writer.string(2, parent)
        writer.string(3, child)
        writer.vector(4, translation.0, translation.1, translation.2)
        writer.message(5) { writer in
            writer.double(1, rotation.0)
            writer.double(2, rotation.1)
            writer.double(3, rotation.2)
            writer.double(4, rotation.3)
        }
    }

    /// How a camera projects.
    ///
    /// - Parameters:
    ///   - matrix: nine numbers, row after row.
    ///   - model: ROS's name of the distortion model.
    public static func calibration(
        _ writer: inout ProtobufWriter, timestamp: Int64, frame: String, width: Int, height: Int, model: String,
        distortion: [Double], matrix: [Double]
    ) {
        guard matrix.count == 9 else { return }
        writer.time(1, timestamp)
        writer.fixed32(2, UInt32(clamping: width))
        writer.fixed32(3, UInt32(clamping: height))
        writer.string(4, model)
        writer.packedDoubles(5, distortion)
        writer.packedDoubles(6, matrix)
        writer.packedDoubles(7, [1, 0, 0, 0, 1, 0, 0, 0, 1])
        writer.packedDoubles(
            8,
            [
                matrix[0], matrix[1], matrix[2], 0, matrix[3], matrix[4], matrix[5], 0, matrix[6], matrix[7], matrix[8],
                0,
            ])
        writer.string(9, frame)
    }

    /// A line of the log.
    public static func log(_ writer: inout ProtobufWriter, _ log: Sightline_Log, timestamp: Int64) {
        writer.time(1, timestamp)
        // Sightline's levels have the same numbers: debug 1 to error 4.
        writer.unsigned(2, UInt64(log.level.rawValue))
        writer.string(3, log.text)
        writer.string(4, log.source)
    }
}
