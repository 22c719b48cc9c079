import Messages

extension BusPublisherOptions {
    /// Sightline's own schemas.
    static var sightlineSchemas: [UInt8] { MessageSchemas.fileDescriptorSet }
}
