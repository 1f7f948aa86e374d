import pytest

from modelwright.errors import UnknownNameError, UsageError
from modelwright.quantize.prepare import prepare
from modelwright.quantize.scope import node_scopes
from modelwright.quantize.settings import Method, PartSettings, Precision, QuantizeSettings


@pytest.fixture
def scopes(residual, tools):
    def scopes(**settings):
        model = tools.load(residual)
        prepare(model)
        return {node.name: scope for node, scope in node_scopes(model.graph, QuantizeSettings(**settings)).items()}

    return scopes


def test_parts_lie_between_their_edges(scopes):
    part = PartSettings(inputs=("r1",), outputs=("c3",), precision=Precision.FLOAT, method=Method.KL, level=2)
    found = scopes(parts=(part,))
    inside = [name for name, scope in found.items() if scope.precision is Precision.FLOAT]
    assert inside == ["c2_node", "k2_node", "c3_node"]
    assert found["c2_node"].method is Method.KL
    assert found["c2_node"].level == 2
    assert found["c4_node"].method is Method.DEFAULT


def test_the_later_of_two_parts_wins(scopes):
    parts = tuple(PartSettings(inputs=("r1",), outputs=("c3",), max_percentile=share) for share in (0.9, 0.99))
    assert scopes(parts=parts)["c2_node"].max_percentile == 0.99


def test_names_that_there_are_not(scopes):
    with pytest.raises(UnknownNameError, match="node to ignore named 'c2_nod'") as caught:
        scopes(ignore_op_names=("c2_nod",))
    assert "c2_node" in caught.value.hint
    with pytest.raises(UnknownNameError, match="operator type to ignore named 'Convolution'"):
        scopes(ignore_op_types=("Convolution",))
    with pytest.raises(UnknownNameError, match="output of a part"):
        scopes(parts=(PartSettings(inputs=("r1",), outputs=("nothing",)),))
    with pytest.raises(UnknownNameError, match="tensor to cut at"):
        scopes(truncate_at=("nothing",))


def test_an_operator_that_the_model_lacks_may_be_ignored(scopes):
    assert all(scope.precision is Precision.INT8 for scope in scopes(ignore_op_types=("Softmax",)).values())


def test_edges_that_enclose_nothing(scopes):
    with pytest.raises(UsageError, match="nothing lies between c3 and c3"):
        scopes(parts=(PartSettings(inputs=("c3",), outputs=("c3",)),))


def test_a_cut_must_make_exactly_two_parts(scopes):
    with pytest.raises(UsageError, match=r"does not divide the graph into two: 'a3_node' .* also reads 'r1'") as caught:
        scopes(truncate_at=("c3",))
    assert "'r1'" in caught.value.hint
    assert scopes(truncate_at=("c3", "r1"))["a3_node"].precision is Precision.FLOAT
    with pytest.raises(UsageError, match="leaves nothing on one side"):
        scopes(truncate_at=("logits",))
