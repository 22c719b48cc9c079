/// Rules for the names of publishers and topics.
enum BusName {
    /// Publisher names become file names.
    static func checkPublisher(_ name: String) throws(BusError) {
        guard 1...64 ~= name.utf8.count else { throw .invalidName(name, detail: "1 to 64 characters are needed") }
        guard name.utf8.first != UInt8(ascii: ".") else { throw .invalidName(name, detail: "it begins with a dot") }
        guard name.utf8.allSatisfy(isPlain) else {
            throw .invalidName(name, detail: "only letters, digits, dot, minus and underscore are allowed")
        }
    }

    static func checkTopic(_ name: String) throws(BusError) {
        guard 1...128 ~= name.utf8.count else { throw .invalidName(name, detail: "1 to 128 characters are needed") }
        guard name.utf8.allSatisfy({ isPlain($0) || $0 == UInt8(ascii: "/") }) else {
            throw .invalidName(name, detail: "only letters, digits, dot, minus, underscore and slash are allowed")
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
