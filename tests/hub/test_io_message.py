import numpy as np
import onnx_ir as ir
import pytest

from modelwright.errors import InternalError
from modelwright.hub.external_data import Placement
from modelwright.hub.io_message import Message, message_of
from modelwright.hub.io_stream import StandIn


def model(*tensors):
    values = [ir.Value(name=tensor.name, const_value=tensor) for tensor in tensors]
    return ir.Model(ir.Graph([], [], nodes=[], initializers=values, opset_imports={"": 17}), ir_version=8)


def entries(tensor):
    return {item.key: item.value for item in tensor.external_data}


def test_large_tensors_are_left_out_and_may_be_said_to_lie_in_a_file():
    large = [ir.tensor(np.full(size, 3, np.float32), name=f"w{size}") for size in (2000, 1024)]
    message = message_of(model(large[0], ir.tensor(np.ones(1023, np.float32), name="small"), large[1]))
    assert [place.tensor for place in message.places] == large
    assert message.lengths() == [8000, 4096]
    assert message.proto.ByteSize() < 5000
    proto = message.with_outside({1: Placement(offset=64, length=4096)}, "there.bin")
    first, small, second = proto.graph.initializer
    assert entries(second) == {"location": "there.bin", "offset": "64", "length": "4096"}
    assert not second.raw_data
    assert first.raw_data == message.proto.graph.initializer[0].raw_data
    assert len(small.raw_data) == 4092
    assert not message.proto.graph.initializer[2].external_data, "the message is as it was"


def test_content_that_imitates_a_marker_is_refused():
    large = ir.tensor(np.zeros(2000, np.float32), name="w")
    marker = np.frombuffer(StandIn(large, 0).tobytes(), np.uint8)
    message = message_of(model(large, ir.tensor(marker, name="imitation")))
    assert isinstance(message, Message)
    with pytest.raises(InternalError, match="imitate"):
        message.with_outside({0: Placement(offset=0, length=8000)}, "there.bin")
