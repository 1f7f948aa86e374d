"""Caffe files that are damaged, do not belong together or were made to do harm: a clear message each, and no file."""

import resource
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "fixtures" / "caffe"))
import numpy as np
from caffe_writing import caffemodel

NET = """name: "small"
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param { num_output: 4 kernel_size: 3 } }
layer { name: "fc" type: "InnerProduct" bottom: "conv" top: "fc" inner_product_param { num_output: 5 } }
"""
SECONDS = 60


def weights(**other):
    blobs = {
        "conv": ("Convolution", [np.ones((4, 3, 3, 3), np.float32), np.zeros(4, np.float32)]),
        "fc": ("InnerProduct", [np.ones((5, 144), np.float32), np.zeros(5, np.float32)]),
    }
    return caffemodel(blobs | other)


@pytest.fixture
def refused(call, tmp_path):
    """Converts a net and its weights, which must fail within seconds and leave nothing; gives what stderr says."""

    def run(text, model, *flags):
        (tmp_path / "net.prototxt").write_text(text)
        if model is not None:
            (tmp_path / "net.caffemodel").write_bytes(model)
        out = tmp_path / "out"
        out.mkdir()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
        result = call("convert", "caffe", "--input", tmp_path / "net", "--output", out / "net.onnx", *flags)
        assert resource.getrusage(resource.RUSAGE_SELF).ru_utime - before < SECONDS
        assert result.code == 2, result.err
        assert list(out.iterdir()) == []
        assert "hint:" in result.err
        assert len(result.err) < 2000
        return result.err

    return run


def test_the_net_itself_converts(call, tmp_path):
    (tmp_path / "net.prototxt").write_text(NET)
    (tmp_path / "net.caffemodel").write_bytes(weights())
    assert call("convert", "caffe", "--input", tmp_path / "net", "--output", tmp_path / "net.onnx").code == 0


@pytest.mark.parametrize("kept", [0, 1, 40, 0.5, 0.9, -1])
def test_truncated_weights(refused, kept):
    whole = weights()
    told = refused(NET, whole[: int(kept * len(whole)) if isinstance(kept, float) else kept])
    assert "MW-U102" in told
    assert "net.caffemodel" in told


def test_a_net_and_weights_that_disagree_in_shape(refused):
    told = refused(NET.replace("num_output: 4", "num_output: 6"), weights())
    assert "MW-U202" in told
    assert "'conv'" in told
    assert "[4, 3, 3, 3]" in told
    assert "[6, 3, 3, 3]" in told


def test_weights_of_another_model(refused):
    other = caffemodel({f"layer{i}": ("Scale", [np.ones(3, np.float32)]) for i in range(100)})
    told = refused(NET, other)
    assert "2 layers of the net have no weights in net.caffemodel: conv, fc" in told
    assert "layer0" in told
    assert "and 88 more" in told


def test_many_layers_without_weights_are_not_all_listed(refused):
    convolution = (
        'layer { name: "%s" type: "Convolution" bottom: "data" top: "%s" convolution_param { num_output: 1 } }\n'
    )
    text = NET + "".join(convolution % (f"c{i}", f"c{i}") for i in range(500))
    told = refused(text, weights())
    assert "500 layers of the net have no weights" in told
    assert "c11, and 488 more" in told


def test_no_weights_at_all(refused):
    assert "MW-U101" in refused(NET, None)


def test_a_weights_file_of_another_kind(refused):
    told = refused(NET, b"\x89HDF\r\n\x1a\n" + bytes(1000))
    assert "MW-U102" in told


RELU = 'layer {{ name: "{}" type: "ReLU" bottom: "{}" top: "{}" }}\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (RELU.format("a", "b", "a") + RELU.format("b", "a", "b"), "cycle"),
        (RELU.format("a", "a", "a"), "cycle"),
        (RELU.format("a", "nowhere", "a"), "nowhere"),
        (RELU.format("a", "data", "twice") + RELU.format("z", "data", "twice"), "already made"),
    ],
)
def test_cyclic_and_broken_graphs(refused, text, words):
    told = refused(NET + text, weights())
    assert "MW-U202" in told
    assert words in told


def test_a_long_cycle(refused):
    rows = [f'layer {{ name: "l{i}" type: "ReLU" bottom: "t{(i + 1) % 5000}" top: "t{i}" }}\n' for i in range(5000)]
    told = refused("".join(rows), weights())
    assert "cycle" in told
    assert "and 4998 more" in told or "and 4999 more" in told


@pytest.mark.parametrize("bracket", ["{", "<"])
def test_deep_nesting(refused, bracket):
    told = refused(NET + f"a {bracket} " * 100_000, weights())
    assert "MW-U102" in told
    assert "nested deeper than" in told


def test_deep_nesting_in_weights(refused):
    blob = b""
    for _ in range(2000):
        size, head = len(blob), b""
        while size > 0x7F:
            head += bytes([size & 0x7F | 0x80])
            size >>= 7
        blob = b"\xa2\x06" + head + bytes([size]) + blob  # field 100, a layer
    assert "net.caffemodel" in refused(NET, blob)


def test_a_hundred_thousand_layers(refused):
    rows = [f'layer {{ name: "l{i}" type: "ReLU" bottom: "t{i}" top: "t{i + 1}" }}\n' for i in range(100_000)]
    told = refused("".join(rows), None)
    assert "'t0' is made by no layer and is no input" in told


def test_thousands_of_unknown_fields(refused):
    rows = [f'layer {{ name: "l{i}" type: "ReLU" bottom: "data" top: "t{i}" foo: 1 }}\n' for i in range(5000)]
    told = refused(NET + "".join(rows), weights())
    assert "has a field that is not known: foo" in told
    assert "and 4992 more" in told


def test_sizes_beyond_all_memory(refused):
    told = refused(NET.replace("dim: 8 dim: 8", "dim: 9000000 dim: 9000000"), weights())
    assert "MW-U104" in told
