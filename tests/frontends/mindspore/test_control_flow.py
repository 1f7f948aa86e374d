"""Functions of MindIR files: what is read as If and Loop, and what is not."""

import sys
from pathlib import Path

import pytest

import modelwright as mw
from modelwright.errors import ConversionError, UnsupportedError
from modelwright.hub.io import load
from modelwright.schemas.mindir_file import read_mindir

sys.path.insert(0, str(Path(__file__).parents[2] / "oracle"))
from mindir_models import cases, written

EXPORTS = Path(__file__).parents[2] / "fixtures/mindir/exports"


def changed(tmp_path, name, change):
    """A case whose file was changed."""
    _, target = written(name, cases()[name], tmp_path)
    model = read_mindir(target)
    change(model)
    target.write_bytes(model.SerializeToString())
    return target


def function(model, ending):
    return next(item for item in model.functions if item.name.endswith(ending))


def test_a_choice_becomes_if_and_a_loop_loop(tmp_path):
    for name, op_type in (("chosen_yes", "If"), ("repeated", "Loop")):
        mw.convert(EXPORTS / f"{name}.mindir", tmp_path / "m.onnx", no_verify=True)
        assert op_type in {node.op_type for node in load(tmp_path / "m.onnx").graph}


def test_weights_that_all_turns_pass_on_are_not_carried(tmp_path):
    mw.convert(EXPORTS / "repeated.mindir", tmp_path / "m.onnx", no_verify=True)
    loop = next(node for node in load(tmp_path / "m.onnx").graph if node.op_type == "Loop")
    assert len(loop.inputs) == 4  # no limit, the condition, the counter and what is multiplied


def test_nodes_in_functions_are_named_when_they_cannot_be_converted(tmp_path):
    def change(model):
        for item in model.primitives:
            if item.op_type == "Mul":
                item.op_type = "Unheard"

    with pytest.raises(UnsupportedError, match="Unheard") as caught:
        mw.convert(changed(tmp_path, "if_then", change), tmp_path / "m.onnx")
    assert len(caught.value.nodes) == 1


def test_a_function_that_calls_itself_otherwise(tmp_path):
    def change(model):
        turn = function(model, "_turn")
        turn.node[-1].op_type = f"REF::{turn.name}"

    with pytest.raises(ConversionError, match="calls itself, but not as a loop does"):
        mw.convert(changed(tmp_path, "loop_grows", change), tmp_path / "m.onnx")


def test_a_call_with_too_few_arguments(tmp_path):
    def change(model):
        partial = {item.name for item in model.primitives if item.op_type == "Partial"}
        node = next(item for item in model.graph.node if item.op_type.removeprefix("REF::") in partial)
        del node.input[-1]

    with pytest.raises(ConversionError, match="takes 2 arguments and gets 1"):
        mw.convert(changed(tmp_path, "if_then", change), tmp_path / "m.onnx")


def test_a_function_that_is_not_there(tmp_path):
    with pytest.raises(mw.errors.ModelFormatError, match="_then"):
        mw.convert(changed(tmp_path, "if_then", lambda model: model.functions.pop(0)), tmp_path / "m.onnx")
