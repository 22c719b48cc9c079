/// Writes Foxglove's messages about what Sightline found.
public enum FoxgloveEncoder {
    /// Boxes and labels of detections over the picture.
    ///
    /// - Parameter timestamp: that of the picture's own message: Foxglove joins the two by it.
    public static func annotations(
        _ writer: inout ProtobufWriter, _ detections: Sightline_Detections, timestamp: Int64
    ) {
        for detection in detections.detections {
            outline(&writer, detection.box, color: .ofClass(detection.classID), timestamp: timestamp)
        }
        for detection in detections.detections {
            var text = "\(detection.label) \(Int((detection.score * 100).rounded()))%"
            if detection.hasDistanceM { text += " \(meters(detection.distanceM))" }
            label(&writer, text, at: detection.box, timestamp: timestamp)
        }
        writer.time(5, timestamp)
    }

    /// Boxes, identities and distances of tracks over the picture.
    public static func annotations(_ writer: inout ProtobufWriter, _ tracks: Sightline_Tracks, timestamp: Int64) {
        for track in tracks.tracks {
            outline(&writer, track.box, color: .ofClass(track.classID), timestamp: timestamp)
        }
        for track in tracks.tracks {
            var text = "\(track.trackID) \(track.label)"
            if track.hasDistanceM { text += " \(meters(track.distanceM))" }
            label(&writer, text, at: track.box, timestamp: timestamp)
        }
        writer.time(5, timestamp)
    }

    /// Outline of the drivable road and lane boundaries over the picture.
    public static func annotations(_ writer: inout ProtobufWriter, _ road: Sightline_Road, timestamp: Int64) {
        lines(&writer, road.drivableOutline, isClosed: true, color: .road, timestamp: timestamp)
        for lane in road.lanes { lines(&writer, lane.points, isClosed: false, color: .lane, timestamp: timestamp) }
        let space = road.freeSpace
        if !space.boundaryYPx.isEmpty {
            let points = space.boundaryYPx.enumerated().map { index, y in
                Sightline_Point.with {
                    $0.x = space.firstColumnPx + Float(index) * space.columnStepPx
                    $0.y = y
                }
            }
            lines(&writer, points, isClosed: false, color: .road, timestamp: timestamp)
        }
        writer.time(5, timestamp)
    }

    private static func outline(
        _ writer: inout ProtobufWriter, _ box: Sightline_Box, color: FoxgloveColor, timestamp: Int64
    ) {
        annotation(&writer, kind: 2, color: color, timestamp: timestamp) { writer in
            writer.point(3, x: box.x1, y: box.y1)
            writer.point(3, x: box.x2, y: box.y1)
            writer.point(3, x: box.x2, y: box.y2)
            writer.point(3, x: box.x1, y: box.y2)
        }
    }

    private static func lines(
        _ writer: inout ProtobufWriter, _ points: [Sightline_Point], isClosed: Bool, color: FoxgloveColor,
        timestamp: Int64
    ) {
        guard points.count > 1 else { return }
        annotation(&writer, kind: isClosed ? 2 : 3, color: color, timestamp: timestamp) { writer in
            for point in points { writer.point(3, x: point.x, y: point.y) }
        }
    }

    /// A `foxglove.PointsAnnotation`; `kind` is 2 for a closed line, 3 for an open one.
    private static func annotation(
        _ writer: inout ProtobufWriter, kind: UInt64, color: FoxgloveColor, timestamp: Int64,
        points: (inout ProtobufWriter) -> Void
    ) {
        writer.message(2) { writer in
            writer.time(1, timestamp)
            writer.unsigned(2, kind)
            points(&writer)
            writer.color(4, color)
            writer.double(7, 2)
        }
    }

    private static func label(_ writer: inout ProtobufWriter, _ text: String, at box: Sightline_Box, timestamp: Int64) {
        writer.message(3) { writer in
            writer.time(1, timestamp)
            writer.point(2, x: box.x1, y: box.y1)
            writer.string(3, text)
            writer.double(4, 14)
            writer.color(5, .white)
            writer.color(6, .shade)
        }
    }

    static func meters(_ distance: Float) -> String {
        let tenths = (Double(distance) * 10).rounded()
        guard tenths.isFinite, abs(tenths) < 1e7 else { return "" }
        return "\(Int(tenths) / 10).\(abs(Int(tenths)) % 10) m"
    }
}
