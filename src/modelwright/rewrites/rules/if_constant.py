"""If with a constant condition is the branch taken."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.inlining import inline_body
from modelwright.rewrites.rule import Applied, NotApplied, Outcome, rewrite


@rewrite("If with a constant condition", "If")
def if_constant(context: RewriteContext, node: ir.Node) -> Outcome:
    """The branch's nodes take the place of the If; they ran under the same condition, and see the same outer values."""
    condition = context.array(node.inputs[0])
    if condition is None or condition.size != 1:
        return NotApplied("the condition is computed")
    branch = node.attributes["then_branch" if bool(condition.reshape(-1)[0]) else "else_branch"].as_graph()
    if len(branch.outputs) != len(node.outputs) or any(value.is_graph_input() for value in branch.outputs):
        return NotApplied("the branch has another number of outputs")
    return Applied(tuple(inline_body(context, node, branch, ())))
