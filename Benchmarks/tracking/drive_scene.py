#!/usr/bin/env python3
"""Turns the truth of the rendered drive into a scene for compare.py and locate.py.

    python drive_scene.py embedded-drive.truth.jsonl OUT.jsonl [DETECTIONS.jsonl]

Without a third file the detections are the truth's visible boxes with a detector's noise (as in simulate.py). With it they
are a network's: one line a frame as `sightline subscribe detections --json` prints it, or `sightline replay --json` records.
The distant picture's shift follows from the camera's true attitude, with the noise of a measurement.
"""

import json
import math
import sys

import numpy as np

import simulate

CLASSES = {"car": 2, "truck": 7, "bus": 5, "pedestrian": 0}


class Seen:
    """What simulate.detect needs to know of an object."""

    def __init__(self, number, label, rng):
        self.number, self.kind, self.edges = number, label, rng.normal(size=4)


def speeds(lines):
    """Relative forward velocity of each object in each frame, from its place three frames before and after."""
    places = {(index, entry["id"]): entry["position_m"] for index, line in enumerate(lines) for entry in line["objects"] if "position_m" in entry}
    result = {}
    for (index, number) in places:
        before = max((i for i in range(index - 3, index + 1) if (i, number) in places and i >= 0), key=lambda i: -i)
        after = max(i for i in range(index, index + 4) if (i, number) in places)
        if after > before:
            seconds = (lines[after]["time_ns"] - lines[before]["time_ns"]) / 1e9
            result[index, number] = (places[after, number][0] - places[before, number][0]) / seconds
    return result


def truth_entry(entry, speed):
    label = CLASSES[entry["class"]]
    x1, y1, x2, y2 = entry.get("full_box", entry["box"])
    cut = [max(x1, 0), max(y1, 0), min(x2, simulate.WIDTH), min(y2, simulate.HEIGHT)]
    box = entry["box"]
    share = (box[2] - box[0]) * (box[3] - box[1]) / max((cut[2] - cut[0]) * (cut[3] - cut[1]), 1)
    half = .25 if label == 0 else .95
    left = entry["position_m"][1]
    nearest = math.hypot(entry["distance_m"], max(abs(left) - half, 0))
    return [entry["id"], label, *cut, round(min(share, 1), 3), round(nearest, 3), entry["distance_m"], left, round(speed, 3)]


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    rng = np.random.default_rng(11)
    with open(sys.argv[1]) as file:
        lines = [json.loads(line) for line in file]
    found = {}
    if len(sys.argv) > 3:
        with open(sys.argv[3]) as file:
            for line in file:
                entry = json.loads(line)
                if entry.get("topic", "detections") == "detections":
                    found[entry["frame_id"]] = [[*d["box"], d["score"], d["class_id"]] for d in entry["detections"]]
    velocity = speeds(lines)
    simulate.CLASSES = {**simulate.CLASSES, "pedestrian": 0}
    seen, last = {}, None
    with open(sys.argv[2], "w") as out:
        for index, line in enumerate(lines):
            focal = line["camera"]["camera_matrix"][0][0]
            pitch, heading = math.radians(line["camera"]["pitch_deg"]), math.radians(line["camera"]["heading_deg"])
            shift = [0, 0] if last is None else [focal * (heading - last[1]) + rng.normal() * .3, -focal * (pitch - last[0]) + rng.normal() * .3]
            last = pitch, heading
            truth, visible = [], []
            for entry in line["objects"]:
                if entry["class"] not in CLASSES or "position_m" not in entry:
                    continue
                described = truth_entry(entry, velocity.get((index, entry["id"]), 0))
                share = described[6]
                height = described[5] - described[3]
                if share >= .2 and height >= 12:
                    truth.append(described)
                if share > .05:
                    seen.setdefault(entry["id"], Seen(entry["id"], entry["class"], rng))
                    visible.append((seen[entry["id"]], None, np.array(described[2:6], float), np.array(entry["box"], float), share))
            detections = found.get(index, []) if found else simulate.detect(visible, 1 / 15, rng, .3)
            out.write(json.dumps({
                "time_ns": line["time_ns"], "width": simulate.WIDTH, "height": simulate.HEIGHT,
                "camera": {"focal_px": focal, "height_m": 1.32, "mounting_pitch_deg": 2.0, "pitch_deg": line["camera"]["pitch_deg"], "speed_mps": line["speed_mps"]},
                "shift": [round(value, 2) for value in shift], "truth": truth, "detections": detections}, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
