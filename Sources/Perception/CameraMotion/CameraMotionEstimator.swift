/// Measures how far the distant picture moves from frame to frame because the camera turns: nodding when the vehicle brakes,
/// panning when it steers.
///
/// Patches with corners are taken from the band around the horizon of the last frame, outside of known objects, and found
/// again in this frame by their brightness (see ``PatchSearch``). A robust fit of shift and expansion leaves out what moves
/// by itself. Patches near the direction of travel count most: driving forward does not move them.
///
/// Allocates nothing after the first frame of a size.
public struct CameraMotionEstimator: ~Copyable {
    /// Width that frames are reduced to, about.
    private static var smallWidth: Int { 320 }
    private static var columns: Int { 14 }
    private static var rows: Int { 5 }
    private static var minimumMatches: Int { 6 }

    /// The band that is looked at, as shares of the picture's height.
    public let band: ClosedRange<Float>

    private var frames = SmallFrames(frameWidth: 1, frameHeight: 1, factor: 1)
    private var hasLast = false
    private var fit: ShiftFit
    private let differences: UnsafeMutablePointer<Int32>

    public init(band: ClosedRange<Float> = 0.22...0.6) {
        self.band = band
        fit = ShiftFit(capacity: Self.columns * Self.rows)
        differences = .allocate(capacity: PatchSearch.placeCount)
    }

    deinit {
        differences.deallocate()
    }

    /// Forgets the last frame.
    public mutating func reset() { hasLast = false }

    /// Takes a frame and measures against the last one.
    ///
    /// - Parameter isObject: whether a place, in pixels of the captured frame, belongs to something that may move by itself.
    /// - Returns: ``CameraShift/zero`` for the first frame, after a change of size, and where too little is recognised.
    public mutating func update(_ luma: LumaPlane, isObject: (Float, Float) -> Bool) -> CameraShift {
        let factor = max((luma.width + Self.smallWidth / 2) / Self.smallWidth, 1)
        if frames.width != luma.width / factor || frames.height != luma.height / factor || frames.factor != factor {
            frames = SmallFrames(frameWidth: luma.width, frameHeight: luma.height, factor: factor)
            hasLast = false
        }
        let margin = PatchSearch.reachY + 1
        let top = max(Int(Float(frames.height) * band.lowerBound), margin)
        let bottom = min(Int(Float(frames.height) * band.upperBound), frames.height - margin)
        guard bottom - top > PatchSearch.height, frames.width > 2 * (PatchSearch.reachX + PatchSearch.width) else {
            return .zero
        }
        frames.advance(luma, rows: (top - margin)..<(bottom + margin))
        guard hasLast else {
            hasLast = true
            return .zero
        }
        let changed = changedShare(rows: (top + bottom) / 2..<bottom, isObject: isObject)
        match(rows: top..<bottom, isObject: isObject)
        guard fit.count >= Self.minimumMatches, let shift = fit.solve(reach: Float(frames.width)) else {
            return CameraShift(x: 0, y: 0, deviation: nil, changedShare: changed)
        }
        let scale = Float(factor)
        return CameraShift(
            x: shift.x * scale, y: shift.y * scale, deviation: shift.deviation * scale, changedShare: changed)
    }

    /// How much of the rows below the horizon looks other than before, by blocks of 8x4 pixels outside of objects. Blocks that
    /// are even now and were before say nothing; nil when there are few others.
    private func changedShare(rows: Range<Int>, isObject: (Float, Float) -> Bool) -> Float? {
        let scale = Float(frames.factor)
        var seen = 0
        var changed = 0
        for top in stride(from: rows.lowerBound, through: rows.upperBound - 4, by: 4) {
            for left in stride(from: 0, through: frames.width - 8, by: 8) {
                guard !isObject((Float(left) + 4) * scale, (Float(top) + 2) * scale) else { continue }
                guard let hasChanged = hasChanged(left: left, top: top) else { continue }
                seen += 1
                if hasChanged { changed += 1 }
            }
        }
        return seen < 20 ? nil : Float(changed) / Float(seen)
    }

    /// Whether the mean change of a block's pixels is more than a camera's noise and a codec's artefacts; nil for a block without
    /// texture.
    private func hasChanged(left: Int, top: Int) -> Bool? {
        var sum = 0
        var least = UInt8.max
        var greatest = UInt8.min
        for row in top..<top + 4 {
            let offset = row * frames.rowStride + left
            for column in 0..<8 {
                let (now, before) = (frames.newest[offset + column], frames.last[offset + column])
                sum += abs(Int(now) - Int(before))
                least = min(least, now, before)
                greatest = max(greatest, now, before)
            }
        }
        guard Int(greatest) - Int(least) > 3 * Self.noiseLevels else { return nil }
        return sum > 32 * Self.noiseLevels
    }
    private static var noiseLevels: Int { 4 }

    private mutating func match(rows band: Range<Int>, isObject: (Float, Float) -> Bool) {
        fit.removeAll()
        let left = PatchSearch.reachX + 1
        let stepX = (frames.width - 2 * left - PatchSearch.width) / (Self.columns - 1)
        let stepY = max((band.count - PatchSearch.height) / (Self.rows - 1), 1)
        let scale = Float(frames.factor)
        let search = PatchSearch(
            newest: frames.newest, last: frames.last, rowStride: frames.rowStride, differences: differences)
        for row in 0..<Self.rows {
            for column in 0..<Self.columns {
                let x = left + column * stepX
                let y = min(band.lowerBound + row * stepY, band.upperBound - PatchSearch.height)
                let center = (x: Float(x + PatchSearch.width / 2), y: Float(y + PatchSearch.height / 2))
                guard !isObject(center.x * scale, center.y * scale), let shift = search.find(x: x, y: y) else {
                    continue
                }
                fit.add(
                    x: center.x - Float(frames.width) / 2, y: center.y - Float(band.lowerBound + band.upperBound) / 2,
                    shiftX: shift.x, shiftY: shift.y)
            }
        }
    }
}
