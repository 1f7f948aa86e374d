from dataclasses import replace

import pytest

from modelwright.quantize.params import Role
from modelwright.quantize.placement import place
from modelwright.quantize.prepare import prepare
from modelwright.quantize.reduce_placement import candidates, widened, without
from modelwright.quantize.settings import QuantizeSettings


@pytest.fixture
def placed(residual, tools):
    model = tools.load(residual)
    prepare(model)
    return model, place(model, QuantizeSettings())


def test_candidates_are_all_activations_once(placed):
    _, placement = placed
    names = [name for group in candidates(placement) for name in group]
    assert names == list(dict.fromkeys(names))
    assert set(names) == {tensor.name for tensor in placement.of_role(Role.ACTIVATION)}


def test_readers_of_what_leaves_compute_in_float(placed):
    _, placement = placed
    for group in candidates(placement):
        left = without(placement, group)
        floats = {node for tensor in placement.tensors if tensor.name in group for node, _ in tensor.readers} - {""}
        assert floats
        assert not {node for tensor in left.tensors for node, _ in tensor.readers} & floats
        assert all(tensor.readers for tensor in left.tensors)
        assert floats <= {node for node, _ in left.floats}
        names = {tensor.name for tensor in left.tensors}
        assert all(set(tensor.product or ()) <= names for tensor in left.tensors)


def test_all_leave(placed):
    _, placement = placed
    assert without(placement, [name for group in candidates(placement) for name in group]).tensors == ()
    assert without(placement, []) == placement


def test_sixteen_bits(placed):
    _, placement = placed
    group = candidates(placement)[0]
    for tensor, old in zip(widened(placement, group).tensors, placement.tensors, strict=True):
        assert tensor.scheme.dtype == ("uint16" if tensor.name in group else old.scheme.dtype)
        assert tensor.readers == old.readers


def test_what_is_computed_otherwise_stays(placed):
    _, placement = placed
    other = replace(placement, dynamic=("logits_node",), halves=("g_node",))
    left = without(other, candidates(placement)[0])
    assert (left.dynamic, left.halves) == (("logits_node",), ("g_node",))
