"""What the text of an engine's fused graph tells: inputs, outputs and kernels.

Source: the text itself, as TensorRT-RTX 1.7.1 writes it. Statements look like ``word={ key=value ... }``; a tensor's
type and sizes stand in ``tensor={ ... dims={ 1 3 16 16 } ... name="x.1" ... type=float }``; sizes that are known when
the engine runs are names. Graph inputs and outputs have a number after a dot behind their names.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from modelwright.formats import Dim, TensorSpec

_LIST: Final = re.compile(r"^\s*(inputs|outputs)=\{ ([^\n]*?) ?\}$", re.MULTILINE)
_NAMES: Final = re.compile(r'"([^"]*)"')
_TENSOR: Final = re.compile(r"^\s*tensor=\{ ([^\n]*) \}$", re.MULTILINE)
_DIMS: Final = re.compile(r"\bdims=\{ ?([^}]*?) ?\}")
_NAME: Final = re.compile(r'\bname="([^"]*)"')
_TYPE: Final = re.compile(r"\btype=(\w+)")
_MAIN: Final = re.compile(r"^main \{\n(.*?)(?:^\}|\Z)", re.MULTILINE | re.DOTALL)
_STATEMENT: Final = re.compile(r'^\s+(\w+)=\{ name="?([^"\s]+)', re.MULTILINE)
_DTYPES: Final = {
    "float": "float32",
    "half": "float16",
    "bf16": "bfloat16",
    "fp8_e4m3": "float8e4m3fn",
    "fp4_e2m1": "float4e2m1",
}
_BOOKKEEPING: Final = frozenset({"shape_call", "label", "wait", "signal"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FusedGraph:
    """What a fused graph holds.

    Attributes:
        inputs: Its inputs.
        outputs: Its outputs.
        kernels: Kind of kernel to how many there are, most frequent first.
    """

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    kernels: dict[str, int]


def read_graph(text: str, bindings: Sequence[str]) -> FusedGraph:
    """Reads the text of fused graphs; what it does not understand is left out.

    Args:
        text: The text of one graph, or of several, one after the other.
        bindings: Names of the engine's inputs and outputs; graphs also have some that go from one to another.
    """
    tensors = dict(_tensors(text))
    listed: dict[str, list[str]] = {"inputs": [], "outputs": []}
    for kind, names in _LIST.findall(text):
        listed[kind] += [name for name in _NAMES.findall(names) if "_shapeInput" not in name]
    made = {_plain(name) for name in listed["outputs"]}
    ends = {_plain(name) for name in listed["inputs"]} - made
    kernels = Counter(
        _kernel(word, name)
        for body in _MAIN.findall(text)
        for word, name in _STATEMENT.findall(body)
        if word not in _BOOKKEEPING
    )
    return FusedGraph(
        inputs=_specs([name for name in bindings if name in ends], listed["inputs"], tensors),
        outputs=_specs([name for name in bindings if name in made], listed["outputs"], tensors),
        kernels=dict(sorted(kernels.items(), key=lambda item: (-item[1], item[0]))),
    )


def _tensors(text: str) -> list[tuple[str, tuple[str, tuple[Dim, ...]]]]:
    """Names with dtype and sizes."""
    found: list[tuple[str, tuple[str, tuple[Dim, ...]]]] = []
    for row in _TENSOR.findall(text):
        name, dtype, dims = _NAME.search(row), _TYPE.search(row), _DIMS.search(row)
        if name and dtype and dims:
            sizes = tuple(int(dim) if dim.isdigit() else None for dim in dims[1].split())
            found.append((name[1], (_DTYPES.get(dtype[1], dtype[1]), sizes)))
    return found


def _specs(
    wanted: Sequence[str], names: Sequence[str], tensors: Mapping[str, tuple[str, tuple[Dim, ...]]]
) -> tuple[TensorSpec, ...]:
    full = {_plain(name): name for name in names}
    unknown: tuple[str, None] = ("unknown", None)
    found = [(name, tensors.get(full[name], unknown)) for name in wanted]
    return tuple(TensorSpec(name=name, dtype=dtype, shape=shape) for name, (dtype, shape) in found)


def _plain(name: str) -> str:
    """The name of a graph's input or output without the number behind it."""
    return re.sub(r"\.\d+$", "", name)


def _kernel(word: str, name: str) -> str:
    """The kind of a kernel: its name without number for generated ones, else the statement's word."""
    return re.sub(r"_\d+$", "", name.removeprefix("__myl_")) if word == "function" else word
