/// Who a subscriber is.
struct SubscriberIdentity: Sendable {
    /// Number of the connection.
    var connection: UInt64
    var name: String
    var process: Int32
    var user: UInt32
    var topics: [String]
}
