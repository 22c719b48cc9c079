import Imaging
import Recording

/// A drive of flat pictures: dark above, bright road below, made here.
public enum SmallDrive {
    public static func write(_ path: String, frames: Int = 20, width: Int = 128, height: Int = 64, rate: Double = 20)
        throws
    {
        let writer = try VideoWriter(path: path, width: width, height: height, options: .init(rate: rate))
        var picture = try ImageBuffer(ImageDescription(width: width, height: height, format: .rgb24))
        for _ in 0..<frames {
            picture.withMutableView { view in
                for row in 0..<height {
                    (view.plane(0).row(row)).update(repeating: row < height / 2 ? 20 : 235, count: width * 3)
                }
            }
            try writer.write(picture.unsafeView)
        }
        try writer.close()
    }
}
