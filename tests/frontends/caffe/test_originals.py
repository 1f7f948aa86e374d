import numpy as np
from caffe_writing import caffemodel

from modelwright.formats import Format, OriginalKind
from modelwright.frontends.caffe.load import load
from modelwright.frontends.manifest import LoadRequest

NET = """
input: "data" input_shape { dim: 1 dim: 2 }
layer { name: "fc" type: "InnerProduct" bottom: "data" top: "fc" inner_product_param { num_output: 2 } }
"""
LOSS = 'layer { name: "loss" type: "SoftmaxWithLoss" bottom: "fc" bottom: "label" top: "loss" }'


def imported(tmp_path, text=NET, **options):
    (tmp_path / "n.prototxt").write_text(text)
    weights = {"fc": ("InnerProduct", [np.ones((2, 2)), np.ones(2)])}
    (tmp_path / "n.caffemodel").write_bytes(caffemodel(weights))
    return load(LoadRequest(path=tmp_path / "n.prototxt", format=Format.CAFFE, options=options))


def test_the_two_files_as_they_are(tmp_path):
    (found,) = imported(tmp_path).originals
    assert (found.kind, dict(found.names)) == (OriginalKind.CAFFE, {"data": "data", "fc": "fc:0"})
    (tmp_path / "to").mkdir()
    made = found.write(tmp_path / "to", "model")
    assert [path.name for path in made] == ["model.prototxt", "model.caffemodel"]
    assert made[0].read_text() == NET


def test_nets_that_were_changed_have_none(tmp_path):
    assert imported(tmp_path, inputs=["fc[1,2]"], rename_inputs=["features"]).originals == ()
    assert imported(tmp_path, NET + LOSS).originals == ()
