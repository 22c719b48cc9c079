"""Reads and writes MCAP files with other people's packages, for comparison.

    foreign.py read FILE            counts and digests of messages, as JSON
    foreign.py read-ros2 FILE       the same through rosbags
    foreign.py decode FILE          decodes every protobuf message by the schema in the file; what Foxglove would show, as JSON
    foreign.py write KIND FILE      writes 200 messages: python-{none,lz4,zstd}, python-loose, python-bare, foxglove
    foreign.py write rosbags FOLDER writes a rosbag2 folder
"""

import hashlib
import json
import sys


def digest(messages):
    """Counts by topic and one digest over all messages in the order given."""
    counts, sha = {}, hashlib.sha256()
    for topic, time, data in messages:
        counts[topic] = counts.get(topic, 0) + 1
        sha.update(topic.encode() + time.to_bytes(8, "little") + bytes(data))
    return {"counts": counts, "sha256": sha.hexdigest()}


def read(path):
    from mcap.reader import NonSeekingReader, SeekingReader
    from mcap.stream_reader import StreamReader

    with open(path, "rb") as stream:
        reader = SeekingReader(stream, validate_crcs=True)
        result = digest((c.topic, m.log_time, m.data) for _, c, m in reader.iter_messages())
        result["attachments"] = [a.name for a in reader.iter_attachments()]
        result["metadata"] = [m.name for m in reader.iter_metadata()]
        result["statistics"] = reader.get_summary().statistics.message_count
    with open(path, "rb") as stream:
        reader = NonSeekingReader(stream, validate_crcs=True)
        result["streamed"] = digest((c.topic, m.log_time, m.data) for _, c, m in reader.iter_messages())["sha256"]
    with open(path, "rb") as stream:
        result["records"] = sum(1 for _ in StreamReader(stream, emit_chunks=True, validate_crcs=True).records)
    return result


def read_ros2(path):
    from pathlib import Path

    from rosbags.rosbag2.storage_mcap import McapReader

    reader = McapReader(Path(path))
    reader.open()
    try:
        return digest((c.topic, t, d) for c, t, d in reader.messages(reader.connections, None, None))
    finally:
        reader.close()


def decode(path):
    """Pictures, annotations and scenes as a viewer finds them, with the file's own schemas and foxglove-sdk's."""
    import io

    import foxglove.messages
    from google.protobuf import descriptor_pb2
    from mcap.reader import make_reader
    from mcap_protobuf.decoder import DecoderFactory
    from PIL import Image

    counts, images, annotations, entities = {}, [], [], 0
    with open(path, "rb") as stream:
        reader = make_reader(stream, validate_crcs=True, decoder_factories=[DecoderFactory()])
        for schema, channel, message, content in reader.iter_decoded_messages(
            topics=[c.topic for c in reader.get_summary().channels.values() if c.message_encoding == "protobuf"]
        ):
            counts[schema.name] = counts.get(schema.name, 0) + 1
            if schema.name == "foxglove.CompressedImage":
                size = Image.open(io.BytesIO(content.data)).size
                images.append([content.timestamp.ToNanoseconds(), *size])
            if schema.name == "foxglove.ImageAnnotations":
                annotations.append([content.timestamp.ToNanoseconds(), len(content.points), len(content.texts)])
            if schema.name == "foxglove.SceneUpdate":
                entities += len(content.entities)
        # Names, numbers and kinds of all fields are those of the official schemas.
        for schema in reader.get_summary().schemas.values():
            if not schema.name.startswith("foxglove."):
                continue
            official = getattr(foxglove.messages, schema.name.removeprefix("foxglove.")).get_schema().data
            assert fields(descriptor_pb2, schema.data) == fields(descriptor_pb2, official), schema.name
    return {"counts": counts, "images": images, "annotations": annotations, "entities": entities}


def fields(descriptor_pb2, data):
    """All fields of all messages in a descriptor set."""
    found = {}
    for file in descriptor_pb2.FileDescriptorSet.FromString(data).file:
        for message in file.message_type:
            found[f"{file.package}.{message.name}"] = sorted(
                (f.number, f.name, f.type, f.type_name, f.label) for f in message.field
            )
    return found


def sample():
    for index in range(200):
        yield ("a" if index % 3 else "b"), 1_000_000 + index * 1000, b"message %d " % index * 5


def write_python(path, kind):
    from mcap.writer import CompressionType, IndexType, Writer

    options = {"chunk_size": 1500}
    if kind in ("none", "lz4", "zstd"):
        options["compression"] = CompressionType[kind.upper()]
    if kind == "loose":
        options["use_chunking"] = False
    if kind == "bare":
        options |= {
            "index_types": IndexType.NONE, "use_statistics": False, "use_summary_offsets": False,
            "repeat_channels": False, "repeat_schemas": False,
        }
    with open(path, "wb") as stream:
        writer = Writer(stream, **options)
        writer.start()
        schema = writer.register_schema("T", "jsonschema", b"{}")
        channels = {topic: writer.register_channel(topic, "json", schema) for topic in "ab"}
        for sequence, (topic, time, data) in enumerate(sample()):
            writer.add_message(channels[topic], time, data, time, sequence)
        writer.add_attachment(1, 2, "name", "text/plain", b"content")
        writer.add_metadata("about", {"key": "value"})
        writer.finish()


def write_foxglove(path):
    import foxglove
    from foxglove.channels import CompressedImageChannel
    from foxglove.messages import CompressedImage, Timestamp

    with foxglove.open_mcap(path, allow_overwrite=True):
        channels = {topic: CompressedImageChannel(topic) for topic in "ab"}
        for topic, time, data in sample():
            stamp = Timestamp(sec=0, nsec=time)
            channels[topic].log(CompressedImage(timestamp=stamp, data=data, format="jpeg"), log_time=time)


def write_rosbags(folder):
    from pathlib import Path

    from rosbags.rosbag2 import Writer
    from rosbags.rosbag2.enums import StoragePlugin
    from rosbags.typesys import Stores, get_typestore

    store = get_typestore(Stores.ROS2_HUMBLE)
    with Writer(Path(folder), version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        connections = {t: writer.add_connection(t, "std_msgs/msg/String", typestore=store) for t in "ab"}
        for topic, time, data in sample():
            writer.write(connections[topic], time, data)


def main():
    command, *arguments = sys.argv[1:]
    if command == "read":
        print(json.dumps(read(arguments[0])))
    elif command == "decode":
        print(json.dumps(decode(arguments[0])))
    elif command == "read-ros2":
        print(json.dumps(read_ros2(arguments[0])))
    else:
        kind, path = arguments
        if kind.startswith("python-"):
            write_python(path, kind.removeprefix("python-"))
        else:
            {"foxglove": write_foxglove, "rosbags": write_rosbags}[kind](path)
        print(json.dumps(read(path) if kind == "foxglove" else digest(sample())))


main()
