#!/usr/bin/env python3
"""Measures whether the latency budget holds, and what a loop without one does on the same drive.

    python pipeline.py DRIVE --detection D.onnx --road R.onnx --output OUT [--seconds 600] [--rate 30] [--only NAME ...]
        [--float-detection F.onnx --float-road G.onnx]

Scenarios, each written to OUT/NAME.json and printed as a row:

    free         no budget: the newest frame, all networks in full
    budget       the budget given with --budget (33 ms)
    half         a budget of half of what the networks need, as measured by `free`
    hog          as budget, with two busy processes per processor at normal priority
    hog-normal   as hog, with the loop at normal priority, too (`realtime: off`)
    queue        queueing_loop.py on the float networks in onnxruntime: every frame queued
    queue-newest the same with a queue of one
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SIGHTLINE = HERE.parent.parent / ".build" / "release" / "sightline"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("drive")
    parser.add_argument("--detection", required=True)
    parser.add_argument("--road", required=True)
    parser.add_argument("--float-detection")
    parser.add_argument("--float-road")
    parser.add_argument("--variant", action="append", default=[], help="cheaper detection network")
    parser.add_argument("--budget", type=float, default=33, help="milliseconds")
    parser.add_argument("--rate", type=float, default=30, help="frames per second")
    parser.add_argument("--drive-rate", type=float, help="the drive's own rate; without it ffprobe is asked")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path("out/pipeline"))
    parser.add_argument("--sightline", default=str(SIGHTLINE))
    return parser.parse_args()


def drive_rate(options):
    if options.drive_rate:
        return options.drive_rate
    text = subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=avg_frame_rate", "-of",
         "csv=p=0", options.drive], check=True, capture_output=True, text=True).stdout.strip()
    numerator, denominator = text.split("/")
    return float(numerator) / float(denominator)


def configuration(options, budget, real_time=True):
    lines = []
    if budget:
        lines.append(f"budget: {budget:.3f}ms")
    if not real_time:
        lines.append("realtime: off")
    variants = ", ".join(f"{{model: {os.path.abspath(path)}}}" for path in options.variant)
    lines.append(f"detection: {{model: {os.path.abspath(options.detection)}, variants: [{variants}]}}")
    lines.append(f"road: {{model: {os.path.abspath(options.road)}}}")
    return "\n".join(lines) + "\n"


def profile(options, name, budget=None, real_time=True, hog=False):
    frames = round(options.seconds * options.rate)
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(configuration(options, budget, real_time))
        file.flush()
        noise = subprocess.Popen([sys.executable, HERE / "hog.py", "2"]) if hog else None
        try:
            command = [
                options.sightline, "profile", options.drive, "--config", file.name, "--json", "--speed",
                f"{options.rate / drive_rate(options):.6f}", "--frames", str(frames), "--html",
                str(options.output / f"{name}.html"), "--name", f"bench-{os.getpid()}"]
            result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        finally:
            if noise:
                noise.terminate()
                noise.wait()
    return json.loads(result.stdout)


def queue(options, newest):
    command = [
        sys.executable, HERE / "queueing_loop.py", options.drive, "--detection", options.float_detection, "--road",
        options.float_road, "--rate", str(options.rate), "--seconds", str(min(options.seconds, 60))]
    if newest:
        command.append("--newest")
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def need(result):
    """What the networks need for a frame, milliseconds: medians of all stages but waiting."""
    return sum(stage["p50_ms"] for name, stage in result["stages"].items() if name != "wait")


def row(name, result):
    if "loop" in result:
        return [name, result["frames"], "-", f"{result['p50_ms']:.1f}", f"{result['p99_ms']:.1f}", "-",
                f"{result['max_ms']:.1f}", "-", "-",
                f"age {result['first_tenth_ms']:.0f} ms at first, {result['last_tenth_ms']:.0f} ms at last"]
    latency, causes = result["end_to_end"], result["deadline_misses_by_cause"]
    plans = "; ".join(
        network + ": " + ", ".join(
            f"{plan} {100 * count / max(result['frames'], 1):.0f} %" for plan, count in values["plans"].items())
        for network, values in result["networks"].items())
    deadline = f"{result['deadline_ms']:.1f}" if result["deadline_ms"] else "-"
    misses = f"{causes['own']} / {causes['host']} / {causes['source']}" if result["deadline_ms"] else "-"
    return [name, result["frames"], deadline, f"{latency['p50_ms']:.1f}", f"{latency['p99_ms']:.1f}",
            f"{latency['p999_ms']:.1f}", f"{latency['max_ms']:.1f}", misses, f"{result['overhead']['p99_ms']:.2f}", plans]


def main():
    options = arguments()
    options.output.mkdir(parents=True, exist_ok=True)
    known = {}
    scenarios = {
        "free": lambda: profile(options, "free"),
        "budget": lambda: profile(options, "budget", options.budget),
        "half": lambda: profile(options, "half", need(known["free"]) / 2),
        "hog": lambda: profile(options, "hog", options.budget, hog=True),
        "hog-normal": lambda: profile(options, "hog-normal", options.budget, real_time=False, hog=True),
    }
    if options.float_detection and options.float_road:
        scenarios["queue"] = lambda: queue(options, newest=False)
        scenarios["queue-newest"] = lambda: queue(options, newest=True)
    rows = [["scenario", "frames", "deadline ms", "p50", "p99", "p99.9", "max", "missed own / host / source",
             "p99 without inference", "plans"]]
    for name, scenario in scenarios.items():
        path = options.output / f"{name}.json"
        if options.only and name not in options.only:
            if path.exists():
                known[name] = json.loads(path.read_text())
            continue
        known[name] = scenario()
        path.write_text(json.dumps(known[name], indent=1))
        rows.append(row(name, known[name]))
        print(" | ".join(str(cell) for cell in rows[-1]), file=sys.stderr)
    print("\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in
                    [rows[0], ["---"] * len(rows[0])] + rows[1:]))


if __name__ == "__main__":
    main()
