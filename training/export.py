"""Writes a checkpoint as an ONNX file that the runtime recognises.

    python export.py CHECKPOINT -o road-surface.onnx

The file has the metadata keys of Ultralytics' exports: names, stride, imgsz, task. road-objects ends as YOLOv8 does, in one
output (1, 4+classes, cells); the runtime decodes from the maps before that tail. road-surface gives logits
(1, classes, height/2, width/2).
"""

import argparse
import warnings
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

import networks
import quantization


class DecodedObjects(nn.Module):
    """road-objects with boxes decoded: centre, size (pixels of the input), then a score for each class."""

    def __init__(self, network: networks.RoadObjects, height: int, width: int):
        super().__init__()
        self.network = network
        centers, strides = cell_centers(height, width)
        self.register_buffer("corners", (centers / strides[:, None] - 0.5).t()[None])
        self.register_buffer("strides", strides[None, None])

    def forward(self, x: Tensor) -> Tensor:
        places, logits = (torch.cat([part.flatten(2) for part in parts], 2) for parts in zip(*self.network(x)))
        middle = (places[:, :2] + self.corners) * self.strides
        scores = logits[:, :1].sigmoid() * logits[:, 1:].sigmoid()
        return torch.cat((middle, places[:, 2:].exp() * self.strides, scores), 1)


def box_corners(places: Tensor, centers: Tensor, strides: Tensor) -> Tensor:
    """Corners (n, cells, 4) in pixels from what the network says of each cell (n, cells, 4)."""
    middle = centers + (places[..., :2] - 0.5) * strides
    # An untrained network may say anything; a box of e^8 strides is as wide as any picture.
    half = places[..., 2:].clamp(max=8).exp() * strides / 2
    return torch.cat((middle - half, middle + half), -1)


def cell_centers(height: int, width: int) -> tuple[Tensor, Tensor]:
    """Centres (cells, 2) in pixels of all cells, finest stride first and row by row, and their strides (cells)."""
    centers, strides = [], []
    for stride in networks.STRIDES:
        rows = (torch.arange(height // stride) + 0.5) * stride
        columns = (torch.arange(width // stride) + 0.5) * stride
        y, x = torch.meshgrid(rows, columns, indexing="ij")
        centers.append(torch.stack((x, y), -1).view(-1, 2))
        strides.append(torch.full((y.numel(),), float(stride)))
    return torch.cat(centers), torch.cat(strides)


def exportable(network: nn.Module, height: int, width: int) -> nn.Module:
    """The network as it is exported, ready for inference."""
    whole = DecodedObjects(network, height, width) if isinstance(network, networks.RoadObjects) else network
    return whole.eval()


def write_onnx(
    network: nn.Module, path: str, description: str = "", height: int = networks.INPUT_HEIGHT, width: int = networks.INPUT_WIDTH
) -> None:
    with warnings.catch_warnings():
        # The exporter that traces needs no further package; it announces its retirement each time.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            exportable(network, height, width), torch.zeros(1, 3, height, width), path, opset_version=17, dynamo=False,
            input_names=["images"], output_names=["output0"],
        )
    model = onnx.load(path)
    properties = {
        "description": description,
        "names": str(dict(enumerate(network.names))),
        "stride": "32",
        "imgsz": str([height, width]),
        "task": network.task,
        "batch": "1",
    }
    onnx.helper.set_model_props(model, properties)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def load_checkpoint(path: str) -> nn.Module:
    """The network of a checkpoint of train.py, with its averaged weights."""
    checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    network = networks.NETWORKS[checkpoint["network"]](tuple(checkpoint["classes"]))
    if checkpoint["is_rounded"]:
        quantization.prepare(network)
    network.load_state_dict(checkpoint["averaged"])
    return quantization.restore(network).eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint")
    parser.add_argument("-o", "--output", required=True)
    parser.add_argument("--size", default=f"{networks.INPUT_WIDTH}x{networks.INPUT_HEIGHT}", help="WIDTHxHEIGHT, multiples of 32")
    options = parser.parse_args()
    width, height = (int(part) for part in options.size.split("x"))
    if width % 32 or height % 32:
        parser.error(f"--size {options.size}: width and height must be multiples of 32")
    network = load_checkpoint(options.checkpoint)
    write_onnx(network, options.output, f"Sightline {Path(options.output).stem}", height, width)
    work = networks.multiply_accumulates(network, height, width)
    print(f"{options.output}: {width}x{height}, {len(network.names)} classes, {work / 1e9:.2f} G multiply-accumulates")


if __name__ == "__main__":
    main()
