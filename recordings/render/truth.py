#!/usr/bin/env python3
"""Turns rendered pictures and object passes into the drive's three files.

    python truth.py RENDERED ../embedded-drive

writes embedded-drive.mp4 (pictures, H.264), embedded-drive.masks.mkv (class of every pixel, lossless grey) and
embedded-drive.truth.jsonl (one line a frame). All need ffmpeg and the package OpenEXR.

Classes in the masks: 0 the rest, 1 road, 2 marking, 3 pavement, 4 vehicle, 5 pedestrian, 6 traffic sign, 7 traffic light.

A line of truth holds
  frame, time_ns          the frame's number and its stamp
  camera                  camera_matrix; height_m; pitch_deg (downwards positive); position_m and heading_deg in the world
  speed_mps               our own speed
  objects                 for each that shows at least MINIMUM_PIXELS pixels:
    id, class, kind       the identity is the same in all frames
    box                   x1, y1, x2, y2 of its visible pixels; pixel edges, so that x2 - x1 is the width
    full_box              of the whole object, hidden parts included; absent for signs and lights
    visible_pixels
    distance_m            forward, from the camera to the nearest visible point, level with the road (not along the ray)
    position_m            of the middle of its footprint: forward and left of the camera; absent for signs and lights
"""

import argparse
import json
import math
import os
import subprocess

import numpy as np
import OpenEXR

from meshes import FIRST_LIGHT, FIRST_PERSON, FIRST_SIGN, FIRST_VEHICLE, MARKING, PAVEMENT, ROAD

FRAME_RATE = 15
MINIMUM_PIXELS = 20


def read_passes(path):
    """Object numbers and depths of one frame."""
    channels = {}
    for part in OpenEXR.File(path, separate_channels=True).parts:
        channels.update({name: channel.pixels for name, channel in part.channels.items()})
    numbers = next(values for name, values in channels.items() if "IndexOB" in name)
    depths = next(values for name, values in channels.items() if "Depth" in name)
    rounded = np.rint(numbers).astype(np.int32)
    assert np.abs(numbers - rounded).max() == 0, f"{path}: an object number is not whole"
    return rounded, depths


def class_mask(numbers):
    mask = np.zeros(numbers.shape, np.uint8)
    for number, label in ((ROAD, 1), (MARKING, 2), (PAVEMENT, 3)):
        mask[numbers == number] = label
    for first, label in ((FIRST_VEHICLE, 4), (FIRST_PERSON, 5), (FIRST_SIGN, 6), (FIRST_LIGHT, 7)):
        mask[(numbers >= first) & (numbers < first + 100)] = label
    return mask


def level_frame(camera_to_world):
    """Forward and left unit vectors, level with the road, and the camera's position."""
    forward = -camera_to_world[:3, 2].copy()
    forward[2] = 0
    forward /= np.linalg.norm(forward)
    return forward, np.array([-forward[1], forward[0], 0]), camera_to_world[:3, 3]


def describe_object(number, numbers, depths, meta, camera_to_world):
    rows, columns = np.where(numbers == number)
    if len(rows) < MINIMUM_PIXELS:
        return None
    name, kind = meta["classes"][str(number)]
    matrix = np.array(meta["camera_matrix"])
    depth = depths[rows, columns]
    rays = np.stack([(columns + 0.5 - matrix[0, 2]) / matrix[0, 0], -(rows + 0.5 - matrix[1, 2]) / matrix[1, 1], -np.ones(len(rows))])
    points = (camera_to_world[:3, :3] @ (rays * depth)).T
    forward, left, position = level_frame(camera_to_world)
    result = {
        "id": int(number), "class": name, "kind": kind,
        "box": [int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1],
        "visible_pixels": len(rows), "distance_m": round(float((points @ forward).min()), 3)}
    outline = meta["outlines"].get(str(number))
    if outline:
        if not outline["reaches_behind_camera"]:
            result["full_box"] = [round(value, 2) for value in outline["full_box"]]
        offset = np.array(outline["location"]) - position
        result["position_m"] = [round(float(offset @ forward), 3), round(float(offset @ left), 3)]
        result["heading_deg"] = round(math.degrees(outline["heading"]), 3)
    return result


def describe_frame(meta, numbers, depths):
    camera_to_world = np.array(meta["camera_to_world"])
    forward, _, position = level_frame(camera_to_world)
    found = (describe_object(number, numbers, depths, meta, camera_to_world) for number in np.unique(numbers[numbers >= FIRST_VEHICLE]))
    return {
        "frame": meta["frame"], "time_ns": round(meta["frame"] * 1e9 / FRAME_RATE),
        "camera": {
            "camera_matrix": meta["camera_matrix"], "height_m": round(float(position[2]), 4),
            "pitch_deg": round(meta["ego"]["pitch_deg"], 4), "position_m": [round(float(value), 4) for value in position],
            "heading_deg": round(math.degrees(math.atan2(forward[1], forward[0])), 4)},
        "speed_mps": round(meta["ego"]["speed_mps"], 4), "objects": [entry for entry in found if entry]}


ENCODE = ["ffmpeg", "-v", "error", "-y", "-framerate", str(FRAME_RATE)]


def encode_pictures(rendered, out, quality):
    colors = ["-vf", "scale=out_color_matrix=bt709:out_range=tv", "-pix_fmt", "yuv420p", "-colorspace", "bt709", "-color_range", "tv"]
    subprocess.run(
        ENCODE + ["-i", f"{rendered}/%04d.png", "-c:v", "libx264", "-preset", "veryslow", "-crf", str(quality), "-g", "30"] + colors
        + ["-movflags", "+faststart", out], check=True)


def write_truth(rendered, names, out):
    raw = ["-f", "rawvideo", "-pix_fmt", "gray", "-s", "1280x720", "-i", "-"]
    with open(out + ".truth.jsonl", "w") as truth, subprocess.Popen(
            ENCODE + raw + ["-c:v", "ffv1", "-level", "3", out + ".masks.mkv"], stdin=subprocess.PIPE) as masks:
        for name in names:
            with open(f"{rendered}/{name}.json") as file:
                meta = json.load(file)
            numbers, depths = read_passes(f"{rendered}/{name}.exr")
            truth.write(json.dumps(describe_frame(meta, numbers, depths)) + "\n")
            masks.stdin.write(class_mask(numbers).tobytes())
        masks.stdin.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rendered", help="the folder that render.py filled")
    parser.add_argument("out", help="path of the results without their endings")
    parser.add_argument("--crf", type=int, default=20, help="H.264 quality")
    parser.add_argument("--only", choices=["pictures", "truth"], help="write only the video, or only the truth and the masks")
    arguments = parser.parse_args()
    names = sorted(name[:-5] for name in os.listdir(arguments.rendered) if name.endswith(".json"))
    assert names == [f"{frame:04d}" for frame in range(len(names))], "frames are missing: run render.py again"
    if arguments.only != "truth":
        encode_pictures(arguments.rendered, arguments.out + ".mp4", arguments.crf)
    if arguments.only != "pictures":
        write_truth(arguments.rendered, names, arguments.out)


if __name__ == "__main__":
    main()
