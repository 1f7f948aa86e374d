"""Two nearest Resizes by whole factors are one."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.hub.shape_rules.windows import text
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.rule import Applied, Group, NotApplied, Outcome, rewrite


@rewrite("Resize of Resize", "Resize", group=Group.RECOGNIZE, since=13)
def resize_resize(context: RewriteContext, node: ir.Node) -> Outcome:
    """Only where every element is repeated: asymmetric coordinates rounded down, factors of 1 or more."""
    inner = context.producer(node.inputs[0], node, "Resize")
    if inner is None or not context.only_used_here(inner.outputs[0]):
        return NotApplied("")
    factors = [_repeats(context, item) for item in (inner, node)]
    if factors[0] is None or factors[1] is None or factors[0].shape != factors[1].shape:
        return NotApplied("they do more than repeat elements")
    attributes = {name: attribute.value for name, attribute in node.attributes.items()}
    return Applied((context.before(node).Resize(inner.inputs[0], None, factors[0] * factors[1], **attributes),))


def _repeats(context: RewriteContext, node: ir.Node) -> np.ndarray | None:
    """How often a Resize repeats along each axis; None if it does anything else."""
    plain = (
        text(node, "mode", "nearest") == "nearest"
        and text(node, "coordinate_transformation_mode", "half_pixel") == "asymmetric"
        and text(node, "nearest_mode", "round_prefer_floor") == "floor"
        and not {"axes", "antialias", "keep_aspect_ratio_policy"} & set(node.attributes)
    )
    scales = context.array(node.inputs[2]) if plain and len(node.inputs) == 3 else None
    whole = scales is not None and scales.size > 0 and np.all(scales >= 1) and np.all(scales == np.round(scales))
    return scales if whole else None
