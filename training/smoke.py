"""Proves the whole way on a few pictures that it draws itself: prepare, two steps of training, a checkpoint that goes on,
two steps under roundings, export, and the same numbers from onnxruntime as from torch. Before that, that the losses lead to
what the labels say.

    python smoke.py [FOLDER]        a minute or two; with a folder the files stay
    YOLOX=yolox_nano.onnx python smoke.py       also that road-objects takes over YOLOX-nano's weights

It says nothing about quality.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import torch

import export
import networks
import pretrained
import pseudolabel
import validation
from batches import ObjectBatch, SurfaceBatch
from losses import object_loss, surface_loss
from records import Record

HERE = Path(__file__).parent
SIZE = 320, 192


def draw(folder: Path, count: int = 6) -> None:
    """A road with a marking between grass, and a dark car on it, as an Ultralytics-style folder with masks beside it."""
    rng = np.random.default_rng(1)
    for split in ("train", "val"):
        for part in ("images", "labels", "masks"):
            (folder / split / part).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            picture = np.full((240, 400, 3), (90, 160, 80), np.uint8)
            mask = np.zeros((240, 400), np.uint8)
            middle = int(rng.integers(150, 250))
            road = np.array([[middle - 10, 80], [middle + 10, 80], [380, 239], [20, 239]])
            for canvas, values in ((picture, ((110, 110, 110), (240, 240, 240))), (mask, (1, 2))):
                cv2.fillConvexPoly(canvas, road, values[0])
                cv2.line(canvas, (middle, 90), (200, 239), values[1], 4)
            x, y, size = int(rng.integers(120, 220)), int(rng.integers(110, 160)), int(rng.integers(20, 60))
            for canvas, value in ((picture, (40, 20, 20)), (mask, 0)):
                cv2.rectangle(canvas, (x, y), (x + size, y + size), value, -1)
            picture = (picture + rng.normal(0, 6, picture.shape)).clip(0, 255).astype(np.uint8)
            cv2.imwrite(str(folder / split / "images" / f"{number}.png"), picture)
            cv2.imwrite(str(folder / split / "masks" / f"{number}.png"), mask)
            row = [0, (x + size / 2) / 400, (y + size / 2) / 240, size / 400, size / 240]
            (folder / split / "labels" / f"{number}.txt").write_text(" ".join(map(str, row)) + "\n")
    (folder / "data.yaml").write_text("train: train/images\nval: val/images\nnames: [car]\n")


def run(script: str, *arguments: object) -> None:
    command = [sys.executable, str(HERE / script), *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        raise SystemExit(f"{' '.join(command)}\n{result.stdout}{result.stderr}")


def compare(checkpoint: Path, exported: Path) -> float:
    """The greatest difference between torch and onnxruntime, as a share of the output's range."""
    network = export.exportable(export.load_checkpoint(str(checkpoint)), SIZE[1], SIZE[0])
    picture = torch.rand(1, 3, SIZE[1], SIZE[0], generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected = network(picture).numpy()
    session = onnxruntime.InferenceSession(str(exported), providers=["CPUExecutionProvider"])
    actual = session.run(None, {"images": picture.numpy()})[0]
    assert actual.shape == expected.shape, f"{exported}: {actual.shape}, expected {expected.shape}"
    return float(np.abs(actual - expected).max() / np.ptp(expected))


class FreeMaps(torch.nn.Module):
    """Stands where a network would: its outputs are its parameters."""

    def __init__(self, classes: int):
        super().__init__()
        cells = [(SIZE[1] // stride, SIZE[0] // stride) for stride in networks.STRIDES]
        self.names = tuple(range(classes))
        self.boxes = torch.nn.ParameterList(torch.zeros(1, 4, *shape) for shape in cells)
        self.scores = torch.nn.ParameterList(torch.full((1, 1 + classes, *shape), -2.0) for shape in cells)

    def forward(self, _) -> list[tuple[torch.Tensor, torch.Tensor]]:
        return list(zip(self.boxes, self.scores))


def prove_object_loss() -> None:
    """Outputs that are free to take any value must come to show the boxes, and nothing elsewhere but where a class is unknown."""
    torch.manual_seed(1)
    truth = torch.tensor([[[0, 20, 30, 60, 60], [1, 100, 50, 110, 64], [0, 150, 20, 310, 180]]], dtype=torch.float)
    cells = sum((SIZE[0] // stride) * (SIZE[1] // stride) for stride in networks.STRIDES)
    absence = torch.ones(1, cells, 3)
    absence[..., 2] = 0
    batch = ObjectBatch(torch.zeros(1, 3, SIZE[1], SIZE[0]), truth, torch.tensor([3]), absence)
    maps = FreeMaps(3)
    optimizer = torch.optim.Adam(maps.parameters(), 0.1)
    for _ in range(120):
        optimizer.zero_grad()
        sum(object_loss(maps(None), batch).values()).backward()
        optimizer.step()
    unknown = torch.cat([scores[:, 3].flatten() for scores in maps.scores])
    assert (unknown == -2).all(), "a class that nobody labels was taught"
    with torch.no_grad():
        output = export.DecodedObjects(maps, SIZE[1], SIZE[0])(None)[0].numpy()
    found = validation.decoded(output, 1.0, 0, 0)
    found = found[found[:, 5] > 0.3]
    assert len(found) == 3, f"{len(found)} boxes in the place of 3"
    for kind, *corners in truth[0].tolist():
        overlaps = validation.overlap(np.array(corners), found[found[:, 0] == kind, 1:5])
        assert overlaps.max(initial=0) > 0.9, f"a box of class {kind:.0f} overlaps by {overlaps.max(initial=0):.2f}"
    print("the loss of boxes leads to the boxes", flush=True)


def prove_surface_loss() -> None:
    """Each pixel must come to be one of the surfaces that its label allows; where all are allowed, nothing is taught."""
    generator = torch.Generator().manual_seed(1)
    masks = torch.randint(1, 16, (2, 24, 40), generator=generator, dtype=torch.uint8)
    logits = torch.zeros(2, len(networks.SURFACE_CLASSES), 24, 40, requires_grad=True)
    batch = SurfaceBatch(torch.zeros(0), masks)
    optimizer = torch.optim.Adam([logits], 0.1)
    for _ in range(60):
        optimizer.zero_grad()
        parts = surface_loss(logits, batch)
        sum(parts.values()).backward()
        optimizer.step()
    label = logits.detach().argmax(1)
    assert (masks >> label & 1).all(), "a pixel shows a surface that its label rules out"
    parts = surface_loss(logits, batch)
    (gradient,) = torch.autograd.grad(sum(parts.values()), logits)
    assert (gradient.abs().amax(1)[masks == 15] == 0).all(), "a pixel of which nothing is known was taught"
    print("the loss of surfaces leads to allowed surfaces", flush=True)


def prove_steady_vehicles() -> None:
    """A truck that is certain in one frame and possible in another is also there in the one between; a car that was seen once
    is not."""
    truck, car = networks.OBJECT_CLASSES.index("truck"), networks.OBJECT_CLASSES.index("car")
    records = [Record(f"{place}.jpg", "drive-drawn", "train", 400, 240) for place in range(4)]
    records[0].boxes = [[truck, 100, 50, 160, 120], [car, 300, 90, 340, 110]]
    records[2].ignored = [[truck, 102, 51, 161, 121]]
    pseudolabel.confirm_steady(records)
    assert [len(record.boxes) for record in records] == [2, 1, 1, 0] and not records[2].ignored, "a truck came or went"
    print("a vehicle ahead stays where rain hides it", flush=True)


@torch.no_grad()
def prove_pretrained(path: str) -> None:
    """The network with YOLOX's weights, its normalisations restored, must say what YOLOX says."""
    network = networks.RoadObjects()
    pretrained.load_yolox(network, path)
    network.set_smoothness(1.0)
    pretrained.restore_normalizations(network, torch.rand(2, 3, 128, 128))
    session = onnxruntime.InferenceSession(path)
    height, width = session.get_inputs()[0].shape[2:]
    picture = cv2.GaussianBlur(np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8), (0, 0), 3)
    ours = network.eval()(torch.from_numpy(np.ascontiguousarray(picture[..., ::-1].transpose(2, 0, 1)))[None].float() / 255)
    boxes, logits = (torch.cat([part.flatten(2) for part in parts], 2)[0] for parts in zip(*ours))
    theirs = session.run(None, {session.get_inputs()[0].name: picture.transpose(2, 0, 1)[None].astype(np.float32)})[0][0].T
    car = pretrained.COCO_NUMBERS["car"]
    for found, wanted in ((boxes, theirs[:4]), (logits[0].sigmoid(), theirs[4]), (logits[1].sigmoid(), theirs[5 + car])):
        assert np.abs(found.numpy() - wanted).max() < 1e-3, "YOLOX's weights came out differently"
    print("YOLOX's weights say here what they say there", flush=True)


def prove(folder: Path) -> None:
    if "YOLOX" in os.environ:
        prove_pretrained(os.environ["YOLOX"])
    prove_surface_loss()
    prove_object_loss()
    prove_steady_vehicles()
    draw(folder / "drawn")
    cache = folder / "cache"
    run("prepare.py", cache, "--yolo", folder / "drawn" / "data.yaml", "--map", "car=car")
    surfaces = "0=background,1=road,2=lane marking"
    for split in ("train", "val"):
        part = folder / "drawn" / split
        run("prepare.py", cache, "--masks", part / "images", part / "masks", "--surfaces", surfaces, "--split", split)
    size = f"{SIZE[0]}x{SIZE[1]}"
    for name in networks.NETWORKS:
        first, rounded = folder / name, folder / f"{name}-rounded"
        common = ("--batch", 2, "--size", size, "--threads", 2, "--validate", 2)
        run("train.py", name, cache, first, "--steps", 1, *common)
        run("train.py", name, cache, first, "--steps", 2, *common)
        run("train.py", name, cache, rounded, "--steps", 2, "--init", first / "last.pt", "--rounded", *common)
        for training in (first, rounded):
            exported = training / f"{name}.onnx"
            run("export.py", training / "last.pt", "-o", exported, "--size", size)
            difference = compare(training / "last.pt", exported)
            assert difference < 1e-4, f"{exported}: differs from torch by {difference:.1e} of its range"
            print(f"{training.name}: trained, exported, onnxruntime within {difference:.0e} of the range", flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        prove(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as temporary:
            prove(Path(temporary))
