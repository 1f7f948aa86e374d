from pathlib import Path

import pytest
from om_files import model_def

from modelwright.backends.ascend.om.graph import (
    attributes,
    gears,
    graph_inputs,
    graph_outputs,
    operator_counts,
    parameter_count,
    read_model,
    text_attribute,
)
from modelwright.errors import ModelFormatError
from modelwright.schemas.pool import load_schema

PATH = Path("m.om")


def model(*arguments, **options):
    return read_model(model_def(*arguments, **options), PATH)


def test_interface_and_operators():
    found = model([("b", (1, -1)), ("a", (2,))], [("Relu_0:0", (3,))], operators=("Relu", "Conv2D", "Relu"))
    assert [str(item) for item in graph_inputs(found)] == ["b: float32[1, ?]", "a: float32[2]"]
    assert [str(item) for item in graph_outputs(found)] == ["Relu_0:0: float32[3]"]
    assert operator_counts(found.graph) == {"Relu": 2, "Conv2D": 1}


def test_inputs_are_in_the_order_of_their_indices():
    found = model([("a", ()), ("b", ())], [])
    operators = list(found.graph[0].op)
    operators[0].attr["index"].i, operators[1].attr["index"].i = 1, 0
    assert [item.name for item in graph_inputs(found)] == ["b", "a"]


def test_shapes_are_those_of_the_source_and_not_of_the_chip():
    found = model([("x", (1, 1, 8, 8, 16))], [])
    attrs = found.graph[0].op[0].output_desc[0].attr
    attrs["origin_shape"].list.i.extend([1, 3, 8, 8])
    assert len(graph_inputs(found)[0].shape) == 5
    attrs["origin_shape_initialized"].b = True
    assert graph_inputs(found)[0].shape == (1, 3, 8, 8)
    attrs["origin_shape"].list.i[:] = [-2]
    assert graph_inputs(found)[0].shape is None


def test_outputs_take_the_names_that_the_model_states():
    found = model([], [("Relu_0:0", (1,))])
    found.attr["attr_model_out_nodes_name"].list.s.append(b"Relu_0:0:logits")
    assert graph_outputs(found)[0].name == "Relu_0:0:logits"
    assert graph_outputs(model([], [])) == ()


@pytest.mark.parametrize(("kind", "label"), [(1, "batch size"), (2, "image size"), (3, "dimensions"), (7, "sizes")])
def test_gears(kind, label):
    sizes = [(1,), (4,)] if kind == 1 else [(416, 416), (832, 640)]
    assert gears(model([], [], gears=(kind, sizes))) == (label, tuple(sizes))
    assert gears(model([], [])) == ("", ())


def test_shortened_names_of_attributes():
    found = model([("x", ()), ("y", ())], [])
    names = [f"name{index}" for index in range(200)]
    names[1], names[130] = "index", "deep"
    found.attr["attr_name_enum"].list.s.extend(name.encode() for name in names)
    op = found.graph[0].op[0]
    del op.attr["index"]
    op.attr["\0\2"].i = 5
    op.attr["\0\4\2"].i = 6  # 3 + 1 * 127
    op.attr["\0\x7f\x7f\x7f"].i = 7
    found_attrs = attributes(op, found)
    assert (found_attrs["index"].i, found_attrs["deep"].i) == (5, 6)
    assert any(name.startswith("attribute ") for name in found_attrs)
    assert [item.name for item in graph_inputs(found)] == ["y", "x"]


def test_constants_are_counted():
    found = model([], [])
    op = found.graph[0].op.add(name="w", type="Const")
    op.output_desc.add().shape.dim.extend([3, 4])
    assert parameter_count(found.graph) == 12
    assert operator_counts(found.graph) == {"Relu": 1}


def test_texts():
    found = model([], [], attributes={"soc_version": "Ascend310P3", "framework_type": 5})
    assert text_attribute(found, "nothing", "soc_version") == "Ascend310P3"
    assert text_attribute(found, "framework_type") == ""


def test_damage_is_an_error():
    with pytest.raises(ModelFormatError, match="graph cannot be decoded"):
        read_model(b"\x0a\xff\xff", PATH)
    assert load_schema("ascend").message("ModelDef")() == read_model(b"", PATH)
