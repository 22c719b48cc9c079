"""Fine-tuning under the roundings of 8-bit integers.

`prepare` folds batch normalisations into their convolutions and lets each convolution work as the int8 engine does: weights
of 8 bits with one scale for each output channel, results of 8 bits with one scale for the whole map. Gradients pass straight
through (Jacob et al., 2018). What is exported afterwards is an ordinary float network; `sightline model quantize` finds its
own scales.
"""

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


class RoundedConvolution(nn.Module):
    """A convolution, and the activation after it, in 8 bits."""

    def __init__(self, convolution: nn.Conv2d, activation: nn.Module | None, is_last: bool):
        super().__init__()
        self.convolution = convolution
        self.activation = activation
        # Results of the last convolutions go on in float.
        self.is_last = is_last
        self.register_buffer("low", torch.zeros(()))
        self.register_buffer("high", torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        part = self.convolution
        weight = part.weight
        scale = (weight.detach().abs().amax((1, 2, 3)) / 127).clamp(min=1e-9).float()
        zero = torch.zeros_like(scale, dtype=torch.int32)
        weight = torch.fake_quantize_per_channel_affine(weight.float(), scale, zero, 0, -127, 127)
        y = nn.functional.conv2d(x, weight, part.bias, part.stride, part.padding, part.dilation, part.groups)
        if self.activation is not None:
            y = self.activation(y)
        return y if self.is_last else self._rounded(y)

    def _rounded(self, y: Tensor) -> Tensor:
        y = y.float()
        if self.training:
            low, high = y.detach().amin().clamp(max=0), y.detach().amax().clamp(min=1e-6)
            share = 1.0 if self.high == 0 else 0.01
            self.low += share * (low - self.low)
            self.high += share * (high - self.high)
        scale = float((self.high - self.low) / 255) or 1e-6
        zero = min(255, max(0, round(-float(self.low) / scale)))
        return torch.fake_quantize_per_tensor_affine(y, scale, zero, 0, 255)


def prepare(network: nn.Module) -> nn.Module:
    """The network, changed in place; it has no batch normalisation any more."""
    network.eval()
    _replace(network)
    return network.train()


def _replace(module: nn.Module) -> None:
    for name, child in list(module.named_children()):
        if isinstance(child, nn.Sequential) and len(child) and isinstance(child[0], nn.Conv2d):
            folded = fuse_conv_bn_eval(child[0], child[1])
            # In the place of the convolution, so that names of the parts stay what they are.
            setattr(module, name, nn.Sequential(RoundedConvolution(folded, child[2] if len(child) > 2 else None, False)))
        elif isinstance(child, nn.Conv2d):
            setattr(module, name, RoundedConvolution(child, None, True))
        elif isinstance(child, nn.ModuleList) and all(isinstance(part, nn.Conv2d) for part in child):
            setattr(module, name, nn.ModuleList(RoundedConvolution(part, None, True) for part in child))
        else:
            _replace(child)


def restore(network: nn.Module) -> nn.Module:
    """The network with plain convolutions in the place of rounded ones, for export."""
    for name, child in list(network.named_children()):
        if isinstance(child, RoundedConvolution):
            plain = child.convolution
            setattr(network, name, nn.Sequential(plain, child.activation) if child.activation is not None else plain)
        else:
            restore(child)
    return network
