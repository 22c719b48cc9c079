/// Pictures with a mask of class numbers each.
///
/// Accepted layouts, for the part `val`: `val/` beside `valannot/`, `val_mask/` or `val_labels/`; `images/` (or
/// `images/val/`) beside `masks/`, `annotations/`, `labels/`, `annot/`, `mask/` or `road/`; these inside `val/`; and the
/// folder of pictures itself, with its masks beside it. A picture's mask is a PNG of the same name, or of that name with
/// `_mask`, `_L` or `_labelIds`.
public struct MaskDataset: Sendable {
    public struct Item: Sendable, Hashable {
        public var picturePath: String
        public var maskPath: String

        public init(picturePath: String, maskPath: String) {
            self.picturePath = picturePath
            self.maskPath = maskPath
        }
    }

    public var items: [Item]

    private static let suffixes = ["annot", "_annot", "_mask", "_masks", "_labels"]
    private static let maskFolders = ["masks", "annotations", "labels", "annot", "mask", "road"]
    private static let nameEndings = ["", "_mask", "_L", "_labelIds"]

    /// - Throws: ``EvaluationError``: where no layout fits, or a picture has no mask.
    public init(contentsOf path: String, split: DatasetSplit = .validation) throws(EvaluationError) {
        guard Folder.isFolder(path) else { throw .unreadable(path: path, detail: "no such folder") }
        guard let (pictures, masks) = Self.folders(path, split: split) else {
            throw .invalidDataset(
                location: path,
                detail: "no folder of masks for \(split.rawValue) found; expected for example val and val_mask, "
                    + "or images and masks")
        }
        try self.init(pictures: pictures, masks: masks)
    }

    /// Pictures and masks in two folders.
    ///
    /// - Throws: ``EvaluationError`` where there are none, or a picture has no mask.
    public init(pictures: String, masks: String) throws(EvaluationError) {
        items = []
        for picture in try Folder.pictures(in: pictures) {
            let stem = String(Folder.withoutExtension(picture).dropFirst(pictures.count).drop { $0 == "/" })
            let candidates = Self.nameEndings.map { Folder.join(masks, stem + $0 + ".png") }
            guard let mask = candidates.first(where: Folder.isFile) else {
                throw .invalidDataset(
                    location: picture, detail: "has no mask; expected \(candidates[0])")
            }
            items.append(Item(picturePath: picture, maskPath: mask))
        }
        guard !items.isEmpty else { throw .invalidDataset(location: pictures, detail: "no pictures (.jpg, .png)") }
    }

    private static func folders(_ path: String, split: DatasetSplit) -> (pictures: String, masks: String)? {
        var pairs: [(String, String)] = []
        for name in split.folderNames {
            let part = Folder.join(path, name)
            pairs += suffixes.map { (part, part + $0) }
            for masks in maskFolders {
                pairs.append((Folder.join(path, "images/" + name), Folder.join(path, masks + "/" + name)))
                pairs.append((Folder.join(part, "images"), Folder.join(part, masks)))
            }
        }
        for masks in maskFolders { pairs.append((Folder.join(path, "images"), Folder.join(path, masks))) }
        var trimmed = path
        while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
        pairs += suffixes.map { (trimmed, trimmed + $0) }
        // A folder `labels` may hold boxes: only one with PNG files is meant.
        return pairs.first { pictures, masks in
            Folder.isFolder(pictures) && Folder.isFolder(masks)
                && !Folder.files(in: masks, withExtensions: ["png"]).isEmpty
        }
    }
}
