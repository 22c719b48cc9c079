"""Makes int8 networks for ncnn, whose packages on PyPI run such networks but hold no tool that makes them.

What ncnn's own tools do in three programs is done here in Python: pnnx converts the ONNX file; the float network runs
on a few pictures to find the range in front of every convolution (ncnn2table; here the mean of the pictures' largest
absolute values); weights become int8 with one scale for each output channel, and a convolution whose output goes into
int8 convolutions only writes int8 itself (ncnn2int8).

Two things differ from those tools because networks are faster and more accurate that way on x86: depthwise convolutions
stay float, and weights of 3x3 convolutions have 8 bits instead of 6, which asks for Winograd's algorithm to be off (its
sums would overflow). RUN_OPTIONS says so to ncnn.

Facts about the two files of a network: a .param file has a line for each layer (type, name, numbers of inputs and
outputs, their names, then numbered parameters), and a .bin file has all layers' weights in the same order. Weights of
convolutions start with a tag of 4 bytes that says how they are stored; vectors (biases, scales) have none and are
float.
"""

import importlib.util
import math
import pathlib
import re
import subprocess
import sys
import tempfile

import ncnn
import numpy as np
import onnx
import onnxruntime
from PIL import Image

import ncnn_onnx

INT8_TAG = 0x000D4B38
FIRST_LINES = "7767517\n{layers} {blobs}\n"
CALIBRATION_PICTURES = 16
# The fastest for int8 networks: neither bfloat16 storage nor memory pools make them faster.
RUN_OPTIONS = {
    "lightmode": True, "use_int8_inference": True, "use_packing_layout": True, "use_winograd_convolution": False}
# Numbers of parameters of convolutions in a .param file.
OUTPUTS, BIAS, WEIGHTS, INT8, DYNAMIC = "0", "5", "6", "8", "19"
INT8_WITH_SCALES, INT8_RESULT = 2, 100


class Layer:
    """One line of a .param file, and the weights that belong to it."""

    def __init__(self, line):
        self.kind, self.name, inputs, outputs, *rest = line.split()
        inputs, outputs = int(inputs), int(outputs)
        self.inputs = rest[:inputs]
        self.outputs = rest[inputs:inputs + outputs]
        self.parameters = dict(word.split("=", 1) for word in rest[inputs + outputs:])
        self.weights = []

    def number(self, key, default=0):
        return int(self.parameters.get(key, default))

    def line(self):
        words = [self.kind, self.name, len(self.inputs), len(self.outputs), *self.inputs, *self.outputs]
        return " ".join(map(str, words + [f"{key}={value}" for key, value in self.parameters.items()]))

    @property
    def is_int8(self):
        return INT8 in self.parameters and self.kind == "Convolution"


def weight_sizes(layer):
    """What a float layer has in the .bin file: pairs of a number of values and whether a tag comes first."""
    number = layer.number
    if layer.kind in ("Convolution", "ConvolutionDepthWise", "Deconvolution", "DeconvolutionDepthWise"):
        if number(DYNAMIC):
            return []
        return [(number(WEIGHTS), True)] + ([(number(OUTPUTS), False)] if number(BIAS) else [])
    if layer.kind == "BatchNorm":
        return [(number("0"), False)] * 4
    if layer.kind == "PReLU":
        return [(number("0"), False)]
    if layer.kind == "MemoryData":
        return [(math.prod(max(number(key), 1) for key in ("0", "1", "11", "2")), False)]
    if layer.kind == "Gemm":
        rows, columns, depth = number("7"), number("8"), number("9")
        shared = {-1: 0, 0: 1, 1: rows, 2: rows, 3: rows * columns, 4: columns}[number("10")]
        sizes = [(number("4"), rows * depth), (number("5"), columns * depth), (number("6"), shared)]
        return [(size, True) for constant, size in sizes if constant and size]
    return []


def read_network(path):
    """The layers of PATH.param with their weights from PATH.bin."""
    lines = path.with_suffix(".param").read_text().splitlines()[2:]
    layers = [Layer(line) for line in lines if line.strip()]
    data = path.with_suffix(".bin").read_bytes()
    position = 0
    for layer in layers:
        for size, tagged in weight_sizes(layer):
            if tagged and data[position:position + 4] != bytes(4):
                raise ValueError(f"{layer.name}: weights that are not plain float")
            position += 4 if tagged else 0
            layer.weights.append((np.frombuffer(data, "<f4", size, position), tagged))
            position += 4 * size
    if position != len(data):
        raise ValueError(f"{path.with_suffix('.bin')} has {len(data)} bytes, its layers {position}")
    return layers


def write_network(layers, path):
    """Writes PATH.bin and PATH.param."""
    with open(path.with_suffix(".bin"), "wb") as file:
        for values, tagged in (weights for layer in layers for weights in layer.weights):
            if tagged:
                file.write((INT8_TAG if values.dtype == np.int8 else 0).to_bytes(4, "little"))
            file.write(values.tobytes())
            file.write(bytes(-values.nbytes % 4))
    blobs = sum(len(layer.outputs) for layer in layers)
    lines = FIRST_LINES.format(layers=len(layers), blobs=blobs) + "\n".join(layer.line() for layer in layers) + "\n"
    path.with_suffix(".param").write_text(lines)


def convert(source, shape, path):
    """Has pnnx write the float network PATH.param and PATH.bin for an ONNX file."""
    # Only the program in pnnx's package is used: its Python functions need torch.
    program = pathlib.Path(importlib.util.find_spec("pnnx").submodule_search_locations[0]) / "pnnx"
    with tempfile.TemporaryDirectory() as folder:
        onnx.save(ncnn_onnx.rewritten(source), f"{folder}/network.onnx")
        result = subprocess.run(
            [program, "network.onnx", f"inputshape=[{','.join(map(str, shape))}]", "fp16=0",
             f"ncnnparam={path.with_suffix('.param').absolute()}", f"ncnnbin={path.with_suffix('.bin').absolute()}"],
            cwd=folder, capture_output=True, text=True)
    # It writes layers that ncnn does not have for what it cannot convert, and says only this.
    unknown = sorted(set(re.findall(r"^ignore (\S+)", result.stdout + result.stderr, re.MULTILINE)))
    if result.returncode or unknown:
        raise ValueError(f"pnnx cannot convert {source.name}: {', '.join(unknown) or result.returncode}")


def load(path, threads, options):
    """The network in PATH.param and PATH.bin, ready to run; the options are ncnn's own, by name."""
    network = ncnn.Net()
    network.opt.num_threads = threads
    for name, value in options.items():
        setattr(network.opt, name, value)
    if network.load_param(str(path.with_suffix(".param"))) or network.load_model(str(path.with_suffix(".bin"))):
        raise ValueError(f"ncnn cannot load {path.name}")
    return network


def run(network, picture, blobs=None):
    """The values of blobs (by default the outputs) for one picture, an array of channels, rows and columns."""
    extractor = network.create_extractor()
    extractor.input(network.input_names()[0], ncnn.Mat(picture))
    results = [extractor.extract(blob) for blob in blobs or network.output_names()]
    if any(status for status, _ in results):
        raise ValueError("ncnn cannot run the network")
    return [np.array(blob) for _, blob in results]


def ranges(path, layers, pictures):
    """The largest absolute value in front of each convolution while the float network sees a picture, by blob; the mean
    over all pictures."""
    blobs = sorted({layer.inputs[0] for layer in layers if layer.kind == "Convolution"})
    network = load(path, 1, {"lightmode": False})
    largest = [[np.abs(values).max() for values in run(network, picture, blobs)] for picture in pictures]
    return dict(zip(blobs, np.mean(largest, axis=0)))


def scale(largest):
    """What to multiply values by, up to the largest, to use all of int8; 1 where there is nothing to see."""
    return (127 / np.where(largest > 1e-30, largest, 127)).astype("<f4")


def quantize(layers, largest):
    """Makes convolutions int8, all but those after a softmax (detectors' mean over distances), whose weights have to be
    exact; returns the scale in front of each of them, by blob."""
    makers = {blob: layer for layer in layers for blob in layer.outputs}
    scales = {}
    for layer in layers:
        if layer.kind != "Convolution" or not layer.weights or makers[layer.inputs[0]].kind == "Softmax":
            continue
        blob = layer.inputs[0]
        rows = layer.weights[0][0].reshape(layer.number(OUTPUTS), -1)
        channels = scale(np.abs(rows).max(axis=1))
        scales[blob] = scale(largest[blob].reshape(1))
        layer.weights[0] = np.rint(rows * channels[:, None]).astype(np.int8), True
        layer.weights += [(channels, False), (scales[blob], False)]
        layer.parameters[INT8] = str(INT8_WITH_SCALES)
    return scales


def write_int8_between(layers, scales):
    """Lets an int8 convolution write int8 itself where only int8 convolutions read its output, directly or after a
    split."""
    readers = {blob: layer for layer in layers for blob in layer.inputs}
    for layer in [layer for layer in layers if layer.is_int8]:
        reader = readers.get(layer.outputs[0])
        ends = [readers.get(blob) for blob in reader.outputs] if reader and reader.kind == "Split" else [reader]
        if all(end and end.is_int8 for end in ends):
            layer.parameters[INT8] = str(INT8_WITH_SCALES + INT8_RESULT)
            layer.weights.append((scales[ends[0].inputs[0]], False))


def read_pictures(data, shape, order, divisor):
    """A few pictures of a folder, evenly chosen, in a network's input layout: without a batch, channels in the order
    RGB or BGR."""
    files = sorted(path for path in data.rglob("*") if path.suffix in (".jpg", ".png"))
    files = files[::max(1, len(files) // (CALIBRATION_PICTURES + 1))][:CALIBRATION_PICTURES + 1]
    pictures = []
    for path in files:
        picture = Image.open(path).convert("RGB").resize((shape[3], shape[2]), Image.Resampling.BILINEAR)
        pixels = np.asarray(picture)
        pixels = pixels if order == "RGB" else pixels[:, :, ::-1]
        pictures.append(np.ascontiguousarray(pixels.transpose(2, 0, 1), dtype=np.float32) / np.float32(divisor))
    return pictures


def distance(outputs, expected):
    """The distance between two lists of outputs, as a share of the second one's length; that of the worst output."""
    return max(float(np.linalg.norm(a - b) / np.linalg.norm(b)) for a, b in zip(outputs, expected))


def make(source, data, shape, order, divisor, folder, name):
    """The path (without ending) of the int8 network in the folder; made from an ONNX file once. Says how far its
    outputs are from the float network's on a picture that it was not calibrated with."""
    path = folder / f"{name}-ncnn-int8"
    if path.with_suffix(".param").exists():
        return path
    print(f"making {path.name} ...", file=sys.stderr)
    float_path = folder / f"{name}-ncnn"
    convert(source, shape, float_path)
    test, *pictures = read_pictures(data, shape, order, divisor)
    session = onnxruntime.InferenceSession(str(source), providers=["CPUExecutionProvider"])
    original = [output[0] for output in session.run(None, {session.get_inputs()[0].name: test[None]})]
    converted = run(load(float_path, 1, {}), test)
    if distance(converted, original) > 1e-3:
        raise ValueError(f"pnnx changes what {source.name} computes")
    layers = read_network(float_path)
    write_int8_between(layers, quantize(layers, ranges(float_path, layers, pictures)))
    write_network(layers, path)
    error = distance(run(load(path, 1, RUN_OPTIONS), test), converted)
    count = sum(layer.is_int8 for layer in layers)
    print(f"{path.name}: {count} int8 convolutions, outputs {error:.1%} from the float network's", file=sys.stderr)
    return path
