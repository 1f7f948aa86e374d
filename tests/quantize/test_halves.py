import onnx_ir as ir

from modelwright.quantize.params import Placement
from modelwright.quantize.settings import PartSettings, Precision, QuantizeSettings
from modelwright.quantize.steps import quantize


def test_a_part_in_float16_beside_integers(residual, tools, tmp_path):
    model = tools.load(residual)
    part = PartSettings(inputs=("p3",), outputs=("r4",), precision=Precision.FLOAT16)
    quantize(model, QuantizeSettings(parts=(part,)), tools.images(4))
    weight = next(value for name, value in model.graph.initializers.items() if name.startswith("c4_w"))
    assert weight.dtype is ir.DataType.FLOAT16
    stored = tools.stored(model, tmp_path / "h.onnx")
    feeds = next(iter(tools.images(1, seed=7)))
    assert tools.decibels(tools.run(residual, feeds)[0], tools.run(stored, feeds)[0]) > 24


def test_nothing_to_do(residual, tools):
    from modelwright.quantize.halves import halve

    model = tools.load(residual)
    before = [node.op_type for node in model.graph]
    halve(model, Placement(tensors=()))
    assert [node.op_type for node in model.graph] == before
