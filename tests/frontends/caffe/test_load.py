"""Whole conversions from files: names, weights, cuts, batches, and what goes wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from caffe_checking import compare, convert, run
from caffe_writing import caffemodel, caffemodel_v0, caffemodel_v1

from modelwright.errors import (
    ConversionError,
    ModelFormatError,
    ModelNotFoundError,
    ShapeError,
    UnknownNameError,
    UnsupportedError,
    UsageError,
)

RNG = np.random.default_rng(7)
KERNEL, BIAS = RNG.normal(size=(4, 3, 3, 3)).astype(np.float32), RNG.normal(size=4).astype(np.float32)
MATRIX, OFFSET = RNG.normal(size=(5, 4 * 4 * 5)).astype(np.float32), RNG.normal(size=5).astype(np.float32)
WEIGHTS = {"conv": ("Convolution", [KERNEL, BIAS]), "fc": ("InnerProduct", [MATRIX, OFFSET])}
X = RNG.normal(size=(2, 3, 6, 7)).astype(np.float32)
NET = """
name: "small"
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 6 dim: 7 } } }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param { num_output: 4 kernel_size: 3 } }
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
layer { name: "drop" type: "Dropout" bottom: "conv" top: "conv" }
layer { name: "fc" type: "InnerProduct" bottom: "conv" top: "fc" inner_product_param { num_output: 5 } }
layer { name: "prob" type: "Softmax" bottom: "fc" top: "prob" }
"""


def _convolved(x=X):
    patches = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(2, 3))
    return np.maximum(np.einsum("ncijpq,kcpq->nkij", patches, KERNEL) + BIAS[:, None, None], 0)


def _scores(x=X):
    return _convolved(x).reshape(len(x), -1) @ MATRIX.T + OFFSET


def _softmax(x):
    e = np.exp(x - x.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def _write(folder: Path, text: str = NET, weights: bytes | None = None, stem: str = "net") -> Path:
    (folder / f"{stem}.prototxt").write_text(text)
    (folder / f"{stem}.caffemodel").write_bytes(caffemodel(WEIGHTS) if weights is None else weights)
    return folder / stem


def test_a_stem_names_both_files_and_blobs_keep_their_names(tmp_path):
    found = convert(_write(tmp_path), optimized=False)
    compare(run(found.model, {"data": X}), {"prob": _softmax(_scores())})
    assert [item.name for item in found.model.graph.inputs] == ["data"]
    assert {"conv", "fc", "prob"} <= {value.name for node in found.model.graph for value in node.outputs}
    assert {"conv/weights", "conv/bias"} <= set(found.model.graph.initializers)
    assert [path.name for path in found.files] == ["net.prototxt", "net.caffemodel"]
    assert found.summary.parameters == sum(blob.size for _, blobs in WEIGHTS.values() for blob in blobs)
    assert str(found.summary.outputs[0]) == "prob: float32[2, 5]"


@pytest.mark.parametrize("options", [{"legacy": True}, {"double": True}, {"packed": False}])
@pytest.mark.parametrize("write", [caffemodel, caffemodel_v1])
def test_every_form_of_weights_gives_the_same(tmp_path, write, options):
    found = convert(_write(tmp_path, weights=write(WEIGHTS, **options)))
    compare(run(found.model, {"data": X}), {"prob": _softmax(_scores())})


def test_the_first_format_whole(tmp_path):
    text = """
    input: "data" input_dim: 2 input_dim: 3 input_dim: 6 input_dim: 7
    layers { layer { name: "conv" type: "conv" num_output: 4 kernelsize: 3 } bottom: "data" top: "conv" }
    layers { layer { name: "relu" type: "relu" } bottom: "conv" top: "conv" }
    layers { layer { name: "fc" type: "innerproduct" num_output: 5 } bottom: "conv" top: "fc" }
    layers { layer { name: "prob" type: "softmax" } bottom: "fc" top: "prob" }
    """
    old = {"conv": ("conv", [KERNEL, BIAS]), "fc": ("innerproduct", [MATRIX, OFFSET])}
    found = convert(_write(tmp_path, text, caffemodel_v0(old, legacy=True)))
    compare(run(found.model, {"data": X}), {"prob": _softmax(_scores())})
    assert "V0 format" in found.done[0]


def test_training_nets_give_the_activation_in_their_loss(tmp_path):
    text = NET.replace(
        'layer { name: "data"', 'layer { name: "label" type: "Input" top: "label" }\nlayer { name: "data"'
    )
    text = text.replace('type: "Softmax" bottom: "fc"', 'type: "SoftmaxWithLoss" bottom: "fc" bottom: "label"')
    text += 'layer { name: "acc" type: "Accuracy" bottom: "fc" bottom: "label" top: "acc" include { phase: TEST } }'
    found = convert(_write(tmp_path, text))
    assert [item.name for item in found.model.graph.inputs] == ["data"]
    compare(run(found.model, {"data": X}), {"prob": _softmax(_scores())})
    assert any("Accuracy 'acc'" in item.message for item in found.notices)


def test_dynamic_batch_runs_with_any(tmp_path):
    found = convert(_write(tmp_path), dynamic_batch=True)
    assert str(found.model.graph.inputs[0].shape[0]) == "batch"
    more = RNG.normal(size=(5, 3, 6, 7)).astype(np.float32)
    compare(run(found.model, {"data": more}), {"prob": _softmax(_scores(more))})


def test_a_layer_that_fixes_the_batch_is_named(tmp_path):
    text = NET + 'layer { name: "r" type: "Reshape" bottom: "prob" top: "r" reshape_param { shape { dim: 5 dim: 2 } } }'
    found = convert(_write(tmp_path, text), dynamic_batch=True)
    assert found.model.graph.inputs[0].shape[0] == 2
    assert any("batch size stays fixed: Reshape 'r'" in item.message for item in found.notices)


def test_inputs_take_shapes_and_outputs_cut(tmp_path):
    found = convert(_write(tmp_path), inputs=["data[1,3,6,7]"], outputs=["conv"])
    compare(run(found.model, {"data": X[:1]}), {"conv": _convolved(X[:1])})
    inner = convert(tmp_path / "net", inputs=["conv[2,4,4,5]"], rename_inputs=["features"], rename_outputs=["p"])
    compare(run(inner.model, {"features": _convolved()}), {"p": _softmax(_scores())})
    assert found.details["output_layers"] == {"conv": ("drop", 0)}
    assert inner.details["cut_inputs"]


def test_weights_shared_by_name_are_one(tmp_path):
    text = """
    input: "data" input_dim: 2 input_dim: 3 input_dim: 6 input_dim: 7
    layer { name: "conv" type: "Convolution" bottom: "data" top: "a" param { name: "w" } param { name: "b" }
            convolution_param { num_output: 4 kernel_size: 3 } }
    layer { name: "power" type: "Power" bottom: "data" top: "twice" power_param { scale: 2 } }
    layer { name: "other" type: "Convolution" bottom: "twice" top: "b" param { name: "w" } param { name: "b" }
            convolution_param { num_output: 4 kernel_size: 3 } }
    layer { name: "sum" type: "Eltwise" bottom: "a" bottom: "b" top: "y" }
    """
    found = convert(_write(tmp_path, text, caffemodel({"conv": WEIGHTS["conv"]})), optimized=False)
    assert [name for name in found.model.graph.initializers if "weights" in name] == ["conv/weights"]
    patches = np.lib.stride_tricks.sliding_window_view(X, (3, 3), axis=(2, 3))
    compare(
        run(found.model, {"data": X}),
        {"y": 3 * np.einsum("ncijpq,kcpq->nkij", patches, KERNEL) + 2 * BIAS[:, None, None]},
    )


def test_stale_weights_are_reported(tmp_path):
    weights = WEIGHTS | {"old": ("InnerProduct", [MATRIX])}
    found = convert(_write(tmp_path, weights=caffemodel(weights)))
    assert any("weights of layers that the net does not have: old" in item.message for item in found.notices)


def test_all_layers_without_weights_are_named(tmp_path):
    with pytest.raises(
        ConversionError, match=r"2 layers of the net have no weights in net\.caffemodel: conv, fc"
    ) as caught:
        convert(_write(tmp_path, weights=caffemodel({"other": WEIGHTS["fc"]})))
    assert "it has weights of other layers: other" in caught.value.message
    (tmp_path / "net.caffemodel").unlink()
    with pytest.raises(ModelNotFoundError, match="no weights beside") as missing:
        convert(tmp_path / "net")
    assert "--caffemodel" in missing.value.hint


def test_weights_of_another_shape_name_layer_and_both_shapes(tmp_path):
    weights = {**WEIGHTS, "fc": ("InnerProduct", [MATRIX[:, 1:], OFFSET])}
    with pytest.raises(ConversionError) as caught:
        convert(_write(tmp_path, weights=caffemodel(weights)))
    assert "InnerProduct 'fc': its weights number 0 have shape [5, 79] in net.caffemodel" in caught.value.message
    assert "the net calls for [5, 80]" in caught.value.message


def test_everything_unsupported_is_listed_at_once(tmp_path):
    text = """
    input: "data" input_dim: 2 input_dim: 3 input_dim: 6 input_dim: 7
    layer { name: "p" type: "Python" bottom: "data" top: "p" python_param { module: "rpn.proposal" layer: "P" } }
    layer { name: "odd1" type: "Unheard" bottom: "p" top: "o" }
    layer { name: "odd2" type: "Unheard" bottom: "data" top: "q" }
    layer { name: "pool" type: "Pooling" bottom: "data" top: "r" pooling_param { kernel_size: 2 dilation: 3 } }
    layer { name: "conv" type: "Convolution" bottom: "data" top: "s" convolution_param { num_output: 4 } }
    layer { name: "e" type: "Eltwise" bottom: "o" bottom: "q" bottom: "r" bottom: "s" top: "y" }
    """
    with pytest.raises(UnsupportedError) as caught:
        convert(_write(tmp_path, text))
    text = str(caught.value)
    assert "Python (rpn.proposal.P, code that is in no file of the model) (1 layer): p" in text
    assert "Unheard (2 layers): odd1, odd2" in text
    assert "net.prototxt:6: Pooling 'pool' has a field that is not known: pooling_param.dilation" in text
    assert "Convolution 'conv': says no kernel_size" in text


RELU = 'layer { name: "a" type: "ReLU" bottom: "data" top: "a" }'
SLICED = 'layer { name: "s" type: "Slice" bottom: "data" top: "s" top: "t" slice_param { axis: 2 slice_point: 2 } }'

FLAT = 'layer { name: "f" type: "Flatten" bottom: "data" top: "f" }'


def _net(body: str) -> str:
    return f'input: "data" input_dim: 2 input_dim: 3 input_dim: 6 input_dim: 7\n{body}'


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('layer { name: "a" type: "ReLU" bottom: "b" top: "a" } layer { name: "b" type: "ReLU" bottom: "a" top: "b" }',
         "its bottom 'b' is made only further down, by 'b' at line 2: the net has a cycle"),
        ('layer { name: "a" type: "ReLU" bottom: "a" top: "a" }', "its bottom 'a' is its own top: the net has a cycle"),
        ('layer { name: "a" type: "ReLU" bottom: "x" top: "a" }', "its bottom 'x' is made by no layer"),
        (f'{RELU} layer {{ name: "b" type: "TanH" bottom: "data" top: "a" }}',
         "its top 'a' is already made by layer 'a'"),
        ('layer { name: "a" type: "Slice" bottom: "data" top: "a" top: "a" }', "its top 'a' is listed twice"),
        ('layer { name: "a" type: "Concat" bottom: "data" top: "a" concat_param { axis: 7 } }', "axis 7 does"),
        ('layer { name: "a" type: "Eltwise" bottom: "data" bottom: "s" top: "a" }', "is made by no layer"),
        (f'{SLICED} layer {{ name: "a" type: "Eltwise" bottom: "s" bottom: "t" top: "a" }}',
         "its bottoms have different shapes"),
        ('layer { name: "a" type: "Pooling" bottom: "data" top: "a" pooling_param { kernel_size: 9 } }',
         "a window of 9 does not fit into 6 elements"),
        ('layer { name: "a" type: "Pooling" bottom: "data" top: "a" pooling_param { kernel_size: 2 stride: 0 } }',
         "has stride 0, 0"),
        ('layer { name: "a" type: "Slice" bottom: "data" top: "a" top: "b" }', "cannot be cut into 2 equal parts"),
        ('layer { name: "a" type: "Reshape" bottom: "data" top: "a" reshape_param { shape { dim: 4 dim: -1 dim: 5}}}',
         "the number of elements would change"),
        ('layer { name: "a" type: "ReLU" bottom: "data" bottom: "data" top: "a" }', "has 2 inputs, a number"),
        ('layer { name: "a" type: "ReLU" bottom: "data" top: "a" top: "b" }', "has 2 tops, but makes 1"),
        ('layer { name: "a" type: "LRN" bottom: "data" top: "a" lrn_param { local_size: 4 } }', "local_size 4 is even"),
        ('layer { name: "a" type: "Clip" bottom: "data" top: "a" clip_param { min: 0 } }', "lacks the attributes max"),
        (f'{FLAT} layer {{ name: "a" type: "Reorg" bottom: "f" top: "a" reorg_param {{ stride: 2 }} }}',
         "Reorg 'a' cannot be converted: its attributes"),
    ],
)  # fmt: skip
def test_nets_that_are_wrong(tmp_path, body, message):
    (tmp_path / "net.prototxt").write_text(_net(body))
    with pytest.raises(ConversionError) as caught:
        convert(tmp_path / "net.prototxt")
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"inputs": ["dat"]}, UnknownNameError, "no blob for an input named 'dat'"),
        ({"outputs": ["probs"]}, UnknownNameError, "no blob for an output named 'probs'"),
        ({"inputs": ["data[3,6,7]"]}, ShapeError, "has 4 dimensions in the net but 3"),
        ({"inputs": ["fc"]}, ShapeError, "nothing says which shape the input 'fc' has"),
        ({"outputs": ["prob[2,6]"]}, ShapeError, r"output 'prob' has shape \[2, 5\], not \[2, 6\]"),
        ({"rename_inputs": ["a", "b"]}, UsageError, "gives 2 names but the net has 1 input"),
        ({"phase": "PLAY"}, UsageError, "there is no phase 'PLAY'"),
        ({"caffemodel": "nowhere.caffemodel"}, ModelNotFoundError, "no file at nowhere.caffemodel"),
    ],
)
def test_options_that_do_not_fit(tmp_path, options, error, message):
    with pytest.raises(error, match=message):
        convert(_write(tmp_path), **options)


def test_data_layers_need_a_shape(tmp_path):
    text = NET.replace('type: "Input" top: "data" input_param', 'type: "Data" top: "data" top: "label" data_param')
    text = text.replace("shape { dim: 2 dim: 3 dim: 6 dim: 7 }", "batch_size: 2")
    with pytest.raises(ShapeError, match="the input 'data', which layer 'data' loads, has") as caught:
        convert(_write(tmp_path, text))
    assert "--inputs data[1,3,224,224]" in caught.value.hint
    found = convert(tmp_path / "net", inputs=["data[2,3,6,7]"])
    compare(run(found.model, {"data": X}), {"prob": _softmax(_scores())})


def test_two_layers_of_one_name(tmp_path):
    with pytest.raises(ConversionError, match="2 layers are called 'conv'"):
        convert(_write(tmp_path, NET.replace('name: "fc"', 'name: "conv"')))


def test_a_caffemodel_alone_and_hdf5(tmp_path):
    _write(tmp_path)
    (tmp_path / "net.prototxt").unlink()
    with pytest.raises(ModelNotFoundError, match="no prototxt belongs to"):
        convert(tmp_path / "net.caffemodel")
    (tmp_path / "h.prototxt").write_text(NET)
    (tmp_path / "h.caffemodel.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    (tmp_path / "net.caffemodel").unlink()
    with pytest.raises(ModelFormatError, match="is an HDF5 file"):
        convert(tmp_path / "h")
