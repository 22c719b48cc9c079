import Camera
import Imaging
import Perception
import SightlineInference
import Tensors

/// Writes frames into one network's input memory, in the form that its engine asks for.
///
/// The conversion is planned when the first frame comes and again when frames change their size or format; otherwise
/// nothing is allocated.
struct FrameInput {
    private let picture: NetworkPicture
    private let layout: InputLayout
    private let destination: UnsafeMutableRawBufferPointer
    private var preprocessor: Preprocessor?

    /// The letterbox of the last frame.
    private(set) var mapping = FrameMapping(identityWidth: 1, height: 1)

    /// The part of the network's input that shows the last frame.
    private(set) var content = PixelRectangle(x: 0, y: 0, width: 0, height: 0)

    init(_ input: EngineInput, convention: InputConvention) {
        picture = NetworkPicture(convention)
        switch input.layout {
        case .rowMajor:
            layout = .planarFloat
            destination = .init(start: input.baseAddress, count: input.shape.elementCount * MemoryLayout<Float>.stride)
        case .pixelInterleaved(let rowStride, let pixelStride, let quantization):
            layout = .interleaved(rowStride: rowStride, pixelStride: pixelStride, quantization)
            destination = .init(
                start: input.baseAddress, count: (convention.height - 1) * rowStride + convention.width * pixelStride)
        }
    }

    /// The size that frames are brought to.
    var neededSize: CameraSettings.NeededSize {
        .init(width: picture.width, height: picture.height, isStretched: picture.letterbox == .stretch)
    }

    /// Where the last frame lies on an output of that size, which may be coarser than the input.
    func transform(width: Int, height: Int) -> LetterboxTransform {
        LetterboxTransform(
            frameWidth: Int(mapping.frameWidth), frameHeight: Int(mapping.frameHeight), networkWidth: width,
            networkHeight: height, letterbox: picture.letterbox)
    }

    /// Plans the conversion of frames of this size and format; nothing happens where that is planned already.
    mutating func plan(for source: ImageDescription) throws(ImagingError) {
        guard preprocessor?.source != source else { return }
        let planned = try Preprocessor(source: source, picture: picture, layout: layout)
        let transform = planned.transform
        let scaleX = Double(source.reduction) / transform.scaleX
        let scaleY = Double(source.reduction) / transform.scaleY
        mapping = FrameMapping(
            scaleX: Float(scaleX), scaleY: Float(scaleY), offsetX: Float(-Double(transform.left) * scaleX),
            offsetY: Float(-Double(transform.top) * scaleY), frameWidth: Float(source.width * source.reduction),
            frameHeight: Float(source.height * source.reduction))
        content = PixelRectangle(
            x: transform.left, y: transform.top, width: transform.scaledWidth, height: transform.scaledHeight)
        preprocessor = planned
    }

    /// Converts a frame into the network's input.
    mutating func fill(from view: ImageView) throws(ImagingError) {
        try plan(for: view.description)
        try preprocessor?.run(view, into: destination)
    }
}

extension NetworkPicture {
    /// The picture that a recognised network expects.
    public init(_ convention: InputConvention) {
        let letterbox: Letterbox =
            switch convention.fit {
            case .centered: .centered
            case .topLeft: .topLeft
            case .stretch: .stretch
            }
        self.init(
            width: convention.width, height: convention.height, letterbox: letterbox,
            channelOrder: convention.channelOrder == .rgb ? .rgb : .bgr, padding: convention.fill,
            scale: SIMD3(repeating: convention.range == .unit ? 1 / 255 : 1))
    }
}
