import modelwright as mw
from modelwright.schemas.mindir_file import read_mindir


def test_what_info_shows(write_onnx, tmp_path):
    path = write_onnx(
        '<ir_version: 8, opset_import: ["" : 18]> g (float[N, 2] x) => (float[N, 2] y, float[N, 2] z) '
        "<float[2] w = {3, 4}, float16[2] h = {1, 2}> { y = Mul (x, w) a = Cast <to = 1> (h) z = Add (x, a) }"
    )
    mw.convert(path, tmp_path / "m.mindir", no_verify=True)
    found = mw.info(tmp_path / "m.mindir")
    assert (found.format, found.details["producer"]) == ("MindIR", "modelwright 1.0")
    assert found.operators == {"Add": 1, "Mul": 1}
    assert found.parameters == 4
    assert found.weight_bytes == 16
    assert [spec.name for spec in found.outputs] == ["y", "z"]


def test_functions_and_primitives_of_other_files(tmp_path, write_onnx):
    path = write_onnx('<ir_version: 8, opset_import: ["" : 18]> g (float[2] x) => (float[2] y) { y = Abs (x) }')
    mw.convert(path, tmp_path / "m.mindir", no_verify=True)
    model = read_mindir(tmp_path / "m.mindir")
    model.functions.add(name="sub").node.add(name="n", op_type="REF::Abs:0")
    model.functions[0].parameter.add(name="w", data_type=1).dims.append(3)
    model.functions[0].parameter[0].external_data.location = "data_0"
    (tmp_path / "m.mindir").write_bytes(model.SerializeToString())
    found = mw.info(tmp_path / "m.mindir")
    assert found.operators == {"Abs": 2}
    assert found.details["graphs"] == ["main", "sub"]
    assert found.details["external_data"] == ["data_0"]
