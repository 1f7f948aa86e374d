import pytest

from modelwright.frontends.caffe.data_layers import inputs_of
from modelwright.frontends.caffe.network import Layer


@pytest.mark.parametrize(
    ("kind", "params", "shapes"),
    [
        ("Input", {"input_param": {"shape": ({"dim": (1, 2)}, {"dim": (3,)})}}, [(1, 2), (3,)]),
        ("Input", {}, [None, None]),
        ("DummyData", {"dummy_data_param": {"shape": ({"dim": (4, 5)},)}}, [(4, 5), (4, 5)]),
        ("DummyData", {"dummy_data_param": {"num": (1, 2), "channels": (3,), "height": (4,), "width": (5,)}},
         [(1, 3, 4, 5), (2, 3, 4, 5)]),
        ("ImageData", {"image_data_param": {"new_height": 6, "new_width": 7, "is_color": False}}, [(1, 1, 6, 7), None]),
        ("HDF5Data", {}, [None, None]),
        ("ReLU", {}, []),
    ],
)  # fmt: skip
def test_shapes_of_what_is_loaded(kind, params, shapes):
    found = inputs_of(Layer(name="l", type=kind, tops=("a", "b"), params=params))
    assert [item.shape for item in found] == shapes
    assert all(item.declared == (kind == "Input") for item in found)
