"""Tensors that the user gives: expected outputs, and perhaps some inside, by name or by the layer's name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from modelwright.errors import ReferenceDataError, near_matches
from modelwright.formats import TensorSpec
from modelwright.verify.diff.structure import GraphView
from modelwright.verify.locate.tracing import layer_label
from modelwright.verify.reference import check_inputs, read_arrays

_IN: Final = "in:"
_OUT: Final = "out:"


class GivenTensors:
    """Arrays in place of a source that runs.

    Attributes:
        label: The file they are from.
        runs: 0: nothing runs.
    """

    def __init__(self, label: str, arrays: Mapping[str, np.ndarray]) -> None:
        self.label = label
        self.runs = 0
        self._arrays = dict(arrays)

    def fetch(self, names: Sequence[str]) -> dict[str, np.ndarray]:
        """The arrays of those names."""
        return {name: self._arrays[name] for name in names if name in self._arrays}


def load_given(
    path: Path, inputs: Sequence[TensorSpec], view: GraphView
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], dict[str, str]]:
    """Reads inputs (``in:<name>``), outputs (``out:<name>``) and tensors inside (any other key).

    Args:
        path: The ``.npz``.
        inputs: The model's inputs.
        view: The model's graph.

    Returns:
        Inputs by name; the other arrays by key; and the tensor of the model that each of these keys means: its value's
        name, or the only output of the node or layer of that name.

    Raises:
        ReferenceDataError: The file is no ``.npz``, or names, dtypes or shapes do not fit.
    """
    arrays = read_arrays(path)
    outputs = {value.name or "" for value in view.outputs}
    inside = _names_inside(view)
    given = {key.removeprefix(_IN): array for key, array in arrays.items() if key.startswith(_IN)}
    tensors: dict[str, str] = {}
    problems: list[str] = []
    for key in arrays:
        if key.startswith(_IN):
            continue
        name = key.removeprefix(_OUT)
        known = {item: item for item in outputs} if key.startswith(_OUT) else inside
        if name in known:
            tensors[key] = known[name]
        else:
            problems.append(_unknown(key, name, known))
    if not tensors and not problems:
        problems.append("it holds nothing to compare with")
    if problems:
        hint = "keys are in:<input>, out:<output>, or the name of a tensor or layer inside"
        raise ReferenceDataError(f"{path}: the reference does not fit the model: {'; '.join(problems)}", hint=hint)
    check_inputs(path, given, inputs)
    return given, {key: arrays[key] for key in tensors}, tensors


def _unknown(key: str, name: str, known: Iterable[str]) -> str:
    close = near_matches(name, known)
    return f"the model has no tensor for {key!r}" + (f" (did you mean {close[0]!r}?)" if close else "")


def _names_inside(view: GraphView) -> dict[str, str]:
    """Names of tensors, and of nodes and layers for their first outputs; tensors first, the last of a layer's nodes."""
    found: dict[str, str] = {}
    for node in view.nodes:
        first = next((value.name for value in node.outputs if value.name), None)
        if first is not None:
            found |= {name: first for name in (node.name, layer_label(node), first.removesuffix(":0")) if name}
    return found | {value.name: value.name for node in view.nodes for value in node.outputs if value.name}
