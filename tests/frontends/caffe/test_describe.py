import pytest
from caffe_checking import archive, write_model
from caffe_writing import caffemodel

from modelwright.errors import ModelNotFoundError
from modelwright.formats import Format
from modelwright.frontends.caffe.describe import describe


def test_net_and_weights(tmp_path):
    path = write_model(archive("convolution")["plain"], tmp_path)
    found = describe(path, Format.CAFFE)
    assert (found.parameters, found.weight_bytes, found.operators) == (112, 448, {"Convolution": 1})
    assert found.details == {"net": "net.prototxt", "written_as": "current format", "weights": "net.caffemodel"}


def test_nets_that_are_wrong_are_described_too(tmp_path):
    (tmp_path / "n.prototxt").write_text('layer { name: "old" type: "Odd" bottom: "nowhere" top: "y" }')
    (tmp_path / "n.caffemodel").write_bytes(caffemodel({"stale": ("Scale", [])}))
    found = describe(tmp_path / "n", Format.CAFFE)
    assert (found.outputs, found.operators) == ((), {"Odd": 1})
    with pytest.raises(ModelNotFoundError):
        describe(tmp_path / "m", Format.CAFFE)
