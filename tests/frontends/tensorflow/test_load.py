from pathlib import Path

import pytest

from modelwright.errors import ConversionError, UnknownNameError, UsageError
from modelwright.formats import Format
from modelwright.frontends.manifest import LoadRequest, SourceTensor
from modelwright.frontends.tensorflow.load import load
from modelwright.frontends.tensorflow.places import source_files
from modelwright.hub.shapes import dims_of

EXAMPLE = Path(__file__).parents[3] / "examples/digits/saved_model"
READER = Path(__file__).parents[2] / "fixtures/tensorflow/reader"


def _load(path=EXAMPLE, source=Format.TF_SAVED_MODEL, opset=None, **options):
    return load(LoadRequest(path=path, format=source, options=options, opset=opset))


def test_a_saved_model_is_known_by_its_signature():
    imported = _load()
    assert imported.inputs == (SourceTensor(name="image", source="image"),)
    assert imported.outputs == (SourceTensor(name="probabilities", source="probabilities"),)
    assert [str(item) for item in imported.expected] == ["probabilities: float32[?, 10]"]
    assert imported.summary.parameters == 13578
    assert imported.done == ("58 variables became constants", "converted to ONNX opset 17")
    assert imported.details["path"] == EXAMPLE
    assert [item.name for item in imported.files] == [
        "saved_model.pb",
        "variables.data-00000-of-00001",
        "variables.index",
    ]


def test_layouts_and_names():
    imported = _load(inputs_as_nchw=["image"], rename_inputs=["i"], rename_outputs=["o"], inputs=["image[4,24,24,1]"])
    assert imported.inputs == (SourceTensor(name="i", source="image", perm=(0, 2, 3, 1)),)
    assert imported.outputs[0].name == imported.expected[0].name == "o"
    assert dims_of(imported.model.graph.inputs[0].shape) == (4, 1, 24, 24)


def test_the_file_inside_a_saved_model():
    assert _load(EXAMPLE / "saved_model.pb").details["path"] == EXAMPLE


def test_a_graph_is_known_by_its_tensors():
    imported = _load(READER / "tf1_graph.pb", Format.TF_GRAPHDEF, outputs=["result:0"], use_default=["training"])
    assert [item.source for item in imported.outputs] == ["result:0"]
    assert imported.files == (READER / "tf1_graph.pb",)


def test_a_checkpoint_has_several_files():
    files = source_files(READER / "tf1_checkpoint", Format.TF_CHECKPOINT)
    assert {path.suffix.partition("-")[0] for path in files} == {".meta", ".index", ".data"}
    imported = _load(READER / "tf1_checkpoint", Format.TF_CHECKPOINT)
    assert imported.details["path"].suffix == ".meta"


def test_symbolic_names_are_refused():
    with pytest.raises(UsageError, match="no names"):
        _load(inputs=["image[batch,24,24,1]"])


def test_opsets_and_names_are_checked():
    with pytest.raises(UsageError, match="opset 7"):
        _load(opset=7)
    with pytest.raises(UnknownNameError, match="'serving'"):
        _load(signature_def="serving")


def test_a_frozen_graph_on_the_side(tmp_path):
    imported = _load(output_frozen_graph="x.pb")
    imported.side_files[0].write(tmp_path / "x.pb")
    assert (tmp_path / "x.pb").stat().st_size > 50_000


def test_an_input_without_a_rank_asks_for_a_shape(tmp_path):
    path = tmp_path / "graph.pbtxt"
    path.write_text("""
        node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } }
        node { name: "y" op: "Relu" input: "x" attr { key: "T" value { type: DT_FLOAT } } }
    """)
    with pytest.raises(ConversionError, match="rank of 'x:0' is unknown") as caught:
        _load(path, Format.TF_GRAPHDEF)
    assert "--inputs x:0[-1,...]" in caught.value.hint
    assert dims_of(_load(path, Format.TF_GRAPHDEF, inputs=["x:0[-1,4]"]).model.graph.outputs[0].shape) == ("batch", 4)
