"""Makes ONNX models with PyTorch's exporters: `python make_torch_models.py [NAME ...]`, by an interpreter that has it.

Everything goes to $MODELWRIGHT_ORACLE_CACHE (default ~/.cache/modelwright/oracle), one folder a model: `model.onnx`,
and `ref_bN.npz` with inputs (`in:<name>`) and PyTorch's own outputs (`out:<name>`) for several batches. The weights are
random. A model that is already there is kept, unless `--again` is given.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch_zoo.bert import Bert
from torch_zoo.swin import Swin
from torch_zoo.vit import Vit
from torch_zoo.yolo import Yolo

Sizes = dict[str, int]
Tensors = dict[str, torch.Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One model: how to make it, its inputs for given sizes, and how it is exported.

    Attributes:
        make: Builds the network.
        inputs: Named inputs for sizes of the dynamic dimensions.
        outputs: Names of the outputs.
        dynamic: Input to axis to name of the dynamic dimension.
        references: Sizes that answers are kept for; the first is what the export sees.
        dynamo: Whether the newer exporter makes it.
        opset: What it is exported to.
    """

    make: Callable[[], nn.Module]
    inputs: Callable[[Sizes], Tensors]
    outputs: tuple[str, ...]
    dynamic: dict[str, dict[int, str]]
    references: tuple[Sizes, ...]
    dynamo: bool = False
    opset: int = 17


def text(sizes: Sizes) -> Tensors:
    """Token numbers, a mask whose last places are padding, and segments."""
    batch, sequence = sizes["batch"], sizes["sequence"]
    mask = torch.ones(batch, sequence, dtype=torch.int64)
    mask[-1, sequence - sequence // 4 :] = 0
    words = torch.randint(1, 30522, (batch, sequence))
    return {"input_ids": words, "attention_mask": mask, "token_type_ids": torch.randint(0, 2, (batch, sequence))}


def image(height: int) -> Callable[[Sizes], Tensors]:
    """Square images."""
    return lambda sizes: {"image": torch.randn(sizes["batch"], 3, sizes.get("height", height), height)}


TEXT_AXES = {name: {0: "batch", 1: "sequence"} for name in ("input_ids", "attention_mask", "token_type_ids")}
TEXTS: tuple[Sizes, ...] = ({"batch": 2, "sequence": 32}, {"batch": 1, "sequence": 7}, {"batch": 3, "sequence": 50})
BATCHES: tuple[Sizes, ...] = ({"batch": 2}, {"batch": 1}, {"batch": 3})
ENCODED = ("last_hidden_state", "pooled")


def bert(*, spelled: bool = False, dynamo: bool = False, opset: int = 17) -> Case:
    """BERT base with a dynamic batch and sequence."""
    return Case(
        make=lambda: Bert(spelled=spelled), inputs=text, outputs=ENCODED, dynamic=TEXT_AXES, references=TEXTS,
        dynamo=dynamo, opset=opset,
    )  # fmt: skip


def vision(make: Callable[[], nn.Module], height: int, *, dynamo: bool = False, opset: int = 17) -> Case:
    """A network on images with a dynamic batch."""
    return Case(
        make=make, inputs=image(height), outputs=("output",), dynamic={"image": {0: "batch"}}, references=BATCHES,
        dynamo=dynamo, opset=opset,
    )  # fmt: skip


CASES = {
    "bert_script": bert(),
    "bert_script_spelled": bert(spelled=True),
    "bert_dynamo": bert(dynamo=True, opset=18),
    "bert_dynamo_24": bert(dynamo=True, opset=24),
    "vit_script": vision(Vit, 224),
    "vit_dynamo": vision(Vit, 224, dynamo=True, opset=18),
    "swin_script": vision(Swin, 224),
    "swin_dynamo": vision(Swin, 224, dynamo=True, opset=18),
    "yolo_script": vision(Yolo, 320),
    "yolo_dynamo": vision(Yolo, 320, dynamo=True, opset=18),
    "yolo_sizes": Case(
        make=Yolo,
        inputs=image(320),
        outputs=("output",),
        dynamic={"image": {0: "batch", 2: "height"}},
        references=({"batch": 2, "height": 256}, {"batch": 1, "height": 320}, {"batch": 3, "height": 64}),
    ),
}


def cache_folder() -> Path:
    """Where the models go."""
    default = Path.home() / ".cache" / "modelwright" / "oracle"
    return Path(os.environ.get("MODELWRIGHT_ORACLE_CACHE", str(default)))


def randomize(network: nn.Module) -> None:
    """Weights away from their neutral values, so that a lost bias or scale shows."""
    for name, value in (*network.named_parameters(), *network.named_buffers()):
        last = name.rpartition(".")[2]
        if last == "bias":
            nn.init.normal_(value, 0.0, 0.05)
        elif last == "running_mean":
            nn.init.normal_(value, 0.0, 0.1)
        elif last == "running_var" or (last == "weight" and value.ndim == 1):
            nn.init.uniform_(value, 0.7, 1.3)


def make(name: str, case: Case) -> None:
    """Builds, exports and runs one model."""
    torch.manual_seed(zlib.crc32(name.encode()))
    network = case.make().eval()
    with torch.no_grad():
        randomize(network)
    folder = cache_folder() / name
    folder.mkdir(parents=True, exist_ok=True)
    example = case.inputs(case.references[0])
    path = folder / "model.onnx"
    names = list(example)
    if case.dynamo:
        axes = {name: {axis: torch.export.Dim(dim) for axis, dim in case.dynamic[name].items()} for name in names}
        program = torch.onnx.export(
            network, tuple(example.values()), dynamo=True, opset_version=case.opset, input_names=names,
            output_names=list(case.outputs), dynamic_shapes=axes, verbose=False,
        )  # fmt: skip
        program.save(str(path), external_data=False)
    else:
        torch.onnx.export(
            network, tuple(example.values()), str(path), dynamo=False, opset_version=case.opset, input_names=names,
            output_names=list(case.outputs), dynamic_axes=case.dynamic,
        )  # fmt: skip
    for sizes in case.references:
        feeds = case.inputs(sizes)
        with torch.no_grad():
            found = network(*feeds.values())
        outputs = dict(zip(case.outputs, found if isinstance(found, tuple) else (found,), strict=True))
        arrays = {f"in:{key}": value.numpy() for key, value in feeds.items()}
        arrays |= {f"out:{key}": value.numpy() for key, value in outputs.items()}
        np.savez(folder / f"ref_b{sizes['batch']}.npz", **arrays)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="models to make; default all")
    parser.add_argument("--again", action="store_true", help="make models that are there already once more")
    arguments = parser.parse_args()
    for name in arguments.names or CASES:
        if arguments.again or not (cache_folder() / name / "ref_b3.npz").is_file():
            started = time.monotonic()
            make(name, CASES[name])
            print(f"{name}: made in {time.monotonic() - started:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
