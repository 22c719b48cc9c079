extension MessageHeader {
    /// Reads the header of a message of any of Sightline's schemas, all of which begin with it; nil where there is none.
    /// The camera's name is left out: nothing is allocated.
    public init?(peekingInto payload: UnsafeRawBufferPointer) {
        var message = ProtobufReader(payload)
        guard let (field, value) = message.next(), field == 1, case .bytes(let bytes) = value else { return nil }
        self.init(frameID: 0, captureTime: 0, publishTime: 0, camera: "", sequence: 0, age: 0)
        var header = ProtobufReader(bytes)
        while let (field, value) = header.next() {
            switch field {
            case 1: frameID = value.unsigned
            case 2: captureTime = value.signed
            case 3: publishTime = value.signed
            case 5: sequence = value.unsigned
            case 6: age = value.signed
            default: break
            }
        }
        if header.isMalformed { return nil }
    }
}
