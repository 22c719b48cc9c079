import Operators
import Platform

/// One network's place in the cache, while an engine is made.
struct WeightsCacheEntry {
    private let cache: WeightsCache
    private let key: UInt64
    private var defect: String?
    private var isLoaded = false

    /// - Parameter graph: as it will be lowered: what the key depends on.
    init(_ cache: WeightsCache, graph: StaticGraph, options: EngineOptions, instructionSet: String) {
        self.cache = cache
        let network = GraphDigest.digest(of: graph) &+ (options.prefersQuantizedInput ? 1 : 0)
        key = cache.key(network: network, instructionSet: instructionSet)
    }

    /// The file, where there is a sound one.
    mutating func open() -> WeightsCacheFile? {
        do throws(WeightsCacheFile.Defect) {
            let file = try WeightsCacheFile.open(cache.path(key: key), key: key)
            isLoaded = file != nil
            return file
        } catch {
            defect = error.detail
            return nil
        }
    }

    /// Writes what was packed, unless it came from the file.
    mutating func close(_ constants: PackedConstants) -> WeightsCache.Outcome {
        if isLoaded && !constants.isMismatched {
            cache.touch(key: key)
            return .loaded
        }
        if isLoaded { defect = "holds other constants" }
        let bytes = WeightsCacheFile.serialized(constants.blocks.map(\.bytes), key: key)
        if let reason = cache.write(bytes, key: key) { return .unwritable(reason: reason) }
        return defect.map { .rebuilt(reason: $0) } ?? .created
    }
}
