"""Trains networks whose quantization is measured: `python make_quantization_models.py [NAME ...]`, with PyTorch.

Everything goes to $MODELWRIGHT_ORACLE_CACHE (default ~/.cache/modelwright/oracle), a folder `quantize_<name>` each:
`model.onnx`, `calibration/NNNN.npy` (inputs of one sample each) and `test.npz` (`images`, with `labels`, and for the
detector `boxes`). `resnet18` and `mobilenet_v2` are not trained: they are for costs, and have no labels. Their
calibration samples are one folder, `quantize_pictures_224`. A model that is already there is kept, unless `--again`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from quantization_zoo import classifiers, cost, detector, scenes
from quantization_zoo.pictures import SHAPES, pictures
from quantization_zoo.training import train
from torch import nn
from torch.nn import functional

SAMPLES, TESTED, CALIBRATION = 8192, 4000, 128
SCENES, TESTED_SCENES = 3072, 400
WIDE, WIDE_COUNT = 224, 512
PICTURES = "quantize_pictures_224"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a classifier is made and trained."""

    make: Callable[[int], nn.Module]
    epochs: int = 10
    rate: float = 5e-3


CLASSIFIERS = {
    "residual": Recipe(make=classifiers.residual),
    "depthwise": Recipe(make=lambda classes: classifiers.inverted(classes, silu=False)),
    "silu": Recipe(make=lambda classes: classifiers.inverted(classes, silu=True)),
    "attention": Recipe(make=classifiers.Vit, epochs=10, rate=2e-3),
}
COSTS = {"resnet18": cost.resnet18, "mobilenet_v2": cost.mobilenet_v2}
NAMES = (*CLASSIFIERS, "detector", *COSTS)


def export(network: nn.Module, folder: Path, size: int, output: str) -> None:
    """`model.onnx` with a free batch."""
    torch.onnx.export(
        network, (torch.zeros(2, 3, size, size),), folder / "model.onnx", input_names=["image"], output_names=[output],
        dynamic_axes={"image": {0: "batch"}, output: {0: "batch"}}, opset_version=17, dynamo=False,
    )  # fmt: skip


def save_samples(images: np.ndarray, folder: Path) -> None:
    """One file a sample, each a batch of one."""
    folder.mkdir()
    for number, image in enumerate(images):
        np.save(folder / f"{number:04d}.npy", image[None])


def classifier(name: str, folder: Path) -> str:
    """Trains a classifier and returns what it reached."""
    recipe = CLASSIFIERS[name]
    images, labels = (torch.from_numpy(part) for part in pictures(SAMPLES, size=32, seed=1))
    network = recipe.make(len(SHAPES))

    def loss(network: nn.Module, part: torch.Tensor) -> torch.Tensor:
        turned = images[part].flip(3) if torch.rand(()) < 0.5 else images[part]
        return functional.cross_entropy(network(turned), labels[part], label_smoothing=0.05)

    train(network, loss, samples=SAMPLES, epochs=recipe.epochs, rate=recipe.rate)
    tested, truth = pictures(TESTED, size=32, seed=2)
    with torch.no_grad():
        right = (network(torch.from_numpy(tested)).argmax(1).numpy() == truth).mean()
    export(network, folder, 32, "logits")
    save_samples(pictures(CALIBRATION, size=32, seed=3)[0], folder / "calibration")
    np.savez(folder / "test.npz", images=tested, labels=truth)
    return f"top-1 {right:.2%}"


def make_detector(folder: Path) -> str:
    """Trains the detector."""
    seen = scenes.scenes(SCENES, seed=4)
    images = torch.from_numpy(seen.images)
    size = scenes.SIZE
    wanted, names = detector.targets(torch.from_numpy(seen.boxes), torch.from_numpy(seen.labels), size)
    network = detector.Detector(len(scenes.CLASSES), size)
    last = torch.zeros(())

    def loss(network: nn.Module, part: torch.Tensor) -> torch.Tensor:
        nonlocal last
        last = detector.loss(*network.raw(images[part]), wanted[part], names[part])
        return last

    train(network, loss, samples=SCENES, epochs=20, rate=4e-3, batch=32)
    export(network, folder, size, "found")
    save_samples(scenes.scenes(CALIBRATION, seed=5).images, folder / "calibration")
    tested = scenes.scenes(TESTED_SCENES, seed=6)
    np.savez(folder / "test.npz", images=tested.images, labels=tested.labels, boxes=tested.boxes)
    return f"last loss {float(last):.3f}"


def make_cost(name: str, folder: Path, cache: Path) -> str:
    """A network with the statistics of pictures, and those pictures."""
    if not (cache / PICTURES).is_dir():
        wide = pictures(WIDE_COUNT, size=WIDE, seed=7)[0].astype(np.float32)
        shutil.rmtree(cache / f"{PICTURES}.part", ignore_errors=True)
        save_samples(wide, cache / f"{PICTURES}.part")
        (cache / f"{PICTURES}.part").rename(cache / PICTURES)
    network = COSTS[name]()
    cost.settle(network, torch.from_numpy(pictures(64, size=WIDE, seed=8)[0]), seed=9)
    export(network, folder, WIDE, "logits")
    np.savez(folder / "test.npz", images=pictures(64, size=WIDE, seed=10)[0])
    return f"{sum(p.numel() for p in network.parameters()):,} parameters"


def make(name: str, cache: Path) -> str:
    """Makes one model in a folder that appears when it is whole."""
    part, folder = cache / f"quantize_{name}.part", cache / f"quantize_{name}"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    torch.manual_seed(0)
    if name in CLASSIFIERS:
        said = classifier(name, part)
    elif name in COSTS:
        said = make_cost(name, part, cache)
    else:
        said = make_detector(part)
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)
    return said


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], help="default: all")
    parser.add_argument("--again", action="store_true", help="make models that are already there again")
    arguments = parser.parse_args()
    cache = Path(os.environ.get("MODELWRIGHT_ORACLE_CACHE") or Path.home() / ".cache" / "modelwright" / "oracle")
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    for name in arguments.names or NAMES:
        if (cache / f"quantize_{name}" / "model.onnx").is_file() and not arguments.again:
            continue
        started, used = time.perf_counter(), time.process_time()
        said = make(name, cache)
        took = f"{time.perf_counter() - started:.0f} s, {time.process_time() - used:.0f} s of CPU"
        print(f"{name}: {said}; {took}", flush=True)


if __name__ == "__main__":
    main()
