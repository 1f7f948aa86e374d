import pytest

from modelwright.errors import ConversionError, UnsupportedError
from modelwright.frontends.caffe.network import Layer
from modelwright.frontends.caffe.problems import Problems


def test_one_fault_is_raised_as_it_is():
    problems = Problems("net.prototxt")
    assert not problems
    problems.raise_all()
    problems.error(ConversionError("first", hint="do this"))
    problems.error(ConversionError("first"))
    with pytest.raises(ConversionError, match="first"):
        problems.raise_all()


def test_layers_of_a_type_share_a_line():
    problems = Problems("net.prototxt")
    for number in range(6):
        problems.unsupported(Layer(name=f"l{number}", type="Odd"))
    problems.unknown_fields(Layer(name="m", type="ReLU", unknown={"relu_param.x": 7}))
    with pytest.raises(UnsupportedError) as caught:
        problems.raise_all()
    assert caught.value.items == (
        "Odd (6 layers): l0, l1, l2, l3, ...",
        "net.prototxt:7: ReLU 'm' has a field that is not known: relu_param.x",
    )
