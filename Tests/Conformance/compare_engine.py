#!/usr/bin/env python3
"""Compares the engine with onnxruntime on whole networks: any ONNX files, with noise as input.

    compare_engine.py SIGHTLINE FOLDER_OR_FILE ... [--json]     needs numpy and onnxruntime

Float networks must agree within a part in 10 000 of each output's range; quantised ones within a few steps, as roundings that
fall the other way add up, and in their mean within a hundredth. Ends with 1 when a network disagrees or does not run, unless it is listed in
exceptions_networks.txt beside this file with a reason; an exception that agrees is an error as well.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnxruntime

FLOAT_LIMIT = 1e-4
QUANTIZED_MEAN_LIMIT = 1e-2
OPEN_EXTENTS = {0: 1}
"""What an open extent becomes: one picture; sides as the engine takes them by default."""
OPEN_SIDE = 160


def exceptions():
    path = pathlib.Path(__file__).with_name("exceptions_networks.txt")
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split(": ", 1) for line in lines)


def sample(feed, generator):
    """Noise that resembles a picture: blocks of colour and grain, 0 to 1."""
    shape = [extent if isinstance(extent, int) else OPEN_EXTENTS.get(axis, OPEN_SIDE)
             for axis, extent in enumerate(feed.shape)]
    if len(shape) == 2 and shape[1] == 2:  # A size in pixels, as RT-DETR's own exports take.
        return np.array([[640, 640]], dtype=np.int64)
    if feed.type != "tensor(float)":
        return np.zeros(shape, dtype={"tensor(int64)": np.int64, "tensor(uint8)": np.uint8}[feed.type])
    coarse = generator.random(shape[:2] + [max(shape[2] // 16, 1), max(shape[3] // 16, 1)])
    picture = np.kron(coarse, np.ones((1, 1, 16, 16)))
    padded = np.zeros(shape)
    rows, columns = min(shape[2], picture.shape[2]), min(shape[3], picture.shape[3])
    padded[:, :, :rows, :columns] = picture[:, :, :rows, :columns]
    return np.clip(padded * 0.8 + generator.random(shape) * 0.2, 0, 1).astype(np.float32)


def engine_outputs(program, path, feeds, folder):
    (folder / "out").mkdir()
    arguments = [program, "model", "run", str(path), "--output-dir", str(folder / "out")]
    for name, value in feeds.items():
        file = folder / f"{len(arguments)}.npy"
        np.save(file, value)
        arguments += ["--input", f"{name}={file}"]
    process = subprocess.run(arguments, capture_output=True, text=True, timeout=600)
    if process.returncode != 0:
        raise RuntimeError(process.stderr.strip().splitlines()[-1] if process.stderr.strip() else "no message")
    return sorted((folder / "out").glob("*.npy"))


def is_sorted(output):
    """Whether these are detections with the best first: corners or centre and size, score, class."""
    return output.ndim == 3 and output.shape[2] == 6 and bool((np.diff(output[0, :, 4]) <= 0).all())


def sorted_difference(actual, wanted):
    """Of each detection from the nearest of the other engine's: equal scores may stand in another order, and the last few may
    not be the same ones."""
    apart = np.abs(actual[0][:, None] - wanted[0][None]).max(2).min(1)
    return np.sort(apart)[: len(apart) - len(apart) // 50]


def compare(program, path):
    """A dictionary with the network's verdict."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # Optimisations may fuse quantised layers in ways that round differently.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    generator = np.random.default_rng(9)
    feeds = {feed.name: sample(feed, generator) for feed in session.get_inputs()}
    names = [output.name for output in session.get_outputs()]
    expected = dict(zip(names, session.run(names, feeds)))
    quantized = any(word in path.stem for word in ("int8", "quant"))
    with tempfile.TemporaryDirectory() as folder:
        files = engine_outputs(program, path, feeds, pathlib.Path(folder))
        if len(files) != len(names):
            return {"agrees": False, "detail": f"{len(files)} outputs instead of {len(names)}"}
        worst = 0.0
        for name in names:
            file = next((f for f in files if f.stem == name.replace("/", "_")), None) or files[names.index(name)]
            actual, wanted = np.load(file), np.asarray(expected[name])
            if actual.shape != wanted.shape:
                return {"agrees": False, "detail": f"{name}: shape {actual.shape} instead of {wanted.shape}"}
            actual, wanted = actual.astype(np.float64), wanted.astype(np.float64)
            reach = max(np.abs(wanted).max(initial=0), 1e-6)
            difference = sorted_difference(actual, wanted) if is_sorted(wanted) else np.abs(actual - wanted)
            figure = (difference.mean() / reach / QUANTIZED_MEAN_LIMIT if quantized
                      else difference.max(initial=0) / reach / FLOAT_LIMIT)
            worst = max(worst, float(figure))
    return {"agrees": worst <= 1, "detail": f"difference {worst:.3f} of what is allowed"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("networks", nargs="+", type=pathlib.Path)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    files = [file for path in arguments.networks for file in (sorted(path.glob("*.onnx")) if path.is_dir() else [path])]
    known = exceptions()
    wrong = 0
    for file in files:
        try:
            verdict = compare(arguments.program, file)
        except Exception as error:
            verdict = {"agrees": False, "detail": str(error)}
        reason = known.get(file.stem)
        failed = verdict["agrees"] == (reason is not None)
        wrong += failed
        if arguments.json:
            print(json.dumps({"network": file.stem, "exception": reason, **verdict}), flush=True)
        else:
            word = "agrees" if verdict["agrees"] else "DISAGREES" if reason is None else f"known ({reason})"
            print(f"{file.stem}: {word}: {verdict['detail']}", flush=True)
    print(f"{len(files)} networks, {wrong} to look at", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
