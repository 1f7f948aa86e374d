"""Raising Switch, Merge and loop frames to If, Case and While."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from google.protobuf import text_format

from modelwright.errors import ConversionError
from modelwright.frontends.tensorflow.lowered import raise_control_flow
from modelwright.frontends.tensorflow.messages import message_class
from modelwright.frontends.tensorflow.reader import read_model

MODELS = Path(__file__).parents[2] / "fixtures" / "tensorflow" / "models"


def _graph(*nodes: tuple[str, str, str]) -> Any:
    """A GraphDef of (name, operator, inputs)."""
    graph = message_class("GraphDef")()
    for name, op, inputs in nodes:
        graph.node.add(name=name, op=op, input=inputs.split())
    return graph


def _operators(nodes: Any) -> dict[str, str]:
    return {node.name: node.op for node in nodes}


BRANCHES = (
    ("x", "Placeholder", ""),
    ("flag", "Placeholder", ""),
    ("id", "Identity", "flag"),
    ("take", "Switch", "x id"),
    ("pick", "Switch", "flag flag"),
    ("pivot", "Identity", "pick"),
    ("one", "Const", "^pivot"),
    ("yes", "Neg", "take:1"),
    ("no", "Sub", "take one"),
    ("merge", "Merge", "no yes"),
    ("out", "Abs", "merge"),
)

LOOP = (
    ("x", "Placeholder", ""),
    ("n", "Placeholder", ""),
    ("enter", "Enter", "x"),
    ("limit", "Enter", "n"),
    ("merge", "Merge", "enter next"),
    ("less", "Less", "merge limit"),
    ("cond", "LoopCond", "less"),
    ("switch", "Switch", "merge cond"),
    ("body", "Add", "switch:1 limit"),
    ("next", "NextIteration", "body"),
    ("exit", "Exit", "switch"),
    ("out", "Abs", "exit"),
)


def test_a_graph_without_control_flow_stays_the_same_object() -> None:
    graph = _graph(("x", "Placeholder", ""), ("y", "Neg", "x"))
    assert raise_control_flow(graph, ["y:0"]) is graph


def test_a_merge_becomes_an_if_whose_branches_hold_their_own_nodes() -> None:
    graph = _graph(*BRANCHES)
    before = graph.SerializeToString()
    raised = raise_control_flow(graph, ["out:0"])
    assert graph.SerializeToString() == before
    operators = _operators(raised.node)
    assert operators == {
        "x": "Placeholder",
        "flag": "Placeholder",
        "merge/StatelessIf": "StatelessIf",
        "merge": "Identity",
        "out": "Abs",
    }
    choice = next(node for node in raised.node if node.op == "StatelessIf")
    assert list(choice.input) == ["flag", "x"]
    functions = {function.signature.name: _operators(function.node_def) for function in raised.library.function}
    assert functions[choice.attr["then_branch"].func.name] == {"yes": "Neg"}
    assert functions[choice.attr["else_branch"].func.name] == {"one": "Const", "no": "Sub"}


def test_a_frame_becomes_a_while_and_its_exit_keeps_its_name() -> None:
    raised = raise_control_flow(_graph(*LOOP), ["out:0"])
    loop = next(node for node in raised.node if node.op == "While")
    assert list(loop.input) == ["x", "n"]
    assert _operators(raised.node)["exit"] == "Identity"
    functions = {function.signature.name: function for function in raised.library.function}
    body = functions[loop.attr["body"].func.name]
    assert _operators(body.node_def) == {"body": "Add"}
    assert list(body.node_def[0].input) == ["merge", "limit"]
    assert [body.ret[item.name] for item in body.signature.output_arg] == ["body", "limit"]
    assert _operators(functions[loop.attr["cond"].func.name].node_def) == {"less": "Less"}


@pytest.mark.parametrize("name", ["cond_lowered"])
def test_frozen_graphs_keep_no_switch(name: str) -> None:
    model = read_model(MODELS / name / "frozen.pb", kind="graphdef")
    raised = raise_control_flow(model.graph, [tensor.tensor for tensor in model.outputs])
    nodes = [*raised.node, *(node for function in raised.library.function for node in function.node_def)]
    operators = {node.op for node in nodes}
    assert not operators & {"Switch", "_SwitchN", "Merge", "NoOp"}
    assert {"StatelessIf", "StatelessCase"} <= operators


def test_two_branches_of_one_condition_are_one_if() -> None:
    more = (("yes2", "Abs", "take:1"), ("merge2", "Merge", "no yes2"), ("both", "Add", "out merge2"))
    raised = raise_control_flow(_graph(*BRANCHES, *more), ["both:0"])
    (choice,) = [node for node in raised.node if node.op == "StatelessIf"]
    assert {ref for node in raised.node if node.op == "Identity" for ref in node.input} == {
        choice.name,
        f"{choice.name}:1",
    }


def test_a_branch_after_a_branch_of_the_same_condition_is_an_if_of_its_own() -> None:
    more = (("again", "Switch", "merge id"), ("neg", "Neg", "again:1"), ("merge2", "Merge", "again neg"))
    raised = raise_control_flow(_graph(*BRANCHES, *more), ["merge2:0"])
    assert sum(node.op == "StatelessIf" for node in raised.node) == 2


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ((*BRANCHES[:-2], ("merge", "Merge", "no x"), ("out", "Abs", "merge")), None),
        ((*BRANCHES[:-2], ("merge", "Merge", "yes yes"), ("out", "Abs", "merge")), "does not join the branches"),
        ((*BRANCHES[:-2], ("merge", "Add", "no yes"), ("m", "Merge", "merge no"), ("out", "Abs", "m")), "two branches"),
        ((*LOOP[:4], ("merge", "Merge", "x next"), *LOOP[5:]), "lacks its Enter"),
    ],
)
def test_other_forms_are_refused(nodes: Any, message: str | None) -> None:
    graph = _graph(*nodes)
    if message is None:
        assert raise_control_flow(graph, ["out:0"]).node
        return
    with pytest.raises(ConversionError, match=message):
        raise_control_flow(graph, ["out:0"])


def test_text_form_is_the_same_in_every_run() -> None:
    first, second = (text_format.MessageToString(raise_control_flow(_graph(*BRANCHES), ["out:0"])) for _ in range(2))
    assert first == second
