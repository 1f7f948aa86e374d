"""Every parameter of every layer is computed with, or is known to change nothing; docs/caffe.md lists them all."""

import inspect
import re
from pathlib import Path

import pytest
from caffe_checking import FIXTURES, archive

from modelwright.frontends.caffe.operators import FACTS, caffe_layers
from modelwright.frontends.caffe.prototxt import read_prototxt
from modelwright.schemas.pool import load_schema

PAGE = Path(__file__).parents[3] / "docs" / "caffe.md"
BVLC = {
    "ArgMax": "out_max_val top_k axis",
    "BatchNorm": "use_global_stats moving_average_fraction eps",
    "Bias": "axis num_axes filler",
    "Clip": "min max",
    "Concat": "axis concat_dim",
    "Convolution": "num_output bias_term pad kernel_size stride dilation pad_h pad_w kernel_h kernel_w stride_h "
    "stride_w group weight_filler bias_filler engine axis force_nd_im2col",
    "Crop": "axis offset",
    "Dropout": "dropout_ratio",
    "ELU": "alpha",
    "Eltwise": "operation coeff stable_prod_grad",
    "Embed": "num_output input_dim bias_term weight_filler bias_filler",
    "Exp": "base scale shift",
    "Flatten": "axis end_axis",
    "InnerProduct": "num_output bias_term weight_filler bias_filler axis transpose",
    "LRN": "local_size alpha beta norm_region k engine",
    "LSTM": "num_output weight_filler bias_filler debug_info expose_hidden",
    "Log": "base scale shift",
    "MVN": "normalize_variance across_channels eps",
    "PReLU": "filler channel_shared",
    "Parameter": "shape",
    "Pooling": "pool pad pad_h pad_w kernel_size kernel_h kernel_w stride stride_h stride_w engine global_pooling "
    "round_mode",
    "Power": "power scale shift",
    "ReLU": "negative_slope engine",
    "Reduction": "operation axis coeff",
    "Reshape": "shape axis num_axes",
    "SPP": "pyramid_height pool engine",
    "Scale": "axis num_axes filler bias_term bias_filler",
    "Sigmoid": "engine",
    "Slice": "axis slice_point slice_dim",
    "Softmax": "engine axis",
    "Swish": "beta",
    "TanH": "engine",
    "Threshold": "threshold",
    "Tile": "axis tiles",
}
"""The parameters that Berkeley's caffe.proto gives a layer."""

CASES = sorted({path.stem for path in FIXTURES.glob("*.npz")})


def _described(layer_type):
    message = load_schema("caffe").message("LayerParameter").DESCRIPTOR.fields_by_name[FACTS.messages[layer_type]]
    return {field.name for field in message.message_type.fields}


def _converter(layer_type):
    found = caffe_layers().find(layer_type)
    assert found is not None
    return found


def _in_order(layer_type):
    parameters = inspect.signature(_converter(layer_type).function).parameters.values()
    return [item.name for item in parameters if item.kind is item.KEYWORD_ONLY]


def _rows():
    caffe_layers()
    groups = {}
    for layer_type in sorted(FACTS.messages):
        key = (", ".join(_in_order(layer_type)), ", ".join(sorted(_converter(layer_type).ignores)))
        groups.setdefault(key, []).append(layer_type)
    return [f"| {', '.join(types)} | {computed} | {idle} |" for (computed, idle), types in groups.items()]


@pytest.mark.parametrize("layer_type", sorted(BVLC))
def test_each_parameter_of_berkeleys_description_is_known(layer_type):
    caffe_layers()
    assert set(BVLC[layer_type].split()) <= _described(layer_type)


def test_each_known_parameter_is_computed_with_or_changes_nothing():
    caffe_layers()
    for layer_type in FACTS.messages:
        found = _converter(layer_type)
        assert _described(layer_type) == found.attributes | found.ignores, layer_type


def test_each_parameter_is_compared_with_an_independent_answer(tmp_path):
    caffe_layers()
    tried = {layer_type: set() for layer_type in FACTS.messages}
    path = tmp_path / "net.prototxt"
    for family in CASES:
        for case in archive(family).values():
            path.write_text(str(case["prototxt"]))
            for layer in read_prototxt(path).layers:
                tried.get(layer.type, set()).update(layer.params.get(FACTS.messages.get(layer.type, ""), {}))
    assert {kind: missing for kind in tried if (missing := _converter(kind).attributes - tried[kind])} == {}


def test_the_page_lists_them():
    table = re.search(
        r"\| layers \| computed with \| changes nothing \|\n\|---\|---\|---\|\n((?:\|.*\n)+)", PAGE.read_text()
    )
    assert table is not None
    assert table[1].splitlines() == _rows()
