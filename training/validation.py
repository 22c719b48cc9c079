"""A quick judgement of a network between training steps. `sightline model eval` is what counts in the end."""

import cv2
import numpy as np
import torch
from torch import nn

import networks
import sources
from batches import fitted
from export import exportable
from records import Cache, Record
from teachers import suppress

GROUPS = {"vehicle": ("car", "truck", "bus"), "pedestrian": ("pedestrian",), "two-wheeler": ("two-wheeler",)}


@torch.no_grad()
def validate(network: nn.Module, cache: Cache, size: tuple[int, int], most: int = 400, split: str = "val") -> dict[str, float]:
    """Figures by name, as shares of one: road IoU of each set, or AP50 of each group of classes in each set."""
    was_training = network.training
    network.eval()
    records = cache.select(split, masks=network.task == "semantic")
    records = [r for r in records if r.labelled or r.mask][:: max(1, -(-len(records) // most))]
    by_source: dict[str, list[Record]] = {}
    for record in records:
        by_source.setdefault(record.source, []).append(record)
    judge = road_overlaps if network.task == "semantic" else average_precisions
    figures = {}
    for source, part in sorted(by_source.items()):
        figures |= {f"{source} {name}": value for name, value in judge(network, cache, part, size).items()}
    network.train(was_training)
    return figures


def road_overlaps(network: nn.Module, cache: Cache, records: list[Record], size: tuple[int, int]) -> dict[str, float]:
    """IoU of road with lane markings, and of pavement, over all pixels where the truth is known."""
    road, lane, pavement = (networks.SURFACE_CLASSES.index(name) for name in ("road", "lane marking", "pavement"))
    device = next(network.parameters()).device
    sums = np.zeros((2, 2))
    for record in records:
        picture, scale, left, top = fitted(cache.folder, record, size)
        labels = network(picture.to(device))[0].argmax(0).byte().cpu().numpy()
        labels = cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST)
        inner = labels[top : top + round(record.height * scale), left : left + round(record.width * scale)]
        labels = cv2.resize(inner, (record.width, record.height), interpolation=cv2.INTER_NEAREST)
        truth = cv2.imread(str(cache.folder / record.mask), cv2.IMREAD_UNCHANGED)
        for row, (found, bits) in enumerate((((labels == road) | (labels == lane), sources.ROAD_OR_LANE),
                                             (labels == pavement, sources.PAVEMENT))):
            is_true, is_false = (truth & ~np.uint8(bits)) == 0, (truth & bits) == 0
            sums[row] += (found & is_true).sum(), ((found & (is_true | is_false)) | is_true).sum()
    figures = {"road IoU": sums[0, 0] / max(1, sums[0, 1])}
    if sums[1, 0] > 0:
        figures["pavement IoU"] = sums[1, 0] / sums[1, 1]
    return figures


def average_precisions(network: nn.Module, cache: Cache, records: list[Record], size: tuple[int, int]) -> dict[str, float]:
    """AP at IoU 0.5 of the groups that the set labels; for classes of one's own, of each class."""
    names = list(network.names)
    groups = GROUPS if names == list(networks.OBJECT_CLASSES) else {name: (name,) for name in names}
    members = {group: {names.index(name) for name in parts} for group, parts in groups.items()}
    device = next(network.parameters()).device
    whole = exportable(network, size[1], size[0]).to(device)
    claims: dict[str, list[tuple[float, bool]]] = {group: [] for group in members}
    totals = dict.fromkeys(members, 0)
    for record in records:
        picture, scale, left, top = fitted(cache.folder, record, size)
        found = decoded(whole(picture.to(device))[0].cpu().numpy(), scale, left, top)
        for group, kinds in members.items():
            if not kinds <= set(record.labelled):
                continue
            truth = np.array([box[1:] for box in record.boxes if int(box[0]) in kinds], float).reshape(-1, 4)
            void = np.array([box[1:] for box in record.ignored if int(box[0]) in kinds], float).reshape(-1, 4)
            totals[group] += len(truth)
            claims[group] += matches(found[np.isin(found[:, 0], list(kinds))], truth, void)
    return {f"{group} AP50": precision(claims[group], totals[group]) for group in members if totals[group]}


def decoded(output: np.ndarray, scale: float, left: int, top: int) -> np.ndarray:
    """Rows of class, corners in the record's picture, score."""
    kinds = output[4:].argmax(0)
    scores = output[4:].max(0)
    keep = scores > 0.01
    x, y, w, h = output[:4, keep]
    corners = (np.stack((x - w / 2, y - h / 2, x + w / 2, y + h / 2), 1) - [left, top, left, top]) / scale
    found = np.column_stack((kinds[keep], corners, scores[keep]))
    return found[suppress(found, 0.7)] if len(found) else found


def matches(found: np.ndarray, truth: np.ndarray, void: np.ndarray) -> list[tuple[float, bool]]:
    """Score of each claim, best first, and whether it found a box that no better one had; void boxes do not count."""
    taken = np.zeros(len(truth), bool)
    result = []
    for row in found[np.argsort(-found[:, 5], kind="stable")]:
        overlaps = overlap(row[1:5], truth) * ~taken
        if overlaps.size and overlaps.max() >= 0.5:
            taken[overlaps.argmax()] = True
            result.append((row[5], True))
        elif not (void.size and overlap(row[1:5], void).max() >= 0.5):
            result.append((row[5], False))
    return result


def overlap(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    size = (np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])).clip(0)
    both = size.prod(1)
    return both / ((box[2:] - box[:2]).prod() + (others[:, 2:] - others[:, :2]).prod(1) - both + 1e-9)


def precision(claims: list[tuple[float, bool]], total: int) -> float:
    """Mean over 101 recalls of the best precision there or beyond."""
    hits = np.array([hit for _, hit in sorted(claims, key=lambda claim: -claim[0])], bool)
    found = hits.cumsum()
    precisions = np.maximum.accumulate((found / np.arange(1, len(hits) + 1))[::-1])[::-1]
    places = np.searchsorted(found / total, np.linspace(0, 1, 101), side="left")
    return float(np.append(precisions, 0)[np.minimum(places, len(precisions))].mean())
