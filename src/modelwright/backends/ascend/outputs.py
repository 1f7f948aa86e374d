"""The outputs that the artifact has: those of the model, or those of them that ``--out_nodes`` names, in that order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import onnx_ir as ir

from modelwright.backends.ascend.interface import Port
from modelwright.backends.ascend.options import Problem
from modelwright.backends.ascend.shapes import OutNode, parse_out_nodes


def settle_outputs(
    settings: Mapping[str, str], outputs: Sequence[Port], graph: ir.Graph, *, straight: bool
) -> tuple[tuple[Port, ...], str, list[Problem]]:
    """The artifact's outputs, and the text of ``out_nodes`` to give.

    The compiler may be told to end at other operators than the model does; what it makes of them could not be compared,
    while a model that is cut by ``--outputs`` is. So these must be the model's own outputs.

    Args:
        settings: Settings by name.
        outputs: The model's outputs under the compiler's names.
        graph: The hub's graph.
        straight: Whether the source's own form is compiled, where outputs are always named.

    Returns:
        The outputs, the setting's text (empty to give none), and what is wrong.
    """
    text = settings.get("out_nodes")
    if text is None:
        return tuple(outputs), ";".join(port.artifact for port in outputs) if straight else "", []
    names = {port.artifact: port for port in outputs} if straight else _node_names(outputs, graph)
    found: list[Port] = []
    problems: list[Problem] = []
    for node in parse_out_nodes(text):
        port = next((names[spelling] for spelling in _spellings(node) if spelling in names), None)
        if port is None:
            problems.append(
                (
                    f"out_nodes: {node} is no output of the model; these are {', '.join(names)}",
                    "cut the model there with --outputs: what is cut is compared, too",
                )
            )
        else:
            found.append(port)
    return tuple(found), ";".join(port.artifact for port in found) if straight else text, problems


def _spellings(node: OutNode) -> tuple[str, ...]:
    return (str(node), f"{node.name}:0") if node.index is None else (str(node),)


def _node_names(outputs: Sequence[Port], graph: ir.Graph) -> dict[str, Port]:
    """Outputs by ``node:index`` and by their own names."""
    found: dict[str, Port] = {}
    for port, value in zip(outputs, graph.outputs, strict=True):
        node = value.producer()
        if node is not None and node.name:
            found[f"{node.name}:{value.index()}"] = port
        found.setdefault(port.artifact, port)
    return found
