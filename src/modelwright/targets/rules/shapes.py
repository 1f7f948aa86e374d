"""What shapes inside a network may be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from modelwright.formats import format_shape
from modelwright.targets.causes import Cause, Code
from modelwright.targets.facts import ModelFacts, NodeFacts, is_weight
from modelwright.targets.rule import node_rule


@node_rule("max-rank")
def max_rank(facts: ModelFacts, node: NodeFacts, *, highest: int, operators: Sequence[str] = ()) -> Iterator[Cause]:
    """No tensor has more than ``highest`` dimensions; with ``operators`` only the outputs of these are looked at."""
    if operators and node.type not in operators:
        return
    for value in node.node.outputs if operators else facts.tensors(node):
        shape = facts.shape(value) if value.name else None
        if shape is not None and len(shape) > highest:
            yield Cause(
                code=Code.SHAPE,
                message=f"tensor {value.name}{format_shape(shape)} has {len(shape)} dimensions; "
                f"the target takes at most {highest}",
                remedy="merge neighbouring dimensions (rebuild it from supported operators), or cut the network here",
            )
            return


@node_rule("no-zero-size")
def no_zero_size(facts: ModelFacts, node: NodeFacts) -> Iterator[Cause]:
    """No tensor but a constant has a dimension of size 0."""
    if node.type == "Constant":
        return
    for value in facts.tensors(node):
        shape = facts.shape(value)
        if shape is not None and 0 in shape:
            yield Cause(
                code=Code.ZERO_SIZE,
                message=f"tensor {value.name}{format_shape(shape)} is empty; no size may be 0",
                remedy="remove the layer: an empty tensor adds nothing to what it is joined with",
            )
            return


@node_rule("spatial-rank")
def spatial_rank(
    facts: ModelFacts, node: NodeFacts, *, operators: Sequence[str], ranks: Sequence[int], severity: str = "error"
) -> Iterator[Cause]:
    """Convolutions and pools have ``ranks`` spatial dimensions; others fail, or only are slow (``warning``)."""
    data = next((value for value in node.node.inputs if value is not None), None)
    if node.type not in operators or data is None:
        return
    rank = facts.rank(data)
    if rank is None and len(node.node.inputs) > 1 and node.node.inputs[1] is not None:
        rank = facts.rank(node.node.inputs[1])
    if rank is None:
        yield _unknown()
    elif rank - 2 not in ranks:
        wanted = " or ".join(f"{item}-D" for item in ranks)
        fails = severity == "error"
        yield Cause(
            code=Code.SHAPE if fails else Code.NOT_ACCELERATED,
            message=f"this {node.type} is {rank - 2}-D; the target {'takes' if fails else 'accelerates'} {wanted} only",
            remedy="give a 1-D one a height of 1, or split a 3-D one into 2-D ones and add their results",
        )


@node_rule("known-shapes")
def known_shapes(facts: ModelFacts, node: NodeFacts) -> Iterator[Cause]:
    """Warns where the shape of an output depends on the data or cannot be inferred."""
    for value in node.node.outputs:
        shape = facts.shape(value) if value.name and not is_weight(value) else ()
        if shape is None or any(dim is None for dim in shape):
            yield _unknown()
            return


def _unknown() -> Cause:
    return Cause(
        code=Code.SHAPE_UNKNOWN,
        message="the shape of what it gives cannot be inferred",
        remedy="make the shapes static; a shape that depends on the data has to be computed behind the network",
    )
