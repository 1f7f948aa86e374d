"""Networks beyond keras.applications: encoders, segmenters, TF1 graphs and sessions, loops, operators, tables."""

from __future__ import annotations

import pytest

BOTH = [
    "bert_matmul",
    "bert_einsum",
    "deeplab_dilations",
    "deeplab_space_to_batch",
    "unet",
    "cond",
    "cond_lowered",
    "while_loop",
    "while_loop_lowered",
    "lstm",
    "gru",
    "lstm_masked",
    "gru_masked",
    "conv1d",
    "conv3d",
    "vision_transformer",
    "mixed_layers",
    "integers",
    "elementwise",
    "boxes",
]
FROZEN = ["slim_inception", "slim_resnet", "image_ops", "fake_quant", "atrous", "nchw_plain", "nchw_mixed"]
SAVED = ["tables", "session_reference_variables", "session_resource_variables"]
UNSUPPORTED = "unsupported"

pytestmark = pytest.mark.oracle_tf

CASES = [(name, kind) for name in BOTH for kind in ("saved_model", "frozen")]
CASES += [(name, "frozen") for name in FROZEN]
CASES += [(name, "saved_model") for name in SAVED]


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_agrees_with_tensorflow(oracle_model, convert_and_compare):
    _, report = convert_and_compare(oracle_model)
    assert report.status in ("verified", "unverified")


@pytest.mark.parametrize(("name", "kind"), [(UNSUPPORTED, "saved_model"), (UNSUPPORTED, "frozen")])
def test_unsupported_operators_are_named_together(oracle_model, tmp_path):
    import modelwright
    from modelwright.errors import UserError

    with pytest.raises(UserError) as caught:
        modelwright.convert(oracle_model.path, tmp_path / "out.onnx", **oracle_model.options)
    message = str(caught.value)
    for operator in ("StringToHashBucketFast", "Igamma", "Lgamma"):
        assert operator in message
    assert not list(tmp_path.iterdir())


def test_every_network_is_listed(oracle_names):
    made = [name for family, names in oracle_names.items() if family != "applications" for name in names]
    assert sorted(made) == sorted([*BOTH, *FROZEN, *SAVED, UNSUPPORTED])
