#!/usr/bin/env python3
"""Scores distances, places and speeds of Sightline's tracks against the truth of scenes.

    python locate.py PROGRAM SCENE.jsonl [...] [--pitch-error DEGREES] [--yaw-error DEGREES] [--no-shift] [--masks MASKS [--online STATE]]

Objects are paired with tracks by an intersection over union of one half; those that show less than a tenth are left out.
For each scene: the median error of the distance in per cent up to 40 m and beyond, and the variance of errors divided by
their stated standard deviations, which is 1 when these are honest (99 % quantile of its absolute value beside it).
"""

import subprocess
import sys

import json
import numpy as np

from compare import overlaps, read


def pairs(frames, lines):
    for frame, line in zip(frames, lines):
        truth, tracks = frame["truth"], line["tracks"]
        distance = overlaps([entry[2:6] for entry in truth], [entry[1:5] for entry in tracks])
        for i, entry in enumerate(truth):
            if entry[6] < .1 or not tracks or np.all(np.isnan(distance[i])):
                continue
            yield entry, tracks[int(np.nanargmin(distance[i]))], frame


def main():
    values, extra = [], []
    arguments = iter(sys.argv[1:])
    for value in arguments:
        if value == "--no-shift":
            extra.append(value)
        elif value.startswith("--"):
            extra += [value, next(arguments)]
        else:
            values.append(value)
    program, paths = values[0], values[1:]
    print(f"{'scene':<20}{'objects':>8}{'located':>8}{'<40 m %':>9}{'>40 m %':>9}{'dist var':>9}{'q99':>6}{'fwd var':>8}{'left var':>9}{'speed mps':>10}{'var':>6}{'pitch deg':>10}{'var':>6}{'p99 us':>8}")
    everything = []
    for path in paths:
        frames = read(path)
        output = subprocess.run([program, path, *extra], capture_output=True, text=True, check=True).stdout.splitlines()
        lines = [json.loads(line) for line in output]
        rows, count = [], 0
        for truth, track, frame in pairs(frames, lines):
            count += 1
            if track[6] >= 0:
                rows.append([truth[7], *track[6:14], truth[8], truth[9], truth[10]])
        rows = np.array(rows)
        everything.append(rows)
        pitch = np.array([[line["pitch_deg"][0] - frame["camera"]["pitch_deg"], line["pitch_deg"][1]] for line, frame in zip(lines, frames) if line.get("pitch_deg")][20:])
        report(path.split("/")[-1].rsplit(".", 1)[0], count, rows, pitch, lines[-1]["locate_us"][1])
    report("all", sum(len(rows) for rows in everything), np.concatenate(everything), None, 0)


def report(name, count, rows, pitch, time):
    truth, distance, deviation, forward, forward_sd, left, left_sd, speed, speed_sd, true_forward, true_left, true_speed = rows.T
    error = np.abs(distance - truth) / truth * 100
    near = truth < 40
    normal = (distance - truth) / deviation
    forward_error, left_error, speed_error = (forward - true_forward) / forward_sd, (left - true_left) / left_sd, (speed - true_speed) / speed_sd
    far = np.median(error[~near]) if (~near).any() else np.nan
    line = (f"{name:<20}{count:>8}{len(rows):>8}{np.median(error[near]):>9.2f}{far:>9.2f}{np.mean(normal**2):>9.2f}{np.quantile(np.abs(normal), .99):>6.1f}"
            f"{np.mean(forward_error**2):>8.2f}{np.mean(left_error**2):>9.2f}{np.median(np.abs(speed - true_speed)):>10.2f}{np.mean(speed_error**2):>6.2f}")
    if pitch is not None:
        line += f"{np.median(np.abs(pitch[:, 0])):>10.3f}{np.mean((pitch[:, 0] / pitch[:, 1])**2):>6.2f}{time:>8.1f}"
    print(line)


if __name__ == "__main__":
    main()
