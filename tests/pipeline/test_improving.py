from contextlib import contextmanager

import onnx.parser
import onnx_ir as ir
import pytest

import modelwright as mw
from modelwright.errors import UsageError
from modelwright.pipeline.improving import check_wanted_opset, improve, working_opset
from modelwright.pipeline.recipe import parse_recipe

TEXT = """<ir_version: 8, opset_import: ["" : {opset}]>
g (float[3, 4] x) => (float[3, 4] y)
<float three = {{3}}, float zero = {{0}}, float six = {{6}}, float scale = {{0.16666667}}>
{{ a = Add (x, three) c = Clip (a, zero, six) m = Mul (x, c) y = Mul (m, scale) }}"""


def _recipe(opset, *, optimize=None):
    data = {"source": {"path": "m.onnx", "format": "onnx"}, "output": {"path": "o.onnx", "target": "onnx"}}
    if opset is not None:
        data["output"]["opset"] = opset
    if optimize is not None:
        data["optimize"] = {"enabled": optimize}
    return parse_recipe(data)


def _improved(present, wanted, *, optimize):
    model = ir.from_proto(onnx.parser.parse_model(TEXT.format(opset=present)))
    steps = {}

    @contextmanager
    def step(name):
        done = []
        yield done
        steps.setdefault(name, []).append(done[0])

    improve(_recipe(wanted, optimize=optimize), model, step)
    return model, steps


def test_rewrites_do_not_bring_in_what_the_opset_wanted_has_not():
    newer, _ = _improved(17, 17, optimize=True)
    assert [node.op_type for node in newer.graph] == ["HardSwish"]
    older, steps = _improved(17, 13, optimize=True)
    assert "HardSwish" not in [node.op_type for node in older.graph]
    assert steps["opset"] == ["opset 17 -> 13: every node means the same there"]


def test_a_newer_opset_is_reached_before_rewrites_so_that_they_may_use_it():
    model, steps = _improved(13, 17, optimize=True)
    assert [node.op_type for node in model.graph] == ["HardSwish"]
    assert list(steps) == ["opset", "optimize"]


def test_rewrites_work_on_13_at_least():
    model, steps = _improved(11, 11, optimize=True)
    assert [text.partition(":")[0] for text in steps["opset"]] == ["opset 11 -> 13", "opset 13 -> 11"]
    assert model.opset_imports[""] == 11


def test_without_an_opset_wanted_it_stays():
    model, steps = _improved(11, None, optimize=False)
    assert (model.opset_imports[""], steps) == (11, {})
    assert working_opset(None, model) is None


def test_opsets_out_of_range():
    with pytest.raises(UsageError, match="opset 8 cannot be written"):
        check_wanted_opset(_recipe(8))
    check_wanted_opset(_recipe(None))


def test_a_target_limits_what_is_brought_in(write_onnx, tmp_path):
    path = write_onnx(
        '<ir_version: 10, opset_import: ["" : 24]> g (float[4] x) => (float[4] y) { s = Sigmoid (x) y = Mul (x, s) }'
    )
    assert mw.convert(path, tmp_path / "m.onnx", onnxsim=True).artifact.operators == {"Swish": 1}
    assert mw.convert(path, tmp_path / "n.onnx", onnxsim=True, opset=18).artifact.operators == {"Mul": 1, "Sigmoid": 1}
    written = mw.convert(path, tmp_path / "m.mindir", no_verify=True).artifact.operators
    assert written == {"Mul": 1, "Sigmoid": 1}
