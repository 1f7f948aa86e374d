from modelwright.quantize.groups import share_scales
from modelwright.quantize.params import Role
from modelwright.quantize.placement import place
from modelwright.quantize.prepare import prepare
from modelwright.quantize.settings import QuantizeSettings


def test_what_an_engine_demands_of_one_holds_for_its_group(tmp_path, network, tools):
    n = network()
    n.conv("x", "c", (3, 4))
    n.add("Sigmoid", ["c"], "s")
    n.add("MaxPool", ["s"], "p", kernel_shape=[2, 2], strides=[2, 2])
    n.conv("p", "y", (4, 4))
    model = tools.load(n.write(tmp_path / "m.onnx", {"x": [1, 3, 8, 8]}, {"y": [1, 4, 4, 4]}))
    prepare(model)
    found = {item.name: item for item in place(model, QuantizeSettings(target="tflite")).of_role(Role.ACTIVATION)}
    assert found["s"].group == found["p"].group == "s"
    assert found["p"].fixed == (0.00390625, -128)
    assert found["c"].fixed is None


def test_without_units_nothing_is_shared():
    assert share_scales([], []) == ()
