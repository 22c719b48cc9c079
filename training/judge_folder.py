"""Writes a part of a cache as an Ultralytics-style folder, for `sightline model eval`.

    python judge_folder.py CACHE FOLDER --source peru_streets --split val
    sightline model eval road-objects.int8.onnx --data FOLDER --merge vehicle=car,truck,bus --merge person=pedestrian

Its classes are the cache's. Judge only classes that the source labels: they are printed. Other networks can be judged on the
same folder, with the names of their classes in the groups.
"""

import argparse
import os
import shutil
from pathlib import Path

from records import SPLITS, Cache, Record


def label_lines(record: Record) -> str:
    lines = []
    for kind, x1, y1, x2, y2 in record.boxes:
        middle = (x1 + x2) / 2 / record.width, (y1 + y2) / 2 / record.height
        size = (x2 - x1) / record.width, (y2 - y1) / record.height
        lines.append(f"{int(kind)} " + " ".join(f"{value:.6f}" for value in (*middle, *size)) + "\n")
    return "".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--source", required=True)
    parser.add_argument("--split", default="val", choices=SPLITS)
    options = parser.parse_args()
    cache = Cache(options.cache)
    records = [r for r in cache.select(options.split) if r.source == options.source and (r.labelled or r.boxes)]
    if not records:
        known = ", ".join(sorted({r.source for r in cache.select(options.split)}))
        raise SystemExit(f"{options.cache}: no labelled pictures of '{options.source}' in {options.split}; there are {known}")
    if options.folder.exists() and any(options.folder.iterdir()):
        raise SystemExit(f"{options.folder}: is not empty")
    for part in ("images", "labels"):
        (options.folder / part).mkdir(parents=True, exist_ok=True)
    for record in records:
        name = Path(record.image)
        shutil.copyfile(cache.folder / name, options.folder / "images" / name.name)
        (options.folder / "labels" / f"{name.stem}.txt").write_text(label_lines(record))
    names = "".join(f"  {place}: {name}\n" for place, name in enumerate(cache.classes.objects))
    (options.folder / "data.yaml").write_text(f"train: images\nval: images\nnames:\n{names}")
    labelled = set.intersection(*(set(record.labelled) for record in records))
    print(f"{options.folder}{os.sep}: {len(records)} pictures; labelled: "
          + ", ".join(cache.classes.objects[kind] for kind in sorted(labelled)))


if __name__ == "__main__":
    main()
