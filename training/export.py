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
        self.expectation = nn.Conv2d(networks.BINS, 1, 1, bias=False)
        self.expectation.weight.data.copy_(torch.arange(networks.BINS, dtype=torch.float).view(1, -1, 1, 1))
        centers, strides = cell_centers(height, width)
        self.register_buffer("centers", centers.t()[None] / strides)
        self.register_buffer("strides", strides[None, None])

    def forward(self, x: Tensor) -> Tensor:
        levels = self.network(x)
        boxes = torch.cat([boxes.reshape(1, 4 * networks.BINS, -1) for boxes, _ in levels], 2)
        scores = torch.cat([scores.reshape(1, len(self.network.names), -1) for _, scores in levels], 2)
        cells = boxes.shape[2]
        spread = boxes.reshape(1, 4, networks.BINS, cells).transpose(1, 2).softmax(1)
        distances = self.expectation(spread).reshape(1, 4, cells)
        corners = self.centers - distances[:, :2], self.centers + distances[:, 2:]
        box = torch.cat(((corners[0] + corners[1]) / 2, corners[1] - corners[0]), 1) * self.strides
        return torch.cat((box, scores.sigmoid()), 1)


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
