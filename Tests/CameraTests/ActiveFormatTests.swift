import Imaging
import Testing

import Camera

@Suite("Frames in the driver's memory")
struct ActiveFormatTests {
    private func format(_ fourcc: FourCC, stride: Int) -> ActiveFormat {
        ActiveFormat(fourcc: fourcc, width: 6, height: 4, rowStride: stride, byteCount: 0, color: .bt601Video)
    }

    private func offsets(_ format: ActiveFormat, byteCount: Int) -> [Int]? {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 8)
        defer { memory.deallocate() }
        guard let view = format.view(UnsafeRawBufferPointer(memory)), let base = memory.baseAddress else { return nil }
        return (0..<view.format.planeCount).map { UnsafeRawPointer(view.plane($0).base) - UnsafeRawPointer(base) }
    }

    @Test("planes lie where V4L2 puts them")
    func planes() {
        #expect(offsets(format("NV12", stride: 8), byteCount: 48) == [0, 32])
        #expect(offsets(format("YU12", stride: 8), byteCount: 48) == [0, 32, 40])
        #expect(offsets(format("YV12", stride: 8), byteCount: 48) == [0, 40, 32])
        #expect(offsets(format("422P", stride: 8), byteCount: 64) == [0, 32, 48])
        #expect(offsets(format("YUYV", stride: 16), byteCount: 64) == [0])
    }

    @Test("a buffer that is too small for the picture gives none")
    func tooSmall() {
        #expect(offsets(format("NV12", stride: 8), byteCount: 45) == nil)
        #expect(offsets(format("YU12", stride: 8), byteCount: 47) == nil)
        #expect(offsets(format("YUYV", stride: 16), byteCount: 59) == nil)
        #expect(offsets(format("YUYV", stride: 16), byteCount: 60) == [0])
    }

    @Test("compressed formats have no planes")
    func compressed() {
        #expect(offsets(format("MJPG", stride: 0), byteCount: 4096) == nil)
    }
}
