import pytest

from modelwright.errors import ModelFormatError
from modelwright.frontends.tensorflow.arity import check_arity
from modelwright.frontends.tensorflow.messages import message_class


def _node(op, *inputs):
    return message_class("NodeDef")(name="n", op=op, input=inputs)


@pytest.mark.parametrize(
    ("op", "inputs", "told"),
    [
        ("Identity", (), "0 inputs, it needs 1"),
        ("Switch", ("a", "^b"), "1 inputs"),
        ("RestoreV2", ("a", "b"), "needs 3"),
    ],
)
def test_too_few_inputs(op, inputs, told):
    with pytest.raises(ModelFormatError, match=f"graph.pb: {op} 'n'.*{told}") as caught:
        check_arity([_node(op, *inputs)], "graph.pb")
    assert caught.value.node == "n"


def test_what_is_enough_and_what_is_not_known():
    check_arity([_node("Identity", "a"), _node("Switch", "a", "b", "^c"), _node("Whatever")], "graph.pb")
