import numpy as np
import onnx
import onnx.helper
import onnx_ir as ir
import pytest

from modelwright.errors import InternalError
from modelwright.hub.io_stream import StandIn, split_at_stand_ins


def model(raw: bytes) -> onnx.ModelProto:
    proto = onnx.ModelProto(ir_version=8)
    proto.graph.name = "g"
    proto.graph.initializer.add(name="w", data_type=1, dims=[300], raw_data=raw)
    proto.graph.doc_string = "after"
    return proto


def test_the_pieces_make_the_message_with_the_tensor_in_place():
    array = np.arange(300, dtype=np.float32)
    stand_in = StandIn(ir.tensor(array, name="w"), 0)
    assert (stand_in.dtype, stand_in.shape, stand_in.name) == (ir.DataType.FLOAT, ir.Shape([300]), "w")
    pieces, total = split_at_stand_ins(model(stand_in.tobytes()), [0])
    data = b"".join(array.tobytes() if piece == 0 else piece for piece in pieces)
    assert len(data) == total
    assert onnx.ModelProto.FromString(data) == model(array.tobytes())


@pytest.mark.parametrize("indices", [[], [0, 1]])
def test_content_that_imitates_a_marker_is_not_written(indices):
    marker = StandIn(ir.tensor(np.zeros(300, np.float32), name="w"), 0).tobytes()
    with pytest.raises(InternalError, match="imitate"):
        split_at_stand_ins(model(marker), indices)


def test_the_magic_alone_is_content():
    marker = StandIn(ir.tensor(np.zeros(300, np.float32), name="w"), 0).tobytes()
    proto = model(marker[:16] + b"x" * 1184)
    pieces, total = split_at_stand_ins(proto, [])
    assert b"".join(pieces) == proto.SerializeToString()
    assert total == proto.ByteSize()
