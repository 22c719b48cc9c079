"""Batches for training: reads prepared records, changes them, and says for each place what the labels cover.

Sample number n of a run depends on the seed and on n alone, so that a run that was stopped goes on as if it had not been.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

import augmentation
from export import cell_centers
from records import Cache, Record
from sources import BACKGROUND, UNKNOWN, VEHICLES, read_picture
from teachers import letterbox

# How much the absence of a box counts for classes that are only probably labelled.
WEAK_WEIGHT = 0.15

# How often, relative to its number of pictures, a set is drawn. Drives repeat themselves; harsh or foreign pictures teach less.
# Dense city traffic has most of the two-wheelers, CamVid most of the pavements; where all boxes come from another network,
# there is less to learn.
SOURCE_WEIGHTS = {
    "semantic": {"drive-": 0.7, "ego_lane": 0.4, "camvid": 2.0, "peru_streets": 2.0},
    "detect": {
        "dhaka_traffic": 3.0, "peru_streets": 3.0, "bad_weather": 2.0, "camvid": 0.5, "lums_road": 0.3, "makroo_road": 0.3,
        "ego_lane": 0.2,
    },
}


# How often a vehicle of another picture stands in one of surfaces, and how high it must be to be cut out, in pixels: road and
# the bodies of near cars are alike in colour, and pictures with masks show few near cars.
PASTED_SHARE, PASTED_HEIGHT = 0.35, 60


@dataclass
class ObjectBatch:
    pictures: Tensor  # (n, 3, h, w), 8-bit
    boxes: Tensor  # (n, most, 5): class, x1, y1, x2, y2
    counts: Tensor  # (n,): how many of a picture's rows are boxes
    absence: Tensor  # (n, cells, classes): how much it counts that a class is not there

    def to(self, device: torch.device) -> "ObjectBatch":
        return ObjectBatch(*(part.to(device, non_blocking=True) for part in vars(self).values()))


@dataclass
class SurfaceBatch:
    pictures: Tensor  # (n, 3, h, w), 8-bit
    masks: Tensor  # (n, h/2, w/2): sets of surfaces

    def to(self, device: torch.device) -> "SurfaceBatch":
        return SurfaceBatch(*(part.to(device, non_blocking=True) for part in vars(self).values()))


class Samples(Dataset):
    """Endless changed samples of a cache's training part."""

    def __init__(self, cache: Cache, task: str, size: tuple[int, int], mosaics: float, seed: int, first: int, count: int):
        self.folder = cache.folder
        self.task = task
        self.records = training_records(cache, task)
        if not self.records:
            raise SystemExit(f"{cache.folder}: no picture is labelled for this network")
        weights = np.array([source_weight(record.source, task) for record in self.records])
        self.chances = weights / weights.sum()
        self.width, self.height = size
        self.mosaics, self.seed, self.first, self.count = mosaics, seed, first, count
        self.class_count = len(cache.classes.objects)
        self.centers = cell_centers(self.height, self.width)[0].numpy()
        self.vehicles = [
            (record, box[1:]) for record in cache.select("train") for box in record.boxes
            if int(box[0]) in VEHICLES and box[4] - box[2] >= PASTED_HEIGHT
        ]

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, place: int):
        rng = np.random.default_rng([self.seed, self.first + place])
        cv2.setNumThreads(0)
        return self._surface(rng) if self.task == "semantic" else self._objects(rng)

    def _draw(self, rng: np.random.Generator) -> tuple[Record, np.ndarray]:
        record = self.records[rng.choice(len(self.records), p=self.chances)]
        return record, read_picture(self.folder / record.image)

    def _surface(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        record, picture = self._draw(rng)
        mask = cv2.imread(str(self.folder / record.mask), cv2.IMREAD_UNCHANGED)
        # Some sets draw the road through the cars that stand on it.
        for kind, *corners in record.boxes:
            if int(kind) in VEHICLES:
                augmentation.fill_body(mask, corners, BACKGROUND)
        area = (0, 0, self.width, self.height)
        matrix = augmentation.placing(record.width, record.height, area, rng, calm=0.25)
        picture = augmentation.warp(picture, matrix, (self.width, self.height))
        mask = augmentation.warp_mask(mask, matrix * 0.5, (self.width // 2, self.height // 2), UNKNOWN)
        if self.vehicles and rng.random() < PASTED_SHARE:
            self._paste_vehicle(picture, mask, rng)
        return channels_first(augmentation.recolour(picture, rng)), mask

    def _paste_vehicle(self, picture: np.ndarray, mask: np.ndarray, rng: np.random.Generator) -> None:
        """Puts a vehicle of another picture, with what is around it in its box, into the lower part of this one."""
        record, box = self.vehicles[rng.integers(len(self.vehicles))]
        x1, y1, x2, y2 = (int(value) for value in box)
        body = augmentation.tone(read_picture(self.folder / record.image)[y1:y2, x1:x2], rng)
        height = int(self.height * rng.uniform(0.15, 0.6))
        width = min(self.width, max(8, height * body.shape[1] // body.shape[0]))
        body = cv2.resize(body, (width, height), interpolation=cv2.INTER_LINEAR)
        left = int(rng.uniform(0, self.width - width))
        bottom = min(self.height, int(self.height * rng.uniform(0.45, 0.75)) + height // 2)
        top = bottom - height
        picture[top:bottom, left : left + width] = body
        mask[top // 2 : bottom // 2, left // 2 : (left + width) // 2] = UNKNOWN
        augmentation.fill_body(mask, [value / 2 for value in (left, top, left + width, bottom)], BACKGROUND)

    def _objects(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        picture = np.full((self.height, self.width, 3), augmentation.FILL, np.uint8)
        absence = np.zeros((len(self.centers), self.class_count), np.float32)
        boxes = []
        for area in self._areas(rng):
            record, original = self._draw(rng)
            matrix = augmentation.placing(record.width, record.height, area, rng, calm=0.15)
            x1, y1, x2, y2 = area
            picture[y1:y2, x1:x2] = augmentation.warp(original, matrix, (self.width, self.height))[y1:y2, x1:x2]
            boxes.append(augmentation.warp_boxes(np.array(record.boxes, float).reshape(-1, 5), matrix, area))
            ignored = augmentation.warp_boxes(np.array(record.ignored, float).reshape(-1, 5), matrix, area)
            inside = within(self.centers, area)
            absence[inside] = absence_weights(record, self.class_count)
            for kind, *corners in ignored:
                absence[within(self.centers, corners), int(kind)] = 0
        return channels_first(augmentation.recolour(picture, rng)), np.concatenate(boxes).astype(np.float32), absence

    def _areas(self, rng: np.random.Generator) -> list[tuple[int, int, int, int]]:
        """The whole picture, or four parts of a mosaic."""
        if rng.random() >= self.mosaics:
            return [(0, 0, self.width, self.height)]
        x = int(self.width * rng.uniform(0.3, 0.7))
        y = int(self.height * rng.uniform(0.3, 0.7))
        return [
            (0, 0, x, y), (x, 0, self.width, y), (0, y, x, self.height), (x, y, self.width, self.height)
        ]


def training_records(cache: Cache, task: str) -> list[Record]:
    if task == "semantic":
        return cache.select("train", masks=True)
    return [r for r in cache.select("train") if r.labelled or r.boxes]


def source_weight(source: str, task: str) -> float:
    return next((weight for name, weight in SOURCE_WEIGHTS[task].items() if source.startswith(name)), 1.0)


def absence_weights(record: Record, class_count: int) -> np.ndarray:
    weights = np.zeros(class_count, np.float32)
    weights[record.weak] = WEAK_WEIGHT
    weights[record.labelled] = 1
    return weights


def within(centers: np.ndarray, corners) -> np.ndarray:
    x1, y1, x2, y2 = corners
    return (centers[:, 0] >= x1) & (centers[:, 0] < x2) & (centers[:, 1] >= y1) & (centers[:, 1] < y2)


def channels_first(picture: np.ndarray) -> np.ndarray:
    """Red, green, blue planes."""
    return np.ascontiguousarray(picture[..., ::-1].transpose(2, 0, 1))


def collate_surfaces(items: list) -> SurfaceBatch:
    pictures, masks = zip(*items)
    return SurfaceBatch(torch.from_numpy(np.stack(pictures)), torch.from_numpy(np.stack(masks)))


def collate_objects(items: list) -> ObjectBatch:
    pictures, boxes, absence = zip(*items)
    counts = [len(part) for part in boxes]
    padded = np.zeros((len(items), max(1, *counts), 5), np.float32)
    for row, part in zip(padded, boxes):
        row[: len(part)] = part
    return ObjectBatch(
        torch.from_numpy(np.stack(pictures)), torch.from_numpy(padded), torch.tensor(counts), torch.from_numpy(np.stack(absence))
    )


def training_batches(
    cache: Cache, task: str, size: tuple[int, int], mosaics: float, batch: int, seed: int, first_step: int, last_step: int,
    workers: int,
) -> Iterator[ObjectBatch | SurfaceBatch]:
    samples = Samples(cache, task, size, mosaics, seed, first_step * batch, (last_step - first_step) * batch)
    loader = DataLoader(
        samples, batch, num_workers=workers, collate_fn=collate_surfaces if task == "semantic" else collate_objects,
        pin_memory=torch.cuda.is_available(), prefetch_factor=4 if workers else None,
    )
    return iter(loader)


def fitted(folder, record: Record, size: tuple[int, int]) -> tuple[Tensor, float, int, int]:
    """A record's picture as the runtime fits it, (1, 3, h, w) from 0 to 1, with the scale and the margins."""
    picture, scale, left, top = letterbox(read_picture(folder / record.image), *size)
    return torch.from_numpy(channels_first(picture))[None].float() / 255, scale, left, top
