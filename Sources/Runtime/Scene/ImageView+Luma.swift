import Imaging
import Perception

extension ImageView {
    /// The samples that show brightness: luma, or green where there is none. Valid as long as the view.
    var luma: LumaPlane {
        let (offset, stride) =
            switch format {
            case .yuv420p, .yuv422p, .yuv444p, .nv12, .nv21, .gray8, .gbrp: (0, 1)
            case .yuyv422: (0, 2)
            case .uyvy422: (1, 2)
            case .rgb24, .bgr24: (1, 3)
            case .rgba, .bgra: (1, 4)
            }
        let plane = plane(0)
        return LumaPlane(
            base: plane.base + offset, width: width, height: height, rowStride: plane.rowStride, sampleStride: stride)
    }
}
