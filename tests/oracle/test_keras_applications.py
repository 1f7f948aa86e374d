"""Every keras.applications family: SavedModel and frozen graph convert, and ONNX Runtime agrees with TensorFlow."""

from __future__ import annotations

import numpy as np
import onnx
import pytest

NAMES = [
    "mobilenet_v2",
    "resnet50",
    "mobilenet",
    "mobilenet_v3_small",
    "resnet50_v2",
    "efficientnet_b0",
    "efficientnet_v2_b0",
    "densenet121",
    "inception_v3",
    "xception",
    "nasnet_mobile",
    "convnext_tiny",
    "inception_resnet_v2",
    "vgg16",
    "mobilenet_v2_odd",
    "resnet50_dynamic",
]
KINDS = ["saved_model", "frozen"]

pytestmark = pytest.mark.oracle_tf


def transposes(path) -> int:
    return sum(node.op_type == "Transpose" for node in onnx.load(path, load_external_data=False).graph.node)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_agrees_with_tensorflow(oracle_model, convert_and_compare):
    path, report = convert_and_compare(oracle_model, reference=oracle_model.reference_path(3))
    assert report.status == "verified"
    onnx.checker.check_model(str(path), full_check=True)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["mobilenet_v2", "resnet50"])
def test_at_most_one_transpose(oracle_model, convert_and_compare):
    path, _ = convert_and_compare(oracle_model)
    assert transposes(path) <= 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["mobilenet_v2", "resnet50"])
def test_no_transpose_with_inputs_as_nchw(oracle_model, tmp_path, run_onnx):
    import modelwright

    feeds, expected = oracle_model.reference(3)
    (image,) = feeds
    (output,) = expected
    path = tmp_path / "nchw.onnx"
    modelwright.convert(oracle_model.path, path, inputs_as_nchw=image, **oracle_model.options)
    assert transposes(path) == 0
    (result,) = run_onnx(path, {image: feeds[image].transpose(0, 3, 1, 2)}).values()
    assert np.abs(result - expected[output]).max() <= 1e-4 * np.abs(expected[output]).max()


def test_every_application_is_listed(oracle_names):
    assert oracle_names["applications"] == NAMES
