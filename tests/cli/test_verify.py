import json

import numpy as np
import onnx
import onnx.parser
import pytest

HEAD = '<ir_version: 8, opset_import: ["" : 17]>\n'
NET = """
g (float[N, 4] x) => (float[N, 4] y) {
    [first] a = Abs (x)
    [bend] b = Elu <alpha = 0.5> (x)
    [end] y = Add (a, b)
}
"""


@pytest.fixture
def pair(write_onnx):
    return write_onnx(HEAD + NET.replace("0.5", "0.25"), "wrong.onnx"), write_onnx(HEAD + NET, "right.onnx")


def test_what_agrees(call, pair):
    result = call("verify", pair[1], pair[1])
    assert result.code == 0
    assert "verified  every output matches the source in ONNX Runtime" in result.out
    assert "3 tensors compared (3 by name), 1 run of the source, 1 run of the model" in result.out


def test_what_differs(call, pair):
    result = call("verify", *pair)
    assert result.code == 4
    lines = [" ".join(line.split()) for line in result.out.splitlines()]
    assert "first bend (Elu)" in lines
    assert "differs Elu bend: alpha: 0.5 -> 0.25" in lines
    assert "in the model's inputs 0 0 0" in lines
    assert any(line.startswith("out b 2x4 ") for line in lines)
    assert any(line.startswith("differs y: ") for line in lines)
    assert any("2 runs of the source, 2 runs of the model" in line for line in lines)


def test_as_data(call, pair):
    result = call("verify", *pair, "--json", "--memory", "0")
    assert result.code == 4
    data = json.loads(result.out)
    assert (data["status"], data["divergence"]["layer"], data["divergence"]["certain"]) == ("failed", "bend", True)
    assert data["search"]["runs_model"] == 3


def test_reference_data(call, pair, tmp_path):
    x = np.float32([[1, -1, 2, -2]])
    b = np.where(x > 0, x, 0.5 * np.expm1(x))
    np.savez(tmp_path / "r.npz", **{"in:x": x, "out:y": np.abs(x) + b, "bend": b})
    result = call("verify", pair[0], "--reference", tmp_path / "r.npz")
    assert result.code == 4
    assert "bend" in result.out
    assert "of the source" not in result.out
    assert call("verify", pair[1], "--reference", tmp_path / "r.npz").code == 0
    np.savez(tmp_path / "i.npz", x=x)
    assert call("verify", pair[1], pair[1], "--inputs", tmp_path / "i.npz").code == 0
    assert call("verify", pair[0], pair[1], "--rtol", "1").code == 0


def test_nothing_can_be_compared(call, write_onnx):
    text = HEAD + "g (float[2] x) => (float[2] y) <float z = {0}> { a = Div (x, z) y = Abs (a) }"
    result = call("verify", write_onnx(text, "a.onnx"), write_onnx(text, "b.onnx"))
    assert (result.code, "unverified  the source itself gives nothing but NaN or infinity" in result.out) == (0, True)


def test_bad_input(call, pair, tmp_path):
    assert call("verify", pair[0]).code == 2
    assert call("verify", pair[0], tmp_path / "none.onnx").code == 2
    result = call("verify", pair[0], pair[1], "--reference", "x.npz")
    assert (result.code, "verified against one thing" in result.err) == (2, True)
    assert call("verify", pair[0], "--reference", tmp_path / "x.npz").code == 2
    damaged = tmp_path / "damaged.onnx"
    damaged.write_bytes(pair[0].read_bytes()[:40])
    assert call("verify", damaged, pair[0]).code == 2
    broken = HEAD + "g (float[4] x) => (float[K] y) <int64[1] s = {3}> { y = Reshape (x, s) }"
    onnx.save(onnx.parser.parse_model(broken), tmp_path / "broken.onnx")
    result = call("verify", tmp_path / "broken.onnx", tmp_path / "broken.onnx")
    assert (result.code, "the source itself" in result.err) == (2, True)


def test_rounding_is_not_called_a_fault(call, write_onnx):
    lines = [f"u{n} = Sub (one, v{n}) t{n} = Mul (four, v{n}) v{n + 1} = Mul (t{n}, u{n})" for n in range(30)]
    others = [f"s{n} = Mul (v{n}, v{n}) d{n} = Sub (v{n}, s{n}) v{n + 1} = Mul (d{n}, four)" for n in range(30)]
    head = HEAD + "g (float[8] x) => (float[8] v30) <float four = {4}, float one = {1}> { v0 = Abs (x)\n"
    a, b = (write_onnx(head + "\n".join(text) + "}", f"{name}.onnx") for name, text in (("a", lines), ("b", others)))
    result = call("verify", a, b)
    assert result.code == 4
    assert "grows from v" in " ".join(result.out.split())
    assert "notice" not in result.out
    assert "no layer is wrong by itself: rounding errors grow" in " ".join(result.out.split())
