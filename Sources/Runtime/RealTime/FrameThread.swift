/// Whether threads of that name work on frames: the loop, the networks beside it, the engines' own. Not the thread that reads a
/// drive, whose decoder does as it likes.
public func isFrameThread(_ name: String) -> Bool {
    name == "sightline-loop" || name == "sightline-road" || name.hasPrefix("inference")
}
