extension Tracker {
    /// A pair that costs this much is worse than none.
    static var costLimit: Float { 1 }

    /// Squared Mahalanobis distance, of four degrees of freedom, that one in a thousand right pairs exceeds.
    private static var gate: Float { 18.5 }

    /// Of two boxes of one group that overlap by more, the weaker is a second opinion on the same object.
    private static var duplicateOverlap: Float { 0.75 }

    /// Sorts the frame's detections into sure and doubtful ones; second opinions are left out.
    mutating func select(_ detections: borrowing DetectionList) {
        strong.removeAll()
        weak.removeAll()
        for index in 0..<min(detections.count, options.maximumDetections) {
            let detection = detections[index]
            guard detection.score >= options.lowScore, detection.box.isFinite, detection.box.area > 0 else { continue }
            let group = groups.group(of: detection.classIndex)
            if isDuplicate(detection, group, strong, detections) || isDuplicate(detection, group, weak, detections) {
                continue
            }
            if detection.score >= options.highScore { strong.append(index) } else { weak.append(index) }
        }
    }

    private func isDuplicate(
        _ detection: Detection, _ group: Int32, _ taken: borrowing IndexList, _ detections: borrowing DetectionList
    ) -> Bool {
        for place in 0..<taken.count {
            let other = detections[taken[place]]
            guard groups.group(of: other.classIndex) == group, other.classIndex != detection.classIndex else {
                continue
            }
            if other.box.intersectionOverUnion(with: detection.box) > Self.duplicateOverlap { return true }
        }
        return false
    }

    /// Assigns the remaining sure or doubtful detections to the tracks of one kind, and takes them off their list.
    mutating func associate(
        strong isStrong: Bool, _ detections: borrowing DetectionList, time: Int64, _ isWanted: (Track) -> Bool
    ) {
        candidates.removeAll()
        for index in 0..<count where isWanted(tracks[index]) { candidates.append(index) }
        let available = isStrong ? strong.count : weak.count
        guard candidates.count > 0, available > 0 else { return }
        assignment.begin(rows: candidates.count, columns: available)
        for row in 0..<candidates.count {
            let track = tracks[candidates[row]]
            for column in 0..<available {
                let detection = detections[isStrong ? strong[column] : weak[column]]
                guard groups.group(of: detection.classIndex) == track.group else { continue }
                let cost = cost(track, detection, time: time)
                if cost < Self.costLimit { assignment.setCost(cost, row: row, column: column) }
            }
        }
        assignment.solve()
        for row in 0..<candidates.count {
            guard let column = assignment.column(ofRow: row) else { continue }
            let index = isStrong ? strong[column] : weak[column]
            tracks[candidates[row]].join(detections[index], index: index, time: time, options: options)
            if isStrong { strong.mark(column) } else { weak.mark(column) }
        }
        if isStrong { strong.removeMarked() } else { weak.removeMarked() }
    }

    /// From 0 for a detection just where the track is expected, to the limit and beyond for one that can't be it.
    private func cost(_ track: Track, _ detection: Detection, time: Int64) -> Float {
        let box = track.filter.box
        let reach = (box.width + box.height + detection.box.width + detection.box.height) / 8
        // Cheap test first: most pairs lie far apart.
        guard abs(box.centerX - detection.box.centerX) < (box.width + detection.box.width) / 2 + reach,
            abs(box.centerY - detection.box.centerY) < (box.height + detection.box.height) / 2 + reach
        else { return .infinity }
        let overlap = box.intersectionOverUnion(with: detection.box)
        let distance = track.filter.squaredDistance(to: detection.box, model: options.motion)
        guard distance < Self.gate || overlap > 0.4 else { return .infinity }
        let unseen = Float(time - track.lastSeen) * 1e-9
        return 0.5 * min(distance / Self.gate, 1) + 0.4 * (1 - overlap) + min(0.1 * unseen, 0.09)
    }
}
