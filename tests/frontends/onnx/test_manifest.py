from modelwright.formats import Format
from modelwright.frontends.onnx.manifest import FRONTEND, describe, detect


def test_detection_is_by_content(small, tmp_path):
    renamed = small.rename(tmp_path / "model.bin")
    assert detect(renamed) is Format.ONNX
    assert detect(tmp_path) is None
    other = tmp_path / "graph.pb"
    other.write_bytes(b"\x0a\x03abc\x22\x00")
    assert detect(other) is None
    empty = tmp_path / "empty.onnx"
    empty.write_bytes(b"")
    assert detect(empty) is Format.ONNX  # the suffix decides who says what is wrong with it


def test_describe(small):
    summary = describe(small, Format.ONNX)
    assert summary.operators == {"Add": 1, "Mul": 1, "Neg": 1, "Relu": 1}
    assert FRONTEND.describe is describe
