"""What a MindIR file holds, ours or MindSpore's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import prod
from pathlib import Path
from typing import Any, Final

from modelwright.diagnostics import ModelSummary
from modelwright.errors import ModelFormatError, ModelNotFoundError
from modelwright.schemas.companions import companion
from modelwright.schemas.mindir_file import inputs_of, outputs_of, read_mindir
from modelwright.schemas.mindspore_cipher import Cipher

_WIDTHS: Final = {1: (2, 3, 9), 2: (4, 5, 10, 16), 4: (1, 6, 12), 8: (7, 11, 13, 14, 17), 16: (15,)}
_SIZES: Final = {number: size for size, numbers in _WIDTHS.items() for number in numbers}
"""Bytes of an element, by ``TensorProto.data_type``."""

_NO_WORK: Final = frozenset({"Constant", "TupleGetItem", "MakeTuple", "Load", "UpdateState", "Depend"})
"""Primitives that compute nothing."""


def describe(path: Path, cipher: Cipher | None = None) -> ModelSummary:
    """Inputs, outputs, primitives and weights.

    Args:
        path: The file.
        cipher: What opens it, when it is encrypted.

    Raises:
        ModelNotFoundError: It cannot be read.
        ModelFormatError: It is encrypted and the key is not there or not right, damaged, or no MindIR.
        ToolMissingError: It is encrypted, and no library to decrypt it is installed.
    """
    return summarize(read_mindir(path, cipher), path)


def summarize(model: Any, path: Path) -> ModelSummary:
    """The same of a ``ModelProto`` that was read from ``path``."""
    graphs = [model.graph, *model.functions]
    parameters = [parameter for graph in graphs for parameter in graph.parameter]
    counts = [prod(max(size, 0) for size in parameter.dims) for parameter in parameters]
    sizes = [count * _SIZES.get(item.data_type, 0) for count, item in zip(counts, parameters, strict=True)]
    details: dict[str, Any] = {"producer": f"{model.producer_name} {model.model_version}".strip()}
    if model.functions:
        details["graphs"] = [graph.name for graph in graphs]
    outside = sorted({item.external_data.location for item in parameters if item.external_data.location})
    if outside:
        details["external_data"] = outside
    return ModelSummary(
        format="MindIR",
        inputs=inputs_of(model.graph),
        outputs=outputs_of(model.graph),
        operators=_operators(graphs, {item.name: item.op_type for item in model.primitives}),
        parameters=sum(counts),
        weight_bytes=sum(sizes),
        file_bytes=path.stat().st_size + sum(_size(path, name) for name in outside),
        details=details,
    )


def _operators(graphs: Iterable[Any], kinds: dict[str, str]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for graph in graphs:
        for node in graph.node:
            name = kinds.get(str(node.op_type).removeprefix("REF::"), str(node.op_type))
            if name not in _NO_WORK:
                found[name] += 1
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _size(model: Path, name: str) -> int:
    """Bytes of a file of weights; none where it is not there or not in the model's folder."""
    try:
        return companion(model.parent, name, what=str(model)).stat().st_size
    except (ModelFormatError, ModelNotFoundError):
        return 0
