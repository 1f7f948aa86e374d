import numpy as np
import pytest

from modelwright.errors import ModelFormatError
from modelwright.frontends.caffe.phases import State
from modelwright.frontends.caffe.prototxt import read_prototxt


def _read(folder, text, **state):
    path = folder / "net.prototxt"
    path.write_text(text)
    return read_prototxt(path, State(**state))


@pytest.mark.parametrize(
    ("text", "shapes"),
    [
        ('input: "a" input_dim: 1 input_dim: 3 input_dim: 4 input_dim: 5 layer { type: "ReLU" bottom: "a" top: "a" }',
         {"a": (1, 3, 4, 5)}),
        ('input: "a" input_shape { dim: 1 dim: 3 } input: "b" input_shape { dim: 2 } layer { type: "ReLU" }',
         {"a": (1, 3), "b": (2,)}),
        ('input: "a" layer { type: "ReLU" }', {"a": None}),
        ('layer { type: "Input" top: "a" top: "b" input_param { shape { dim: 1 dim: 2 } } }',
         {"a": (1, 2), "b": (1, 2)}),
        ('layer { type: "DummyData" top: "a" dummy_data_param { num: 2 channels: 3 height: 4 width: 5 } }',
         {"a": (2, 3, 4, 5)}),
        ('layer {type: "MemoryData" top:"a" top:"l" memory_data_param {batch_size: 2 channels: 3 height: 4 width: 5}}',
         {"a": (2, 3, 4, 5), "l": None}),
        ('layer { type: "ImageData" top: "a" transform_param { crop_size: 8 } image_data_param { batch_size: 2 } }',
         {"a": (2, 3, 8, 8)}),
        ('layer { type: "Data" top: "a" top: "l" data_param { source: "x" backend: LMDB batch_size: 4 } }',
         {"a": None, "l": None}),
    ],
)  # fmt: skip
def test_inputs_of_all_kinds(tmp_path, text, shapes):
    assert {item.name: item.shape for item in _read(tmp_path, text).inputs} == shapes


def test_phases_levels_and_stages(tmp_path):
    text = """
    layer { name: "train" type: "ReLU" include { phase: TRAIN } }
    layer { name: "test" type: "ReLU" include { phase: TEST } }
    layer { name: "not_test" type: "ReLU" exclude { phase: TEST } }
    layer { name: "deploy" type: "ReLU" include { stage: "deploy" } }
    layer { name: "high" type: "ReLU" include { min_level: 2 } }
    layer { name: "no_val" type: "ReLU" include { not_stage: "val" } }
    layer { name: "always" type: "ReLU" }
    """

    def names(**state):
        return [layer.name for layer in _read(tmp_path, text, **state).layers]

    assert names() == ["test", "no_val", "always"]
    assert names(phase="TRAIN") == ["train", "not_test", "no_val", "always"]
    assert names(stages=("deploy", "val"), level=3) == ["test", "deploy", "high", "always"]
    assert _read(tmp_path, "state { phase: TRAIN }" + text).layers[0].name == "train"
    assert "left out: train, not_test" in _read(tmp_path, text).notes[0]


def test_the_second_format(tmp_path):
    text = """
    layers { name: "c" type: CONVOLUTION bottom: "a" top: "c" blobs_lr: 1 weight_decay: 0 param: "w" param: "b"
             convolution_param { num_output: 4 kernel_size: 3 } }
    layers { name: "p" type: SOFTMAX_LOSS bottom: "c" bottom: "l" }
    """
    network = _read(tmp_path, text)
    assert network.generation == "V1"
    assert [(layer.type, layer.shared) for layer in network.layers] == [
        ("Convolution", ("w", "b")),
        ("SoftmaxWithLoss", ()),
    ]
    assert network.layers[0].params == {"convolution_param": {"num_output": 4, "kernel_size": (3,)}}
    assert network.layers[0].line == 2


def test_the_first_format_with_its_padding_layers(tmp_path):
    text = """
    layers { layer { name: "pad1" type: "padding" pad: 2 } bottom: "a" top: "pad1" }
    layers { layer { name: "c" type: "conv" num_output: 4 kernelsize: 5 stride: 2 group: 2 biasterm: false }
             bottom: "pad1" top: "c" }
    layers { layer { name: "p" type: "pool" pool: AVE kernelsize: 3 stride: 2 } bottom: "c" top: "p" }
    layers { layer { name: "i" type: "innerproduct" num_output: 7 weight_filler { type: "gaussian" } }
             bottom: "p" top: "i" }
    layers { layer { name: "n" type: "lrn" local_size: 3 alpha: 0.5 beta: 0.25 k: 2 } bottom: "i" top: "n" }
    """
    network = _read(tmp_path, text)
    assert network.generation == "V0"
    assert [layer.type for layer in network.layers] == ["Convolution", "Pooling", "InnerProduct", "LRN"]
    convolution = network.layers[0]
    assert convolution.bottoms == ("a",)
    assert convolution.params["convolution_param"] == {
        "num_output": 4, "kernel_size": (5,), "stride": (2,), "group": 2, "bias_term": False, "pad": (2,)
    }  # fmt: skip
    assert network.layers[1].params["pooling_param"] == {"pool": "AVE", "kernel_size": 3, "stride": 2}
    assert network.layers[2].params["inner_product_param"]["num_output"] == 7
    assert network.layers[3].params["lrn_param"] == {"local_size": 3, "alpha": 0.5, "beta": 0.25, "k": 2.0}


def test_weights_in_text(tmp_path):
    text = """
    layer { name: "a" type: "Scale" blobs { shape { dim: 2 } data: 1 data: 2 }
            blobs { num: 1 channels: 1 height: 1 width: 2 double_data: [3, 4] } }
    """
    blobs = _read(tmp_path, text).layers[0].blobs
    np.testing.assert_array_equal(blobs[0].array(), [1, 2])
    assert (blobs[1].shape, blobs[1].legacy) == ((1, 1, 1, 2), True)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('base_lr: 1 max_iter: 3 net: "x"', "this is a solver"),
        ("name: 'x'", "no net in it"),
        ("layer { name: 'x' }", ":1: the layer 'x' has no type"),
        ("odd: 3 layer { type: 'ReLU' }", ":1: the field 'odd' of the net is not known"),
        ("layer { type: 'ReLU' }\nlayers { type: RELU }", ":2: the net mixes 'layer' and 'layers'"),
        ("layers { type: UNHEARD }", "type is 'UNHEARD'"),
        ("input: 'a' input_dim: 1 input_dim: 3 layer { type: 'ReLU' }", "1 inputs (a) but 2 numbers input_dim"),
        ("layer { name: 'a' type: 'Scale' blobs { shape { dim: 3 } data: 1 } }",
         "layer 'a': blob 0 claims the shape [3], 3 elements, but holds 1"),
    ],
)  # fmt: skip
def test_what_is_no_net_says_so(tmp_path, text, reason):
    with pytest.raises(ModelFormatError) as caught:
        _read(tmp_path, text)
    assert reason in caught.value.message
