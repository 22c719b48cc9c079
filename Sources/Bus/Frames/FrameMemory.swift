import CLinux
import Glibc
import Platform

/// A subscriber's view of a publisher's frame ring: mapped read-only after its seals and size were verified, so that no
/// publisher can make reading it fail later.
final class FrameMemory: @unchecked Sendable {
    // Sendable without checking is sound: the mapping is read-only and its address immutable; what the publisher writes
    // meanwhile is told by the generations.

    let layout: FrameRingLayout
    private let memory: UnsafeRawPointer

    init(_ descriptor: consuming FileDescriptor, _ layout: FrameRingLayout) throws(BusError) {
        self.layout = layout
        _ = try BusError.check(
            sightline_memfd_verify(descriptor.number, layout.byteCount), "memfd seals and size", "frames of a publisher"
        )
        var error: Int32 = 0
        guard let address = sightline_memory_map(descriptor.number, layout.byteCount, 0, &error) else {
            throw .system(call: "mmap", subject: "frames of a publisher", code: -error)
        }
        memory = UnsafeRawPointer(address)
        guard memory.load(as: UInt64.self).littleEndian == FrameRingLayout.magic,
            memory.load(fromByteOffset: 8, as: UInt32.self).littleEndian == FrameRingLayout.version
        else { throw .protocolViolation(peer: "frames of a publisher", detail: "no frame ring of version 1") }
    }

    deinit {
        munmap(UnsafeMutableRawPointer(mutating: memory), layout.byteCount)
    }

    private func generation(of slot: Int) -> UnsafePointer<UInt64> {
        (memory + FrameRingLayout.generationsOffset + 8 * slot).assumingMemoryBound(to: UInt64.self)
    }

    func isCurrent(_ lease: SlotLease) -> Bool {
        sightline_atomic_load_acquire(generation(of: Int(lease.slot))) == lease.generation
    }

    /// As ``isCurrent(_:)``, after everything that was read before.
    func isStillCurrent(_ lease: SlotLease) -> Bool {
        sightline_atomic_load_after_reads(generation(of: Int(lease.slot))) == lease.generation
    }

    func bytes(of slot: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: memory + layout.offset(of: slot), count: layout.slotBytes)
    }
}
