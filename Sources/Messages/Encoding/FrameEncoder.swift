/// Writes `sightline.Frame` on the frame path: ``begin(_:header:placement:width:height:pixelFormat:)`` once, then
/// ``plane(_:offset:stride:)`` per plane, then ``color(_:matrix:isFullRange:)`` where the format has luma and chroma.
public enum FrameEncoder {
    /// Where the frame lies in the shared memory ring.
    public struct Placement: Sendable, Equatable {
        public var slot: UInt32
        public var generation: UInt64
        public var offset: UInt64
        public var length: UInt64

        /// - Parameter offset, length: bytes.
        public init(slot: UInt32, generation: UInt64, offset: UInt64, length: UInt64) {
            self.slot = slot
            self.generation = generation
            self.offset = offset
            self.length = length
        }
    }

    /// - Parameter width, height: pixels.
    public static func begin(
        _ writer: inout ProtobufWriter, header: MessageHeader, placement: Placement, width: UInt32, height: UInt32,
        pixelFormat: Sightline_PixelFormat
    ) {
        writer.header(header)
        writer.unsigned(2, placement.slot)
        writer.unsigned(3, placement.generation)
        writer.unsigned(4, placement.offset)
        writer.unsigned(5, placement.length)
        writer.unsigned(6, width)
        writer.unsigned(7, height)
        writer.unsigned(8, pixelFormat.wireValue)
    }

    /// - Parameter offset, stride: bytes; `offset` counts from the frame's first byte.
    public static func plane(_ writer: inout ProtobufWriter, offset: UInt64, stride: UInt32) {
        writer.message(9) { writer in
            writer.unsigned(1, offset)
            writer.unsigned(2, stride)
        }
    }

    public static func color(_ writer: inout ProtobufWriter, matrix: Sightline_ColorMatrix, isFullRange: Bool) {
        writer.unsigned(10, matrix.wireValue)
        writer.boolean(11, isFullRange)
    }
}
