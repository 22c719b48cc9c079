"""Random evaluation cases with the figures that pycocotools computes for them, as JSON on standard output.

    python average_precision_reference.py FIRST_SEED COUNT [IMAGES] > average_precision.json
    # the committed file: 1 6 5

Needs numpy and pycocotools. Cases hold equal scores, crowds, objects of all sizes, pictures without objects, classes
without truths, and pictures with more than a hundred claims of a class.
"""

import contextlib
import io
import json
import sys

import numpy
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


def random_case(seed, image_count):
    rng = numpy.random.default_rng(seed)
    classes = int(rng.integers(1, 5))
    crowded = seed % 3 == 0
    images = []
    for index in range(image_count):
        truths, claims = [], []
        for _ in range(int(rng.integers(0, 9))):
            size = float(rng.choice([12, 40, 150]))
            x, y = rng.uniform(0, 500, 2)
            w, h = rng.uniform(0.5, 1.5, 2) * size
            outline = rng.uniform(0.4, 1.0) if rng.random() < 0.5 else 1.0
            label = int(rng.integers(0, classes))
            truths.append(
                {"box": [x, y, w, h], "class": label, "area": w * h * outline, "crowd": int(rng.random() < 0.15)}
            )
            for _ in range(int(rng.integers(0, 4))):
                shift = rng.normal(0, 0.12, 4)
                box = [x + shift[0] * w, y + shift[1] * h, w * (1 + shift[2]), h * (1 + shift[3])]
                # Coarse scores, so that some are equal.
                score = round(float(rng.random()), 1 if rng.random() < 0.5 else 6)
                wrong = rng.random() < 0.15
                claims.append({"box": box, "score": score, "class": int(rng.integers(0, classes + 1)) if wrong else label})
        if crowded and index == 0:
            for _ in range(130):
                x, y, w, h = rng.uniform(5, 300, 4)
                claims.append({"box": [x, y, w, h], "score": round(float(rng.random()), 2), "class": 0})
        rng.shuffle(claims)
        images.append({"truths": truths, "claims": claims})
    return images


def rounded(images):
    """The numbers as they are read back from the file."""
    return json.loads(json.dumps(images), parse_float=lambda text: round(float(text), 3))


def reference(images):
    labels = sorted({o["class"] for image in images for o in image["truths"] + image["claims"]})
    dataset = {
        "info": {},
        "images": [{"id": index + 1} for index in range(len(images))],
        "categories": [{"id": label, "name": str(label)} for label in labels],
        "annotations": [],
    }
    results = []
    for index, image in enumerate(images):
        for truth in image["truths"]:
            dataset["annotations"].append(
                {
                    "id": len(dataset["annotations"]) + 1,
                    "image_id": index + 1,
                    "category_id": truth["class"],
                    "bbox": truth["box"],
                    "area": truth["area"],
                    "iscrowd": truth["crowd"],
                }
            )
        for claim in image["claims"]:
            results.append(
                {"image_id": index + 1, "category_id": claim["class"], "bbox": claim["box"], "score": claim["score"]}
            )
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = dataset
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(results), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    per_class = []
    for place, label in enumerate(labels):
        precision = evaluation.eval["precision"][:, :, place, 0, 2]
        valid = precision[precision > -1]
        at50 = precision[0][precision[0] > -1]
        per_class.append(
            [label, float(valid.mean()) if valid.size else -1.0, float(at50.mean()) if at50.size else -1.0]
        )
    return {"stats": [float(value) for value in evaluation.stats], "per_class": per_class}


def main():
    first, count = int(sys.argv[1]), int(sys.argv[2])
    image_count = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    cases = []
    for seed in range(first, first + count):
        images = rounded(random_case(seed, image_count))
        cases.append({"seed": seed, "images": images, "expected": reference(images)})
    json.dump(cases, sys.stdout, separators=(",", ":"))


main()
