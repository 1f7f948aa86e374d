"""Loops over cells against TensorFlow's answers, and which of them become LSTM and GRU."""

from __future__ import annotations

import pytest
from checking import Case, check, convert_case, load_cases

CASES = load_cases("recurrent")
STAY_LOOPS = {"other_order", "part", "part_given", "gru_swapped"}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_recurrent(case: Case) -> None:
    check(case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_only_what_is_surely_a_known_cell_becomes_one(case: Case) -> None:
    operators = {node.op_type for node in convert_case(case, 17).graph.node}
    wanted = "Loop" if case.name in STAY_LOOPS else "GRU" if case.name.startswith("gru") else "LSTM"
    assert operators & {"Loop", "LSTM", "GRU"} == {wanted}


def test_zeros_at_the_start_are_left_out() -> None:
    inputs = {
        case.name: [len(node.input) for node in convert_case(case, 17).graph.node if node.op_type == "LSTM"]
        for case in CASES
        if case.name in ("all", "started")
    }
    assert inputs == {"all": [4], "started": [7]}
