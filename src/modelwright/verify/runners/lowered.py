"""Copies, in an older opset and IR version, of models that are newer than the installed ONNX Runtime loads.

``onnx.helper.make_model`` writes the newest versions that onnx knows; ONNX Runtime follows months later. Such a model
is run as a copy that says the same in what the runtime loads, by the steps of ``modelwright.passes.opset``.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from modelwright.errors import UserError

LARGEST: Final = 512 << 20
"""Bytes of weights above which no copy is made."""

_FAR_AWAY: Final = 9999
_NEWER_IR: Final = re.compile(r"Unsupported model IR version: \d+, max supported IR version: (\d+)")
_NEWER_OPSET: Final = re.compile(r"is under development.*?till opset (\d+)", re.DOTALL)

Load = Callable[[bytes], object]
"""Makes a session of a serialized model, or raises what the runtime raises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """The newest opset of the default domain and the newest IR version that a runtime loads."""

    opset: int
    ir_version: int


def is_too_new(message: str) -> bool:
    """Whether a runtime's message says that the model's IR version or opset is newer than it knows."""
    return bool(_NEWER_IR.search(message) or _NEWER_OPSET.search(message))


@functools.cache
def newest_of(load: Load) -> Newest | None:
    """What a runtime loads at most, learned from its refusals of versions far away; None if these do not tell."""
    ir_version = _limit(load, _NEWER_IR, ir_version=_FAR_AWAY, opset=17)
    opset = _limit(load, _NEWER_OPSET, ir_version=8, opset=_FAR_AWAY)
    return None if ir_version is None or opset is None else Newest(opset=opset, ir_version=ir_version)


def _limit(load: Load, pattern: re.Pattern[str], *, ir_version: int, opset: int) -> int | None:
    import onnx

    info = onnx.ValueInfoProto(name="x")
    info.type.tensor_type.elem_type = onnx.TensorProto.FLOAT
    result = onnx.ValueInfoProto(name="y", type=info.type)
    node = onnx.NodeProto(op_type="Relu", input=["x"], output=["y"])
    graph = onnx.GraphProto(name="g", node=[node], input=[info], output=[result])
    model = onnx.ModelProto(ir_version=ir_version, graph=graph, opset_import=[onnx.OperatorSetIdProto(version=opset)])
    try:
        load(model.SerializeToString())
    except Exception as error:  # noqa: BLE001  whatever the runtime raises, only its text counts
        found = pattern.search(str(error))
        return int(found[1]) if found else None
    return None


def write_lowered(path: Path, copy: Path, newest: Newest) -> str:
    """Writes a copy of a model in versions that the runtime loads.

    Args:
        path: The model.
        copy: Where the copy goes.
        newest: What the runtime loads at most.

    Returns:
        What was lowered: ``opset 28 lowered to 26``; empty, and nothing written, if there can be no such copy.
    """
    from modelwright.hub.io import load, save
    from modelwright.hub.io_places import tensor_places
    from modelwright.passes.opset.change import change_opset

    try:
        model = load(path)
        if sum(place.tensor.nbytes for place in tensor_places(model)) > LARGEST:
            return ""
        opset, ir_version = model.graph.opset_imports.get("", 0), model.ir_version
        if opset > newest.opset:
            change_opset(model, newest.opset)
        save(model, copy)
    except UserError:
        return ""
    return f"opset {opset} lowered to {newest.opset}" if opset > newest.opset else f"IR version {ir_version} lowered"
