import CLinux
import CV4L2
import Glibc
import Platform

/// The system calls that reach a camera: libv4l2's in earnest, an imitation's in tests.
///
/// Every function that can fail returns a negative `errno`. Descriptions of the requests and their structures: the kernel's
/// Video for Linux API, part I of "Linux Media Infrastructure userspace API".
public struct DeviceCalls: Sendable {
    /// Opens a device without blocking; a descriptor, or a negative error code.
    public var open: @Sendable (_ path: String) -> Int32
    public var close: @Sendable (_ descriptor: Int32) -> Void
    /// ioctl(2) with a pointer to the request's structure.
    public var control: @Sendable (_ descriptor: Int32, _ request: UInt, _ argument: UnsafeMutableRawPointer) -> Int32
    /// Maps a driver's buffer; nil when the system refuses.
    public var map: @Sendable (_ descriptor: Int32, _ length: Int, _ offset: Int) -> UnsafeMutableRawPointer?
    public var unmap: @Sendable (_ address: UnsafeMutableRawPointer, _ length: Int) -> Void
    /// Replaces a mapping by a private copy at the same address: 0 or an error code.
    public var detach: @Sendable (_ address: UnsafeMutableRawPointer, _ length: Int) -> Int32
    /// Waits for events: the number of descriptors that have some (0 after the timeout), and the events.
    public var poll: @Sendable (_ descriptor: Int32, _ events: Int16, _ milliseconds: Int32) -> (Int32, Int16)
    /// The present moment on CLOCK_MONOTONIC, and how far CLOCK_REALTIME is ahead of it.
    public var clock: @Sendable () -> ClockReading
    public var sleep: @Sendable (_ until: MonotonicTime) -> Void

    public struct ClockReading: Sendable {
        public var monotonic: MonotonicTime
        /// CLOCK_REALTIME minus CLOCK_MONOTONIC, nanoseconds.
        public var realTimeOffset: Int64

        public init(monotonic: MonotonicTime, realTimeOffset: Int64) {
            self.monotonic = monotonic
            self.realTimeOffset = realTimeOffset
        }
    }

    public init(
        open: @escaping @Sendable (String) -> Int32, close: @escaping @Sendable (Int32) -> Void,
        control: @escaping @Sendable (Int32, UInt, UnsafeMutableRawPointer) -> Int32,
        map: @escaping @Sendable (Int32, Int, Int) -> UnsafeMutableRawPointer?,
        unmap: @escaping @Sendable (UnsafeMutableRawPointer, Int) -> Void,
        detach: @escaping @Sendable (UnsafeMutableRawPointer, Int) -> Int32,
        poll: @escaping @Sendable (Int32, Int16, Int32) -> (Int32, Int16),
        clock: @escaping @Sendable () -> ClockReading, sleep: @escaping @Sendable (MonotonicTime) -> Void
    ) {
        self.open = open
        self.close = close
        self.control = control
        self.map = map
        self.unmap = unmap
        self.detach = detach
        self.poll = poll
        self.clock = clock
        self.sleep = sleep
    }
}

extension DeviceCalls {
    /// The running system's, through libv4l2, whose plug-ins make multi-planar capture devices look like any other.
    ///
    /// The library's own conversion is off: frames are read where the driver put them, and rare formats are converted by
    /// ``FrameConverter``, into memory of our own.
    public static let system = DeviceCalls(
        open: { path in
            let descriptor = Glibc.open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
            guard descriptor >= 0 else { return -errno }
            sightline_v4l2_adopt(descriptor)
            return descriptor
        },
        close: { v4l2_close($0) },
        control: { descriptor, request, argument in
            while sightline_v4l2_ioctl(descriptor, request, argument) < 0 {
                if errno != EINTR { return -errno }
            }
            return 0
        },
        map: { descriptor, length, offset in
            let address = v4l2_mmap(nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, Int64(offset))
            return address == MAP_FAILED ? nil : address
        },
        unmap: { v4l2_munmap($0, $1) },
        detach: { sightline_memory_detach($0, $1) },
        poll: { descriptor, events, milliseconds in
            var entry = pollfd(fd: descriptor, events: events, revents: 0)
            let count = Glibc.poll(&entry, 1, milliseconds)
            return (count < 0 ? -errno : count, entry.revents)
        },
        clock: {
            let before = MonotonicTime.now
            var real = timespec()
            clock_gettime(CLOCK_REALTIME, &real)
            let realTime = Int64(real.tv_sec) &* 1_000_000_000 &+ Int64(real.tv_nsec)
            return ClockReading(monotonic: before, realTimeOffset: realTime &- before.nanoseconds)
        },
        sleep: { $0.sleepUntil() })
}
