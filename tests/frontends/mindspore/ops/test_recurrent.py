"""LSTM that is not as ``nn.LSTM`` exports it; the exports themselves are in ``test_exports.py``."""

from pathlib import Path

import pytest

import modelwright as mw
from modelwright.errors import UserError
from modelwright.schemas.mindir_file import read_mindir

EXPORT = Path(__file__).parents[3] / "fixtures/mindir/exports/lstm.mindir"


@pytest.mark.parametrize(
    ("name", "value"), [("num_layers", 2), ("bidirectional", 1), ("proj_size", 3)], ids=["layers", "directions", "size"]
)
def test_layers_and_directions_in_one_primitive_are_refused(name, value, tmp_path):
    model = read_mindir(EXPORT)
    primitive = next(item for item in model.primitives if item.op_type == "LSTM")
    attribute = next(item for item in primitive.attribute if item.name == name)
    attribute.i = value
    (tmp_path / "m.mindir").write_bytes(model.SerializeToString())
    with pytest.raises(UserError, match="several layers or directions or a projection"):
        mw.convert(tmp_path / "m.mindir", tmp_path / "m.onnx", no_verify=True)
