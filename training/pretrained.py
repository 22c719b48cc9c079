"""Takes the weights of YOLOX-nano from its ONNX file (Apache-2.0, on the release page of Megvii-BaseDetection/YOLOX) as the
start of road-objects.

The file has normalisations folded into convolutions. Training wants them back: `restore_normalizations` puts in each the mean
and deviation that pictures have there, and takes them out again with its scale and offset, so that nothing changes yet.
"""

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

import networks
from teachers import FROM_COCO

# Where COCO's classes stand in YOLOX's predictions: the file names none.
COCO_NUMBERS = {
    "person": 0, "bicycle": 1, "car": 2, "motorcycle": 3, "bus": 5, "truck": 7, "traffic light": 9, "stop sign": 11,
}


def load_yolox(network: networks.RoadObjects, path: str) -> None:
    graph = onnx.load(path).graph
    values = {value.name: torch.from_numpy(numpy_helper.to_array(value).copy()) for value in graph.initializer}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    trunk = [node for node in convolutions if "preds" not in node.input[1]]
    places = in_order_of_use(network)
    if len(trunk) != len(places) or "head.obj_preds.0.weight" not in values:
        raise SystemExit(f"{path}: not YOLOX-nano as its authors export it")
    with torch.no_grad():
        for number, (node, place) in enumerate(zip(trunk, places)):
            weight, bias = values[node.input[1]], values[node.input[2]]
            place[0].weight.copy_(stem_weight(weight) if number == 0 else weight)
            place[1].bias.copy_(bias)
        for level, head in enumerate(network.heads):
            load_predictions(network, head, values, level)


def in_order_of_use(network: networks.RoadObjects) -> list[nn.Sequential]:
    """Convolutions with normalisation in the order in which a picture meets them, which is that of the file."""
    found = []
    blocks = [m for m in network.modules() if isinstance(m, nn.Sequential) and isinstance(m[-1], networks.Rectifier)]
    hooks = [block.register_forward_pre_hook(lambda module, _: found.append(module)) for block in blocks]
    was_training = network.training
    with torch.no_grad():
        network.eval()(torch.zeros(1, 3, 64, 64))
    network.train(was_training)
    for hook in hooks:
        hook.remove()
    return found


def stem_weight(weight: Tensor) -> Tensor:
    """From four gathered pixels of blue, green, red, 0 to 255, to 6x6 pixels of red, green, blue, 0 to 1."""
    result = torch.zeros(weight.shape[0], 3, 6, 6)
    for block, (row, column) in enumerate(((0, 0), (1, 0), (0, 1), (1, 1))):
        result[:, :, row::2, column::2] = weight[:, 3 * block : 3 * block + 3].flip(1) * 255
    return result


def load_predictions(network: networks.RoadObjects, head: networks.ObjectHead, values: dict[str, Tensor], level: int) -> None:
    for part, name in ((head.box, "reg"), (head.objectness, "obj")):
        part.weight.copy_(values[f"head.{name}_preds.{level}.weight"])
        part.bias.copy_(values[f"head.{name}_preds.{level}.bias"])
    weight, bias = (values[f"head.cls_preds.{level}.{part}"] for part in ("weight", "bias"))
    for place, name in enumerate(network.names):
        labels = [COCO_NUMBERS[theirs] for theirs, ours in FROM_COCO.items() if ours == name]
        if labels:
            head.classes.weight[place] = weight[labels].mean(0)
            head.classes.bias[place] = bias[labels].mean(0)


@torch.no_grad()
def restore_normalizations(network: networks.RoadObjects, pictures: Tensor) -> None:
    """`pictures`: (n, 3, h, w) from 0 to 1, as training will see them."""

    def measure(module: nn.BatchNorm2d, inputs: tuple[Tensor]) -> None:
        mean, variance = inputs[0].mean((0, 2, 3)), inputs[0].var((0, 2, 3), unbiased=False)
        module.running_mean.copy_(mean)
        module.running_var.copy_(variance)
        module.weight.copy_((variance + module.eps).sqrt())
        module.bias += mean

    hooks = [m.register_forward_pre_hook(measure) for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    network.eval()(pictures)
    for hook in hooks:
        hook.remove()
