/// Which variant of a network the load has allowed lately: 0 for the full one, then the cheaper ones.
///
/// Steps down at once; steps up by one when the next costlier level has had room for long enough (hysteresis), so that the
/// plan does not flicker. A step up that must be taken back soon makes the next one wait twice as long.
package struct NetworkLevel: Sendable {
    /// The longest wait, as a multiple of the patience.
    private static let longestWait = 16

    package private(set) var level = 0
    /// The cheapest variant.
    package let last: Int
    private let patience: Int
    private var wait: Int
    private var framesWithRoom = 0
    private var framesSinceStep = Int.max / 2

    package init(variants: Int, patience: Int) {
        last = variants - 1
        self.patience = patience
        wait = patience
    }

    /// Judges a frame.
    ///
    /// - Parameters:
    ///   - fitting: the costliest level that fits the load as it is.
    ///   - comfortable: the costliest level that fits with headroom.
    package mutating func update(fitting: Int, comfortable: Int) {
        framesSinceStep += 1
        if fitting > level {
            if framesSinceStep < wait * 2 { wait = min(wait * 2, patience * Self.longestWait) }
            level = fitting
            framesWithRoom = 0
            return
        }
        framesWithRoom = comfortable < level ? framesWithRoom + 1 : 0
        if framesWithRoom >= wait {
            level -= 1
            framesWithRoom = 0
            framesSinceStep = 0
        } else if framesSinceStep > patience * Self.longestWait {
            wait = patience
        }
    }
}
