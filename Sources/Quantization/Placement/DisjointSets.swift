/// Sets of names that only ever grow together (union-find with path halving).
struct DisjointSets {
    private var parents: [String: String] = [:]

    mutating func add(_ name: String) {
        if parents[name] == nil { parents[name] = name }
    }

    /// The name that stands for the set.
    mutating func root(of name: String) -> String {
        add(name)
        var current = name
        while let parent = parents[current], parent != current {
            parents[current] = parents[parent]
            current = parent
        }
        return current
    }

    mutating func join(_ left: String, _ right: String) {
        let (leftRoot, rightRoot) = (root(of: left), root(of: right))
        if leftRoot != rightRoot { parents[rightRoot] = leftRoot }
    }
}
