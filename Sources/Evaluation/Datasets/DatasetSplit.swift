/// The part of a data set that is meant.
public enum DatasetSplit: String, Sendable, CaseIterable {
    case train
    case validation = "val"
    case test

    /// Names that folders of this part have.
    public var folderNames: [String] {
        switch self {
        case .train: ["train", "train2017", "training"]
        case .validation: ["val", "valid", "validation", "val2017"]
        case .test: ["test", "test2017", "testing"]
        }
    }
}
