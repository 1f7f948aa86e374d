"""How many inputs operators have at least that the reader itself looks into, before their converters see them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from modelwright.errors import ModelFormatError
from modelwright.frontends.tensorflow.messages import Message

_LEAST: Final[dict[str, int]] = {
    **dict.fromkeys(
        "Identity RefIdentity StopGradient Snapshot PlaceholderWithDefault Enter RefEnter Exit RefExit Merge RefMerge "
        "NextIteration RefNextIteration LoopCond If StatelessIf Case StatelessCase ReadVariableOp "
        "LookupTableFind LookupTableFindV2 LookupTableSize LookupTableSizeV2".split(),
        1,
    ),
    **dict.fromkeys(
        "Switch RefSwitch AssignVariableOp AssignAddVariableOp AssignSubVariableOp Assign AssignAdd AssignSub "
        "InitializeTableFromTextFile InitializeTableFromTextFileV2".split(),
        2,
    ),
    **dict.fromkeys(
        "RestoreV2 InitializeTable InitializeTableV2 LookupTableImport LookupTableImportV2 LookupTableInsert "
        "LookupTableInsertV2".split(),
        3,
    ),
}
"""From TensorFlow's operator definitions."""


def check_arity(nodes: Iterable[Message], where: str) -> None:
    """Refuses nodes with fewer inputs than their operator has.

    Raises:
        ModelFormatError: There is one; names it.
    """
    for node in nodes:
        least = _LEAST.get(node.op)
        if least is None:
            continue
        given = sum(not ref.startswith("^") for ref in node.input)
        if given < least:
            raise ModelFormatError(
                f"{where}: {node.op} {node.name!r} has {given} inputs, it needs {least}",
                hint="the file is damaged; export the model again",
                node=node.name,
            )
