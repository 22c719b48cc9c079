import Messages
import Perception
import SightlineBus

extension ResultPublisher {
    /// Publishes all tracks that are alive after a frame, and where they will be when the message is out.
    func publish(
        _ tracking: ObjectTracking, _ ground: RoadGround?, stamp: FrameStamp, width: Int,
        height: Int
    ) throws(BusError) {
        let header = header(stamp, topic: tracks)
        try tracks.publish { writer in
            TracksEncoder.begin(
                &writer, header: header, frameWidth: UInt32(width), frameHeight: UInt32(height))
            for index in 0..<tracking.tracker.count {
                let track = tracking.tracker[index]
                // Those that have not been seen for long only wait to be recognised again.
                guard track.state != .coasting || tracking.tracker.isShown(track) else { continue }
                var message = TracksEncoder.Track(trackID: track.id, box: FrameBox(track.box))
                message.describe(track, label: tracking.classNames[track.classIndex], time: stamp.captureTime)
                (message.velocityX, message.velocityY) = tracking.tracker.velocity(of: track)
                message.forecastBox = FrameBox(
                    tracking.tracker.forecast(track, seconds: Float(header.age) * 1e-9))
                if let place = ground?.locator.location(ofTrack: track.id) { message.describe(place) }
                TracksEncoder.append(&writer, message)
            }
        }
    }
}

extension TracksEncoder.Track {
    mutating func describe(_ track: Track, label: String, time: Int64) {
        self.label = label
        classID = UInt32(track.classIndex)
        score = track.score
        state =
            switch track.state {
            case .tentative: .tentative
            case .confirmed: .confirmed
            case .coasting: .coasting
            }
        age = time - track.firstSeen
        unseen = time - track.lastSeen
        detectionCount = UInt32(track.detectionCount)
    }

    mutating func describe(_ place: GroundLocation) {
        distance = .init(place.distance, deviation: place.distanceDeviation)
        forward = place.forward
        left = .init(place.left, deviation: place.leftDeviation)
        velocityForward = .init(place.velocityForward, deviation: place.velocityForwardDeviation)
        velocityLeft = .init(place.velocityLeft, deviation: place.velocityLeftDeviation)
    }
}
