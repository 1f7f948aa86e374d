"""The preprocessing as ONNX nodes against numpy, written down from the chip's description once more."""

import numpy as np
import onnx_ir as ir
import onnxruntime as ort
import pytest
from onnx import parser

from modelwright.backends.ascend.aipp.nodes import add_aipp, add_resize
from modelwright.backends.ascend.aipp.request import ImageInput, build
from modelwright.errors import UnsupportedError
from modelwright.hub import io

FULL = np.array([[256, 0, 359], [256, -88, -183], [256, 454, 0]])
NARROW = np.array([[298, 0, 409], [298, -100, -208], [298, 516, 0]])
BT709 = np.array([[298, 0, 459], [298, -55, -136], [298, 541, 0]])


def network(shape, dtype="float", opset=17, batch=None):
    dims = [batch or shape[0], *shape[1:]]
    text = ", ".join(str(dim) for dim in dims)
    return ir.from_proto(
        parser.parse_model(
            f'<ir_version: 8, opset_import: ["" : {opset}]>'
            f"net ({dtype}[{text}] x) => ({dtype}[{text}] y) {{ y = Identity (x) }}"
        )
    )


def run(model, tmp_path, image):
    path = tmp_path / "m.onnx"
    io.save(model, path)
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, {"x": image})[0]


def yuv_planes(image, height, width):
    """NV12 bytes as Y, U and V at full size."""
    luma = image[:, :height]
    chroma = image[:, height:].reshape(len(image), height // 2, width // 2, 2)
    large = chroma.repeat(2, axis=1).repeat(2, axis=2)
    return np.stack([luma, large[..., 0], large[..., 1]], axis=-1).astype(np.int64)


def to_rgb(yuv, matrix, bias):
    return np.clip((yuv - np.array([bias, 128, 128])) @ matrix.T >> 8, 0, 255)


@pytest.mark.parametrize("channels_last", [False, True])
@pytest.mark.parametrize(
    ("color", "csc", "matrix", "bias"),
    [
        ("rgb", "jpeg", None, 0),
        ("bgr", "jpeg", None, 0),
        ("rgb-bgr", "jpeg", None, 0),
        ("bgr-rgb", "jpeg", None, 0),
        ("nv12-rgb", "jpeg", FULL, 0),
        ("nv12-bgr", "bt601-narrow", NARROW, 16),
        ("nv21-rgb", "bt709-narrow", BT709, 16),
        ("nv21-bgr", "jpeg", FULL, 0),
    ],
)
def test_three_channels(tmp_path, color, csc, matrix, bias, channels_last):
    rng = np.random.default_rng(3)
    mean, std = np.array([123.675, 116.28, 103.53]), np.array([58.395, 57.12, 57.375])
    options = {"color": color, "csc": csc, "image_size": "12,16", "crop": "6,10", "mean": "123.675,116.28,103.53"}
    options["std"] = "58.395,57.12,57.375"
    shape = (2, 6, 10, 3) if channels_last else (2, 3, 6, 10)
    prepared = build(options, ImageInput(name="x", index=0, channels=3, height=6, width=10))
    assert list(prepared.aipp.problems()) == []
    model = network(shape)
    add_aipp(model, "x", prepared, channels_last=channels_last)
    source, _, wanted = color.partition("-")
    if source.startswith("nv"):
        image = rng.integers(0, 256, (2, 18, 16), np.uint8)
        yuv = yuv_planes(image, 12, 16)
        pixels = to_rgb(yuv if source == "nv12" else yuv[..., [0, 2, 1]], matrix, bias)
        pixels = pixels if wanted == "rgb" else pixels[..., ::-1]
    else:
        image = rng.integers(0, 256, (2, 12, 16, 3), np.uint8)
        pixels = image.astype(np.int64) if source == (wanted or source) else image[..., ::-1].astype(np.int64)
    top, left = 2, 2
    expected = (pixels[:, top : top + 6, left : left + 10] - mean) / std
    expected = expected if channels_last else expected.transpose(0, 3, 1, 2)
    found = run(model, tmp_path, image)
    assert found.shape == shape
    np.testing.assert_allclose(found, expected, atol=4e-3)


@pytest.mark.parametrize(("color", "weights"), [("rgb-gray", (76, 150, 30)), ("bgr-gray", (30, 150, 76))])
def test_gray_of_colors(tmp_path, color, weights):
    prepared = build({"color": color}, ImageInput(name="x", index=0, channels=1, height=4, width=6))
    model = network((1, 1, 4, 6), dtype="float16")
    add_aipp(model, "x", prepared, channels_last=False)
    image = np.random.default_rng(4).integers(0, 256, (1, 4, 6, 3), np.uint8)
    found = run(model, tmp_path, image)
    assert found.dtype == np.float16
    np.testing.assert_array_equal(found[0, 0], (image[0].astype(int) @ weights) >> 8)


@pytest.mark.parametrize(("csc", "scale", "bias"), [("jpeg", 256, 0), ("bt601-narrow", 298, 16)])
def test_gray_of_nv12_is_its_luma(tmp_path, csc, scale, bias):
    prepared = build({"color": "nv12-gray", "csc": csc}, ImageInput(name="x", index=0, channels=1, height=4, width=6))
    model = network((1, 1, 4, 6))
    add_aipp(model, "x", prepared, channels_last=False)
    image = np.random.default_rng(5).integers(0, 256, (1, 6, 6), np.uint8)
    expected = np.clip((image[0, :4].astype(int) - bias) * scale >> 8, 0, 255)
    np.testing.assert_array_equal(run(model, tmp_path, image)[0, 0], expected)


def test_gray_and_an_open_batch(tmp_path):
    prepared = build({"mean": "127.5", "std": "127.5"}, ImageInput(name="x", index=0, channels=1, height=4, width=6))
    model = network((1, 1, 4, 6), batch="N")
    add_aipp(model, "x", prepared, channels_last=False)
    image = np.random.default_rng(6).integers(0, 256, (3, 4, 6, 1), np.uint8)
    found = run(model, tmp_path, image)
    np.testing.assert_allclose(found, (image.transpose(0, 3, 1, 2) - 127.5) / 127.5, atol=1e-3)


@pytest.mark.parametrize("channels_last", [False, True])
def test_resizing_is_linear_in_the_network(tmp_path, channels_last):
    shape = (1, 4, 4, 3) if channels_last else (1, 3, 4, 4)
    model = network(shape)
    add_resize(model, "x", (8, 8), channels_last=channels_last)
    image = np.random.default_rng(7).standard_normal((1, 8, 8, 3)).astype(np.float32)
    blocks = image.reshape(1, 4, 2, 4, 2, 3).mean(axis=(2, 4))
    found = run(model, tmp_path, image if channels_last else image.transpose(0, 3, 1, 2))
    np.testing.assert_allclose(found, blocks if channels_last else blocks.transpose(0, 3, 1, 2), atol=1e-6)


def test_old_opsets_cannot_resize():
    with pytest.raises(UnsupportedError, match="opset 10"):
        add_resize(network((1, 3, 4, 4), opset=10), "x", (8, 8), channels_last=False)
