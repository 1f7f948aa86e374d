"""Files that are damaged or hostile: one clear error each."""

from pathlib import Path

import pytest

import modelwright as mw
from modelwright.errors import ModelFormatError, ModelNotFoundError, UnsupportedError, UserError
from modelwright.schemas.mindir_file import read_mindir

EXPORT = Path(__file__).parents[2] / "fixtures/mindir/exports/net.mindir"


@pytest.fixture
def changed(tmp_path):
    def change(edit):
        model = read_mindir(EXPORT)
        edit(model)
        (tmp_path / "m.mindir").write_bytes(model.SerializeToString())
        return tmp_path / "m.mindir"

    return change


def convert(path):
    return mw.convert(path, path.with_suffix(".onnx"), no_verify=True)


def test_a_circle(changed):
    def edit(model):
        last = model.graph.node[-1]
        nodes = [node for node in model.graph.node if node.op_type != "Constant"]
        nodes[0].input[0] = last.output[0]

    with pytest.raises(ModelFormatError, match="takes part in what it is computed from"):
        convert(changed(edit))


def test_a_name_that_nothing_makes(changed):
    def edit(model):
        model.graph.node[-1].input[0] = "nothing"

    with pytest.raises(ModelFormatError, match="'nothing' is used and made by no node"):
        convert(changed(edit))


def test_names_that_stand_twice(changed):
    def edit(model):
        model.graph.parameter.add().CopyFrom(model.graph.parameter[0])

    with pytest.raises(ModelFormatError, match="two values are called"):
        convert(changed(edit))


@pytest.mark.parametrize("dims", [[1 << 40, 1 << 40], [-1], [5]])
def test_weights_that_are_not_there(changed, dims):
    def edit(model):
        del model.graph.parameter[0].dims[:]
        model.graph.parameter[0].dims.extend(dims)

    with pytest.raises(ModelFormatError, match=r"holds|which no stored tensor has"):
        convert(changed(edit))


@pytest.mark.parametrize(
    ("place", "message"),
    [("../x", "leads out of the model's folder"), ("gone/data_0", "is not there"), ("short", "no file of MindSpore")],
)
def test_weights_that_lie_elsewhere(changed, tmp_path, place, message):
    (tmp_path / "short").write_bytes(b"\x01")

    def edit(model):
        model.graph.parameter[0].external_data.location = place

    with pytest.raises((ModelFormatError, ModelNotFoundError), match=message):
        convert(changed(edit))


def test_weights_beyond_the_end(changed, tmp_path):
    (tmp_path / "data").write_bytes(b"\x01" + bytes(63))

    def edit(model):
        outside = model.graph.parameter[0].external_data
        outside.location, outside.offset, outside.length = "data", 64, 16

    with pytest.raises(ModelFormatError, match="ends beyond data"):
        convert(changed(edit))


def test_all_unknown_primitives_at_once(changed):
    def edit(model):
        for primitive, name in zip(model.primitives, ("ROIAlign", "NMSWithMask"), strict=False):
            primitive.op_type = name

    with pytest.raises(UnsupportedError) as caught:
        convert(changed(edit))
    assert [item.partition(" ")[0] for item in caught.value.items] == ["NMSWithMask", "ROIAlign"]


def test_an_attribute_that_is_not_known(changed):
    def edit(model):
        entry = next(item for item in model.primitives if item.op_type == "Conv2D")
        entry.attribute.add(name="odd", type=7, i=3)

    with pytest.raises(UserError, match="attributes this converter does not know: odd"):
        convert(changed(edit))


def test_tuples_in_tuples(changed):
    def edit(model):
        entry = next(item for item in model.primitives if item.op_type == "Conv2D").attribute.add(name="x", type=20)
        for _ in range(60):
            entry = entry.values.add(type=20)

    with pytest.raises(ModelFormatError, match="50 deep"):
        convert(changed(edit))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_cut_files(tmp_path, share):
    content = EXPORT.read_bytes()
    (tmp_path / "m.mindir").write_bytes(content[: int(len(content) * share)])
    with pytest.raises(UserError):
        convert(tmp_path / "m.mindir")


def test_weights_in_a_file_of_their_own(write_onnx, tmp_path, monkeypatch):
    monkeypatch.setattr("modelwright.backends.mindir.serialize.INLINE_LIMIT", 7)
    path = write_onnx(
        '<ir_version: 8, opset_import: ["" : 18]> g (float[2] x) => (float[2] y) '
        "<float[2] w = {3, 4}, float[2] v = {5, 6}> { a = Mul (x, w) y = Add (a, v) }"
    )
    mw.convert(path, tmp_path / "m_graph.mindir", no_verify=True)
    report = mw.convert(tmp_path / "m_graph.mindir", tmp_path / "back.onnx", reference=None, no_verify=True)
    assert [item.name for item in report.artifact.outputs] == ["y"]


def test_arguments_that_do_not_fit(changed):
    def edit(model):
        entry = next(item for item in model.primitives if item.op_type == "MaxPool")
        for item in entry.attribute:
            if item.name == "kernel_size":
                del item.values[:]
                item.type, item.s = 8, b"odd"

    with pytest.raises(UserError, match="MaxPool"):
        convert(changed(edit))
