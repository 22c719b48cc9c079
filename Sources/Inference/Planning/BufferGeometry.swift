/// The pitches of a root buffer, in elements, and the bytes that it takes.
struct BufferGeometry: Hashable, Sendable {
    var pixelPitch: Int
    var rowPitch: Int
    var imagePitch: Int
    /// Elements in front of pixel (0, 0): the border above and to the left.
    var leadingElements: Int
    /// Elements in all, border included.
    var elementCount: Int
    var byteCount: Int

    /// Bytes behind every buffer that kernels may read (never use): they load whole vectors.
    static let readableSlack = 192

    init(_ buffer: Buffer) {
        switch buffer.form {
        case .linear(let count):
            (pixelPitch, rowPitch, imagePitch, leadingElements, elementCount) = (1, 1, 1, 0, count)
        case .pixels(let count, let channels):
            (pixelPitch, rowPitch, imagePitch, leadingElements, elementCount) = (channels, 0, 0, 0, count * channels)
        case .bordered(let batch, let channels, let height, let width):
            // Kernels load channels in fours, so a pixel takes a multiple of four bytes.
            pixelPitch = (channels + 3) / 4 * 4
            rowPitch = pixelPitch * (width + buffer.border.left + buffer.border.right)
            imagePitch = rowPitch * (height + buffer.border.top + buffer.border.bottom)
            leadingElements = rowPitch * buffer.border.top + pixelPitch * buffer.border.left
            elementCount = imagePitch * batch
        }
        byteCount = elementCount * buffer.elementType.byteCount + Self.readableSlack
    }

    func resolved(_ stride: SymbolicStride) -> Int {
        stride.element + stride.pixel * pixelPitch + stride.row * rowPitch + stride.image * imagePitch
    }
}
