"""Rewrites the parts of an ONNX network that ncnn's converter, pnnx, does not know, into equal ones that it knows.

There are three in the networks of the benchmark; the results of the rewritten network stay the same, and so does the
amount of arithmetic:

- slices with a step of 2 (the "focus" in front of YOLOX: every second row and column, four times): they and the 3x3
  convolution behind them are one 6x6 convolution of stride 2;
- a picture cut into a grid of cells, or put together from one, with tensors of six dimensions (TwinLiteNetPlus): ncnn
  has at most four besides the batch, which are enough when a cell's row stays together;
- `Tile`: a concatenation of copies.
"""

import numpy as np
import onnx
from onnx import helper, numpy_helper

TO_CELLS = [0, 2, 4, 3, 5, 1]
FROM_CELLS = [0, 5, 1, 3, 2, 4]


class Graph:
    """A network's nodes with what is asked of them here."""

    def __init__(self, model):
        self.nodes = model.graph.node
        self.initializers = model.graph.initializer
        self.makers = {output: node for node in self.nodes for output in node.output}
        self.constants = {tensor.name: tensor for tensor in self.initializers}
        self.constants.update(
            {node.output[0]: node.attribute[0].t for node in self.nodes if node.op_type == "Constant"})

    def constant(self, name):
        return numpy_helper.to_array(self.constants[name]) if name in self.constants else None

    def add_constant(self, name, values):
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def readers(self, name):
        return [node for node in self.nodes if name in node.input]

    def replace(self, node, chain):
        """Puts a chain of operators in a node's place: pairs of an operator and its shape or order. The first one reads
        the node's input, the last one writes its output."""
        place = list(self.nodes).index(node)
        blob, output = node.input[0], node.output[0]
        self.nodes.remove(node)
        for index, (operator, numbers) in enumerate(chain):
            target = output if index == len(chain) - 1 else f"{output}/{index}"
            if operator == "Reshape":
                shape = self.add_constant(f"{target}/shape", np.array(numbers, np.int64))
                new = helper.make_node("Reshape", [blob, shape], [target])
            else:
                new = helper.make_node("Transpose", [blob], [target], perm=numbers)
            self.nodes.insert(place + index, new)
            blob = target


def attribute(node, name):
    return next((helper.get_attribute_value(value) for value in node.attribute if value.name == name), None)


def slice_offset(graph, blob):
    """For every second row and column of a picture: the picture's name, the first row and the first column."""
    starts = {}
    while blob in graph.makers and graph.makers[blob].op_type == "Slice":
        node = graph.makers[blob]
        _, first, _, axes, steps = (graph.constant(name) for name in node.input)
        if steps.tolist() != [2] * len(axes):
            return None
        starts.update(zip(axes.tolist(), first.tolist()))
        blob = node.input[0]
    return (blob, starts[2], starts[3]) if set(starts) == {2, 3} else None


def rewrite_focus(graph):
    for node in [node for node in graph.nodes if node.op_type == "Concat"]:
        offsets = [slice_offset(graph, blob) for blob in node.input]
        readers = graph.readers(node.output[0])
        if len(offsets) != 4 or None in offsets or [reader.op_type for reader in readers] != ["Conv"]:
            continue
        convolution = readers[0]
        old = graph.constant(convolution.input[1])
        channels = old.shape[1] // 4
        if old.shape[2:] != (3, 3) or attribute(convolution, "pads") != [1, 1, 1, 1]:
            continue
        weights = np.zeros((old.shape[0], channels, 6, 6), old.dtype)
        for index, (_, row, column) in enumerate(offsets):
            weights[:, :, row::2, column::2] = old[:, index * channels:(index + 1) * channels]
        new = helper.make_node(
            "Conv", [offsets[0][0], graph.add_constant(f"{node.output[0]}/weights", weights), *convolution.input[2:]],
            convolution.output, kernel_shape=[6, 6], strides=[2, 2], pads=[2, 2, 2, 2])
        place = list(graph.nodes).index(convolution)
        graph.nodes.remove(convolution)
        graph.nodes.insert(place, new)
        graph.nodes.remove(node)


def rewrite_cells(graph):
    for node in [node for node in graph.nodes if node.op_type == "Transpose"]:
        before = graph.makers.get(node.input[0])
        if before is None or before.op_type != "Reshape" or attribute(node, "perm") not in (TO_CELLS, FROM_CELLS):
            continue
        shape = graph.constant(before.input[1]).tolist()
        if attribute(node, "perm") == TO_CELLS:
            _, channels, down, rows, across, columns = shape
            chain = [("Transpose", [0, 2, 3, 1]), ("Reshape", [1, down, rows, across, columns * channels]),
                     ("Transpose", [0, 1, 3, 2, 4])]
        else:
            _, down, across, rows, columns, channels = shape
            chain = [("Reshape", [1, down, across, rows, columns * channels]), ("Transpose", [0, 1, 3, 2, 4]),
                     ("Reshape", [1, down * rows, across * columns, channels]), ("Transpose", [0, 3, 1, 2])]
        node.input[0] = before.input[0]
        graph.replace(node, chain)


def rewrite_tiles(graph):
    for node in [node for node in graph.nodes if node.op_type == "Tile"]:
        repeats = graph.constant(node.input[1]).tolist()
        axes = [axis for axis, count in enumerate(repeats) if count > 1]
        if len(axes) != 1:
            continue
        place = list(graph.nodes).index(node)
        graph.nodes.remove(node)
        graph.nodes.insert(
            place, helper.make_node("Concat", [node.input[0]] * repeats[axes[0]], node.output, axis=axes[0]))


def remove_unread(model):
    """Removes nodes whose results nobody reads any more, and constants with them."""
    graph = model.graph
    while True:
        read = {name for node in graph.node for name in node.input} | {output.name for output in graph.output}
        unread = [node for node in graph.node if not read & set(node.output)]
        if not unread:
            break
        for node in unread:
            graph.node.remove(node)
    for tensor in [tensor for tensor in graph.initializer if tensor.name not in read]:
        graph.initializer.remove(tensor)


def rewritten(path):
    """The network in an ONNX file, rewritten."""
    model = onnx.load(path)
    for rewrite in (rewrite_focus, rewrite_cells, rewrite_tiles):
        rewrite(Graph(model))
    remove_unread(model)
    onnx.checker.check_model(model)
    return model
