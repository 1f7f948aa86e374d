from pathlib import Path

import pytest

from modelwright.errors import ShapeError
from modelwright.formats import NamedShape
from modelwright.frontends.caffe.interface import choose_interface
from modelwright.frontends.caffe.network import DeclaredInput, Layer, Network

LAYERS = (
    Layer(name="a", type="ReLU", bottoms=("x",), tops=("y",)),
    Layer(name="b", type="ReLU", bottoms=("y",), tops=("y",)),
    Layer(name="c", type="Eltwise", bottoms=("y", "s"), tops=("z",)),
)
NET = Network(
    path=Path("n"),
    name="",
    layers=LAYERS,
    inputs=(DeclaredInput(name="x", shape=(2, 3)), DeclaredInput(name="s", shape=(2, 3))),
)


def test_by_default_everything():
    found = choose_interface(NET)
    assert [(port.name, port.shape) for port in found.inputs] == [("x", (2, 3)), ("s", (2, 3))]
    assert [port.version for port in found.outputs] == [("z", 0)]
    assert not found.cut


def test_open_dimensions_have_names():
    found = choose_interface(NET, inputs=[NamedShape(name="x", shape=(None, None))], dynamic_batch=True)
    assert [port.shape for port in found.inputs] == [("batch", "x_dim1"), ("batch", 3)]


def test_a_cut_leaves_only_what_is_needed():
    found = choose_interface(NET, inputs=[NamedShape(name="y", shape=(2, 3))])
    assert [port.blob for port in found.inputs] == ["y", "s"]
    assert [step.layer.name for step in found.steps] == ["c"]
    assert found.cut
    upper = choose_interface(NET, outputs=[NamedShape(name="y")])
    assert [port.blob for port in upper.inputs] == ["x"]


@pytest.mark.parametrize("shape", [(0, 3), (2**20, 2**20)])
def test_sizes_that_cannot_be(shape):
    with pytest.raises(ShapeError, match="input 'x'"):
        choose_interface(NET, inputs=[NamedShape(name="x", shape=shape)])
