/// Who a subscriber is.
struct SubscriberIdentity: Sendable {
    var name: String
    var process: Int32
    var user: UInt32
    var topics: [String]
}
