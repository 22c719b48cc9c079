/// An attribute that an operator has in some versions of the operator set.
struct KnownAttribute: Sendable, ExpressibleByStringLiteral {
    let name: String
    let versions: ClosedRange<Int>

    init(stringLiteral name: String) {
        self.init(name, ReferenceOperators.supportedVersions)
    }

    private init(_ name: String, _ versions: ClosedRange<Int>) {
        self.name = name
        self.versions = versions
    }

    static func since(_ version: Int, _ name: String) -> KnownAttribute {
        KnownAttribute(name, version...ReferenceOperators.supportedVersions.upperBound)
    }

    static func before(_ version: Int, _ name: String) -> KnownAttribute {
        KnownAttribute(name, ReferenceOperators.supportedVersions.lowerBound...(version - 1))
    }
}
