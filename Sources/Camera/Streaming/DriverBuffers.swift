import Platform

/// A driver's buffers, mapped into this process. They stay readable as long as somebody holds this object, whatever becomes
/// of the device.
///
/// Only the camera's thread calls functions; other threads only read the bytes of frames that they were handed.
final class DriverBuffers: @unchecked Sendable {
    // Sendable without checking is sound: `mappings` is written before the object is shared and when it is detached, both
    // by the camera's thread, and readers of frames use addresses that stay mapped for the object's life.
    private let calls: DeviceCalls
    private var mappings: [UnsafeMutableRawBufferPointer]
    private var isHeld: [Bool]
    private var isAttached = true

    init(_ mappings: [UnsafeMutableRawBufferPointer], calls: DeviceCalls) {
        self.mappings = mappings
        self.calls = calls
        isHeld = Array(repeating: false, count: mappings.count)
    }

    deinit {
        for index in mappings.indices { unmap(index) }
    }

    var count: Int { mappings.count }

    /// How many buffers are with frames rather than with the driver.
    var heldCount: Int { isHeld.count { $0 } }

    func bytes(_ index: Int) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(mappings[index]) }

    /// Notes that a frame has the buffer, or has it no longer.
    func hold(_ index: Int, _ held: Bool) {
        isHeld[index] = held
    }

    /// Lets the driver's memory go, so that the device can be opened anew; buffers that frames have are replaced by copies
    /// at the same addresses.
    func detach() {
        guard isAttached else { return }
        isAttached = false
        for index in mappings.indices {
            if isHeld[index], let address = mappings[index].baseAddress,
                calls.detach(address, mappings[index].count) == 0
            {
                continue
            }
            // Without memory for a copy the mapping must stay, for somebody reads it.
            if !isHeld[index] { unmap(index) }
        }
    }

    private func unmap(_ index: Int) {
        guard let address = mappings[index].baseAddress else { return }
        calls.unmap(address, mappings[index].count)
        mappings[index] = .init(start: nil, count: 0)
    }
}
