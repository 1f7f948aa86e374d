from pathlib import Path

import numpy as np
import pytest

from modelwright.errors import ConversionError
from modelwright.frontends.caffe.blobs import Blob
from modelwright.frontends.caffe.caffemodel import TrainedLayer, TrainedNet
from modelwright.frontends.caffe.matching import check_missing, match_weights
from modelwright.frontends.caffe.network import Layer, Network
from modelwright.frontends.caffe.operators import caffe_layers


def _blob(value):
    return Blob(shape=(1,), legacy=False, data=np.array([value], np.float32))


def _net(*layers):
    return Network(path=Path("net.prototxt"), name="", layers=layers)


def _trained(**blobs):
    layers = [
        TrainedLayer(name=name, type="Scale", blobs=tuple(_blob(item) for item in found))
        for name, found in blobs.items()
    ]
    return TrainedNet(path=Path("net.caffemodel"), layers=tuple(layers))


def test_by_name_with_the_prototxts_own_behind():
    own = Layer(name="b", type="Scale", blobs=(_blob(9),))
    matched = match_weights(_net(Layer(name="a", type="Scale"), own), _trained(a=[1], c=[2], data=[]))
    assert matched.weights["a"].blobs[0].array() == [1]
    assert matched.weights["b"].blobs[0].array() == [9]
    assert matched.stale == ("c",)
    assert matched.source == "net.caffemodel"
    assert match_weights(_net(own), None).source == "net.prototxt"


def test_shared_parameters_are_the_first_owners():
    first = Layer(name="a", type="Scale", shared=("w", ""))
    second = Layer(name="b", type="Scale", shared=("", "w"))
    third = Layer(name="c", type="Scale", shared=("w",))
    matched = match_weights(_net(first, second, third), _trained(a=[1, 2], b=[3, 4]))
    assert matched.weights["b"].owners == (("b", 0), ("a", 0))
    assert [float(item.array()[0]) for item in matched.weights["b"].blobs] == [3, 1]
    assert matched.weights["c"].owners == (("a", 0),)


def test_a_second_bottom_takes_the_place_of_weights():
    caffe_layers()
    layers = (Layer(name="a", type="Scale", bottoms=("x", "y")), Layer(name="b", type="ReLU", bottoms=("x",)))
    check_missing(layers, match_weights(_net(*layers), _trained()), _net(*layers), given=True)
    alone = Layer(name="c", type="Scale", bottoms=("x",))
    with pytest.raises(ConversionError, match="1 layer of the net has no weights in net"):
        check_missing([alone], match_weights(_net(alone), _trained()), _net(alone), given=True)
