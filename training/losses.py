"""What training makes small."""

import torch
from torch import Tensor
from torch.nn import functional

from batches import ObjectBatch, SurfaceBatch
from export import box_corners, cell_centers
from networks import SURFACE_CLASSES

BOX_GAIN, CLASS_GAIN = 7.5, 0.5

# A lane marking covers a hundredth of a picture.
LANE_WEIGHT = 4.0


# Surfaces


def surface_loss(logits: Tensor, batch: SurfaceBatch) -> dict[str, Tensor]:
    """Cross entropy of the set of classes that each pixel can be, and overlap (Dice) of road and of lane markings."""
    allowed = torch.stack([(batch.masks >> i) & 1 for i in range(len(SURFACE_CLASSES))], 1).bool()
    logits = logits.float()
    known = ~allowed.all(1)
    barred = torch.finfo(torch.float32).min
    likelihood = logits.logsumexp(1) - logits.masked_fill(~allowed, barred).logsumexp(1)
    lane_only = batch.masks == 1 << SURFACE_CLASSES.index("lane marking")
    weight = known * (1 + (LANE_WEIGHT - 1) * lane_only)
    entropy = (likelihood * weight).sum() / weight.sum().clamp(min=1)
    shares = logits.softmax(1)
    road, lane = SURFACE_CLASSES.index("road"), SURFACE_CLASSES.index("lane marking")
    road_bits = (1 << road) | (1 << lane)
    is_road, is_other = (batch.masks & ~road_bits) == 0, (batch.masks & road_bits) == 0
    road_dice = dice(shares[:, road] + shares[:, lane], is_road, is_road | is_other)
    lane_known = lane_only | ((batch.masks & (1 << lane)) == 0)
    lane_dice = dice(shares[:, lane], lane_only, lane_known)
    return {"entropy": entropy, "road": 0.5 * road_dice, "lane": 0.3 * lane_dice}


def dice(shares: Tensor, target: Tensor, known: Tensor) -> Tensor:
    shares, target = shares * known, (target & known).float()
    return 1 - (2 * (shares * target).sum() + 1) / (shares.sum() + target.sum() + 1)


# Objects


def object_loss(levels: list[tuple[Tensor, Tensor]], batch: ObjectBatch) -> dict[str, Tensor]:
    """Task-aligned assignment (TOOD, Feng et al., 2021), binary cross entropy with soft targets, complete IoU (Zheng et al.,
    2020). Classes count only where a set labels them."""
    height, width = batch.pictures.shape[2:]
    centers, strides = (part.to(batch.boxes.device) for part in cell_centers(height, width))
    places, logits = (torch.cat([part.flatten(2) for part in parts], 2).transpose(1, 2).float() for parts in zip(*levels))
    boxes = box_corners(places, centers, strides[:, None])
    # The probability of an object of a class is a product, and its logarithms are sums.
    some, kind = logits[..., :1], logits[..., 1:]
    present = functional.logsigmoid(some) + functional.logsigmoid(kind)
    absent = torch.logaddexp(functional.logsigmoid(-some), functional.logsigmoid(some) + functional.logsigmoid(-kind))

    chosen, quality = assign(present.detach().exp(), boxes.detach(), centers, batch)
    positive = chosen >= 0
    rows = batch.boxes.gather(1, chosen.clamp(min=0)[..., None].expand(-1, -1, 5))
    target = torch.zeros_like(present)
    target.scatter_(2, rows[..., :1].long(), (quality * positive)[..., None])
    weight = torch.where(target > 0, 1.0, batch.absence)
    normal = quality.sum().clamp(min=1)
    entropy = -((target * present + (1 - target) * absent) * weight).sum() / normal
    if not positive.any():
        return {"class": CLASS_GAIN * entropy, "box": boxes.sum() * 0}
    box = ((1 - complete_overlap(boxes[positive], rows[..., 1:][positive])) * quality[positive]).sum() / normal
    return {"class": CLASS_GAIN * entropy, "box": BOX_GAIN * box}


@torch.no_grad()
def assign(
    scores: Tensor, boxes: Tensor, centers: Tensor, batch: ObjectBatch, most: int = 10, alpha: float = 0.5, beta: float = 6.0
) -> tuple[Tensor, Tensor]:
    """For each cell the row of the box that it shall find, or -1, and the score that it shall give."""
    truth = batch.boxes[..., 1:]
    exists = torch.arange(truth.shape[1], device=truth.device) < batch.counts[:, None]
    # Small boxes hold the centre of no cell: they reach out to the nearest ones.
    middle, half = (truth[..., :2] + truth[..., 2:]) / 2, ((truth[..., 2:] - truth[..., :2]) / 2).clamp(min=5)
    apart = (centers[None, None] - middle[:, :, None]).abs() / half[:, :, None]
    inside = (apart.amax(3) < 1) & exists[..., None]
    overlap = plain_overlap(truth[:, :, None], boxes[:, None]).clamp(min=0)
    kinds = batch.boxes[..., 0].long()
    score = scores.transpose(1, 2).gather(1, kinds[..., None].expand(-1, -1, scores.shape[1]))
    # The nearness of centres decides where nothing fits yet.
    metric = (score**alpha * overlap**beta + 1e-8 * (1 - apart.amax(3).clamp(max=1))) * inside
    best = metric.topk(min(most, metric.shape[2]), dim=2).indices
    candidate = torch.zeros_like(inside).scatter_(2, best, True) & inside
    # A cell that several boxes want goes to the one that it overlaps most.
    claims = torch.where(candidate, overlap + 1e-6, 0.0)
    value, chosen = claims.max(1)
    chosen = torch.where(value > 0, chosen, -1)
    kept = candidate & (chosen[:, None] == torch.arange(truth.shape[1], device=truth.device)[None, :, None])
    metric, overlap = metric * kept, overlap * kept
    scaled = metric / metric.amax(2, keepdim=True).clamp(min=1e-9) * overlap.amax(2, keepdim=True)
    return chosen, scaled.amax(1)


def plain_overlap(a: Tensor, b: Tensor) -> Tensor:
    size = (torch.minimum(a[..., 2:], b[..., 2:]) - torch.maximum(a[..., :2], b[..., :2])).clamp(min=0)
    both = size.prod(-1)
    area_a, area_b = ((part[..., 2:] - part[..., :2]).clamp(min=0).prod(-1) for part in (a, b))
    return both / (area_a + area_b - both + 1e-7)


def complete_overlap(a: Tensor, b: Tensor) -> Tensor:
    """IoU less what distance of the middles and difference of the shapes take away."""
    overlap = plain_overlap(a, b)
    hull = (torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])).square().sum(1) + 1e-7
    apart = ((a[:, :2] + a[:, 2:] - b[:, :2] - b[:, 2:]) / 2).square().sum(1)
    size_a, size_b = a[:, 2:] - a[:, :2] + 1e-7, b[:, 2:] - b[:, :2] + 1e-7
    shape = 4 / torch.pi**2 * (torch.atan(size_a[:, 0] / size_a[:, 1]) - torch.atan(size_b[:, 0] / size_b[:, 1])).square()
    with torch.no_grad():
        weight = shape / (1 - overlap + shape + 1e-7)
    return overlap - apart / hull - weight * shape
