import Messages
import SwiftProtobuf
import Testing

@Suite("Foxglove's messages")
struct FoxgloveTests {
    /// Fields of a message by number.
    private func fields(_ bytes: [UInt8]) -> [Int: [ProtobufReader.Value]] {
        bytes.withUnsafeBytes { raw in
            var reader = ProtobufReader(raw)
            var found: [Int: [ProtobufReader.Value]] = [:]
            while let (field, value) = reader.next() { found[field, default: []].append(value) }
            #expect(!reader.isMalformed)
            return found
        }
    }

    private func encoded(_ body: (inout ProtobufWriter) -> Void) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = bytes.withUnsafeMutableBytes { room in
            var writer = ProtobufWriter(room)
            body(&writer)
            return writer.count
        }
        return Array(bytes[..<count])
    }

    @Test("A picture is laid into its message without being changed")
    func image() throws {
        let picture = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let image = FoxgloveImage(
            timestamp: 1_700_000_000_123_456_789, frame: "camera", format: "jpeg", byteCount: picture.count)
        var bytes = [UInt8](repeating: 0, count: image.byteCount)
        bytes.withUnsafeMutableBytes { room in picture.withUnsafeBytes { image.write($0, into: room) } }
        bytes.withUnsafeBytes { raw in
            var reader = ProtobufReader(raw)
            var seen: [Int] = []
            while let (field, value) = reader.next() {
                seen.append(field)
                switch field {
                case 2: #expect(Array(value.bytes) == picture)
                case 3: #expect(value.string == "jpeg")
                case 4: #expect(value.string == "camera")
                default: break
                }
            }
            #expect(seen == [1, 2, 3, 4])
        }
    }

    @Test("Tracks with a position become boxes in space, others do not")
    func scene() {
        let tracks = Sightline_Tracks.with {
            $0.tracks = [
                .with {
                    $0.trackID = 4
                    $0.label = "car"
                    $0.forwardM = 20
                    $0.leftM = -2
                },
                .with { $0.trackID = 5 },
            ]
        }
        let bytes = encoded { FoxgloveEncoder.scene(&$0, tracks, timestamp: 5) }
        #expect(fields(bytes)[2]?.count == 1)
    }

    @Test("The header of any message is found without decoding the message")
    func peeking() throws {
        let message = Sightline_Detections.with {
            $0.header = .with {
                $0.frameID = 7
                $0.captureTimeNs = 1_000_000_000_001
                $0.publishTimeNs = -5
                $0.camera = "front"
                $0.sequence = 9
                $0.ageNs = 300
            }
            $0.network = "detection"
        }
        let bytes: [UInt8] = try message.serializedBytes()
        let header = try #require(bytes.withUnsafeBytes { MessageHeader(peekingInto: $0) })
        #expect(header.frameID == 7 && header.captureTime == 1_000_000_000_001 && header.publishTime == -5)
        #expect(header.sequence == 9 && header.age == 300)
        #expect([UInt8](arrayLiteral: 8, 1).withUnsafeBytes { MessageHeader(peekingInto: $0) } == nil)
    }

    @Test("Bytes that are no message end the walk over fields")
    func malformed() {
        for bytes: [UInt8] in [
            [0x0A], [0x0A, 5, 1], [0xFF], [0x09, 1], [0x0B], [0x00, 1], [UInt8](repeating: 0x80, count: 20),
        ] {
            bytes.withUnsafeBytes { raw in
                var reader = ProtobufReader(raw)
                while reader.next() != nil {}
                #expect(reader.isMalformed, "\(bytes)")
            }
        }
    }

    @Test("Values differ where they first differ")
    func differences() {
        let left = JSONValue.object([.init("a", .array([.signed(1), .object([.init("b", .float(0.5))])]))])
        let right = JSONValue.object([.init("a", .array([.signed(1), .object([.init("b", .float(0.75))])]))])
        #expect(left.firstDifference(from: right) == "a[1].b: 0.5 and 0.75")
        #expect(left.firstDifference(from: left) == nil)
        #expect(left.firstDifference(from: .object([])) == "a: [1, {\"b\": 0.5}] and nothing")
    }
}
