import Imaging
import Platform

/// A network of the frame path: input, engine, decoder, results. Used by one thread at a time; allocates nothing once the
/// first frame of a size has passed.
package protocol FrameNetwork: AnyObject {
    var name: String { get }

    /// Plans the conversion of frames of this size and format, so that the first of them finds everything there.
    func plan(for source: ImageDescription) throws(RuntimeError)

    /// Writes a frame into the network's input.
    func prepare(_ view: ImageView) throws(RuntimeError)

    /// Runs the network on the prepared frame, unless it cannot end by the deadline.
    ///
    /// - Returns: whether it ran to its end.
    func infer(deadline: MonotonicTime?) throws(RuntimeError) -> Bool

    /// Runs the network on the prepared frame as far as it gets, and goes on with the next call.
    ///
    /// - Returns: whether it has come to its end.
    func advance(until moment: MonotonicTime, isNew: Bool) throws(RuntimeError) -> Bool

    /// Turns the network's outputs into results.
    func decode() throws(RuntimeError)
}
