"""The form that loops get, and what is said about loops and branches that cannot be converted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import onnx
import onnx_ir as ir
import pytest
from checking import Case, convert_case, load_cases

from modelwright.errors import ModelFormatError, UnsupportedError
from modelwright.frontends.tensorflow.convert import ConvertOptions, convert_graph
from modelwright.frontends.tensorflow.messages import DATA_TYPES, message_class
from modelwright.frontends.tensorflow.reader import read_model

CASES = {case.name: case for family in ("control_flow", "tensor_list") for case in load_cases(family)}


def _loop(case: Case) -> onnx.NodeProto:
    (loop,) = [node for node in convert_case(case, 17).graph.node if node.op_type == "Loop"]
    return loop


@pytest.mark.parametrize("form", ["functions", "lowered"])
def test_a_counted_loop_carries_no_counter_and_tests_no_condition(form: str) -> None:
    loop = _loop(CASES[f"while_4_{form}"])
    assert loop.input[0]
    assert not loop.input[1]
    assert len(loop.input) == 3
    body = loop.attribute[0].g
    assert "Less" not in {node.op_type for node in body.node}
    assert [dim.dim_value for dim in body.input[2].type.tensor_type.shape.dim][1:] == [4]


def test_a_loop_until_something_holds_tests_it() -> None:
    loop = _loop(CASES["while_until_functions"])
    assert not loop.input[0]
    assert loop.input[1]
    assert "Greater" in {node.op_type for node in loop.attribute[0].g.node}


@pytest.mark.parametrize("form", ["functions", "lowered"])
def test_a_list_written_in_order_is_a_scan_output(form: str) -> None:
    proto = convert_case(CASES[f"collect_{form}"], 17)
    (loop,) = [node for node in proto.graph.node if node.op_type == "Loop"]
    operators = {node.op_type for node in (*proto.graph.node, *loop.attribute[0].g.node)}
    assert "ScatterND" not in operators
    assert len(loop.attribute[0].g.output) > len(loop.input) - 1


def test_a_growing_value_has_no_fixed_rows_in_the_body() -> None:
    case = CASES["while_growing_4_functions"]
    dims = _loop(case).attribute[0].g.input[2].type.tensor_type.shape.dim
    assert not dims[0].dim_value
    assert not dims[0].dim_param
    assert dims[1].dim_value == 4


def _function(graph: Any, name: str, arguments: str, results: str, *nodes: tuple[str, str, str]) -> None:
    function = graph.library.function.add()
    function.signature.name = name
    for argument in arguments.split():
        function.signature.input_arg.add(name=argument, type=DATA_TYPES["DT_FLOAT"])
    for index, result in enumerate(results.split()):
        function.signature.output_arg.add(name=f"r{index}", type=DATA_TYPES["DT_FLOAT"])
        function.ret[f"r{index}"] = result
    for node, op, inputs in nodes:
        added = function.node_def.add(name=node, op=op, input=inputs.split())
        added.attr["T"].type = DATA_TYPES["DT_FLOAT"]


def _convert(graph: Any, folder: Path) -> ir.Model:
    path = folder / "graph.pb"
    path.write_bytes(graph.SerializeToString())
    model = read_model(path, kind="graphdef", inputs=[("flag", ()), ("x", (2,))], outputs=[("out", None)])
    return convert_graph(model, ConvertOptions(opset=17))


def _choice(op: str = "StatelessIf") -> Any:
    graph = message_class("GraphDef")()
    for name, dtype in (("flag", "DT_BOOL"), ("x", "DT_FLOAT")):
        graph.node.add(name=name, op="Placeholder").attr["dtype"].type = DATA_TYPES[dtype]
    node = graph.node.add(name="choice", op=op, input=["flag", "x"])
    node.attr["then_branch"].func.name, node.attr["else_branch"].func.name = "yes", "no"
    node.attr["Tin"].list.type.append(DATA_TYPES["DT_FLOAT"])
    node.attr["Tout"].list.type.append(DATA_TYPES["DT_FLOAT"])
    graph.node.add(name="out", op="Identity", input=["choice"]).attr["T"].type = DATA_TYPES["DT_FLOAT"]
    return graph


def test_unsupported_operators_of_all_branches_are_reported_together_and_once(tmp_path: Path) -> None:
    graph = _choice()
    _function(graph, "yes", "a", "u:z", ("u", "NoSuchThing", "a"))
    _function(graph, "no", "a", "v:z", ("v", "NorThat", "a"))
    with pytest.raises(UnsupportedError) as caught:
        _convert(graph, tmp_path)
    assert caught.value.items == ("NoSuchThing (1 node): u", "NorThat (1 node): v")


def test_a_function_that_is_missing_is_named(tmp_path: Path) -> None:
    graph = _choice()
    _function(graph, "yes", "a", "a")
    with pytest.raises(ModelFormatError, match="no function 'no'"):
        _convert(graph, tmp_path)
