/// A message of a file. Its data lie in the file's mapping or in the reader's memory and are valid only until the reader
/// goes on.
public struct MCAPMessage {
    public var channelID: UInt16
    /// The publisher's number of the message; where bus messages were recorded, the lower half of their sequence.
    public var sequence: UInt32
    /// When the message was recorded, in nanoseconds, usually since 1970.
    public var logTime: UInt64
    /// When the message was published.
    public var publishTime: UInt64
    public var data: UnsafeRawBufferPointer

    /// Takes the content of a message record.
    init(content: UnsafeRawBufferPointer, offset: Int) throws(MCAPDamage) {
        var cursor = ByteCursor(content, origin: offset)
        channelID = try cursor.integer()
        sequence = try cursor.integer()
        logTime = try cursor.integer()
        publishTime = try cursor.integer()
        data = try cursor.raw(cursor.remaining)
    }
}
