"""Names of nodes and kinds of operators that no deployment takes."""

from __future__ import annotations

from collections.abc import Iterator

from modelwright.targets.causes import Cause, Code
from modelwright.targets.facts import ModelFacts, NodeFacts
from modelwright.targets.rule import node_rule

_TRAINING_DOMAINS = frozenset({"ai.onnx.training", "ai.onnx.preview.training"})
_TRAINING_OPERATORS = frozenset(
    "Gradient GraphCall Adagrad Adam Momentum SoftmaxCrossEntropyLoss NegativeLogLikelihoodLoss "
    "ApplyAdam ApplyMomentum ApplyGradientDescent ApplyRMSProp ResourceApplyAdam ResourceApplyGradientDescent "
    "ResourceApplyMomentum ResourceApplyKerasMomentum FusedBatchNormGrad FusedBatchNormGradV3 Conv2DBackpropFilter "
    "MaxPoolGrad AvgPoolGrad ReluGrad BiasAddGrad".split()
)


@node_rule("no-training")
def no_training(facts: ModelFacts, node: NodeFacts) -> Iterator[Cause]:
    """Nothing belongs to training: optimizers, losses, gradients, layers in training mode."""
    del facts
    in_training = node.node.domain == "" and (
        (node.node.op_type == "BatchNormalization" and bool(node.attribute("training_mode", 0)))
        or (node.node.op_type == "Dropout" and _true(node))
    )
    if node.node.domain in _TRAINING_DOMAINS or node.node.op_type in _TRAINING_OPERATORS or in_training:
        what = f"{node.type} in training mode" if in_training else f"{node.type} belongs to training"
        yield Cause(
            code=Code.TRAINING,
            message=f"{what}; the target only infers",
            remedy="export the model for inference (`model.eval()`, a serving signature), or cut before this layer",
        )


def _true(node: NodeFacts) -> bool:
    """Whether the third input of Dropout is a constant True."""
    inputs = node.node.inputs
    value = inputs[2] if len(inputs) > 2 else None
    tensor = value.const_value if value is not None else None
    return tensor is not None and bool(tensor.numpy().any())


@node_rule("unique-names")
def unique_names(facts: ModelFacts, node: NodeFacts) -> Iterator[Cause]:
    """No two nodes of the file have the same name; unnamed nodes do not count."""
    first = facts.first_of_name(node)
    if first is not None and first is not node:
        yield Cause(
            code=Code.NAME_REPEATED,
            message=f"an earlier node ({first.type}) has the name {node.node.name!r} too",
            remedy="rename one of the two layers where the model is made (ATC: --op_name_map)",
        )
