from pathlib import Path

import pytest

from modelwright.errors import ConversionError, UnknownNameError
from modelwright.frontends.caffe.network import DeclaredInput, Layer, Network
from modelwright.frontends.caffe.wiring import named_versions, needed_steps, net_outputs, wire


def _layer(name, bottoms, tops, kind="ReLU"):
    return Layer(name=name, type=kind, bottoms=tuple(bottoms), tops=tuple(tops))


def _wire(*layers):
    inputs = (DeclaredInput(name="x", shape=(1,)),)
    return wire(Network(path=Path("n"), name="", layers=layers, inputs=inputs))


def test_in_place_changes_are_versions():
    wiring = _wire(_layer("a", "x", "y"), _layer("b", "y", "y"), _layer("c", "y", "z"), _layer("d", "y", "y"))
    assert [(step.takes, step.makes) for step in wiring.steps] == [
        ((("x", 0),), (("y", 0),)),
        ((("y", 0),), (("y", 1),)),
        ((("y", 1),), (("z", 0),)),
        ((("y", 1),), (("y", 2),)),
    ]
    assert net_outputs(wiring) == [("z", 0), ("y", 2)]
    assert named_versions(wiring, "y", "output") == [("y", 2)]
    assert named_versions(wiring, "b", "output") == [("y", 1)]
    with pytest.raises(UnknownNameError):
        named_versions(wiring, "nothing", "output")


def test_only_what_outputs_need_between_the_cuts():
    wiring = _wire(_layer("a", "x", "y"), _layer("b", "y", "z"), _layer("c", "z", "w"), _layer("d", "x", "v"))
    steps = needed_steps(wiring, [("w", 0)], [("y", 0)])
    assert [step.layer.name for step in steps] == ["b", "c"]


def test_training_layers_take_no_results_away():
    wiring = _wire(
        _layer("a", "x", "y"),
        _layer("s", "x", "s"),
        _layer("quiet", "s", "", "Silence"),
        _layer("acc", ["y", "label"], ["acc"], "Accuracy"),
        _layer("loss", ["y", "label"], ["loss", "prob"], "SoftmaxWithLoss"),
        _layer("bare", ["x"], [], "SoftmaxWithLoss"),
    )
    assert net_outputs(wiring) == [("prob", 0), ("bare", 0)]


def test_all_that_is_wrong_is_counted():
    with pytest.raises(ConversionError, match=r"ReLU 'a': its bottom 'q' .* \(and 1 more such layers\)"):
        _wire(_layer("a", "q", "y"), _layer("b", "r", "z"))
