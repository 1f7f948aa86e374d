"""All layers that TensorRT refuses: it stops at the first, so each is taken out and the rest is tried again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import onnx_ir as ir

from modelwright.backends.tensorrt.build import Refusal
from modelwright.errors import UnsupportedError
from modelwright.hub.io import load, save
from modelwright.hub.shapes import Shapes

Attempt = Callable[[Path], Sequence[Refusal]]

_MOST: Final = 40


def all_refusals(path: Path, first: Sequence[Refusal], attempt: Attempt, scratch: Path) -> tuple[Refusal, ...]:
    """Every layer that is refused, in the order they are found.

    Args:
        path: The ONNX file that was refused.
        first: What was said of it.
        attempt: Gives what is said of another file.
        scratch: A folder for files.

    What stands behind a refused layer is tried with that layer's results as inputs, as long as their types are known.
    """
    model = load(path)
    operators = {node.name or "": node.op_type for node in model.graph}
    found: dict[str, Refusal] = {}
    said = [item.placed(operators) for item in first]
    while said and len(found) < _MOST:
        nodes = [item for item in said if item.node and item.node not in found]
        if not nodes or not _take_out(model, nodes[0].node):
            found.update({item.node or item.text: item for item in said if (item.node or item.text) not in found})
            break
        found[nodes[0].node] = nodes[0]
        rest = scratch / "refused.onnx"
        save(model, rest)
        said = [item.placed(operators) for item in attempt(rest)]
    return tuple(found.values())


def _take_out(model: ir.Model, name: str) -> bool:
    """Removes a node; its results become inputs. Whether that could be done."""
    graph = model.graph
    shapes = Shapes(graph.opset_imports.get("", 0))
    node = next((node for node in graph if node.name == name), None)
    if node is None:
        return False
    outputs = [value for value in node.outputs if value.name and (value.uses() or value.is_graph_output())]
    if any(shapes.dtype(value) is None or shapes.shape(value) is None for value in outputs):
        return False
    kept = [value for value in graph.outputs if value not in outputs]
    graph.outputs.clear()
    graph.outputs.extend(kept)
    for value in outputs:
        entry = ir.Value(name=f"{value.name}_given", type=value.type, shape=value.shape)
        for user, place in list(value.uses()):
            user.replace_input_with(place, entry)
        if entry.uses():
            graph.inputs.append(entry)
    graph.remove(node, safe=True)
    return bool(len(graph) and graph.outputs)


def unsupported(framework: str, refusals: Sequence[Refusal]) -> UnsupportedError:
    """The error that names every refused layer."""
    items = [
        f"{item.operator} {item.node!r}: {item.reason}" if item.node else f"the model: {item.reason}"
        for item in refusals
    ]
    return UnsupportedError(
        f"{framework} refuses {len(items)} {'layer' if len(items) == 1 else 'layers'} of the model",
        items=items,
        node=refusals[0].node,
        nodes=[(item.operator, item.node) for item in refusals if item.node],
        hint="give --fallback cut to run them in an ONNX model beside the engine; "
        "`modelwright check MODEL --target tensorrt` says more of each",
    )
