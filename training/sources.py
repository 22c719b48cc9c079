"""What is known of each public data set that our networks learn from, and of folders of one's own.

A source turns one picture with its labels into a `Sample`; prepare.py writes it into the cache. Class numbers are those of
`networks.OBJECT_CLASSES` and `networks.SURFACE_CLASSES` unless a folder brings classes of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from networks import OBJECT_CLASSES, SURFACE_CLASSES

CAR, TRUCK, BUS, PEDESTRIAN, TWO_WHEELER, SIGN, LIGHT = range(len(OBJECT_CLASSES))
VEHICLES = (CAR, TRUCK, BUS)
BACKGROUND, ROAD, LANE, PAVEMENT = (1 << i for i in range(len(SURFACE_CLASSES)))
UNKNOWN = BACKGROUND | ROAD | LANE | PAVEMENT

PICTURE_SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".webp"}


@dataclass
class Sample:
    """One picture with its labels; boxes are class, x1, y1, x2, y2 in pixels."""

    name: str
    split: str
    picture: np.ndarray
    boxes: list[list[float]] = field(default_factory=list)
    ignored: list[list[float]] = field(default_factory=list)
    labelled: tuple[int, ...] = ()
    weak: tuple[int, ...] = ()
    mask: np.ndarray | None = None


def pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURE_SUFFIXES)


def name_within(folder: Path, path: Path) -> str:
    """A file's name that tells it from those of the same name in other folders below."""
    return "-".join(path.relative_to(folder).with_suffix("").parts)


def read_picture(path: Path) -> np.ndarray:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise SystemExit(f"{path}: not a readable picture")
    return picture


def read_mask(path: Path, table: dict[int, int], like: np.ndarray) -> np.ndarray:
    """A mask of class numbers as sets of surfaces; labels that the table lacks are unknown."""
    labels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if labels is None or labels.ndim != 2:
        raise SystemExit(f"{path}: not a readable mask of one channel")
    full = np.full(256, UNKNOWN, np.uint8)
    for label, surfaces in table.items():
        full[label] = surfaces
    height, width = like.shape[:2]
    return cv2.resize(full[labels], (width, height), interpolation=cv2.INTER_NEAREST)


def read_boxes(path: Path, classes: dict[int, int | None], width: int, height: int) -> tuple[list, list]:
    """Boxes of a YOLO label file, and those whose class nobody asked for: they are left out of the loss."""
    boxes, unwanted = [], []
    for line in path.read_text().splitlines() if path.exists() else []:
        values = line.split()
        if len(values) < 5:
            continue
        numbers = [float(value) for value in values[1:]]
        if len(numbers) >= 6 and len(numbers) % 2 == 0:
            # An outline, as sets for instance segmentation have.
            low, high = (min(numbers[::2]), min(numbers[1::2])), (max(numbers[::2]), max(numbers[1::2]))
        else:
            x, y, w, h = numbers[:4]
            low, high = (x - w / 2, y - h / 2), (x + w / 2, y + h / 2)
        corners = [low[0] * width, low[1] * height, high[0] * width, high[1] * height]
        kind = classes.get(int(float(values[0])))
        if kind is None:
            unwanted.append(corners)
        else:
            boxes.append([kind, *corners])
    return boxes, unwanted


# Folders of one's own.


def yolo_folder(root: Path, split: str, classes: dict[int, int | None], labelled: tuple[int, ...]) -> Iterator[Sample]:
    """Pictures with a YOLO label file each: `images/` beside `labels/`, or both in one folder."""
    for path in pictures(root):
        parts = ["labels" if part == "images" else part for part in path.parts]
        picture = read_picture(path)
        height, width = picture.shape[:2]
        boxes, unwanted = read_boxes(Path(*parts).with_suffix(".txt"), classes, width, height)
        ignored = [[kind, *corners] for corners in unwanted for kind in labelled]
        yield Sample(name_within(root, path), split, picture, boxes, ignored, labelled)


def mask_folder(images: Path, masks: Path, split: str, table: dict[int, int]) -> Iterator[Sample]:
    for path in pictures(images):
        picture = read_picture(path)
        mask = read_mask(masks / path.relative_to(images).with_suffix(".png"), table, picture)
        yield Sample(name_within(images, path), split, picture, mask=mask)


def video_frames(path: Path, split: str, count: int) -> Iterator[Sample]:
    """Frames of a recorded drive, evenly spread; they carry no labels."""
    video = cv2.VideoCapture(str(path))
    frames = int(video.get(cv2.CAP_PROP_FRAME_COUNT))
    wanted = {int(frames * (place + 0.5) / count) for place in range(min(count, frames))}
    for number in range(frames):
        if not video.grab():
            break
        if number in wanted:
            readable, picture = video.retrieve()
            if readable:
                yield Sample(f"{path.stem}-{number:05d}", split, picture)


# The public sets.

ROAD_OR_LANE = ROAD | LANE
OFF_ROAD = BACKGROUND | PAVEMENT


def camvid(root: Path) -> Iterator[Sample]:
    table = {label: BACKGROUND for label in (0, 1, 2, 5, 6, 7, 8, 9, 10)} | {3: ROAD_OR_LANE, 4: PAVEMENT}
    for split in ("train", "val"):
        for path in pictures(root / split):
            picture = read_picture(path)
            file = root / f"{split}annot" / f"{path.stem}.png"
            # Signs and the housings of traffic lights share one class there: neither is known on its pixels.
            labels = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
            labels = cv2.resize(labels, picture.shape[1::-1], interpolation=cv2.INTER_NEAREST)
            _, _, spots, _ = cv2.connectedComponentsWithStats((labels == 6).astype(np.uint8))
            ignored = [
                [kind, x - 4, y - 4, x + w + 4, y + h + 4] for x, y, w, h, _ in spots[1:] for kind in (SIGN, LIGHT)
            ]
            mask = read_mask(file, table, picture)
            yield Sample(path.stem, split, picture, ignored=ignored, labelled=(SIGN,), mask=mask)


def makroo_road(root: Path) -> Iterator[Sample]:
    for split in ("train", "valid"):
        for sample in mask_folder(root / split, root / f"{split}_mask", split, {0: OFF_ROAD, 1: ROAD_OR_LANE}):
            yield stretched(sample)


def lums_road(root: Path) -> Iterator[Sample]:
    # Its background has pavements that nobody drew.
    table = {0: OFF_ROAD, 1: BACKGROUND, 2: ROAD_OR_LANE, 3: PAVEMENT, 4: ROAD_OR_LANE}
    for split in ("train", "valid"):
        for sample in mask_folder(root / split, root / f"{split}_mask", split, table):
            yield stretched(sample)


def peru_streets(root: Path) -> Iterator[Sample]:
    kinds = {0: CAR, 1: PEDESTRIAN, 2: TWO_WHEELER}
    for split in ("train", "valid"):
        folder = root / split
        for sample in yolo_folder(folder / "images", split, kinds, (CAR, PEDESTRIAN, TWO_WHEELER)):
            sample.labelled, sample.weak = (*VEHICLES, PEDESTRIAN, TWO_WHEELER), (SIGN,)
            drawn = read_mask(folder / "road" / f"{sample.name}.png", {0: 0, 1: 1}, sample.picture)
            sample.mask = peru_mask(drawn, sample.boxes)
            yield sample


def peru_mask(drawn: np.ndarray, boxes: list[list[float]]) -> np.ndarray | None:
    """The road as it is drawn, which is the main street only, over vehicles, and not down to the picture's edge."""
    rows = np.flatnonzero(drawn.any(1))
    if rows.size == 0:
        return None
    mask = np.full(drawn.shape, UNKNOWN, np.uint8)
    mask[drawn == 1] = ROAD_OR_LANE
    horizon = max(0, rows[0] - 4)
    mask[:horizon] = OFF_ROAD
    for _, *corners in boxes:
        x1, y1, x2, y2 = (max(0, int(round(value))) for value in corners)
        mask[max(y1, horizon) : y2, x1:x2] = UNKNOWN
    return mask


def ego_lane(root: Path) -> Iterator[Sample]:
    """The lines of the car's own lane; others on the same road are not drawn."""
    for split in ("train", "valid"):
        for sample in mask_folder(root / split, root / f"{split}_mask", split, {0: 0, 1: 1, 2: 1}):
            lane = sample.mask > 0
            sample.mask = np.full(lane.shape, UNKNOWN, np.uint8)
            sample.mask[lane] = LANE
            rows = np.flatnonzero(lane.any(1))
            # Between a row's outermost lines there is no other line of the own lane: road.
            for row in rows:
                columns = np.flatnonzero(lane[row])
                inside = slice(columns[0] + 8, max(columns[0] + 8, columns[-1] - 7))
                free = ~cv2.dilate(lane[row : row + 1].astype(np.uint8), np.ones((1, 9), np.uint8))[0].astype(bool)
                sample.mask[row, inside][free[inside]] = ROAD
            if rows.size:
                sample.mask[: max(0, rows[0] - 40)] = OFF_ROAD
            yield sample


def dhaka_traffic(root: Path) -> Iterator[Sample]:
    kinds = {0: CAR, 1: TRUCK, 2: CAR, 3: TWO_WHEELER, 4: BUS, 5: CAR, 6: TRUCK, 7: CAR, 8: BUS, 9: CAR}
    kinds |= {10: TWO_WHEELER, 11: TRUCK, 12: TWO_WHEELER, 13: TWO_WHEELER, 14: CAR, 15: TRUCK, 16: CAR, 17: None}
    for split in ("train", "valid"):
        for sample in yolo_folder(root / split / "images", split, kinds, (*VEHICLES, TWO_WHEELER)):
            sample.weak = (SIGN,)
            yield sample


def bad_weather(root: Path) -> Iterator[Sample]:
    kinds = {0: PEDESTRIAN, 1: TWO_WHEELER, 2: CAR, 3: TWO_WHEELER, 4: BUS, 5: None, 6: TRUCK}
    samples = yolo_folder(root / "train" / "images", "train", kinds, (*VEHICLES, PEDESTRIAN, TWO_WHEELER))
    for place, sample in enumerate(samples):
        sample.weak = (SIGN,)
        sample.split = "val" if place % 10 == 9 else "train"
        yield stretched(sample)


def signs_lights(root: Path) -> Iterator[Sample]:
    # Speed limits, lights and stop signs only: other signs are there, so their absence is weak.
    kinds = {0: LIGHT, 1: LIGHT} | {label: SIGN for label in range(2, 15)}
    samples = yolo_folder(root / "train" / "images", "train", kinds, (LIGHT,))
    for place, sample in enumerate(samples):
        sample.weak = (SIGN,)
        sample.split = "val" if place % 10 == 9 else "train"
        yield sample


def coco128(root: Path) -> Iterator[Sample]:
    kinds = {0: PEDESTRIAN, 1: TWO_WHEELER, 2: CAR, 3: TWO_WHEELER, 5: BUS, 7: TRUCK, 9: LIGHT, 11: SIGN}
    for path in pictures(root / "images"):
        picture = read_picture(path)
        height, width = picture.shape[:2]
        boxes, _ = read_boxes(root / "labels" / f"{path.stem}.txt", kinds, width, height)
        labelled = tuple(kind for kind in range(len(OBJECT_CLASSES)) if kind != SIGN)
        yield Sample(path.stem, "train", picture, boxes, labelled=labelled, weak=(SIGN,))


def stretched(sample: Sample) -> Sample:
    """A picture that its publisher squeezed into a square, at the shape that it probably had."""
    height, width = 400, 640
    scale_x, scale_y = width / sample.picture.shape[1], height / sample.picture.shape[0]
    sample.picture = cv2.resize(sample.picture, (width, height), interpolation=cv2.INTER_AREA)
    for boxes in (sample.boxes, sample.ignored):
        boxes[:] = [[kind, x1 * scale_x, y1 * scale_y, x2 * scale_x, y2 * scale_y] for kind, x1, y1, x2, y2 in boxes]
    if sample.mask is not None:
        sample.mask = cv2.resize(sample.mask, (width, height), interpolation=cv2.INTER_NEAREST)
    return sample


PUBLIC_SETS = {
    "camvid": camvid,
    "makroo_road": makroo_road,
    "lums_road": lums_road,
    "peru_streets": peru_streets,
    "ego_lane": ego_lane,
    "dhaka_traffic": dhaka_traffic,
    "bad_weather": bad_weather,
    "signs_lights": signs_lights,
    "coco128": coco128,
}

# Drives that no training sees: for judging.
HELD_BACK_DRIVES = {"tmo324_seattlestreet2", "carnd_test_small1", "carnd_test_video"}
