"""Copies a cache, smaller, for a training machine that is far away.

    python pack.py CACHE SMALL --network road-objects

Keeps the pictures that the network learns from or is judged by, reduced and as WebP: a tenth of a point of quality for a
quarter of the size.
"""

import argparse
import dataclasses
from pathlib import Path

import cv2

import networks
from batches import training_records
from prepare import scaled
from records import Cache, Record
from sources import read_picture


def pack(record: Record, source: Path, target: Path, longest: int, quality: int) -> Record:
    scale = min(1.0, longest / max(record.width, record.height))
    size = round(record.width * scale), round(record.height * scale)
    picture = read_picture(source / record.image)
    if scale < 1:
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    image = str(Path(record.image).with_suffix(".webp"))
    cv2.imwrite(str(target / image), picture, [cv2.IMWRITE_WEBP_QUALITY, quality])
    if record.mask is not None:
        mask = cv2.imread(str(source / record.mask), cv2.IMREAD_UNCHANGED)
        mask = cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST)
        cv2.imwrite(str(target / record.mask), mask, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    boxes, ignored = scaled(record.boxes, scale, size), scaled(record.ignored, scale, size)
    return dataclasses.replace(record, image=image, width=size[0], height=size[1], boxes=boxes, ignored=ignored)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache")
    parser.add_argument("small")
    parser.add_argument("--network", required=True, choices=sorted(networks.NETWORKS))
    parser.add_argument("--longest", type=int, default=640, help="the longer side of pictures")
    parser.add_argument("--quality", type=int, default=75)
    options = parser.parse_args()
    cache, small = Cache(options.cache), Cache(options.small)
    if cache.classes is None:
        parser.error(f"{options.cache}: not a prepared cache")
    for folder in ("images", "masks"):
        (small.folder / folder).mkdir(parents=True, exist_ok=True)
    task = networks.NETWORKS[options.network].task
    kept = training_records(cache, task) + cache.select("val", masks=task == "semantic")
    if task != "semantic":
        kept = [dataclasses.replace(record, mask=None) for record in kept if record.labelled or record.boxes]
    small.classes = cache.classes
    small.records = [pack(r, cache.folder, small.folder, options.longest, options.quality) for r in kept]
    small.save()
    total = sum(path.stat().st_size for path in small.folder.rglob("*") if path.is_file())
    print(f"{options.small}: {len(kept)} pictures, {total / 2**20:.0f} MiB")


if __name__ == "__main__":
    main()
