/// A short list of indices in storage that is allocated once.
struct IndexList: ~Copyable {
    let capacity: Int
    private(set) var count = 0
    private let storage: UnsafeMutablePointer<Int>

    init(capacity: Int) {
        self.capacity = capacity
        storage = .allocate(capacity: max(capacity, 1))
    }

    deinit {
        storage.deallocate()
    }

    mutating func removeAll() { count = 0 }

    mutating func append(_ index: Int) {
        precondition(count < capacity, "the list holds \(capacity) indices")
        storage[count] = index
        count += 1
    }

    subscript(place: Int) -> Int {
        precondition(place >= 0 && place < count)
        return storage[place]
    }

    /// Marks an entry for ``removeMarked()``; until then it must not be read.
    mutating func mark(_ place: Int) {
        precondition(place >= 0 && place < count)
        storage[place] = -1
    }

    mutating func removeMarked() {
        var kept = 0
        for place in 0..<count where storage[place] >= 0 {
            storage[kept] = storage[place]
            kept += 1
        }
        count = kept
    }
}
