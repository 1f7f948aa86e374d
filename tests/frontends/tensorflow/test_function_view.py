"""What is read off a library function."""

from __future__ import annotations

import numpy as np
import pytest

from modelwright.frontends.tensorflow.constants import from_numpy, to_numpy
from modelwright.frontends.tensorflow.function_view import FunctionView
from modelwright.frontends.tensorflow.messages import DT_INT32, message_class
from modelwright.schemas.spans import SpanStore


@pytest.fixture
def view() -> FunctionView:
    function = message_class("FunctionDef")()
    for name in ("i", "n", "x"):
        function.signature.input_arg.add(name=name)
    one = function.node_def.add(name="one", op="Const")
    one.attr["value"].tensor.CopyFrom(from_numpy(np.asarray(1, np.int32), DT_INT32))
    function.node_def.add(name="copy", op="Identity", input=["i"])
    function.node_def.add(name="sum", op="AddV2", input=["one", "copy"])
    function.node_def.add(name="same", op="Identity", input=["n:0"])
    function.node_def.add(name="twice", op="Mul", input=["x", "x", "^sum"])
    for index, ref in enumerate(("sum:0", "same", "twice:0")):
        function.signature.output_arg.add(name=f"r{index}")
        function.ret[f"r{index}"] = ref
    return FunctionView(function, SpanStore(), to_numpy)


def test_references_are_followed_through_copies(view: FunctionView) -> None:
    assert view.resolve("same") == "n:0"
    assert view.argument("copy:0") == 0
    assert view.argument("sum") is None
    assert view.producer("x") is None


def test_what_passes_and_what_counts(view: FunctionView) -> None:
    assert view.unchanged() == {1}
    assert view.counters() == {0}


def test_uses_do_not_count_copies(view: FunctionView) -> None:
    assert dict(view.uses()) == {0: 1, 2: 2}
    assert not view.is_used("sum")
    assert view.is_used("one")


def test_constants(view: FunctionView) -> None:
    assert view.integer("one") == 1
    assert view.integer("x") is None
    assert view.inputs(view.producer("twice")) == ["x", "x"]


def test_copies_in_a_circle_end() -> None:
    function = message_class("FunctionDef")()
    function.node_def.add(name="a", op="Identity", input=["b"])
    function.node_def.add(name="b", op="Identity", input=["a"])
    function.signature.output_arg.add(name="r")
    function.ret["r"] = "a"
    assert FunctionView(function, SpanStore(), to_numpy).results == ["a:0"]
