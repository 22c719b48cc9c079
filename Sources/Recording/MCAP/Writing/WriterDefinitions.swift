/// Schemas and channels that a writer knows, and which of them are in the file.
struct WriterDefinitions {
    var schemas: [UInt16: MCAPSchema] = [:]
    var channels: [UInt16: MCAPChannel] = [:]
    private(set) var writtenSchemas: Set<UInt16> = []
    private(set) var writtenChannels: Set<UInt16> = []
    /// Those of the open chunk.
    private var pendingSchemas: [UInt16] = []
    private var pendingChannels: [UInt16] = []

    func isWritten(channel: UInt16) -> Bool { writtenChannels.contains(channel) }

    func isWritten(schema: UInt16) -> Bool { schema == 0 || writtenSchemas.contains(schema) }

    /// Notes a definition that has gone into the open chunk.
    mutating func note(schema: UInt16) {
        if writtenSchemas.insert(schema).inserted { pendingSchemas.append(schema) }
    }

    mutating func note(channel: UInt16) {
        if writtenChannels.insert(channel).inserted { pendingChannels.append(channel) }
    }

    /// The open chunk is in the file.
    mutating func settle() {
        pendingSchemas.removeAll(keepingCapacity: true)
        pendingChannels.removeAll(keepingCapacity: true)
    }

    /// The open chunk was lost: its definitions must be written again.
    mutating func forgetPending() {
        writtenSchemas.subtract(pendingSchemas)
        writtenChannels.subtract(pendingChannels)
        settle()
    }
}
