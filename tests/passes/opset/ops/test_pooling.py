import pytest


@pytest.mark.parametrize(("operator", "since"), [("MaxPool", 10), ("AveragePool", 19), ("LpPool", 18)])
def test_dilations_of_one_that_are_spelled_out_go(step, operator, since):
    text = f"y = {operator} <kernel_shape = [2, 3], dilations = [1, 1], strides = [2, 1], pads = [1, 1, 0, 1]> (x)"
    found = step(text, "float[2,3,7,8] x", "float[2,3,4,8] y", since, since - 1)
    assert found.operators == [operator]
    assert all(attribute.name != "dilations" for attribute in found.after.graph.node[0].attribute)
