#!/usr/bin/env python3
"""Receives what a Sightline process publishes. One file; needs Python 3.9, and the package protobuf to decode messages.

    for message in Subscriber(["detections"]):
        print(message.sequence, message.dropped_before, message.decode())

The schemas come from the publisher itself, so there is nothing to generate: `message.protobuf()` is an object of the package
protobuf, `message.decode()` a dictionary of its fields. Frames in shared memory are `message.frame()`.

As a program it prints one JSON object per message:  sightline_bus.py [TOPIC ...] [--count N]
"""

import argparse
import fcntl
import json
import mmap
import os
import select
import socket
import struct
import sys
import time

HELLO, ACCEPT, TOPIC, REFUSE, RING, MESSAGE, RELEASE, SCHEMA_REQUEST, SCHEMA, GOODBYE = range(1, 11)
VERSION, MAGIC = 1, 0x53424C53
LATEST, DROP_OLDEST, DROP_NEWEST, DISCONNECT = range(4)
RETAINED, LEASED = 1, 2
HEAD = struct.Struct("<BBHIQQq")
LEASE = struct.Struct("<IIQ")
PACKET_BYTES = 1 << 20
F_GET_SEALS = 1034
# Neither shrink nor grow, no new writers, no other seals: reading can then never fail.
SEALS = 0x0001 | 0x0002 | 0x0004 | 0x0010


class ProtocolError(Exception):
    """The publisher sent something that is not the bus's protocol."""


def runtime_directory():
    own = os.environ.get("SIGHTLINE_RUNTIME_DIR")
    if own:
        return own
    session = os.environ.get("XDG_RUNTIME_DIR")
    return os.path.join(session, "sightline") if session else f"/tmp/sightline-{os.geteuid()}"


class Message:
    """One message: `publisher`, `topic`, `type`, `sequence`, `dropped_before` (messages of this topic lost just before),
    `retained` (a value from before the subscription), `publish_time_ns`, `receive_time_ns`, `payload` (bytes)."""

    __slots__ = ("connection", "topic", "type", "sequence", "dropped_before", "retained", "publish_time_ns",
                 "receive_time_ns", "payload", "lease", "topic_index")

    @property
    def publisher(self):
        return self.connection.publisher

    def decode(self):
        """The message as a dictionary: numbers, text and names of enumerations; None where an optional field is absent."""
        return dictionary_of(self.protobuf())

    def protobuf(self):
        """The message as an object of the package protobuf."""
        return self.connection.schemas().class_of(self.type).FromString(self.payload)

    def frame(self):
        """The bytes of an announced frame: a memoryview of the publisher's memory. Call `release` after use, and trust what
        was read only if `is_valid` still holds then."""
        ring = self.connection.rings[self.topic_index]
        fields = self.protobuf()
        slot_start = 4096 + fields.slot * ring.slot_bytes
        end = fields.offset + fields.length
        if fields.slot != self.lease[0] or fields.offset < slot_start or end > slot_start + ring.slot_bytes:
            raise ProtocolError("a frame outside of its slot")
        return ring.view[fields.offset:end]

    def is_valid(self):
        """Whether the publisher has not taken the frame's slot away."""
        slot, generation = self.lease
        return struct.unpack_from("<Q", self.connection.rings[self.topic_index].memory, 64 + 8 * slot)[0] == generation

    def release(self):
        """Gives the frame's slot back to the publisher."""
        if self.lease:
            slot, generation = self.lease
            self.lease = None
            self.connection.send(struct.pack("<BBHIQ", RELEASE, 0, self.topic_index, slot, generation))


class Ring:
    """A publisher's frames in shared memory, mapped read-only."""

    def __init__(self, descriptor, slot_count, slot_bytes, byte_count):
        seals = fcntl.fcntl(descriptor, F_GET_SEALS)
        if seals & SEALS != SEALS or os.fstat(descriptor).st_size != byte_count:
            raise ProtocolError("frames in memory that could change its size")
        if byte_count != 4096 + slot_count * slot_bytes:
            raise ProtocolError("frames in memory of the wrong size")
        self.memory = mmap.mmap(descriptor, byte_count, mmap.MAP_SHARED, mmap.PROT_READ)
        self.view = memoryview(self.memory)
        self.slot_bytes = slot_bytes


class Connection:
    """A connection to one publisher."""

    def __init__(self, path, publisher, requests):
        self.path = path
        self.publisher = publisher
        self.session = None
        self.topics = {}
        self.rings = {}
        # Whether a packet with a descriptor may come: the memory of a topic with frames.
        self._expects_descriptor = True
        self.end_reason = None
        self._was_reset = False
        self._schemas = None
        self._buffer = bytearray(PACKET_BYTES)
        self._view = memoryview(self._buffer)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)
        self.socket.connect(path)
        name = os.path.basename(sys.argv[0] or "python").encode()[:255]
        hello = struct.pack("<BBHIHHB", HELLO, 0, VERSION, MAGIC, len(requests), 0, len(name)) + name
        for topic, policy, depth, history in requests:
            encoded = topic.encode()
            hello += struct.pack("<B", len(encoded)) + encoded + struct.pack("<BBII", policy, 0, depth, history)
        self.send(hello)

    def send(self, packet):
        try:
            self.socket.send(packet)
        except OSError:
            pass  # The end of the connection shows when receiving.

    def receive(self):
        """The next message, or None when there is none at this moment. Raises ConnectionError at the end."""
        while True:
            try:
                if not self._expects_descriptor:
                    count = self.socket.recv_into(self._view)
                    descriptors = ()
                else:
                    packet, descriptors, flags, _ = socket.recv_fds(self.socket, PACKET_BYTES, 4)
                    count = len(packet)
                    self._buffer[:count] = packet
            except BlockingIOError:
                return None
            except ConnectionResetError:
                if self._was_reset:
                    raise
                self._was_reset = True  # What the publisher had sent before comes after this error.
                continue
            if count == 0:
                raise ConnectionError(self.end_reason or "the publisher is gone")
            try:
                message = self._understand(count, descriptors)
            except (struct.error, UnicodeDecodeError, IndexError) as error:
                raise ProtocolError(str(error)) from error
            finally:
                for descriptor in descriptors:
                    os.close(descriptor)
            if message:
                return message

    def _understand(self, count, descriptors):
        kind = self._buffer[0]
        if kind == MESSAGE:
            return self._message(count)
        packet = bytes(self._view[:count])
        if kind == ACCEPT:
            self._accept(packet)
        elif kind == TOPIC:
            self._topic(packet, 1)
        elif kind == RING:
            _, _, index, slots, slot_bytes, byte_count = struct.unpack_from("<BBHIQQ", packet)
            if not descriptors:
                raise ProtocolError("a frame ring without its memory")
            self.rings[index] = Ring(descriptors[0], slots, slot_bytes, byte_count)
        elif kind in (REFUSE, GOODBYE):
            self.end_reason = packet[5:5 + packet[4]].decode()
        elif kind == SCHEMA:
            self._schemas = Schemas(packet[1:])
        self._expects_descriptor = self.session is None or any(
            flags & 6 == 6 and index not in self.rings for index, (_, _, flags) in self.topics.items())
        return None

    def _accept(self, packet):
        (_, _, version, self.process, self.session, self.start_time_ns, _, _, topic_count, name_length) = \
            struct.unpack_from("<BBHiQqIHHB", packet)
        if version != VERSION:
            raise ProtocolError(f"version {version} of the protocol")
        position = struct.calcsize("<BBHiQqIHHB") + name_length
        for _ in range(topic_count):
            position = self._topic(packet, position)

    def _topic(self, packet, position):
        index, flags, _, _, _, length = struct.unpack_from("<HBBQQB", packet, position)
        position += struct.calcsize("<HBBQQB")
        name = packet[position:position + length].decode()
        position += length
        type_length = packet[position]
        self.topics[index] = (name, packet[position + 1:position + 1 + type_length].decode(), flags)
        return position + 1 + type_length

    def _message(self, count):
        _, flags, index, length, sequence, dropped, publish_time = HEAD.unpack_from(self._buffer)
        start = HEAD.size
        message = Message()
        message.lease = None
        if flags & LEASED:
            slot, _, generation = LEASE.unpack_from(self._buffer, start)
            message.lease = (slot, generation)
            start += LEASE.size
        if start + length != count or index not in self.topics:
            raise ProtocolError("a message of the wrong length or topic")
        message.connection = self
        message.topic_index = index
        message.topic, message.type, _ = self.topics[index]
        message.sequence = sequence
        message.dropped_before = dropped
        message.retained = bool(flags & RETAINED)
        message.publish_time_ns = publish_time
        message.receive_time_ns = time.monotonic_ns()
        message.payload = bytes(self._view[start:count])
        return message

    def schemas(self):
        """The publisher's schemas, asked for once, over a connection of their own: this one has messages on the way."""
        if self._schemas is None:
            asking = Connection(self.path, self.publisher, [])
            asking.send(struct.pack("<B", SCHEMA_REQUEST))
            deadline = time.monotonic() + 5
            while asking._schemas is None:
                if not select.select([asking.socket], [], [], max(0, deadline - time.monotonic()))[0]:
                    raise ProtocolError("the publisher does not tell its schemas")
                asking.receive()
            self._schemas = asking._schemas
            asking.socket.close()
        return self._schemas


class Schemas:
    """The message types of a FileDescriptorSet."""

    def __init__(self, descriptor_set):
        try:
            from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
        except ImportError as error:
            raise ImportError("messages are decoded with the package protobuf: pip install protobuf") from error
        self._pool = descriptor_pool.DescriptorPool()
        self._class_of_descriptor = message_factory.GetMessageClass
        for file in descriptor_pb2.FileDescriptorSet.FromString(descriptor_set).file:
            self._pool.Add(file)

    def class_of(self, type_name):
        return self._class_of_descriptor(self._pool.FindMessageTypeByName(type_name))


def dictionary_of(message):
    """All fields of a message of protobuf, by their names in the schema."""
    result = {}
    for field in message.DESCRIPTOR.fields:
        # The property is new in protobuf 6.
        is_repeated = field.is_repeated if hasattr(field, "is_repeated") else field.label == field.LABEL_REPEATED
        if field.has_presence and not message.HasField(field.name):
            result[field.name] = None
        elif is_repeated:
            result[field.name] = [value_of(field, value) for value in getattr(message, field.name)]
        else:
            result[field.name] = value_of(field, getattr(message, field.name))
    return result


def value_of(field, value):
    if field.type == field.TYPE_MESSAGE:
        return dictionary_of(value)
    if field.type == field.TYPE_ENUM:
        name = field.enum_type.values_by_number.get(value)
        return name.name if name else value
    return value


class Subscriber:
    """Iterates over messages of topics, from all publishers of this machine or one. Connects again after a restart.

    A topic is a name (`*` and `camera/*` are possible; only the newest message waits) or a tuple
    (name, policy, depth, history). `on_event` is called with a line of text when a publisher comes or goes."""

    def __init__(self, topics, publisher=None, directory=None, on_event=None):
        self.requests = [(topic, LATEST, 1, 0) if isinstance(topic, str) else topic for topic in topics]
        self.publisher = publisher
        self.directory = directory or runtime_directory()
        self.on_event = on_event or (lambda text: None)
        self.connections = {}
        self._by_descriptor = {}
        self._poll = select.poll()
        self._next_scan = 0
        self._ready = []

    def __iter__(self):
        while True:
            message = self.next()
            if message:
                yield message

    def next(self, timeout=None):
        """The next message; None after `timeout` seconds."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            while self._ready:
                message = self._receive(self._ready[-1])
                if message:
                    return message
                self._ready.pop()
            now = time.monotonic()
            if now >= self._next_scan:
                self._scan()
                self._next_scan = now + 0.2
            wait = self._next_scan - now if deadline is None else min(self._next_scan, deadline) - now
            self._ready = [self._by_descriptor[number] for number, _ in self._poll.poll(max(0, wait * 1000))]
            if not self._ready and deadline is not None and time.monotonic() >= deadline:
                return None

    def _receive(self, connection):
        try:
            return connection.receive()
        except (ConnectionError, ProtocolError) as error:
            self._poll.unregister(connection.socket)
            del self._by_descriptor[connection.socket.fileno()]
            connection.socket.close()
            self.connections.pop(connection.publisher, None)
            self.on_event(f"{connection.publisher}: disconnected: {error}")
            return None

    def _scan(self):
        try:
            names = [name[:-5] for name in os.listdir(self.directory) if name.endswith(".sock") and name[0] != "."]
        except FileNotFoundError:
            return
        for name in names:
            if name in self.connections or self.publisher not in (None, name):
                continue
            try:
                connection = Connection(os.path.join(self.directory, name + ".sock"), name, self.requests)
            except OSError:
                continue  # Killed; its next start replaces the socket.
            self.connections[name] = connection
            self._by_descriptor[connection.socket.fileno()] = connection
            self._poll.register(connection.socket, select.POLLIN)
            self.on_event(f"{name}: connected")


def main():
    parser = argparse.ArgumentParser(description="Prints what Sightline publishes, one JSON object per line.")
    parser.add_argument("topics", nargs="*", default=["*"])
    parser.add_argument("--count", type=int, default=0, help="end after so many messages")
    parser.add_argument("--publisher")
    arguments = parser.parse_args()
    subscriber = Subscriber(
        arguments.topics, arguments.publisher, on_event=lambda text: print(text, file=sys.stderr))
    for number, message in enumerate(subscriber, 1):
        head = {"topic": message.topic, "publisher": message.publisher, "sequence": message.sequence,
                "dropped_before": message.dropped_before, "retained": message.retained}
        print(json.dumps(head | (message.decode() if message.type else {"bytes": len(message.payload)})), flush=True)
        if message.lease:
            message.release()
        if number == arguments.count:
            return


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
