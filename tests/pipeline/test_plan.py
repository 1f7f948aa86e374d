import subprocess
import sys

import pytest

from modelwright.errors import InternalError, UnknownNameError
from modelwright.pipeline.plan import plan
from modelwright.pipeline.recipe import parse_recipe

DATA = {"source": {"path": "m", "format": "tf-saved-model"}, "output": {"path": "o.onnx", "target": "onnx"}}


def _plan(**sections):
    data = {key: {**DATA.get(key, {}), **value} for key, value in {**DATA, **sections}.items()}
    return plan(parse_recipe(data))


def test_steps_and_reasons():
    steps = _plan(options={"signature_def": "s", "output_frozen_graph": "/a/b/f.pb"}).steps
    assert [step.name for step in steps] == ["import", "optimize", "export", "verify"]
    assert dict(steps[0].options) == {
        "format": "tf-saved-model",
        "signature_def": "s",
        "output_frozen_graph": "f.pb",
    }
    assert all(step.reason for step in steps)


def test_onnx_is_optimized_only_when_asked_for():
    source = {"path": "m", "format": "onnx"}
    assert [step.name for step in _plan(source=source).steps] == ["import", "export", "verify"]
    asked = _plan(source=source, optimize={"enabled": True}).steps
    assert asked[1].reason == "asked for"
    assert "optimize" not in [step.name for step in _plan(optimize={"enabled": False}).steps]


def test_targets_with_a_compiler_of_their_own_are_asked_first():
    output = {"path": "o.om", "target": "ascend", "options": {"soc_version": "Ascend310"}}
    names = [step.name for step in _plan(output=output).steps]
    assert names == ["import", "optimize", "check", "export", "verify"]
    output["options"]["skip_check"] = True
    assert "check" not in [step.name for step in _plan(output=output).steps]


def test_the_key_depends_on_what_is_done_and_not_on_where():
    key = _plan().key
    assert key == _plan(source={"path": "elsewhere"}, output={"path": "p.onnx"}).key
    assert (
        len({key, _plan(output={"opset": 18}).key, _plan(verify={"rtol": 0.5}).key, _plan(options={"tag": "a"}).key})
        == 4
    )


def test_the_key_is_the_same_in_another_process():
    script = (
        "from modelwright.pipeline.plan import plan; from modelwright.pipeline.recipe import parse_recipe;"
        f"print(plan(parse_recipe({DATA!r})).key)"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == _plan().key


@pytest.mark.parametrize(
    ("verify", "reason"),
    [
        ({"reference": "/a/r.npz"}, "reference"),
        ({"tf_python": "/usr/bin/python3"}, "TensorFlow on random"),
        ({}, "loads and runs"),
    ],
)
def test_how_it_will_be_verified(verify, reason):
    assert reason in _plan(verify=verify).steps[-1].reason


def test_unsettled_recipes_have_no_plan():
    with pytest.raises(InternalError):
        plan(parse_recipe({"source": {"path": "m"}, "output": {"path": "o.onnx"}}))
    with pytest.raises(UnknownNameError):
        _plan(output={"target": "onxx"})
