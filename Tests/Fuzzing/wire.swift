// libFuzzer harness of the bus's own decoders, those of a publisher and those of a subscriber. Built by `Tests/Fuzzing/run`
// together with Sources/Bus/Wire.

/// Every decoder sees the input in memory of exactly its size, so that a read beyond it is seen. What a decoder accepts must
/// come out the same when it is encoded and decoded again: `WireDecoding` stops the program where it does not.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzWire(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 1)
    defer { copy.deallocate() }
    if let data, size > 0 { copy.copyMemory(from: UnsafeRawBufferPointer(start: data, count: size)) }
    _ = WireDecoding.acceptors(of: UnsafeRawBufferPointer(copy))
    return 0
}
