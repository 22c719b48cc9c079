"""What training makes small."""

import torch
from torch import Tensor
from torch.nn import functional

from batches import ObjectBatch, SurfaceBatch
from export import cell_centers
from networks import BINS, SURFACE_CLASSES

BOX_GAIN, CLASS_GAIN, DISTRIBUTION_GAIN = 7.5, 0.5, 1.5

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
    2020) and distribution focal loss (Li et al., 2020). Classes count only where a set labels them."""
    height, width = batch.pictures.shape[2:]
    centers, strides = (part.to(batch.boxes.device) for part in cell_centers(height, width))
    edges = torch.cat([boxes.flatten(2) for boxes, _ in levels], 2).transpose(1, 2).float()
    scores = torch.cat([scores.flatten(2) for _, scores in levels], 2).transpose(1, 2).float()
    edges = edges.unflatten(2, (4, BINS))
    bins = torch.arange(BINS, device=edges.device, dtype=torch.float)
    distances = edges.softmax(3) @ bins
    offsets = distances * strides[:, None]
    boxes = torch.cat((centers - offsets[..., :2], centers + offsets[..., 2:]), 2)

    chosen, quality = assign(scores.detach().sigmoid(), boxes.detach(), centers, batch)
    positive = chosen >= 0
    rows = batch.boxes.gather(1, chosen.clamp(min=0)[..., None].expand(-1, -1, 5))
    target = torch.zeros_like(scores)
    target.scatter_(2, rows[..., :1].long(), (quality * positive)[..., None])
    weight = torch.where(target > 0, 1.0, batch.absence)
    normal = quality.sum().clamp(min=1)
    entropy = functional.binary_cross_entropy_with_logits(scores, target, weight, reduction="sum") / normal
    if not positive.any():
        zero = boxes.sum() * 0
        return {"class": CLASS_GAIN * entropy, "box": zero, "distribution": zero}
    share = quality[positive]
    wanted = rows[..., 1:][positive]
    box = ((1 - complete_overlap(boxes[positive], wanted)) * share).sum() / normal
    places = centers.expand(len(positive), -1, -1)[positive]
    sides = strides.expand(len(positive), -1)[positive][:, None]
    wanted_edges = torch.cat((places - wanted[:, :2], wanted[:, 2:] - places), 1) / sides
    spread = (distribution_loss(edges[positive], wanted_edges) * share).sum() / normal
    return {"class": CLASS_GAIN * entropy, "box": BOX_GAIN * box, "distribution": DISTRIBUTION_GAIN * spread}


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


def distribution_loss(edges: Tensor, wanted: Tensor) -> Tensor:
    """Cross entropy with the two bins beside the wanted distance, mean over the four edges."""
    wanted = wanted.clamp(0, BINS - 1 - 0.01)
    low = wanted.long()
    upper_share = wanted - low
    logarithms = edges.log_softmax(2)
    below = logarithms.gather(2, low[..., None])[..., 0]
    above = logarithms.gather(2, low[..., None] + 1)[..., 0]
    return -(below * (1 - upper_share) + above * upper_share).mean(1)
