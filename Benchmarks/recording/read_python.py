"""How fast the mcap package reads all messages of a file: read_python.py FILE"""

import json
import sys
import time

from mcap.reader import SeekingReader


def measure(path, validate):
    begin = time.perf_counter()
    with open(path, "rb") as stream:
        count = size = 0
        for _, _, message in SeekingReader(stream, validate_crcs=validate).iter_messages():
            count += 1
            size += len(message.data)
    seconds = time.perf_counter() - begin
    return {"messages": count, "seconds": round(seconds, 3), "gb_per_s": round(size / seconds * 1e-9, 3)}


for validate in (True, False):
    print(json.dumps({"validate_crcs": validate} | measure(sys.argv[1], validate)))
