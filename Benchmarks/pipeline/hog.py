#!/usr/bin/env python3
"""Keeps processors busy at normal priority, as a greedy neighbour does.

    python hog.py [PROCESSES_PER_PROCESSOR] [SECONDS]
"""

import multiprocessing
import os
import signal
import sys
import time


def burn(seconds):
    end = time.monotonic() + seconds
    numbers = list(range(100_000))
    while time.monotonic() < end:
        sum(numbers)  # walks through memory, too, so that caches are contended for


if __name__ == "__main__":
    share = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 3600
    count = share * len(os.sched_getaffinity(0))
    processes = [multiprocessing.Process(target=burn, args=(seconds,), daemon=True) for _ in range(count)]
    for process in processes:
        process.start()
    # An orderly end takes the others along. Not by an interrupt: programs in the background are often started deaf to it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    for process in processes:
        process.join()
