#!/usr/bin/env python3
"""Times int8 networks, batch 1, on this engine, OpenVINO, onnxruntime and ncnn, in turns, so that all see the same
machine.

What is compared: one inference on a picture that lies in the network's input layout already, results in memory; no
decoding of pictures, no preprocessing, no suppression. Each engine runs its own best int8 version of the same float
network: this one what `sightline model quantize` made; OpenVINO what NNCF made, or this engine's file if that is
faster; onnxruntime what its own quantiser made, or this engine's file; ncnn what ncnn_int8.py makes of the float file,
for ncnn's packages hold no quantiser. Threads are the same for all; OpenVINO may use what precision it likes for float
parts. A table of ratios says how much longer the fastest peer takes.

    peers.py SIGHTLINE SHARED_FOLDER [--rounds N] [--runs N] [--threads 1,2] [--networks NAME,...] [--output FILE]
"""

import argparse
import json
import pathlib
import platform
import statistics
import subprocess
import sys
import time

import numpy as np

NETWORKS = {
    # Name: the float file, pictures to calibrate with, and the input's shape.
    "yolo11n": ("yolo11n.onnx", "datasets/coco128", (1, 3, 640, 640)),
    "twinlitenet": ("twinlitenet_360x640.onnx", "datasets/camvid/train", (1, 3, 360, 640)),
    "twinliteplus_small": ("twinliteplus_small.onnx", "datasets/camvid/train", (1, 3, 384, 640)),
    "yolox_nano": ("yolox_nano.onnx", "datasets/coco128", (1, 3, 416, 416)),
}
# The order of channels and what pixels are divided by, where it is not RGB and 255.
PIXELS = {"yolox_nano": ("BGR", 1)}


class Sightline:
    name = "sightline"

    def __init__(self, program, path, threads):
        self.command = [program, "model", "bench", str(path), "--threads", str(threads), "--json"]
        self.last = {}

    def times(self, runs):
        result = subprocess.run(
            self.command + ["--runs", str(runs), "--warmup", "3"], check=True, capture_output=True, text=True)
        self.last = json.loads(result.stdout)
        # Its own report: the fastest run of this turn, and the one in the middle.
        return [self.last["min_ms"], self.last["median_ms"]]


class InProcess:
    """A peer that is called from here: warmed up once, then timed run by run."""

    def warm(self):
        for _ in range(3):
            self.infer()

    def times(self, runs):
        self.infer()
        result = []
        for _ in range(runs):
            start = time.perf_counter()
            self.infer()
            result.append((time.perf_counter() - start) * 1e3)
        return [min(result), statistics.median(result)]


class OnnxRuntime(InProcess):
    def __init__(self, path, shape, threads, source):
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Threads that spin between runs would take the others' processors.
        options.add_session_config_entry("session.intra_op.allow_spinning", "1" if threads > 1 else "0")
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.name = f"onnxruntime {onnxruntime.__version__}, {source}"
        feed = self.session.get_inputs()[0]
        self.feeds = {feed.name: np.full(shape, 0.5, dtype=np.float32)}
        self.warm()

    def infer(self):
        self.session.run(None, self.feeds)


class OpenVINO(InProcess):
    def __init__(self, path, shape, threads, source):
        import openvino
        core = openvino.Core()
        model = core.read_model(str(path))
        model.reshape({model.inputs[0]: list(shape)})
        compiled = core.compile_model(
            model, "CPU", {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1})
        self.name = f"openvino {openvino.__version__.split('-')[0]}, {source}"
        self.request = compiled.create_infer_request()
        self.request.set_input_tensor(openvino.Tensor(np.full(shape, 0.5, dtype=np.float32)))
        self.warm()

    def infer(self):
        self.request.infer()


class Ncnn(InProcess):
    def __init__(self, path, shape, threads, source):
        import ncnn
        import ncnn_int8
        self.network = ncnn_int8.load(path, threads, ncnn_int8.RUN_OPTIONS)
        self.name = f"ncnn {ncnn.__version__}, {source}"
        self.input, self.outputs = self.network.input_names()[0], self.network.output_names()
        # The array has to live as long as the input, which lies in its memory.
        self.picture = np.full(shape[1:], 0.5, dtype=np.float32)
        self.feed = ncnn.Mat(self.picture)
        self.warm()

    def infer(self):
        extractor = self.network.create_extractor()
        extractor.input(self.input, self.feed)
        for output in self.outputs:
            extractor.extract(output)


def ncnn_network(shared, folder, name):
    """ncnn's int8 version, made once."""
    import ncnn_int8
    source, data, shape = NETWORKS[name]
    order, divisor = PIXELS.get(name, ("RGB", 255))
    return ncnn_int8.make(shared / "models" / source, shared / data, shape, order, divisor, folder, name)


def candidates(name, own, shared, folder, shape, threads):
    """The peers that can run here, each with a way to make it."""
    peers = shared / "models/peers"
    result = []
    for path in sorted(peers.glob(f"{name}*.ort*int8.onnx")):
        result.append(lambda p=path: OnnxRuntime(p, shape, threads, "its own int8"))
    result.append(lambda: OnnxRuntime(own, shape, threads, "sightline's int8"))
    for path in sorted(peers.glob(f"{name}*.ov_int8.xml")):
        result.append(lambda p=path: OpenVINO(p, shape, threads, "its own int8"))
    result.append(lambda: OpenVINO(own, shape, threads, "sightline's int8"))
    result.append(lambda: Ncnn(ncnn_network(shared, folder, name), shape, threads, "int8"))
    return result


def quantized(program, shared, folder, name):
    """This engine's int8 version, made once."""
    source, data, shape = NETWORKS[name]
    path = folder / f"{name}.int8.onnx"
    if not path.exists():
        print(f"quantising {name} ...", file=sys.stderr)
        size = f"{shape[3]}x{shape[2]}"
        subprocess.run(
            [program, "model", "quantize", str(shared / "models" / source), "--data", str(shared / data), "--size", size,
             "--output", str(path), "--report", str(path.with_suffix(".yaml"))], check=True)
    return path


def measure(program, shared, folder, name, threads, rounds, runs):
    path = quantized(program, shared, folder, name)
    shape = NETWORKS[name][2]
    engines = [Sightline(program, path, threads)]
    for make in candidates(name, path, shared, folder, shape, threads):
        try:
            engines.append(make())
        except Exception as error:
            print(f"{name}: a peer is left out: {str(error).splitlines()[0]}", file=sys.stderr)
    turns = {engine.name: [] for engine in engines}
    for _ in range(rounds):
        for engine in engines:
            turns[engine.name].append(engine.times(runs))
    result = {
        "network": name, "shape": shape, "threads": threads, "rounds": rounds, "runs_per_round": runs,
        "engines": {
            engine: {"min_ms": min(t[0] for t in times), "median_ms": statistics.median(t[1] for t in times)}
            for engine, times in turns.items()},
    }
    own = engines[0].last
    result["isa"], result["share_of_peak"] = own["isa"], own["share_of_peak"]
    others = {e: t["min_ms"] for e, t in result["engines"].items() if e != "sightline"}
    if others:
        fastest = min(others, key=others.get)
        result["fastest_peer"] = fastest
        result["ratio_min"] = others[fastest] / result["engines"]["sightline"]["min_ms"]
    return result


def table(results):
    lines = ["| network | threads | sightline | share of peak | fastest peer | it takes | ratio |",
             "|---|---|---|---|---|---|---|"]
    for r in results:
        own = r["engines"]["sightline"]
        peer = r.get("fastest_peer")
        lines.append(
            f"| {r['network']} {r['shape'][3]}x{r['shape'][2]} | {r['threads']} "
            f"| {own['min_ms']:.1f} / {own['median_ms']:.1f} ms | {r['share_of_peak'] * 100:.0f} % "
            + (f"| {peer} | {r['engines'][peer]['min_ms']:.1f} / {r['engines'][peer]['median_ms']:.1f} ms "
               f"| {r['ratio_min']:.2f} |" if peer else "| | | |"))
    return "\n".join(lines)


def processor():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("shared", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--runs", type=int, default=8)
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--networks", default=",".join(NETWORKS))
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path("out/engine-benchmark"))
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path("out/engine-benchmark.json"))
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    results = []
    for name in arguments.networks.split(","):
        for threads in map(int, arguments.threads.split(",")):
            results.append(
                measure(arguments.program, arguments.shared, arguments.folder, name, threads, arguments.rounds,
                        arguments.runs))
            print(json.dumps(results[-1]), file=sys.stderr)
    arguments.output.write_text(json.dumps({"processor": processor(), "results": results}, indent=1))
    print(f"{processor()}; minimum / median over {arguments.rounds} turns of {arguments.runs} runs each\n")
    print(table(results))


if __name__ == "__main__":
    main()
