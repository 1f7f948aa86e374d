import json

import pytest

TEXT = """
<ir_version: 8, opset_import: ["" : 17]>
small (float[N, 3, 8, 8] x, float[N, 2] s) => (float[N, 3, 8, 8] y, float[N, 2] t)
<float[1] half = {0.5}>
{
    a = Relu (x)
    b = Mul (a, half)
    y = Add (b, a)
    t = Neg (s)
}
"""


def test_same(call, small):
    result = call("diff", small, small)
    assert result.code == 0
    assert "same  graph, weights, outputs agree within rtol 0.0001, atol 1e-06" in result.out


def test_different_as_text(call, small, write_onnx):
    other = write_onnx(TEXT.replace("{0.5}", "{0.25}").replace("Relu", "Elu <alpha = 0.5>"), "other.onnx")
    result = call("diff", small, other)
    assert result.code == 1
    lines = [line.strip() for line in result.out.splitlines()]
    assert "- Relu a" in lines
    assert "+ Elu a" in lines
    assert "operators: Elu 0 -> 1, Relu 1 -> 0" in lines
    assert any(line.startswith("~   half") and "float32[1]" in line for line in lines)
    assert lines[-1].startswith("different  ") or "values of y" in result.out


def test_different_as_json_and_page(call, small, write_onnx, tmp_path):
    other = write_onnx(TEXT.replace("{0.5}", "{0.25}"), "other.onnx")
    page = tmp_path / "sub" / "page.html"
    result = call("diff", small, other, "--json", "--html", page)
    assert result.code == 1
    data = json.loads(result.out)
    assert (data["same"], data["weights"]["changes"][0]["a"]) == (False, "half")
    assert data["numerics"]["outputs"][0]["passed"] is False
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert call("diff", small, other, "--only", "graph").code == 0
    assert call("diff", small, other, "--rtol", "1", "--atol", "1").code == 0


def test_bad_input(call, small, tmp_path):
    assert call("diff", small, tmp_path / "none.onnx").code == 2
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(small.read_bytes()[:50])
    result = call("diff", small, broken)
    assert (result.code, "MW-U102" in result.err) == (2, True)
    result = call("diff", small, small, "--only", "graphs")
    assert (result.code, "did you mean 'graph'" in result.err) == (2, True)
    assert call("diff", small, small, "--inputs", tmp_path / "no.npz").code == 2
    assert call("diff", small).code == 2
    assert call("diff", small, small, "--html", tmp_path).code == 2


@pytest.mark.parametrize("verbose", [False, True])
def test_long_lists_are_cut(call, write_onnx, verbose):
    def text(operator):
        lines = [f"    v{n + 1} = {operator} (v{n})" for n in range(30)]
        return (
            '<ir_version: 8, opset_import: ["" : 17]>\ng (float[2] v0) => (float[2] v30) {\n' + "\n".join(lines) + "\n}"
        )

    a, b = write_onnx(text("Relu"), "a.onnx"), write_onnx(text("Neg"), "b.onnx")
    result = call("diff", a, b, "--only", "graph", *(["-v"] if verbose else []))
    assert ("and 48 nodes (-v)" in result.out) is not verbose
    assert result.out.count("Neg v") == (30 if verbose else 0)
