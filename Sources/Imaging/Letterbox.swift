/// How a frame is fitted into a network's input of another shape.
public enum Letterbox: Hashable, Sendable {
    /// Aspect ratio kept, picture centred, the rest filled: as Ultralytics' networks are trained.
    case centered
    /// Aspect ratio kept, picture in the top left corner, the rest filled: as YOLOX is trained.
    case topLeft
    /// The whole input is filled; the aspect ratio is lost.
    case stretch
}
