import Tensors

/// Names a ``Buffer`` of a ``Program``.
typealias BufferIdentifier = Int

/// Memory that steps write and read: a region of the arena, or a slice of another buffer.
struct Buffer {
    /// What the elements are arranged as.
    enum Form: Hashable {
        /// Elements one after the other.
        case linear(count: Int)
        /// Pixels one after the other, channels adjacent in each. Only the pixel pitch is open.
        case pixels(count: Int, channels: Int)
        /// A feature map in which a border may surround each image. Pixel, row and image pitch are open.
        case bordered(batch: Int, channels: Int, height: Int, width: Int)
    }

    /// The place that a buffer takes in another one.
    struct Parent: Hashable {
        var buffer: BufferIdentifier
        var elementOffset: Int
        var pixelOffset: Int
    }

    /// Pixels around each image of a bordered feature map.
    struct Border: Hashable {
        var top = 0
        var left = 0
        var bottom = 0
        var right = 0

        static let none = Border()

        func union(_ other: Border) -> Border {
            Border(
                top: max(top, other.top), left: max(left, other.left), bottom: max(bottom, other.bottom),
                right: max(right, other.right))
        }
    }

    /// Where the memory comes from.
    enum Storage {
        /// The arena, shared with buffers that live at other times.
        case arena
        /// The arena, kept from run to run: inputs and outputs.
        case permanent
        /// The scratch space of each worker, behind so many bytes of it: one block of rows, for a value that no other step
        /// sees than those that are run block by block.
        case scratch(offset: Int)
        /// Memory of its own, filled when the network is loaded.
        case constant(Tensor)
    }

    var name: String
    var elementType: ElementType
    var form: Form
    var storage: Storage = .arena
    var parent: Parent?
    var border = Border.none
    /// Whether a reader counts on pixels without other buffers' channels between them, so that it cannot become a slice.
    var hasFixedPitch = false

    /// Channels of a feature map, elements of a linear buffer.
    var channels: Int {
        switch form {
        case .linear(let count): count
        case .pixels(_, let channels), .bordered(_, let channels, _, _): channels
        }
    }

    var isConstant: Bool { if case .constant = storage { true } else { false } }
    var isScratch: Bool { if case .scratch = storage { true } else { false } }
    var isArena: Bool { if case .arena = storage { true } else { false } }
}
