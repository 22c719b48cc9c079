"""Collects labelled pictures into one cache for train.py. May be called again and again: a source replaces itself.

    python prepare.py CACHE --yolo data.yaml                       an Ultralytics-style folder, its classes as they are
    python prepare.py CACHE --yolo data.yaml --map "person=pedestrian,van=car,train="
    python prepare.py CACHE --masks pictures/ masks/ --surfaces "3=road+lane marking,4=pavement,11=*,*=background"
    python prepare.py CACHE --public datasets/                     the public sets that sources.py knows, whichever are there
    python prepare.py CACHE --drives clips/                        frames of recorded drives, for pseudolabel.py

With --map, classes are those of our own road-objects, and what maps to nothing is left out of the loss where it stands.
With --surfaces, a label's value is the surfaces that it can be; `*` alone is any label not listed, or any surface.
"""

import argparse
from collections.abc import Iterable
from pathlib import Path

import cv2
import yaml

import networks
import sources
from records import SPLITS, Cache, Classes, Record

# The longer side of prepared pictures: training enlarges 640 pixels at most by half.
LONGEST_SIDE = 960


def write(cache: Cache, source: str, samples: Iterable[sources.Sample]) -> None:
    """Stores samples in the cache, reduced to its resolution."""
    for folder in ("images", "masks"):
        (cache.folder / folder).mkdir(parents=True, exist_ok=True)
    records = []
    for sample in samples:
        height, width = sample.picture.shape[:2]
        scale = min(1.0, LONGEST_SIDE / max(height, width))
        size = round(width * scale), round(height * scale)
        picture = cv2.resize(sample.picture, size, interpolation=cv2.INTER_AREA) if scale < 1 else sample.picture
        split = "val" if sample.split == "valid" else sample.split
        name = f"{source}-{split}-{sample.name}"
        record = Record(
            f"images/{name}.jpg", source, split, *size, scaled(sample.boxes, scale, size), scaled(sample.ignored, scale, size),
            list(sample.labelled), list(sample.weak),
        )
        cv2.imwrite(str(cache.folder / record.image), picture, [cv2.IMWRITE_JPEG_QUALITY, 92])
        if sample.mask is not None:
            record.mask = f"masks/{name}.png"
            mask = cv2.resize(sample.mask, size, interpolation=cv2.INTER_NEAREST)
            cv2.imwrite(str(cache.folder / record.mask), mask)
        records.append(record)
    cache.replace(source, records)
    cache.save()
    counts = ", ".join(f"{split} {sum(r.split == split for r in records)}" for split in SPLITS)
    print(f"{source}: {counts}", flush=True)


def scaled(boxes: list[list[float]], scale: float, size: tuple[int, int]) -> list[list[float]]:
    """Boxes in prepared pixels, cut at the picture's edges; what is left of none is dropped."""
    result = []
    for kind, *corners in boxes:
        x1, y1, x2, y2 = (value * scale for value in corners)
        x1, y1, x2, y2 = max(0.0, x1), max(0.0, y1), min(size[0], x2), min(size[1], y2)
        if x2 - x1 >= 1 and y2 - y1 >= 1:
            result.append([kind, *(round(value, 1) for value in (x1, y1, x2, y2))])
    return result


def add_yolo(cache: Cache, description: Path, mapping: str | None) -> None:
    document = yaml.safe_load(description.read_text())
    names = document.get("names")
    if not names:
        raise SystemExit(f"{description}: has no 'names'")
    names = dict(names) if isinstance(names, dict) else dict(enumerate(names))
    if mapping is None:
        use_classes(cache, Classes([names[i] for i in sorted(names)], list(networks.SURFACE_CLASSES)), description)
        kinds = {label: place for place, label in enumerate(sorted(names))}
    else:
        use_classes(cache, own_classes(), description)
        kinds = mapped(names, mapping)
    labelled = tuple(sorted({kind for kind in kinds.values() if kind is not None}))
    samples = []
    for split in SPLITS:
        entries = document.get(split) or []
        for entry in [entries] if isinstance(entries, str) else entries:
            samples.append(sources.yolo_folder(part_folder(description, document, entry), split, kinds, labelled))
    write(cache, description.resolve().parent.name, (sample for part in samples for sample in part))


def part_folder(description: Path, document: dict, entry: str) -> Path:
    """Where a part's pictures are. Roboflow writes `../valid/images` for a folder beside the description."""
    beside = description.parent
    candidates = [beside / document.get("path", ".") / entry, beside / entry, beside / entry.removeprefix("../")]
    for folder in candidates:
        if folder.is_dir():
            return folder
    raise SystemExit(f"{description}: there is no folder '{entry}'")


def mapped(names: dict[int, str], mapping: str) -> dict[int, int | None]:
    """For each label of a set the number of our class, or None."""
    table = dict(entry.split("=", 1) for entry in mapping.split(",") if entry)
    kinds = {}
    for label, name in names.items():
        ours = table.pop(name, name)
        kinds[label] = networks.OBJECT_CLASSES.index(ours) if ours in networks.OBJECT_CLASSES else None
        if ours and kinds[label] is None:
            raise SystemExit(f"class '{name}': say what it is with --map \"{name}=...\", or \"{name}=\" for none of "
                             + ", ".join(networks.OBJECT_CLASSES))
    if table:
        raise SystemExit(f"--map: the set has no class '{next(iter(table))}'")
    return kinds


def surface_table(text: str) -> dict[int, int]:
    """Labels with the sets of surfaces that they can be."""
    table, rest = {}, sources.UNKNOWN
    for entry in text.split(","):
        label, _, value = entry.partition("=")
        surfaces = sources.UNKNOWN if value == "*" else 0
        for name in [] if value == "*" else value.split("+"):
            if name not in networks.SURFACE_CLASSES:
                raise SystemExit(f"--surfaces: '{name}' is none of " + ", ".join(networks.SURFACE_CLASSES))
            surfaces |= 1 << networks.SURFACE_CLASSES.index(name)
        if label == "*":
            rest = surfaces
        else:
            table[int(label)] = surfaces
    return {label: table.get(label, rest) for label in range(256)}


def own_classes() -> Classes:
    return Classes(list(networks.OBJECT_CLASSES), list(networks.SURFACE_CLASSES))


def use_classes(cache: Cache, classes: Classes, where: object) -> None:
    if cache.classes is not None and cache.classes != classes:
        raise SystemExit(f"{where}: its classes differ from those already in {cache.folder}; use --map or another cache")
    cache.classes = classes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache")
    parser.add_argument("--yolo", type=Path, metavar="DATA_YAML")
    parser.add_argument("--map", metavar="NAME=OURS,...")
    parser.add_argument("--masks", type=Path, nargs=2, metavar=("PICTURES", "MASKS"))
    parser.add_argument("--surfaces", default="0=background,1=road+lane marking", metavar="LABEL=SURFACE,...")
    parser.add_argument("--split", default="train", choices=SPLITS, help="the part that --masks belongs to")
    parser.add_argument("--public", type=Path, metavar="FOLDER")
    parser.add_argument("--only", default="", help="names of public sets, separated by commas")
    parser.add_argument("--drives", type=Path, metavar="FOLDER")
    parser.add_argument("--frames", type=int, default=24, help="frames taken of each drive")
    options = parser.parse_args()
    cache = Cache(options.cache)
    if options.yolo:
        add_yolo(cache, options.yolo, options.map)
    if options.masks or options.public or options.drives:
        cache.classes = cache.classes or own_classes()
    if options.masks:
        images, masks = options.masks
        samples = sources.mask_folder(images, masks, options.split, surface_table(options.surfaces))
        write(cache, f"{images.resolve().parent.name}-{images.name}", samples)
    if options.public:
        for name, source in sources.PUBLIC_SETS.items():
            if (options.public / name).is_dir() and (not options.only or name in options.only.split(",")):
                write(cache, name, source(options.public / name))
    if options.drives:
        for path in sorted(options.drives.glob("*.mp4")):
            split = "test" if path.stem in sources.HELD_BACK_DRIVES else "train"
            write(cache, f"drive-{path.stem}", sources.video_frames(path, split, options.frames))


if __name__ == "__main__":
    main()
