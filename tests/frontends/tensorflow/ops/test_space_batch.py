"""Space_batch operators against TensorFlow's answers."""

from __future__ import annotations

import pytest
from checking import Case, check, convert_case, load_cases


@pytest.mark.parametrize("case", load_cases("space_batch"), ids=str)
def test_space_batch(case: Case) -> None:
    check(case, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["atrous_same", "atrous_valid", "atrous_depthwise"])
def test_a_convolution_between_blocks_becomes_one_with_dilations(name: str) -> None:
    case = next(case for case in load_cases("convolution") if case.name == name)
    proto = convert_case(case, 17)
    producers = {output: node for node in proto.graph.node for output in node.output}
    needed, chain = [item.name for item in proto.graph.output], []
    while needed:
        node = producers.get(needed.pop())
        if node is not None:
            chain.append(node)
            needed.extend(node.input)
    assert [node.op_type for node in chain] == ["Transpose", "Conv", "Transpose"]
    dilations = next(list(item.ints) for item in chain[1].attribute if item.name == "dilations")
    assert dilations == ([3, 3] if name == "atrous_valid" else [2, 2])
