#!/usr/bin/env python3
"""Runs a network with onnxruntime on fixed pseudo-random inputs and keeps what went in and came out.

    reference_outputs.py MODEL.onnx FOLDER [--shape NAME=1x3x640x640 ...] [--scale 255] [--quantize]

Writes FOLDER/input_0.npy ... and FOLDER/output_0.npy ..., in the order of the model's inputs and outputs. With
--quantize the model is first turned into a QDQ model with onnxruntime's own quantiser, which is kept as
FOLDER/model.onnx; its calibration sees the same inputs.
"""
import argparse
import pathlib

import numpy
import onnx
import onnxruntime


def shapes_of(session, given):
    """The inputs' shapes: those given, else those in the file."""
    shapes = {}
    for value in session.get_inputs():
        shape = given.get(value.name, value.shape)
        if not all(isinstance(extent, int) for extent in shape):
            raise SystemExit(f"input {value.name} has the open shape {shape}; give one with --shape")
        shapes[value.name] = shape
    return shapes


def open_session(path):
    """A session that computes the graph as it is written: nothing fused, one thread."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def quantize(model, folder, inputs):
    """The model as QDQ: u8 activations, s8 weights per channel, convolutions only."""
    from onnxruntime import quantization

    class Reader(quantization.CalibrationDataReader):
        def __init__(self):
            self.samples = iter([inputs])

        def get_next(self):
            return next(self.samples, None)

    path = folder / "model.onnx"
    quantization.quantize_static(
        str(model), str(path), Reader(), quant_format=quantization.QuantFormat.QDQ, per_channel=True,
        activation_type=quantization.QuantType.QUInt8, weight_type=quantization.QuantType.QInt8,
        op_types_to_quantize=["Conv"])
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--shape", action="append", default=[])
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--quantize", action="store_true")
    arguments = parser.parse_args()
    given = {}
    for item in arguments.shape:
        name, _, text = item.partition("=")
        given[name] = [int(extent) for extent in text.split("x")]
    arguments.folder.mkdir(parents=True, exist_ok=True)

    model = arguments.model
    session = open_session(model)
    # The legacy generator gives the same numbers in every version of NumPy.
    random = numpy.random.RandomState(20240607)
    inputs = {
        name: (random.random_sample(shape) * arguments.scale).astype(numpy.float32)
        for name, shape in shapes_of(session, given).items()
    }
    if arguments.quantize:
        model = quantize(model, arguments.folder, inputs)
        session = open_session(model)
    outputs = session.run(None, inputs)
    for index, value in enumerate(inputs.values()):
        numpy.save(arguments.folder / f"input_{index}.npy", value)
    for index, value in enumerate(outputs):
        numpy.save(arguments.folder / f"output_{index}.npy", value)
    print(f"onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}: {len(outputs)} outputs")


if __name__ == "__main__":
    main()
