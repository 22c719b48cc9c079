/// One line of a YOLO label file: an object's class and box, as shares of the picture's width and height.
public struct YoloLabel: Sendable, Hashable {
    public var classIndex: Int
    public var centerX: Double
    public var centerY: Double
    public var width: Double
    public var height: Double

    public init(classIndex: Int, centerX: Double, centerY: Double, width: Double, height: Double) {
        self.classIndex = classIndex
        self.centerX = centerX
        self.centerY = centerY
        self.width = width
        self.height = height
    }

    /// The object in a picture of the given size.
    public func truth(pictureWidth: Int, pictureHeight: Int) -> EvaluationImage.Truth {
        let (pictureWidth, pictureHeight) = (Double(pictureWidth), Double(pictureHeight))
        let box = EvaluationBox(
            x: (centerX - width / 2) * pictureWidth, y: (centerY - height / 2) * pictureHeight,
            width: width * pictureWidth, height: height * pictureHeight)
        return EvaluationImage.Truth(box: box, classIndex: classIndex)
    }
}
