import pytest

from modelwright.frontends.caffe.data_layers import DATA_LAYERS
from modelwright.frontends.caffe.operators import FACTS, caffe_layers
from modelwright.frontends.caffe.training import DROPPED, REDUCED
from modelwright.schemas.pool import load_schema

BVLC = """AbsVal Accuracy ArgMax BNLL BatchNorm BatchReindex Bias Clip Concat ContrastiveLoss Convolution Crop Data
Deconvolution Dropout DummyData ELU Eltwise Embed EuclideanLoss Exp Filter Flatten HDF5Data HDF5Output HingeLoss Im2col
ImageData InfogainLoss InnerProduct Input LRN LSTM LSTMUnit Log MVN MemoryData MultinomialLogisticLoss PReLU Parameter
Pooling Power RNN ReLU Reduction Reshape SPP Scale Sigmoid SigmoidCrossEntropyLoss Silence Slice Softmax SoftmaxWithLoss
Split Swish TanH Threshold Tile WindowData""".split()
FORKS = """Axpy BN ConvolutionDepthwise DepthwiseConvolution DetectionOutput Interp Mish Normalize PSROIPooling Permute
PriorBox Proposal ROIPooling ReLU6 Reorg ShuffleChannel Upsample""".split()


@pytest.mark.parametrize("name", BVLC + FORKS)
def test_every_layer_type_has_its_place(name):
    places = [caffe_layers().find(name) is not None, name in DATA_LAYERS, name in DROPPED]
    assert sum(places) == 1
    assert name not in REDUCED or places[0]


def test_parameters_of_converters_are_fields_of_their_messages():
    layer = load_schema("caffe").message("LayerParameter").DESCRIPTOR
    for name, operator in caffe_layers().operators.items():
        message = FACTS.messages.get(name)
        fields = set() if message is None else set(layer.fields_by_name[message].message_type.fields_by_name)
        assert operator.attributes | operator.ignores == fields, name
