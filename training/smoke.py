"""Proves the whole way on a few pictures that it draws itself: prepare, two steps of training, a checkpoint that goes on,
two steps under roundings, export, and the same numbers from onnxruntime as from torch.

    python smoke.py [FOLDER]        half a minute; with a folder the files stay

It says nothing about quality.
"""

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


def prove(folder: Path) -> None:
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
