import Calibration
import Imaging
import Messages
import Perception

/// The road from above, drawn into a corner of an annotated picture: the vehicle at the bottom, a line every ten metres, lane
/// boundaries, free space, and objects with their uncertainty and where they will be in a second.
struct TopView {
    /// Metres from the picture's lower to its upper edge, and to each side.
    static let length = 60.0
    static let halfWidth = 14.0

    private static let background = DrawingColor(red: 24, green: 28, blue: 36)
    private static let grid = DrawingColor(red: 90, green: 96, blue: 110)
    private static let free = DrawingColor(red: 40, green: 150, blue: 80)
    private static let boundary = DrawingColor(red: 255, green: 120, blue: 110)
    private static let vehicle = DrawingColor(red: 230, green: 230, blue: 235)

    private let canvas: Canvas
    private let region: PixelRegion
    /// Pixels per metre.
    private let scale: Double

    /// - Parameter canvas: the picture; the view takes its lower right corner.
    init(_ canvas: Canvas) {
        self.canvas = canvas
        let height = canvas.height * 45 / 100
        scale = Double(height) / Self.length
        let width = Int(2 * Self.halfWidth * scale)
        let margin = 8
        region = PixelRegion(
            left: canvas.width - width - margin, top: canvas.height - height - margin, right: canvas.width - margin,
            bottom: canvas.height - margin)
    }

    func draw(_ ground: RoadGround, _ freeRoad: FreeRoad?, _ tracking: ObjectTracking?) {
        canvas.fill(region, color: Self.background, opacity: 0.75)
        if let freeRoad { draw(freeRoad, ground.locator.currentPlane) }
        drawGrid()
        for index in 0..<ground.lanes.count { draw(ground.lanes[index]) }
        if let tracking { draw(tracking, ground) }
        // The own car, two metres wide.
        line([(0, -1), (0, 1), (2, 0), (0, -1)], color: Self.vehicle, thickness: 2)
    }

    private func point(forward: Double, left: Double) -> Canvas.Point {
        Canvas.Point(
            x: Double(region.left + region.right) / 2 - left * scale, y: Double(region.bottom) - 4 - forward * scale)
    }

    private func contains(forward: Double, left: Double) -> Bool {
        forward >= -1 && forward <= Self.length - 2 && abs(left) <= Self.halfWidth
    }

    /// A line through places (forward, left); what lies outside of the view is left out.
    private func line(_ places: [(Double, Double)], color: DrawingColor, thickness: Double, opacity: Double = 1) {
        var run: [Canvas.Point] = []
        for (forward, left) in places {
            if contains(forward: forward, left: left) {
                run.append(point(forward: forward, left: left))
            } else {
                if run.count > 1 { canvas.polyline(run, color: color, thickness: thickness, opacity: opacity) }
                run.removeAll()
            }
        }
        if run.count > 1 { canvas.polyline(run, color: color, thickness: thickness, opacity: opacity) }
    }

    private func drawGrid() {
        for metres in stride(from: 10, to: Int(Self.length), by: 10) {
            let y = Int(point(forward: Double(metres), left: 0).y)
            canvas.fill(
                PixelRegion(left: region.left, top: y, right: region.right, bottom: y + 1), color: Self.grid,
                opacity: 0.6)
            canvas.text("\(metres)", x: region.left + 3, y: y + 2, color: Self.grid, scale: 1)
        }
    }

    private func draw(_ road: FreeRoad, _ plane: GroundPlane) {
        let places = (0..<road.outline.count).compactMap { index -> SIMD2<Double>? in
            let corner = road.outline[index]
            return Self.place(SIMD2(Double(corner.x) - 0.5, Double(corner.y) - 0.5), on: plane)
        }
        let shown = PolygonClip.inside(
            places, lower: SIMD2(0, -Self.halfWidth), upper: SIMD2(Self.length - 2, Self.halfWidth))
        canvas.polygon(
            shown.map { point(forward: $0.x, left: $0.y) }, color: Self.free, opacity: 0.45)
    }

    /// A pixel's place on the ground; far ahead for one that sees the horizon or what is above it.
    private static func place(_ pixel: SIMD2<Double>, on plane: GroundPlane) -> SIMD2<Double>? {
        guard let ray = plane.direction(of: pixel), ray.x > 0.01 else { return nil }
        let reach = plane.mounting.heightMetres / max(-ray.z, plane.mounting.heightMetres / farthest)
        return SIMD2(plane.mounting.xMetres, plane.mounting.yMetres) + SIMD2(ray.x, ray.y) * reach
    }

    /// Metres at which the horizon is drawn.
    private static let farthest = 300.0

    private func draw(_ boundary: LaneBoundary) {
        let places = stride(from: boundary.forwardFrom, through: boundary.forwardTo, by: 1).map {
            ($0, boundary.left(at: $0))
        }
        let isOwn = boundary.side == .egoLeft || boundary.side == .egoRight
        line(
            places, color: Self.boundary, thickness: isOwn ? 2.5 : 1.5,
            opacity: 0.35 + 0.65 * Double(boundary.confidence))
    }

    private func draw(_ tracking: ObjectTracking, _ ground: RoadGround) {
        for index in 0..<tracking.tracker.count {
            let track = tracking.tracker[index]
            guard tracking.tracker.isShown(track), let place = ground.locator.location(ofTrack: track.id) else {
                continue
            }
            let (forward, left) = (Double(place.forward), Double(place.left))
            guard contains(forward: forward, left: left) else { continue }
            let color = DrawingColor.distinct(Int(track.id % 997))
            let deviation = Double(place.forwardDeviation)
            line([(forward - deviation, left), (forward + deviation, left)], color: color, thickness: 1)
            let ahead = (
                forward + Double(place.velocityForward), left + Double(place.velocityLeft)
            )
            line([(forward, left), ahead], color: color, thickness: 1, opacity: 0.6)
            let half = max(min(Double(place.width), 3) / 2, 0.4)
            let corner = point(forward: forward + 0.8, left: left + half)
            let far = point(forward: forward - 0.1, left: left - half)
            canvas.fill(
                PixelRegion(left: Int(corner.x), top: Int(corner.y), right: Int(far.x) + 1, bottom: Int(far.y) + 1),
                color: color)
            canvas.text("\(track.id)", x: Int(far.x) + 3, y: Int(corner.y) - 2, color: color, scale: 1)
        }
    }
}
