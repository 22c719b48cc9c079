/// The families of output layouts that decoders know. The raw value is the word for it in a configuration file.
public enum HeadKind: String, Sendable, CaseIterable {
    /// Ultralytics YOLOv8, YOLO11 and YOLO26 without its own suppression: (1, 4+classes, anchors); with prototypes for
    /// instance masks.
    case yolo

    /// YOLOv5: (1, 3 x anchors, 5+classes), decoded, with objectness.
    case yolov5

    /// YOLOX: (1, anchors, 5+classes), offsets on the grid, with objectness; blue, green, red from 0 to 255.
    case yolox

    /// Final boxes: YOLOv10, YOLO26 and networks exported with their own suppression: (1, 300, 6).
    case endToEnd = "end2end"

    /// One class for every pixel: class maps (1, height, width) or logits (1, classes, height, width).
    case semantic

    /// Two maps of two channels, drivable area and lane markings, as TwinLiteNet has.
    case road

    /// The supported layouts in one line, for messages.
    static let summary =
        "yolo (1, 4+classes, anchors), yolov5 (1, 3 x anchors, 5+classes), yolox (1, anchors, 5+classes), "
        + "end2end (1, 300, 6), semantic (1, height, width) or (1, classes, height, width), "
        + "road (two of 1, 2, height, width)"
}
