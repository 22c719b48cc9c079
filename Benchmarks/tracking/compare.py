#!/usr/bin/env python3
"""Scores Sightline's tracker and ByteTrack (PyPI supervision) on the same detections, with PyPI motmetrics.

    python compare.py PROGRAM SCENE.jsonl [...]

PROGRAM is .build/release/tracking-benchmark. Truth is what shows at least a fifth and is 12 pixels high; pairs need an
intersection over union of one half. ByteTrack runs with its defaults; its frame rate is the scene's mean rate.
"""

import json
import subprocess
import sys
import warnings

import motmetrics as mm
import numpy as np
import supervision as sv

warnings.filterwarnings("ignore")


def read(path):
    with open(path) as file:
        return [json.loads(line) for line in file]


def byte_track(frames):
    seconds = (frames[-1]["time_ns"] - frames[0]["time_ns"]) / 1e9
    tracker = sv.ByteTrack(frame_rate=max(1, round((len(frames) - 1) / seconds)))
    result = []
    for frame in frames:
        entries = np.array(frame["detections"], float).reshape(-1, 6)
        tracked = tracker.update_with_detections(sv.Detections(
            xyxy=entries[:, :4].astype(np.float32), confidence=entries[:, 4].astype(np.float32), class_id=entries[:, 5].astype(int)))
        result.append([(int(number), *box) for number, box in zip(tracked.tracker_id, tracked.xyxy.tolist())])
    return result


def sightline(program, path, *options):
    output = subprocess.run([program, path, *options], capture_output=True, text=True, check=True).stdout.splitlines()
    return [[tuple(track[:5]) for track in json.loads(line)["tracks"]] for line in output[:-1]], json.loads(output[-1])


def overlaps(truth, tracks):
    if not truth or not tracks:
        return np.empty((len(truth), len(tracks)))
    a, b = np.array(truth)[:, None, :], np.array(tracks)[None, :, :]
    inside = np.clip(np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2]), 0, None).prod(-1)
    union = (a[..., 2:] - a[..., :2]).prod(-1) + (b[..., 2:] - b[..., :2]).prod(-1) - inside
    distance = 1 - inside / union
    return np.where(distance > .5, np.nan, distance)


def score(frames, tracks):
    accumulator = mm.MOTAccumulator(auto_id=True)
    for frame, found in zip(frames, tracks):
        accumulator.update([entry[0] for entry in frame["truth"]], [entry[0] for entry in found],
                           overlaps([entry[2:6] for entry in frame["truth"]], [entry[1:5] for entry in found]))
    summary = mm.metrics.create().compute(accumulator, metrics=["idf1", "mota", "num_switches", "num_false_positives", "num_misses", "num_objects"])
    return accumulator, summary.iloc[0]


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    print(f"{'scene':<20}{'IDF1 ours':>10}{'ByteTrack':>10}{'MOTA ours':>10}{'ByteTrack':>10}{'switches':>9}{'BT':>5}{'FP':>6}{'BT':>6}{'misses':>7}{'BT':>6}{'p99 us':>8}")
    results = []
    for path in sys.argv[2:]:
        frames = read(path)
        ours, times = sightline(sys.argv[1], path)
        pairs = [score(frames, ours)[1], score(frames, byte_track(frames))[1]]
        results.append(pairs)
        name = path.split("/")[-1].rsplit(".", 1)[0]
        a, b = pairs
        print(f"{name:<20}{a.idf1:>10.3f}{b.idf1:>10.3f}{a.mota:>10.3f}{b.mota:>10.3f}{a.num_switches:>9.0f}{b.num_switches:>5.0f}"
              f"{a.num_false_positives:>6.0f}{b.num_false_positives:>6.0f}{a.num_misses:>7.0f}{b.num_misses:>6.0f}{times['track_us'][1]:>8.1f}")
    print(f"{'mean':<20}" + "".join(f"{np.mean([pair[i][key] for pair in results]):>10.3f}" for key in ("idf1", "mota") for i in (0, 1)))


if __name__ == "__main__":
    main()
