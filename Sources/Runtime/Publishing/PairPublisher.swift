import Messages
import SightlineBus

/// The topic `pairs`: which frames of the other cameras belong to a frame. Allocates nothing per frame.
struct PairPublisher {
    private let topic: BusTopic
    private let camera: String

    init(_ bus: BusPublisher, camera: String) throws(BusError) {
        topic = try bus.topic(.pairs)
        self.camera = camera
    }

    /// Publishes what a monitor has found for a frame.
    func publish(_ pairs: PairMonitor, stamp: FrameStamp) throws(BusError) {
        let header = stamp.header(camera: camera, sequence: topic.nextSequence)
        try topic.publish { writer in
            PairsEncoder.begin(&writer, header: header, bound: pairs.bound)
            for index in pairs.pairings.indices {
                guard let partner = pairs.pairings[index].partner else { continue }
                PairsEncoder.partner(
                    &writer, camera: pairs.name(index), frameID: partner.number,
                    captureTime: stamp.captureTime + partner.skew, skew: partner.skew)
            }
        }
    }
}
