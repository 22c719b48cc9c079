#!/usr/bin/env python3
"""Latency of receiving in Python: Sightline's subscriber against pyzmq and pynng, in turns.

Every message begins with the sender's CLOCK_MONOTONIC stamp; a latency is one way, from before the send to after the receipt
by a process that slept. Sightline's publisher is the Swift one; the peers' publishers are Python over ipc://, as their users
have it, and on the other processor, like Sightline's. Sizes, pace, processors and scheduling are the same for all.

    python_peers.py BUS_BENCHMARK_PROGRAM [--rounds N]        needs pyzmq and pynng
"""

import argparse
import json
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Examples/python"))
sys.dont_write_bytecode = True
import sightline_bus

COUNT, SKIPPED, PAUSE_US = 200, 20, 300
STAMP = struct.Struct("<q")


def pin(processor):
    """As the Swift side. Threads that are started later inherit it."""
    os.sched_setaffinity(0, {processor % os.cpu_count()})


def schedule(policy, priority=0):
    """All threads of this process, those of the libraries too, as far as permitted.

    As the Swift side, SCHED_FIFO while messages flow, but not while sockets are connected and closed: one of nng's threads
    then spins until another one has closed a socket, which at equal priority on the same processor never happens."""
    try:
        for thread in os.listdir("/proc/self/task"):
            os.sched_setscheduler(int(thread), policy, os.sched_param(priority))
    except OSError as error:
        print(f"not scheduled as wished: {error}", file=sys.stderr)


def pace():
    """Yields so often as there are messages, PAUSE_US apart."""
    following = time.monotonic()
    for _ in range(COUNT):
        following += PAUSE_US / 1e6
        time.sleep(max(0, following - time.monotonic()))
        yield


def await_subscriber():
    """The subscriber waits for this line, then connects: a connection that is refused at first is tried again too late."""
    print("listening", flush=True)
    time.sleep(0.6)
    schedule(os.SCHED_FIFO, 50)


def await_receipt():
    """The subscriber closes standard input when it has what it gets: a socket that is closed earlier makes nng spin there."""
    schedule(os.SCHED_OTHER)
    sys.stdin.read()


def start_sender(library, address, size):
    """A publisher of this program, once it listens."""
    sender = subprocess.Popen(
        [sys.executable, __file__, "--send", library, address, str(size)], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE)
    sender.stdout.readline()
    return sender


def send_zmq(address, size):
    import zmq
    pin(0)
    socket = zmq.Context().socket(zmq.PUB)
    socket.bind(address)
    await_subscriber()
    body = b"\1" * (size - 8)
    for _ in pace():
        socket.send(STAMP.pack(time.monotonic_ns()) + body)
    await_receipt()


def send_nng(address, size):
    import pynng
    pin(0)
    socket = pynng.Pub0(listen=address)
    await_subscriber()
    body = b"\1" * (size - 8)
    for _ in pace():
        socket.send(STAMP.pack(time.monotonic_ns()) + body)
    await_receipt()


def receive(take):
    """Latencies of what `take` gives, until it gives None: peers lose what is sent before they are connected."""
    latencies = []
    while len(latencies) < COUNT and (payload := take()) is not None:
        latencies.append(time.monotonic_ns() - STAMP.unpack_from(payload)[0])
        if len(latencies) == 1:
            schedule(os.SCHED_FIFO, 50)
    schedule(os.SCHED_OTHER)
    return latencies[SKIPPED:]


def or_none(timeout, take):
    try:
        return take()
    except timeout:
        return None


def measure_sightline(program, size, directory):
    publisher = subprocess.Popen([program, "publish", directory, str(COUNT), str(size), str(PAUSE_US)])
    subscriber = sightline_bus.Subscriber([("a", sightline_bus.DROP_OLDEST, 64, 0)], directory=directory)
    try:
        return receive(lambda: getattr(subscriber.next(2), "payload", None))
    finally:
        publisher.wait()


def measure_zmq(size, directory):
    import zmq
    address = f"ipc://{directory}/zmq"
    publisher = start_sender("zmq", address, size)
    socket = zmq.Context.instance().socket(zmq.SUB)
    socket.setsockopt(zmq.SUBSCRIBE, b"")
    socket.setsockopt(zmq.RCVTIMEO, 2000)
    socket.connect(address)
    try:
        return receive(lambda: or_none(zmq.Again, socket.recv))
    finally:
        publisher.communicate()
        socket.close()


def measure_nng(size, directory):
    import pynng
    address = f"ipc://{directory}/nng"
    publisher = start_sender("nng", address, size)
    with pynng.Sub0(dial=address, block_on_dial=False, recv_timeout=2000) as socket:
        socket.subscribe(b"")
        try:
            return receive(lambda: or_none(pynng.Timeout, socket.recv))
        finally:
            publisher.communicate()


def summary(nanoseconds):
    ordered = sorted(value / 1000 for value in nanoseconds)
    return {"count": len(ordered), "p50": statistics.median(ordered), "p99": ordered[int(len(ordered) * 0.99)],
            "max": ordered[-1]}


def main():
    if sys.argv[1:2] == ["--send"]:
        return {"zmq": send_zmq, "nng": send_nng}[sys.argv[2]](sys.argv[3], int(sys.argv[4]))
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    pin(1)
    for size in (256, 16384):
        series = {"sightline": [], "pyzmq": [], "pynng": []}
        for _ in range(arguments.rounds):
            with tempfile.TemporaryDirectory(prefix="sightline-bench-") as directory:
                series["sightline"] += measure_sightline(arguments.program, size, directory)
                series["pyzmq"] += measure_zmq(size, directory)
                series["pynng"] += measure_nng(size, directory)
        result = {"benchmark": "python", "bytes": size, "rounds": arguments.rounds}
        result |= {name + "_us": summary(values) for name, values in series.items()}
        for peer in ("pyzmq", "pynng"):
            result[f"sightline_to_{peer}"] = {
                key: result["sightline_us"][key] / result[peer + "_us"][key] for key in ("p50", "p99")}
        print(json.dumps(result), flush=True)


main()
