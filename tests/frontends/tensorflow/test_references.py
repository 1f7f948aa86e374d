"""References to tensors."""

from __future__ import annotations

from modelwright.frontends.tensorflow.messages import make_node
from modelwright.frontends.tensorflow.references import tensor_name, used_outputs


def test_a_node_means_its_first_output() -> None:
    assert tensor_name("a/b") == "a/b:0"
    assert tensor_name("a:2") == "a:2"


def test_outputs_used_are_counted_up_to_the_highest() -> None:
    nodes = [make_node("b", "Add", "a:2", "a", "^c"), make_node("d", "Neg", "b")]
    assert used_outputs(nodes, ["e:1"]) == {"a": 3, "b": 1, "e": 2}


def test_what_is_no_number_counts_as_the_first() -> None:
    assert used_outputs([], ["a:b"]) == {"a": 1}
