import shutil
from pathlib import Path

import numpy as np
import pytest

from modelwright.errors import ConversionError, ModelFormatError, ModelNotFoundError, UnknownNameError, UsageError
from modelwright.frontends.tensorflow.constants import to_numpy
from modelwright.frontends.tensorflow.reader import read_model

FIXTURES = Path(__file__).parents[2] / "fixtures" / "tensorflow" / "reader"


def constants(model):
    return {
        node.name: to_numpy(node.attr["value"].tensor, model.spans) for node in model.graph.node if node.op == "Const"
    }


def operators(model):
    return [node.op for node in model.graph.node]


def stored(name):
    with np.load(FIXTURES / f"{name}.npz", allow_pickle=True) as data:
        return {key[4:]: data[key] for key in data.files if key.startswith("var:")}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("tf1_graph.pb", "tf1_graph"),
        ("tf1_graph.pbtxt", "tf1_graph"),
        ("tf1_ref", "tf1_ref"),
        ("tf1_resource", "tf1_resource"),
        ("tf1_checkpoint", "tf1_checkpoint"),
        ("tf1_checkpoint/model.ckpt", "tf1_checkpoint"),
        ("tf1_checkpoint/model.ckpt.meta", "tf1_checkpoint"),
        ("keras_saved", "keras_export"),
    ],
)
def test_variables_have_the_values_tensorflow_had(path, expected):
    found = constants(read_model(FIXTURES / path))
    for name, values in stored(expected).items():
        matching = found[name] if name in found else found[f"sequential/{name}"]
        np.testing.assert_array_equal(matching, values)


def test_keras_export_variables_by_value():
    model = read_model(FIXTURES / "keras_export")
    found = [values.tobytes() for values in constants(model).values()]
    for values in stored("keras_export").values():
        assert values.tobytes() in found
    assert model.variables == 8
    assert [(item.name, item.shape) for item in model.inputs] == [("keras_tensor", (None, 8, 8, 3))]


def test_training_leftovers_disappear():
    model = read_model(FIXTURES / "tf1_graph.pb")
    assert not {"Switch", "Merge", "Assert", "HistogramSummary", "PlaceholderWithDefault"} & set(operators(model))
    assert [item.name for item in model.inputs] == ["x:0"]
    assert [item.name for item in model.outputs] == ["result:0"]
    assert "'training' was given its default value" in model.notices


def test_ignore_default_makes_an_input():
    model = read_model(FIXTURES / "tf1_graph.pb", outputs=[("result", None)], ignore_default=["training"])
    assert sorted(item.name for item in model.inputs) == ["training:0", "x:0"]
    assert "Merge" in operators(model)


def test_unknown_default_lists_the_placeholders():
    with pytest.raises(UnknownNameError, match="trainin") as caught:
        read_model(FIXTURES / "tf1_graph.pb", use_default=["trainin"])
    assert "training" in caught.value.hint


def test_control_flow_functions_take_values():
    model = read_model(FIXTURES / "tf2_module", signature="loop")
    assert model.variables == 3
    assert not any("Variable" in op or "Partitioned" in op for op in operators(model))
    for function in model.graph.library.function:
        assert not any("Variable" in node.op or "Resource" in node.op for node in function.node_def)
        assert all(argument.type != 20 for argument in function.signature.input_arg)
        names = {node.name for node in function.node_def} | {item.name for item in function.signature.input_arg}
        assert all(ref.partition(":")[0] in names for node in function.node_def for ref in node.input)


@pytest.mark.parametrize(("number", "batch"), [(0, 1), (1, 3)])
def test_concrete_functions(number, batch):
    model = read_model(FIXTURES / "tf2_module", concrete_function=number)
    assert [(item.name, item.shape) for item in model.inputs] == [("x", (batch, 4))]
    assert [(item.name, item.shape) for item in model.outputs] == [("output_0", (batch, 4))]
    np.testing.assert_array_equal(constants(model)["kernel"], stored("tf2_module")["kernel"])


def test_tables_are_collected():
    model = read_model(FIXTURES / "tables")
    contents = sorted((keys.tolist(), values.tolist()) for keys, values in model.tables.values())
    assert contents == [([b"a", b"bb", b"c"], [3, 1, 2]), ([b"zero", b"one", b"bb"], [0, 1, 2])]
    handles = {node.name for node in model.graph.node if node.op == "HashTableV2"}
    assert handles == set(model.tables)


def test_late_update_is_dropped_and_early_update_refused():
    model = read_model(FIXTURES / "counter", signature="harmless")
    assert any("updates of 1 variables were dropped: count" in notice for notice in model.notices)
    with pytest.raises(ConversionError, match="changes variable 'count'"):
        read_model(FIXTURES / "counter", signature="needed")


def test_intermediate_tensor_becomes_an_input():
    model = read_model(FIXTURES / "tf1_ref", inputs=[("net/MatMul:0", (2, 130))], outputs=[("scores", None)])
    assert [(item.name, item.tensor, item.shape) for item in model.inputs] == [
        ("net/MatMul:0", "net/MatMul:0", (2, 130))
    ]
    assert operators(model) == ["Placeholder", "Const", "Identity", "AddV2", "Tanh"]
    assert model.graph.node[0].attr["shape"].shape.dim[1].size == 130


def test_names_and_shapes_given_by_the_user():
    model = read_model(FIXTURES / "tf1_ref", inputs=[("x:0", (4, 6))], outputs=[("net/y:0", None)])
    assert [(item.name, item.shape) for item in model.inputs] == [("x:0", (4, 6))]
    assert [(item.name, item.dtype) for item in model.outputs] == [("net/y:0", 1)]
    named = read_model(FIXTURES / "tf1_ref", use_graph_names=True)
    assert [item.name for item in named.inputs] == ["x:0"]


def test_nodes_come_in_topological_order():
    for path in ("keras_export", "tf1_ref", "tf1_graph.pb"):
        seen = set()
        for node in read_model(FIXTURES / path).graph.node:
            assert all(ref.partition(":")[0] in seen for ref in node.input)
            seen.add(node.name)


@pytest.mark.parametrize(
    ("arguments", "match", "hint"),
    [
        ({"signature": "servng_default"}, "no signature named", "serving_default"),
        ({"tag": "predict"}, "no meta graph tagged", "gpu,train"),
        ({"inputs": [("image", None)]}, "no input named 'image'", "images"),
        ({"outputs": [("net/yy:0", None)]}, "no output named", "net/y"),
        ({"concrete_function": 3}, "no concrete function 3", "(none)"),
    ],
)
def test_unknown_names_list_near_ones(arguments, match, hint):
    with pytest.raises(UnknownNameError, match=match) as caught:
        read_model(FIXTURES / "tf1_ref", **arguments)
    assert hint in caught.value.hint


def test_several_signatures_must_be_chosen_from():
    with pytest.raises(UnknownNameError, match="several signatures") as caught:
        read_model(FIXTURES / "tf2_module")
    assert "lookup, loop" in caught.value.hint


def test_an_insufficient_cut_names_what_is_missing():
    with pytest.raises(UsageError, match="'x'"):
        read_model(FIXTURES / "tf1_ref", inputs=[("net/Const", None)], outputs=[("scores", None)])


def test_the_other_meta_graph():
    model = read_model(FIXTURES / "tf1_ref", tag="gpu,train", signature="fit")
    assert model.variables == 4


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("truncated.pb", None, "damaged or truncated at byte"),
        ("empty.pb", b"", "empty"),
        ("text.pb", b"hello, this is no graph\n", "text.pb"),
        ("model.h5", b"\x89HDF\r\n\x1a\n", "HDF5"),
        ("model.keras", b"PK\x03\x04....", "zip archive"),
        ("model.tflite", b"\x1c\0\0\0TFL3", "TFLite"),
        ("model.pbtxt", b"node { name: }", "line|1:"),
    ],
)
def test_files_that_are_no_graphs(tmp_path, name, content, match):
    path = tmp_path / name
    path.write_bytes((FIXTURES / "tf1_graph.pb").read_bytes()[:-40] if content is None else content)
    with pytest.raises(ModelFormatError, match=match):
        read_model(path)


def test_missing_files_are_named(tmp_path):
    with pytest.raises(ModelNotFoundError, match="nowhere"):
        read_model(tmp_path / "nowhere")
    with pytest.raises(ModelFormatError, match="neither a SavedModel nor a checkpoint"):
        read_model(tmp_path)
    with pytest.raises(ModelNotFoundError, match="holds no saved_model"):
        read_model(tmp_path, kind="saved_model")


@pytest.mark.parametrize("missing", ["model.ckpt.data-00001-of-00002", "model.ckpt.index"])
def test_missing_checkpoint_parts_are_named(tmp_path, missing):
    copy = tmp_path / "checkpoint"
    shutil.copytree(FIXTURES / "tf1_checkpoint", copy)
    (copy / missing).unlink()
    with pytest.raises(ModelNotFoundError, match=missing):
        read_model(copy)


def test_truncated_shard_is_named(tmp_path):
    copy = tmp_path / "model"
    shutil.copytree(FIXTURES / "tf1_ref", copy)
    shard = next((copy / "variables").glob("*.data-*"))
    shard.write_bytes(shard.read_bytes()[:100])
    with pytest.raises(ModelFormatError, match="truncated: tensor"):
        read_model(copy)


def test_unfrozen_graph_says_how_to_give_the_values(tmp_path):
    from modelwright.frontends.tensorflow.messages import message_class

    meta = message_class("MetaGraphDef").FromString((FIXTURES / "tf1_checkpoint" / "model.ckpt.meta").read_bytes())
    (tmp_path / "graph.pb").write_bytes(meta.graph_def.SerializeToString())
    with pytest.raises(ModelFormatError, match="not frozen") as caught:
        read_model(tmp_path / "graph.pb")
    assert ".meta" in caught.value.hint


@pytest.mark.parametrize(
    ("path", "outputs"),
    [
        ("cond_lowered", ["Identity:0", "Identity_1:0"]),
        ("slim_inception", ["predictions:0", "logits_out:0"]),
    ],
)
def test_guessed_outputs_are_results(path, outputs):
    model = read_model(FIXTURES.parent / "models" / path / "frozen.pb")
    assert [item.name for item in model.outputs] == outputs


def test_an_output_number_that_the_node_lacks_is_an_error():
    with pytest.raises(UnknownNameError) as caught:
        read_model(FIXTURES / "tf1_graph.pb", outputs=[("result:7", None)])
    assert "result:0" in caught.value.hint
