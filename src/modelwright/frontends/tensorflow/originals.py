"""The frozen graph as what vendors' compilers take, with TensorFlow's own operators."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from modelwright.formats import Original, OriginalKind
from modelwright.frontends.manifest import SourceTensor
from modelwright.frontends.tensorflow.freeze_file import save_frozen_graph
from modelwright.frontends.tensorflow.reader import TensorFlowModel


def originals(
    model: TensorFlowModel, inputs: Sequence[SourceTensor], outputs: Sequence[SourceTensor]
) -> tuple[Original, ...]:
    """The model's frozen graph, to be written when a compiler wants it.

    Args:
        model: What was read.
        inputs: What the hub and the graph call its inputs, in order.
        outputs: What they call its outputs, in order.
    """
    pairs = zip((*inputs, *outputs), (*model.inputs, *model.outputs), strict=True)
    perms = {item.name: item.perm for item in inputs if item.perm is not None}
    perms |= {item.name: _inverse(item.perm) for item in outputs if item.perm is not None}

    def write(folder: Path, stem: str) -> tuple[Path, ...]:
        path = folder / f"{stem}.pb"
        save_frozen_graph(model, path)
        return (path,)

    names = {bound.name: tensor.tensor for bound, tensor in pairs}
    return (Original(kind=OriginalKind.FROZEN_GRAPH, names=names, write=write, perms=perms),)


def _inverse(perm: Sequence[int]) -> tuple[int, ...]:
    return tuple(sorted(range(len(perm)), key=perm.__getitem__))
