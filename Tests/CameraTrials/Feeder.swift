import CV4L2
import Glibc
import Imaging
import Platform

/// Feeds JPEG pictures into v4l2loopback at a steady rate, over and over, as a motion-JPEG camera would deliver them.
///
/// With streaming output, not write(2): v4l2loopback does not notice when a program that only writes has gone away.
enum Feeder {
    static func run(folder: String, device: String, rate: Double) throws {
        let pictures = try files(in: folder)
        try Trial.require(!pictures.isEmpty, "\(folder): no .jpg")
        let size = try ImageFile.header(pictures[0])
        let descriptor = open(device, O_RDWR)
        try Trial.require(descriptor >= 0, "\(device) does not open: \(String(cString: strerror(errno)))")
        let output = try Output(descriptor, width: size.width, height: size.height)
        var due = MonotonicTime.now
        var index = 0
        while true {
            let bytes = try contents(of: pictures[index % pictures.count])
            try output.send(bytes, slot: index % Output.count)
            if index == 0 { Main.say("feeding") }
            index += 1
            due = due + Int64(1e9 / rate)
            due.sleepUntil()
        }
    }

    private static func files(in folder: String) throws -> [String] {
        guard let directory = opendir(folder) else { throw Trial.Failure(description: "\(folder) cannot be read") }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".jpg") { names.append(folder + "/" + name) }
        }
        return names.sorted()
    }

    private static func contents(of path: String) throws -> [UInt8] {
        guard let file = fopen(path, "r") else { throw Trial.Failure(description: "\(path) cannot be read") }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 4 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes[..<count])
    }

    /// Buffers of the loopback's writing side.
    private final class Output {
        static let count = 4
        private let descriptor: Int32
        private var memory: [UnsafeMutableRawBufferPointer] = []
        private var isStreaming = false

        init(_ descriptor: Int32, width: Int, height: Int) throws {
            self.descriptor = descriptor
            var format = v4l2_format()
            format.type = V4L2_BUF_TYPE_VIDEO_OUTPUT.rawValue
            format.fmt.pix.width = UInt32(width)
            format.fmt.pix.height = UInt32(height)
            format.fmt.pix.pixelformat = 0x4750_4a4d  // MJPG
            format.fmt.pix.sizeimage = UInt32(width * height * 2)
            format.fmt.pix.field = V4L2_FIELD_NONE.rawValue
            try call("S_FMT", sightline_vidioc_s_fmt, &format)
            var request = v4l2_requestbuffers()
            request.count = UInt32(Self.count)
            request.type = V4L2_BUF_TYPE_VIDEO_OUTPUT.rawValue
            request.memory = V4L2_MEMORY_MMAP.rawValue
            try call("REQBUFS", sightline_vidioc_reqbufs, &request)
            for index in 0..<Self.count {
                var described = buffer(index)
                try call("QUERYBUF", sightline_vidioc_querybuf, &described)
                let length = Int(described.length)
                let address = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, Int(described.m.offset))
                guard let address, address != MAP_FAILED else { throw Trial.Failure(description: "mmap failed") }
                memory.append(.init(start: address, count: length))
            }
        }

        func send(_ bytes: [UInt8], slot: Int) throws {
            try Trial.require(bytes.count <= memory[slot].count, "a picture of \(bytes.count) bytes")
            memory[slot].copyBytes(from: bytes)
            var filled = buffer(slot)
            filled.bytesused = UInt32(bytes.count)
            try call("QBUF", sightline_vidioc_qbuf, &filled)
            if !isStreaming {
                var type = V4L2_BUF_TYPE_VIDEO_OUTPUT.rawValue
                try call("STREAMON", sightline_vidioc_streamon, &type)
                isStreaming = true
            }
            var done = buffer(slot)
            _ = sightline_v4l2_ioctl(descriptor, UInt(sightline_vidioc_dqbuf), &done)
        }

        private func buffer(_ index: Int) -> v4l2_buffer {
            var buffer = v4l2_buffer()
            buffer.index = UInt32(index)
            buffer.type = V4L2_BUF_TYPE_VIDEO_OUTPUT.rawValue
            buffer.memory = V4L2_MEMORY_MMAP.rawValue
            return buffer
        }

        private func call<Argument>(_ name: String, _ request: UInt, _ argument: inout Argument) throws {
            let result = withUnsafeMutablePointer(to: &argument) { sightline_v4l2_ioctl(descriptor, request, $0) }
            try Trial.require(result == 0, "\(name): \(String(cString: strerror(errno)))")
        }
    }
}
