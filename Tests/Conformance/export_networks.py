#!/usr/bin/env python3
"""Exports networks of the kinds that users bring, with random weights: Ultralytics' detectors and segmenters, torchvision's
classifiers, a U-Net as in medical imaging, and quantised versions of some by onnxruntime's own tools.

    export_networks.py FOLDER [NAME ...]       needs torch, torchvision, ultralytics, onnx and onnxruntime; no downloads

Files that are there already are kept. Prints one line for each network.
"""

import argparse
import pathlib
import sys
import warnings

import numpy as np
import torch

try:
    import torchvision
except RuntimeError:
    # Processor-only builds of torch may meet a torchvision whose C++ operators do not load: declared here, its Python part
    # works.
    _OPERATORS = torch.library.Library("torchvision", "FRAGMENT")
    for _name in ("nms", "qnms"):
        _OPERATORS.define(f"{_name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision

SIZE = 160
"""Pixels a side of Ultralytics' networks: small, so that comparing takes seconds."""

ULTRALYTICS = {
    "yolo26": ("yolo26n.yaml", {}),
    "yolo26_end_to_end": ("yolo26n.yaml", {"end2end": True}),
    "yolov10": ("yolov10n.yaml", {}),
    "yolov8": ("yolov8n.yaml", {}),
    "yolov8_nms": ("yolov8n.yaml", {"nms": True}),
    "yolo11": ("yolo11n.yaml", {}),
    "yolo11_dynamic": ("yolo11n.yaml", {"dynamic": True}),
    "yolo11_seg": ("yolo11n-seg.yaml", {}),
    "yolo11_pose": ("yolo11n-pose.yaml", {}),
    "yolo11_obb": ("yolo11n-obb.yaml", {}),
    "yolo26_sem": ("yolo26n-sem.yaml", {}),
    "yolov8_cls": ("yolov8n-cls.yaml", {}),
    "rtdetr": ("rtdetr-resnet50.yaml", {}),
}


class DoubleConvolution(torch.nn.Sequential):
    def __init__(self, inputs, outputs):
        super().__init__(
            torch.nn.Conv2d(inputs, outputs, 3, padding=1), torch.nn.BatchNorm2d(outputs), torch.nn.ReLU(),
            torch.nn.Conv2d(outputs, outputs, 3, padding=1), torch.nn.BatchNorm2d(outputs), torch.nn.LeakyReLU(0.1))


class UNet(torch.nn.Module):
    """Ronneberger, Fischer and Brox, "U-Net", 2015, with padded convolutions."""

    def __init__(self, width=8, depth=3, classes=4):
        super().__init__()
        widths = [width << level for level in range(depth + 1)]
        self.down = torch.nn.ModuleList(
            DoubleConvolution(i, o) for i, o in zip([1] + widths, widths))
        self.up = torch.nn.ModuleList(
            torch.nn.ConvTranspose2d(b, a, 2, stride=2) for a, b in zip(widths[:-1], widths[1:]))
        self.merge = torch.nn.ModuleList(DoubleConvolution(2 * a, a) for a in widths[:-1])
        self.head = torch.nn.Conv2d(width, classes, 1)

    def forward(self, x):
        skips = []
        for level, block in enumerate(self.down):
            x = block(x if level == 0 else torch.nn.functional.max_pool2d(x, 2))
            skips.append(x)
        for level in reversed(range(len(self.up))):
            x = self.merge[level](torch.cat([skips[level], self.up[level](x)], 1))
        return self.head(x)


class AlexNet(torch.nn.Module):
    """Krizhevsky, Sutskever and Hinton, 2012: local response normalisation, two groups, fully connected layers."""

    def __init__(self):
        super().__init__()
        nn = torch.nn
        self.features = nn.Sequential(
            nn.Conv2d(3, 32, 11, stride=4), nn.ReLU(), nn.LocalResponseNorm(5, 1e-4, 0.75, 2), nn.MaxPool2d(3, 2),
            nn.Conv2d(32, 64, 5, padding=2, groups=2), nn.ReLU(), nn.LocalResponseNorm(5, 1e-4, 0.75, 2),
            nn.MaxPool2d(3, 2), nn.Conv2d(64, 96, 3, padding=1), nn.ReLU(),
            nn.Conv2d(96, 64, 3, padding=1, groups=2), nn.ReLU(), nn.MaxPool2d(3, 2))
        self.classifier = nn.Sequential(
            nn.Dropout(), nn.Linear(64 * 6 * 6, 256), nn.ReLU(), nn.Dropout(), nn.Linear(256, 100), nn.Softmax(1))

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x), 1))


def randomized(model):
    """Batch normalisation with other statistics than 0 and 1, so that folding it wrongly would show."""
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-0.2, 0.2)
            module.running_var.uniform_(0.5, 1.5)
            module.weight.data.uniform_(0.7, 1.3)
            module.bias.data.uniform_(-0.2, 0.2)
    return model.eval()


def export_torch(model, shape, path, opset=17, dynamic=False):
    axes = {"x": {0: "batch", 2: "height", 3: "width"}} if dynamic else None
    torch.onnx.export(
        randomized(model), torch.zeros(shape), str(path), opset_version=opset, input_names=["x"], dynamo=False,
        dynamic_axes=axes)


def torch_networks():
    import torchvision.models as zoo
    return {
        "alexnet": (AlexNet, (1, 3, 227, 227), {}),
        "unet": (UNet, (1, 1, 96, 128), {}),
        "unet_dynamic": (UNet, (1, 1, 96, 128), {"dynamic": True}),
        "unet_opset11": (UNet, (1, 1, 64, 64), {"opset": 11}),
        "resnet18": (zoo.resnet18, (1, 3, 96, 96), {}),
        "mobilenet_v2": (zoo.mobilenet_v2, (1, 3, 96, 96), {}),
        "mobilenet_v3": (zoo.mobilenet_v3_small, (1, 3, 96, 96), {}),
        "shufflenet": (zoo.shufflenet_v2_x0_5, (1, 3, 96, 96), {}),
        "efficientnet": (zoo.efficientnet_b0, (1, 3, 96, 96), {}),
        "squeezenet": (zoo.squeezenet1_1, (1, 3, 96, 96), {}),
        "densenet": (lambda: zoo.DenseNet(8, (2, 3), 16), (1, 3, 96, 96), {}),
        "deeplab": (lambda: Mask(zoo.segmentation.lraspp_mobilenet_v3_large(weights=None, weights_backbone=None)),
                    (1, 3, 96, 96), {}),
        "convnext": (zoo.convnext_tiny, (1, 3, 64, 64), {}),
    }


class Mask(torch.nn.Module):
    """torchvision's segmenters give a dictionary."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model(x)["out"]


def export_ultralytics(name, path):
    from ultralytics import RTDETR, YOLO
    from ultralytics.utils import SETTINGS
    SETTINGS["sync"] = False
    description, options = ULTRALYTICS[name]
    model = (RTDETR if name.startswith("rtdetr") else YOLO)(description)
    randomized(model.model)
    size = 96 if name.endswith("cls") else SIZE
    written = pathlib.Path(model.export(format="onnx", imgsz=size, opset=17, simplify=False, verbose=False, **options))
    written.replace(path)


QUANTIZED = {
    "unet": "dynamic", "resnet18": "static", "mobilenet_v2": "static", "alexnet": "dynamic", "yolov8": "static",
}


def quantize(source, path, kind):
    from onnxruntime import quantization as q
    if kind == "dynamic":
        q.quantize_dynamic(str(source), str(path), weight_type=q.QuantType.QUInt8)
        return
    import onnxruntime

    session = onnxruntime.InferenceSession(str(source))
    feeds = session.get_inputs()[0]

    class Reader(q.CalibrationDataReader):
        def __init__(self):
            generator = np.random.default_rng(4)
            self.rest = iter(
                [{feeds.name: generator.random(feeds.shape, dtype=np.float32)} for _ in range(4)])

        def get_next(self):
            return next(self.rest, None)

    q.quantize_static(
        str(source), str(path), Reader(), quant_format=q.QuantFormat.QDQ, per_channel=True,
        activation_type=q.QuantType.QUInt8, weight_type=q.QuantType.QInt8,
        op_types_to_quantize=["Conv", "MatMul", "Gemm", "Add", "MaxPool", "Concat", "GlobalAveragePool"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    warnings.filterwarnings("ignore")
    torch.manual_seed(0)
    failures = 0
    jobs = {name: lambda path, n=name: export_ultralytics(n, path) for name in ULTRALYTICS}
    for name, (make, shape, options) in torch_networks().items():
        jobs[name] = lambda path, m=make, s=shape, o=options: export_torch(m(), s, path, **o)
    for name, kind in QUANTIZED.items():
        source = arguments.folder / f"{name}.onnx"
        jobs[f"{name}_{kind}_int8"] = lambda path, s=source, k=kind: quantize(s, path, k)
    for name, job in jobs.items():
        path = arguments.folder / f"{name}.onnx"
        if path.exists() or (arguments.names and name not in arguments.names):
            continue
        try:
            with torch.no_grad():
                job(path)
            print(f"{name}: {path.stat().st_size / 1e6:.1f} MB", flush=True)
        except Exception as error:  # An exporter's failure is no failure of the engine.
            failures += 1
            print(f"{name}: not exported: {type(error).__name__}: {str(error).splitlines()[:1]}", flush=True)
    return 1 if failures == len(jobs) else 0


if __name__ == "__main__":
    sys.exit(main())
