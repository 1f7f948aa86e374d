from modelwright.frontends.caffe.generations import PADDING, V1_TYPES, fold_padding, v0_parameters
from modelwright.frontends.caffe.network import Layer
from modelwright.schemas.pool import load_schema


def test_every_numbered_type_has_a_name():
    assert set(V1_TYPES) == set(load_schema("caffe").enum("V1LayerParameter.LayerType")) - {"NONE"}


def test_parameters_of_the_first_format():
    old = {"name": "p", "type": "pool", "pool": "MAX", "kernelsize": 3, "stride": 2, "pad": 1}
    assert v0_parameters("Pooling", old) == {"pooling_param": {"pool": "MAX", "pad": 1, "kernel_size": 3, "stride": 2}}
    assert v0_parameters("Convolution", {"kernelsize": 3, "pad": 1}) == {
        "convolution_param": {"pad": (1,), "kernel_size": (3,)}
    }
    assert v0_parameters("ReLU", {"name": "r"}) == {}


def test_padding_goes_into_what_follows():
    pad = Layer(name="pad", type=PADDING, bottoms=("x",), tops=("padded",), params={PADDING: {"pad": 2}})
    pool = Layer(name="pool", type="Pooling", bottoms=("padded",), tops=("y",), params={"pooling_param": {"stride": 2}})
    (folded,) = fold_padding([pad, pool])
    assert folded.bottoms == ("x",)
    assert folded.params["pooling_param"] == {"stride": 2, "pad": 2}
    assert fold_padding([pool]) == [pool]
