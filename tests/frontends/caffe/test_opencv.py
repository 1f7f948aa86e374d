import pytest

from modelwright.frontends.caffe.network import Layer
from modelwright.frontends.caffe.opencv import opencv_differs
from modelwright.frontends.caffe.operators import caffe_layers


@pytest.mark.parametrize(
    ("kind", "params", "reason"),
    [
        ("LRN", {"lrn_param": {"k": 2.0}}, "k"),
        ("LRN", {"lrn_param": {"k": 1.0}}, None),
        ("InnerProduct", {"inner_product_param": {"transpose": True}}, "transpose"),
        ("PriorBox", {"prior_box_param": {}}, "clips unless told not to"),
        ("PriorBox", {"prior_box_param": {"clip": False}}, None),
        ("Pooling", {"pooling_param": {"kernel_size": 2, "stride": 3}}, "windows beyond the end"),
        ("Pooling", {"pooling_param": {"kernel_size": 3, "stride": 2}}, None),
        ("Pooling", {"pooling_param": {"kernel_size": 2, "round_mode": "FLOOR"}}, "round_mode"),
        ("Proposal", {}, "always as many rows as are allowed"),
        ("ReLU", {}, None),
    ],
)
def test_layers_that_opencv_computes_otherwise(kind, params, reason):
    caffe_layers()
    found = opencv_differs([Layer(name="l", type=kind, bottoms=("x",), params=params)])
    assert found == ([] if reason is None else [f"{kind} 'l' ({reason})"])
