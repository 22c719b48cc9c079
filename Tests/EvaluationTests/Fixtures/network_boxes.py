"""Runs a YOLO (v8, 11) network in onnxruntime over a labelled data set and judges its boxes with pycocotools.

    python network_boxes.py NETWORK.onnx IMAGES_FOLDER LABELS_FOLDER COUNT OUTPUT_FOLDER

Writes the network's output for each picture as raw floats (0.f32, 1.f32, ...), and to standard output JSON with each
picture's path, its letterbox, and the average precision of this program's own decoding: every class above 0.001,
suppression within classes at overlap 0.7, at most 300 boxes. Needs numpy, opencv, onnxruntime and pycocotools.
"""

import contextlib
import io
import json
import pathlib
import sys

import cv2
import numpy
import onnxruntime
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

SIZE = 640


def letterbox(image):
    height, width = image.shape[:2]
    scale = min(SIZE / height, SIZE / width)
    new_width, new_height = round(width * scale), round(height * scale)
    image = cv2.resize(image, (new_width, new_height), interpolation=cv2.INTER_LINEAR)
    left = round((SIZE - new_width) / 2 - 0.1)
    top = round((SIZE - new_height) / 2 - 0.1)
    canvas = numpy.full((SIZE, SIZE, 3), 114, numpy.uint8)
    canvas[top : top + new_height, left : left + new_width] = image
    return canvas, scale, left, top


def overlaps(box, others):
    low = numpy.maximum(box[:2], others[:, :2])
    high = numpy.minimum(box[2:], others[:, 2:])
    shared = numpy.prod(numpy.clip(high - low, 0, None), axis=1)
    area = numpy.prod(others[:, 2:] - others[:, :2], axis=1)
    return shared / (numpy.prod(box[2:] - box[:2]) + area - shared)


def decode(output):
    centers, sizes, scores = output[:2].T, output[2:4].T, output[4:]
    boxes = numpy.concatenate([centers - sizes / 2, centers + sizes / 2], axis=1).astype(numpy.float64)
    labels, anchors = numpy.nonzero(scores > 0.001)
    order = numpy.argsort(-scores[labels, anchors], kind="stable")[:30000]
    labels, anchors = labels[order], anchors[order]
    kept = []
    alive = numpy.ones(len(order), bool)
    for index in range(len(order)):
        if not alive[index]:
            continue
        kept.append(index)
        if len(kept) == 300:
            break
        same = numpy.nonzero(alive & (labels == labels[index]))[0]
        same = same[same > index]
        alive[same[overlaps(boxes[anchors[index]], boxes[anchors[same]]) > 0.7]] = False
    return boxes[anchors[kept]], scores[labels[kept], anchors[kept]], labels[kept]


def judge(truths, results):
    dataset = {"info": {}, "images": [], "categories": [{"id": n, "name": str(n)} for n in range(80)], "annotations": []}
    for image, boxes in enumerate(truths):
        dataset["images"].append({"id": image + 1})
        for label, x, y, w, h in boxes:
            dataset["annotations"].append(
                {
                    "id": len(dataset["annotations"]) + 1,
                    "image_id": image + 1,
                    "category_id": int(label),
                    "bbox": [x, y, w, h],
                    "area": w * h,
                    "iscrowd": 0,
                }
            )
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = dataset
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(results), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return [float(evaluation.stats[0]), float(evaluation.stats[1])]


def main():
    network, images, labels, count, folder = sys.argv[1], *map(pathlib.Path, sys.argv[2:4]), int(sys.argv[4]), pathlib.Path(sys.argv[5])
    session = onnxruntime.InferenceSession(network, providers=["CPUExecutionProvider"])
    pictures, truths, results = [], [], []
    for index, path in enumerate(sorted(images.iterdir())[:count]):
        image = cv2.imread(str(path))
        height, width = image.shape[:2]
        canvas, scale, left, top = letterbox(image)
        tensor = canvas[None, :, :, ::-1].transpose(0, 3, 1, 2).astype(numpy.float32) / 255
        output = session.run(None, {session.get_inputs()[0].name: numpy.ascontiguousarray(tensor)})[0][0]
        output.astype(numpy.float32).tofile(folder / f"{index}.f32")
        pictures.append(
            {"path": str(path), "scale": scale, "left": left, "top": top, "width": width, "height": height}
        )
        label_file = labels / (path.stem + ".txt")
        rows = label_file.read_text().split("\n") if label_file.exists() else []
        rows = [list(map(float, row.split())) for row in rows if row.strip()]
        truths.append([(r[0], (r[1] - r[3] / 2) * width, (r[2] - r[4] / 2) * height, r[3] * width, r[4] * height) for r in rows])
        boxes, scores, classes = decode(output)
        boxes = (boxes - [left, top, left, top]) / scale
        boxes = numpy.clip(boxes, 0, [width, height, width, height])
        for box, score, label in zip(boxes, scores, classes):
            x1, y1, x2, y2 = map(float, box)
            results.append(
                {
                    "image_id": index + 1,
                    "category_id": int(label),
                    "bbox": [x1, y1, x2 - x1, y2 - y1],
                    "score": float(score),
                }
            )
    json.dump({"pictures": pictures, "average_precision": judge(truths, results)}, sys.stdout)


main()
