"""Float networks of others, run by onnxruntime, that label what a data set leaves out."""

import ast

import cv2
import numpy as np
import onnxruntime

from networks import OBJECT_CLASSES

# What COCO's classes are to us. Of traffic signs it has only the stop sign.
FROM_COCO = {
    "person": "pedestrian", "bicycle": "two-wheeler", "motorcycle": "two-wheeler", "car": "car", "bus": "bus",
    "truck": "truck", "traffic light": "traffic light", "stop sign": "traffic sign",
}


def session(path: str, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def letterbox(picture: np.ndarray, width: int, height: int, fill: int = 114) -> tuple[np.ndarray, float, int, int]:
    """The picture scaled evenly into the middle; with the scale and the margins at the left and at the top."""
    scale = min(width / picture.shape[1], height / picture.shape[0])
    inner = round(picture.shape[1] * scale), round(picture.shape[0] * scale)
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    result = np.full((height, width, 3), fill, np.uint8)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    result[top : top + inner[1], left : left + inner[0]] = cv2.resize(picture, inner, interpolation=method)
    return result, scale, left, top


def network_input(picture: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(picture[..., ::-1].transpose(2, 0, 1)[None], np.float32) / 255


class ObjectTeacher:
    """A YOLOv8 or YOLO11 network with COCO's classes and free input size."""

    def __init__(self, path: str, threads: int):
        self.session = session(path, threads)
        names = ast.literal_eval(self.session.get_modelmeta().custom_metadata_map["names"])
        self.labels = [label for label, name in names.items() if name in FROM_COCO]
        self.kinds = np.array([OBJECT_CLASSES.index(FROM_COCO[names[label]]) for label in self.labels])

    def boxes(self, picture: np.ndarray, minimum: float) -> np.ndarray:
        """Rows of class, x1, y1, x2, y2, score, after suppression of overlaps within each class."""
        longest = 640 if max(picture.shape[:2]) <= 640 else 960
        scale = longest / max(picture.shape[:2])
        width, height = (int(np.ceil(side * scale / 32)) * 32 for side in picture.shape[1::-1])
        fitted, scale, left, top = letterbox(picture, width, height)
        output = self.session.run(None, {"images": network_input(fitted)})[0][0]
        scores = output[4:][self.labels]
        best = scores.argmax(0)
        score = scores[best, np.arange(scores.shape[1])]
        keep = score >= minimum
        x, y, w, h = output[:4, keep]
        corners = (np.stack((x - w / 2, y - h / 2, x + w / 2, y + h / 2), 1) - [left, top, left, top]) / scale
        found = np.column_stack((self.kinds[best[keep]], corners, score[keep]))
        return found[suppress(found, 0.6)]


def suppress(found: np.ndarray, overlap: float) -> list[int]:
    """Greedy suppression within each class."""
    corners = found[:, 1:5]
    rectangles = np.column_stack((corners[:, :2] + found[:, :1] * 4096, corners[:, 2:] - corners[:, :2]))
    kept = cv2.dnn.NMSBoxes(rectangles.tolist(), found[:, 5].tolist(), 0.0, overlap)
    return sorted(int(place) for place in kept)


class SurfaceTeacher:
    """TwinLiteNet or TwinLiteNet+: two maps of two channels, drivable area and lane markings."""

    def __init__(self, path: str, threads: int):
        self.session = session(path, threads)
        self.input = self.session.get_inputs()[0]
        names = [output.name for output in self.session.get_outputs()]
        is_lane = ["lane" in name or "ll" in name for name in names]
        self.outputs = [names[is_lane.index(False)], names[is_lane.index(True)]]

    def probabilities(self, picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How probably each pixel is drivable, and a lane marking."""
        height, width = self.input.shape[2:]
        fitted, scale, left, top = letterbox(picture, width, height)
        maps = self.session.run(self.outputs, {self.input.name: network_input(fitted)})
        inner = round(picture.shape[1] * scale), round(picture.shape[0] * scale)
        result = []
        for scores in maps:
            probability = 1 / (1 + np.exp(np.clip(scores[0, 0] - scores[0, 1], -30, 30)))
            content = probability[top : top + inner[1], left : left + inner[0]]
            result.append(cv2.resize(content, picture.shape[1::-1], interpolation=cv2.INTER_LINEAR))
        return result[0], result[1]
