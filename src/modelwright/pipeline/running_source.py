"""A source that runs in its own framework while it is looked into."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from modelwright.formats import Format
from modelwright.frontends.manifest import frontend_for
from modelwright.pipeline.sides import Side
from modelwright.verify.source import Binding, to_source

if TYPE_CHECKING:
    import numpy as np

    from modelwright.verify.locate.pairs import TensorPair
    from modelwright.verify.runners.tensorflow_tensors import TensorFlowTensors

FROZEN: Final = "frozen.pb"
"""The frozen graph that TensorFlow runs, beside the model in the hub."""

READ_BY_TENSORFLOW: Final = (Format.TF_GRAPHDEF, Format.TF_SAVED_MODEL, Format.TF_CHECKPOINT, Format.KERAS)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningSource:
    """A source that runs in its own framework.

    Attributes:
        probe: What runs it.
        outputs: Its outputs, by the names they have in the hub.
        pairs: The tensors that it has, under its own names.
    """

    probe: TensorFlowTensors
    outputs: dict[str, np.ndarray]
    pairs: dict[str, TensorPair]


def running_source(
    source: Side,
    inputs: Mapping[str, np.ndarray],
    outputs: Mapping[str, np.ndarray],
    pairs: Mapping[str, TensorPair],
) -> RunningSource | None:
    """The source in TensorFlow, if it is one of its models and an interpreter is named."""
    needed = frontend_for(source.format).interpreter
    python = None if needed is None else needed.find(source.python)
    frozen = source.file.with_name(FROZEN)
    if python is None or source.format not in READ_BY_TENSORFLOW or not frozen.is_file():
        return None
    from modelwright.verify.runners.tensorflow_tensors import TensorFlowTensors

    names: Mapping[str, str] = source.imported.details["graph_tensors"]
    given = to_source(
        inputs, [Binding(name=item.name, source=item.name, perm=item.perm) for item in source.imported.inputs]
    )
    libraries = source.imported.details.get("op_libraries", ())
    probe = TensorFlowTensors(frozen, python, {names[name]: array for name, array in given.items()}, libraries)
    asked = {pair.source: names.get(pair.source, pair.source) for pair in pairs.values()}
    found = probe.fetch([names[name] for name in outputs], ask=list(asked.values()))
    kept = {
        name: dataclasses.replace(pair, source=asked[pair.source])
        for name, pair in pairs.items()
        if asked[pair.source] in probe.known
    }
    return RunningSource(probe=probe, outputs={name: found[names[name]] for name in outputs}, pairs=kept)
