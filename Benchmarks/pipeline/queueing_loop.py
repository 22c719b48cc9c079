#!/usr/bin/env python3
"""A perception loop as pipelines without a deadline run it: every frame is queued, every queued frame is processed.

    python queueing_loop.py DRIVE --detection yolo11n.onnx --road twinliteplus_small.onnx --rate 30 --seconds 60

One thread decodes the drive and releases frames at their time, as a camera does; the other takes them out of an unbounded
queue in order and runs the networks in onnxruntime (all processors). That is what a GStreamer pipeline with a default `queue`
in front of its inference element does (DL Streamer's documented pipelines), and what a `for frame in stream` loop does over a
source that buffers. With --newest the queue holds one frame, which a newer one replaces.

Prints one JSON object: frames, percentiles of the age at which a frame's results are ready, and how the age grows.
"""

import argparse
import json
import queue
import threading
import time

import cv2
import numpy as np
import onnxruntime


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("drive")
    parser.add_argument("--detection")
    parser.add_argument("--road")
    parser.add_argument("--rate", type=float, default=30)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--newest", action="store_true")
    return parser.parse_args()


class Network:
    def __init__(self, path, threads, size):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0]
        # A file that leaves its size open has names there.
        self.height, self.width = (
            given if isinstance(given, int) else wanted for given, wanted in zip(self.input.shape[2:], size))

    def __call__(self, frame):
        height, width = frame.shape[:2]
        scale = min(self.width / width, self.height / height)
        size = round(width * scale), round(height * scale)
        canvas = np.full((self.height, self.width, 3), 114, np.uint8)
        left, top = (self.width - size[0]) // 2, (self.height - size[1]) // 2
        canvas[top : top + size[1], left : left + size[0]] = cv2.resize(frame, size)
        blob = cv2.dnn.blobFromImage(canvas, 1 / 255, swapRB=True)
        return self.session.run(None, {self.input.name: blob})


def boxes(output, threshold=0.25):
    """Boxes of a YOLO11 head after suppression."""
    rows = output[0].T
    scores = rows[:, 4:].max(axis=1)
    kept = rows[scores > threshold]
    corners = np.concatenate([kept[:, :2] - kept[:, 2:4] / 2, kept[:, 2:4]], axis=1)
    return cv2.dnn.NMSBoxes(corners.tolist(), scores[scores > threshold].tolist(), threshold, 0.45)


def feed(options, frames, done):
    begin = time.monotonic()
    count = 0
    while not done.is_set():
        capture = cv2.VideoCapture(options.drive)
        while not done.is_set():
            ok, frame = capture.read()
            if not ok:
                break
            due = begin + count / options.rate
            time.sleep(max(due - time.monotonic(), 0))
            if due - begin > options.seconds:
                done.set()
                break
            if options.newest:
                try:
                    frames.get_nowait()
                except queue.Empty:
                    pass
            frames.put((due, frame))
            count += 1
    frames.put(None)


def main():
    options = arguments()
    wanted = ((options.detection, (640, 640)), (options.road, (384, 640)))
    networks = [Network(path, options.threads, size) for path, size in wanted if path]
    blank = np.zeros((720, 1280, 3), np.uint8)
    for network in networks:
        for _ in range(3):
            network(blank)
    frames = queue.Queue()
    done = threading.Event()
    threading.Thread(target=feed, args=(options, frames, done), daemon=True).start()
    ages = []
    last = time.monotonic() + options.seconds
    # What is still queued at the end of the drive is not waited for: the age has grown enough to see.
    while time.monotonic() < last and (item := frames.get()) is not None:
        due, frame = item
        outputs = [network(frame) for network in networks]
        if options.detection:
            boxes(outputs[0][0])
        ages.append((time.monotonic() - due) * 1e3)
    ages = np.array(ages)
    half = len(ages) // 10 or 1
    print(json.dumps({
        "loop": "newest frame" if options.newest else "queue", "frames": len(ages),
        "p50_ms": float(np.percentile(ages, 50)), "p99_ms": float(np.percentile(ages, 99)),
        "max_ms": float(ages.max()), "first_tenth_ms": float(np.median(ages[:half])),
        "last_tenth_ms": float(np.median(ages[-half:])), "queued_at_end": frames.qsize(),
    }))


if __name__ == "__main__":
    main()
