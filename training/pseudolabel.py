"""Adds labels that other networks give to what the training pictures of a cache leave unlabelled.

    python pseudolabel.py CACHE --objects yolo11n.onnx --surfaces twinliteplus_small.onnx

Labels that the sets themselves have stay as they are. Where the other network is unsure, a box is left out of the loss, or a
pixel keeps several surfaces. A second run adds nothing.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

import sources
import teachers
from networks import OBJECT_CLASSES
from records import Cache, Record

SURE_BOX, POSSIBLE_BOX = 0.4, 0.12
SURE_LANE, NO_LANE = 0.6, 0.15

# Grey levels by which a marking outshines the road beside it.
BRIGHT_STREAK = 20

# Sets on whose pictures the drivable area of the other network is good enough to learn from.
DRIVABLE_SOURCES = ("drive-",)


def add_objects(record: Record, picture: np.ndarray, teacher: teachers.ObjectTeacher) -> None:
    unlabelled = set(range(len(OBJECT_CLASSES))) - set(record.labelled)
    found = teacher.boxes(picture, POSSIBLE_BOX)
    if record.source == "peru_streets":
        name_vehicles(record, found)
    for kind, *corners, score in found.tolist():
        kind = int(kind)
        corners = [round(value, 1) for value in corners]
        if kind not in unlabelled or (kind == sources.SIGN and score < SURE_BOX) or is_known(record, kind, corners):
            continue
        if score >= SURE_BOX:
            record.boxes.append([kind, *corners])
        else:
            record.ignored.append([kind, *corners])
    # The other network knows one sign of hundreds: it cannot tell that there is none.
    record.labelled = sorted(set(record.labelled) | (unlabelled - {sources.SIGN}))
    if sources.SIGN not in record.labelled and sources.SIGN not in record.weak:
        record.weak.append(sources.SIGN)


def name_vehicles(record: Record, found: np.ndarray) -> None:
    """Sets that label vehicles without their kind: the other network's kind, where it saw the same box."""
    for box in record.boxes:
        if box[0] not in sources.VEHICLES:
            continue
        rivals = [(overlap(box[1:], row[1:5]), int(row[0])) for row in found if int(row[0]) in sources.VEHICLES]
        best = max(rivals, default=(0, 0))
        if best[0] > 0.5:
            box[0] = best[1]


def is_known(record: Record, kind: int, corners: list[float]) -> bool:
    return any(box[0] == kind and overlap(box[1:], corners) > 0.5 for box in record.boxes)


def confirm_steady(records: list[Record]) -> None:
    """A vehicle that drives ahead of the camera stays where it is in the picture. Where it was found in a third of a drive's
    frames, and for certain in one, it is also there in the frames between that hide it in rain or dusk."""
    groups: list[list[tuple[int, list[float], bool]]] = []
    for place, record in enumerate(records):
        for is_sure, boxes in ((True, record.boxes), (False, record.ignored)):
            for box in boxes:
                if int(box[0]) not in sources.VEHICLES:
                    continue
                # One place for all of it: what drifts is measured against where it began.
                group = next((g for g in groups if overlap(g[0][1][1:], box[1:]) > 0.6), None)
                if group is None:
                    groups.append([(place, box, is_sure)])
                else:
                    group.append((place, box, is_sure))
    for group in groups:
        places = {place for place, _, _ in group}
        if 3 * len(places) < len(records) or not any(is_sure for _, _, is_sure in group):
            continue
        kinds = [box[0] for _, box, _ in group]
        kind = max(set(kinds), key=kinds.count)
        usual = [round(float(value), 1) for value in np.median([box[1:] for _, box, _ in group], axis=0)]
        for place in range(min(places), max(places) + 1):
            own = [box for at, box, _ in group if at == place]
            record = records[place]
            record.boxes = [box for box in record.boxes if box not in own] + [[kind, *(own[0][1:] if own else usual)]]
            record.ignored = [box for box in record.ignored if overlap(box[1:], usual) < 0.4]


def overlap(a: list[float], b: list[float]) -> float:
    """Intersection over union."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
    return width * height / (areas - width * height)


def add_lanes(mask: np.ndarray, lane: np.ndarray, picture: np.ndarray) -> None:
    """Decides what is road or lane marking, but for places where the other network errs: along the picture's edges, where it
    likes to draw lines, and on bright streaks that it does not see."""
    height, width = mask.shape
    undecided = mask == sources.ROAD_OR_LANE
    margin = max(2, height // 25)
    undecided[-margin:] = False
    undecided[:, :margin] = False
    undecided[:, -margin:] = False
    mask[undecided & (lane > SURE_LANE)] = sources.LANE
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    streaks = cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, np.ones((1, width // 20), np.uint8)) > BRIGHT_STREAK
    streaks = cv2.dilate(streaks.astype(np.uint8), np.ones((3, 5), np.uint8)) > 0
    mask[undecided & (lane < NO_LANE) & ~streaks] = sources.ROAD


def surface_mask(drivable: np.ndarray, lane: np.ndarray, picture: np.ndarray) -> np.ndarray | None:
    """A mask from nothing but the other network. Its drivable area ends where oncoming traffic begins, so that what it calls
    undrivable is known only above the horizon."""
    sure = (drivable > 0.8) | (lane > SURE_LANE)
    rows = np.flatnonzero(sure.mean(1) > 0.01)
    if rows.size == 0:
        return None
    mask = np.full(drivable.shape, sources.UNKNOWN, np.uint8)
    mask[sure] = sources.ROAD_OR_LANE
    mask[: max(0, rows[0] - mask.shape[0] // 40)] = sources.OFF_ROAD
    add_lanes(mask, lane, picture)
    return mask


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache")
    parser.add_argument("--objects", metavar="ONNX")
    parser.add_argument("--surfaces", metavar="ONNX")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    cache = Cache(options.cache)
    if cache.classes is None or cache.classes.objects != list(OBJECT_CLASSES):
        parser.error(f"{options.cache}: its classes are not those of road-objects")
    objects = teachers.ObjectTeacher(options.objects, options.threads) if options.objects else None
    surfaces = teachers.SurfaceTeacher(options.surfaces, options.threads) if options.surfaces else None
    training = cache.select("train")
    for place, record in enumerate(training):
        picture = sources.read_picture(cache.folder / record.image)
        if objects is not None:
            add_objects(record, picture, objects)
        is_wanted = record.mask is not None or record.source.startswith(DRIVABLE_SOURCES)
        if surfaces is not None and is_wanted:
            label_surfaces(cache.folder, record, picture, surfaces)
        if place % 50 == 49:
            print(f"{place + 1}/{len(training)}", flush=True)
            cache.save()
    for drive in sorted({r.source for r in training if r.source.startswith(DRIVABLE_SOURCES)}):
        confirm_steady([r for r in training if r.source == drive])
    cache.save()


def label_surfaces(folder: Path, record: Record, picture: np.ndarray, teacher: teachers.SurfaceTeacher) -> None:
    drivable, lane = teacher.probabilities(picture)
    if record.mask is not None:
        mask = cv2.imread(str(folder / record.mask), cv2.IMREAD_UNCHANGED)
        add_lanes(mask, lane, picture)
    else:
        mask = surface_mask(drivable, lane, picture)
        if mask is None:
            return
        record.mask = record.image.replace("images/", "masks/").replace(".jpg", ".png")
    cv2.imwrite(str(folder / record.mask), mask)


if __name__ == "__main__":
    main()
