"""The small models that are committed with TensorFlow's answers: what the big suites check, in every test run."""

from __future__ import annotations

import pytest

BOTH = ["boxes", "cond", "cond_lowered", "conv1d", "elementwise", "integers", "while_loop"]
FROZEN = ["atrous", "fake_quant", "nchw_mixed", "slim_inception", "slim_resnet"]
SAVED = ["session_reference_variables", "session_resource_variables", "tables"]

CASES = [(name, kind) for name in BOTH for kind in ("saved_model", "frozen")]
CASES += [(name, "frozen") for name in FROZEN]
CASES += [(name, "saved_model") for name in SAVED]


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_agrees_with_tensorflow(small_model, convert_and_compare):
    convert_and_compare(small_model)


@pytest.mark.parametrize(("name", "kind"), [("unsupported", "saved_model"), ("unsupported", "frozen")])
def test_unsupported_operators_are_named_together(small_model, tmp_path):
    import modelwright
    from modelwright.errors import UserError

    with pytest.raises(UserError) as caught:
        modelwright.convert(small_model.path, tmp_path / "out.onnx", **small_model.options)
    message = str(caught.value)
    for operator in ("StringToHashBucketFast", "Igamma", "Lgamma"):
        assert operator in message
    assert not list(tmp_path.iterdir())
