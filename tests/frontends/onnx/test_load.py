import pytest

from modelwright.errors import ModelFormatError, ShapeError, UnknownNameError
from modelwright.formats import Format
from modelwright.frontends.manifest import LoadRequest
from modelwright.frontends.onnx.load import load
from modelwright.hub.shapes import dims_of

DENOTED = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[N, C] x) => (float[N, C] y)
{ y = Abs (x) }
"""


def _load(path, **options):
    return load(LoadRequest(path=path, format=Format.ONNX, options=options))


def _interface(imported):
    graph = imported.model.graph
    return {value.name: dims_of(value.shape) for value in (*graph.inputs, *graph.outputs)}


def test_as_it_is(small):
    imported = _load(small)
    assert imported.done == ()
    assert imported.files == (small,)
    assert [item.source for item in imported.inputs] == ["x", "s"]
    assert imported.summary.nodes == 4


def test_shapes_for_all_inputs_change_shapes(small):
    imported = _load(small, inputs=["x[2,3,8,8]", "s[2,2]"])
    assert _interface(imported) == {"x": (2, 3, 8, 8), "s": (2, 2), "y": (2, 3, 8, 8), "t": (2, 2)}
    assert imported.done == ("shape change: x[2,3,8,8], s[2,2]",)
    assert not imported.details["cut"]


def test_a_subset_of_names_extracts(small):
    imported = _load(small, inputs=["x"], outputs=["b"])
    assert imported.done == ("subgraph extraction: 2 of 4 nodes",)
    assert _interface(imported) == {"x": ("N", 3, 8, 8), "b": ("N", 3, 8, 8)}
    assert imported.details["cut"]


def test_extraction_with_shapes(small):
    imported = _load(small, inputs=["a[5,3,8,8]"], outputs=["y"])
    assert _interface(imported) == {"a": (5, 3, 8, 8), "y": (5, 3, 8, 8)}


def test_names_without_shapes_for_everything_say_that_nothing_is_to_do(small):
    assert _load(small, inputs=["s", "x"]).done == ("all inputs or outputs named without shapes: nothing to do",)


def test_free_dimensions_by_name(small):
    imported = _load(small, free_dim_param={"N": 4})
    assert _interface(imported)["t"] == (4, 2)
    assert imported.done == ("x: [N, 3, 8, 8] became [4, 3, 8, 8]", "s: [N, 2] became [4, 2]")


def test_output_shapes_must_agree(small):
    with pytest.raises(ShapeError, match="'y'"):
        _load(small, inputs=["x[2,3,8,8]", "s[2,2]"], outputs=["y[3,3,8,8]", "t"])


@pytest.mark.parametrize(
    ("options", "name", "valid"),
    [
        ({"free_dim_param": {"M": 1}}, "'M'", "N"),
        ({"free_dim_denotation": {"DATA_BATCH": 1}}, "'DATA_BATCH'", "(none)"),
        ({"outputs": ["yy"]}, "'yy'", "did you mean 'y'"),
        ({"inputs": ["z", "x"]}, "'z'", "valid names"),
    ],
)
def test_unknown_names_list_the_valid_ones(small, options, name, valid):
    with pytest.raises(UnknownNameError) as caught:
        _load(small, **options)
    assert name in caught.value.message
    assert valid in caught.value.hint


def test_the_opset_stays(small):
    imported = load(LoadRequest(path=small, format=Format.ONNX, opset=18))
    assert imported.model.opset_imports[""] == 17


def test_checker(small, write_onnx):
    assert _load(small, checker=True).done == ("the source passed onnx.checker with strict shape inference",)
    bad = write_onnx(
        DENOTED.replace("Abs (x)", "Concat <axis = 1> (x, x, nothing)").replace("nothing", "x") + "", "b.onnx"
    )
    data = bad.read_bytes().replace(b"Concat", b"Koncat")
    bad.write_bytes(data)
    with pytest.raises(ModelFormatError, match="checker"):
        _load(bad, checker=True)


def test_inputs_with_defaults_are_not_asked_for(write_onnx):
    text = """
    <ir_version: 3, opset_import: ["" : 9]>
    g (float[2] x, float[2] w) => (float[2] y) <float[2] w = {1.0, 2.0}> { y = Mul (x, w) }
    """
    assert [item.name for item in _load(write_onnx(text)).inputs] == ["x"]
