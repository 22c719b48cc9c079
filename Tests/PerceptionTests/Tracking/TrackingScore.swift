import Perception

/// MOTA (Bernardin and Stiefelhagen 2008) and IDF1 (Ristani et al. 2016) of tracks, by their definitions: pairs overlap by at
/// least one half, a pair of the frame before goes on while it does, the rest is assigned best.
struct TrackingScore {
    private(set) var misses = 0
    private(set) var falsePositives = 0
    private(set) var switches = 0
    private(set) var objects = 0
    private var tracked = 0
    private var together: [[Int]: Int] = [:]
    private var current: [Int: Int] = [:]

    init(truth: [[TrackedBox]], tracks: [[TrackedBox]]) {
        for (truth, tracks) in zip(truth, tracks) { add(truth, tracks) }
    }

    var mota: Double { 1 - Double(misses + falsePositives + switches) / Double(objects) }

    var idf1: Double {
        let truths = Set(together.keys.map { $0[0] }).sorted()
        let others = Set(together.keys.map { $0[1] }).sorted()
        let most = Float((together.values.max() ?? 0) + 1)
        var assignment = Assignment(rowCapacity: max(truths.count, 1), columnCapacity: max(others.count, 1), limit: 1)
        assignment.begin(rows: truths.count, columns: others.count)
        for (row, truth) in truths.enumerated() {
            for (column, other) in others.enumerated() {
                guard let frames = together[[truth, other]] else { continue }
                assignment.setCost(1 - Float(frames) / most, row: row, column: column)
            }
        }
        assignment.solve()
        var right = 0
        for row in truths.indices {
            if let column = assignment.column(ofRow: row) { right += together[[truths[row], others[column]]] ?? 0 }
        }
        return 2 * Double(right) / Double(objects + tracked)
    }

    private mutating func add(_ truth: [TrackedBox], _ tracks: [TrackedBox]) {
        objects += truth.count
        tracked += tracks.count
        for object in truth {
            for track in tracks where object.box.intersectionOverUnion(with: track.box) >= 0.5 {
                together[[object.id, track.id], default: 0] += 1
            }
        }
        var pairs: [(object: Int, track: Int)] = []
        var freeObjects = Array(truth.indices)
        var freeTracks = Array(tracks.indices)
        for object in truth.indices {
            guard let id = current[truth[object].id], let track = tracks.firstIndex(where: { $0.id == id }),
                truth[object].box.intersectionOverUnion(with: tracks[track].box) >= 0.5
            else { continue }
            pairs.append((object, track))
            freeObjects.removeAll { $0 == object }
            freeTracks.removeAll { $0 == track }
        }
        pairs += assigned(truth, tracks, freeObjects, freeTracks)
        for (object, track) in pairs {
            if let before = current[truth[object].id], before != tracks[track].id { switches += 1 }
            current[truth[object].id] = tracks[track].id
        }
        misses += truth.count - pairs.count
        falsePositives += tracks.count - pairs.count
    }

    private func assigned(
        _ truth: [TrackedBox], _ tracks: [TrackedBox], _ objects: [Int], _ others: [Int]
    ) -> [(object: Int, track: Int)] {
        var assignment = Assignment(rowCapacity: 64, columnCapacity: 128, limit: 0.5001)
        assignment.begin(rows: objects.count, columns: others.count)
        for (row, object) in objects.enumerated() {
            for (column, other) in others.enumerated() {
                let overlap = truth[object].box.intersectionOverUnion(with: tracks[other].box)
                assignment.setCost(1 - overlap, row: row, column: column)
            }
        }
        assignment.solve()
        return objects.indices.compactMap { row in
            assignment.column(ofRow: row).map { (objects[row], others[$0]) }
        }
    }
}
