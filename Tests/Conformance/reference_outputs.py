#!/usr/bin/env python3
"""Runs a network with onnxruntime on fixed pseudo-random inputs and keeps what went in and came out.

    reference_outputs.py MODEL.onnx FOLDER [--shape NAME=1x3x640x640 ...] [--extent 128] [--scale 255]
        [--quantize] [--all-values]

Writes FOLDER/input_0.npy ... and FOLDER/output_0.npy ..., in the order of the model's inputs and outputs.
Extents that the file leaves open are 1 for the first axis and --extent for the others, unless --shape says more. With
--quantize the model is first turned into a QDQ model with onnxruntime's own quantiser, which is kept as
FOLDER/model.onnx; its calibration sees the same inputs. With --all-values the results of all nodes are kept as well:
line i of FOLDER/values.txt names the value in FOLDER/value_i.npy.
"""
import argparse
import pathlib

import numpy
import onnx
import onnx.version_converter
import onnxruntime


ELEMENT_TYPES = {"tensor(float)": numpy.float32, "tensor(float16)": numpy.float16}


def shape_of(value, given, extent):
    """An input's shape: that given, else that in the file with its open extents filled in."""
    if value.name in given:
        return given[value.name]
    return [
        known if isinstance(known, int) else 1 if axis == 0 else extent for axis, known in enumerate(value.shape)
    ]


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
    loaded = onnx.load(model)
    if loaded.opset_import[0].version < 13:
        # Scales per channel came with version 13.
        model = folder / "converted.onnx"
        onnx.save(onnx.version_converter.convert_version(loaded, 13), model)
    quantization.quantize_static(
        str(model), str(path), Reader(), quant_format=quantization.QuantFormat.QDQ, per_channel=True,
        activation_type=quantization.QuantType.QUInt8, weight_type=quantization.QuantType.QInt8,
        op_types_to_quantize=["Conv"])
    return path


def keep_all_values(model, folder, inputs):
    """Writes what every node makes of the inputs."""
    loaded = onnx.load(model)
    names = [name for node in loaded.graph.node for name in node.output if name]
    del loaded.graph.output[:]
    loaded.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    path = folder / "all_values.onnx"
    onnx.save(loaded, path)
    for index, value in enumerate(open_session(path).run(None, inputs)):
        numpy.save(folder / f"value_{index}.npy", value)
    (folder / "values.txt").write_text("".join(name + "\n" for name in names))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--shape", action="append", default=[])
    parser.add_argument("--extent", type=int, default=128)
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--quantize", action="store_true")
    parser.add_argument("--all-values", action="store_true")
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
        value.name: (random.random_sample(shape_of(value, given, arguments.extent)) * arguments.scale).astype(
            ELEMENT_TYPES[value.type])
        for value in session.get_inputs()
    }
    if arguments.quantize:
        model = quantize(model, arguments.folder, inputs)
        session = open_session(model)
    if arguments.all_values:
        keep_all_values(model, arguments.folder, inputs)
    outputs = session.run(None, inputs)
    for index, value in enumerate(inputs.values()):
        numpy.save(arguments.folder / f"input_{index}.npy", value)
    for index, value in enumerate(outputs):
        numpy.save(arguments.folder / f"output_{index}.npy", value)
    print(f"onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}: {len(outputs)} outputs")


if __name__ == "__main__":
    main()
