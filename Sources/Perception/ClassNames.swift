/// The names of a network's classes.
public struct ClassNames: Sendable, Hashable {
    public var names: [String]

    public init(_ names: [String]) {
        self.names = names
    }

    /// Names by index, as metadata has them; indices that have none are called `class 7`.
    ///
    /// - Parameter count: how many classes the network has; indices beyond are dropped.
    public init(_ names: [Int: String], count: Int) {
        self.names = (0..<max(count, 0)).map { names[$0] ?? "class \($0)" }
    }

    public var count: Int { names.count }

    /// The name of a class, `class 7` where none is known.
    public subscript(classIndex: Int) -> String {
        names.indices.contains(classIndex) ? names[classIndex] : "class \(classIndex)"
    }

    /// The index of a name, ignoring case.
    public func index(of name: String) -> Int? {
        let wanted = name.lowercased()
        return names.firstIndex { $0.lowercased() == wanted }
    }
}
