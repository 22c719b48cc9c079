"""The prepared data set: one folder of pictures, masks and a line of JSON for each picture.

    CACHE/classes.json      {"objects": [names], "surfaces": [names]}
    CACHE/records.jsonl     one `Record` a line
    CACHE/images, masks

Sets differ in what they label, so every record says what its labels cover:

- `labelled`: object classes of which the picture has every instance. Where such a class has no box, there is none.
- `weak`: classes that are probably absent where they have no box; the loss counts that little.
- all other classes are unknown wherever they have no box, and the loss leaves them out.
- `ignored`: boxes inside which nothing is known of a class.

A mask's pixel is a set of surfaces, bit i for class i: the classes that the pixel can be. A set that has only road and the
rest gives "road or lane marking" and "background or pavement"; all bits mean that nothing is known.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

SPLITS = ("train", "val", "test")


@dataclass
class Record:
    image: str
    source: str
    split: str
    width: int
    height: int
    # Each is class, x1, y1, x2, y2 in pixels of the prepared picture.
    boxes: list[list[float]] = field(default_factory=list)
    ignored: list[list[float]] = field(default_factory=list)
    labelled: list[int] = field(default_factory=list)
    weak: list[int] = field(default_factory=list)
    mask: str | None = None


@dataclass
class Classes:
    objects: list[str]
    surfaces: list[str]


class Cache:
    """A prepared data set in a folder."""

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        self.records: list[Record] = []
        self.classes: Classes | None = None
        if self._classes_file.exists():
            self.classes = Classes(**json.loads(self._classes_file.read_text()))
        if self._records_file.exists():
            lines = self._records_file.read_text().splitlines()
            self.records = [Record(**json.loads(line)) for line in lines]

    @property
    def _classes_file(self) -> Path:
        return self.folder / "classes.json"

    @property
    def _records_file(self) -> Path:
        return self.folder / "records.jsonl"

    def replace(self, source: str, records: list[Record]) -> None:
        """Takes the records of a source in the place of those that it had."""
        self.records = [record for record in self.records if record.source != source] + records

    def save(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._classes_file.write_text(json.dumps(asdict(self.classes), indent=1) + "\n")
        text = "".join(json.dumps(asdict(record)) + "\n" for record in self.records)
        # A half-written index would lose the whole cache.
        partial = self._records_file.with_suffix(".partial")
        partial.write_text(text)
        partial.replace(self._records_file)

    def select(self, split: str, *, masks: bool = False) -> list[Record]:
        return [r for r in self.records if r.split == split and (not masks or r.mask is not None)]
