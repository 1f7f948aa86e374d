"""How problems of a conversion are told."""

from __future__ import annotations

import pytest

from modelwright.errors import ConversionError, UnsupportedError
from modelwright.frontends.tensorflow.problems import Problems


def test_nothing_wrong_raises_nothing() -> None:
    problems = Problems()
    assert not problems
    problems.raise_all()


def test_a_single_refusal_is_raised_as_it_is() -> None:
    problems = Problems()
    fault = ConversionError("Add 'a': no", hint="do this")
    problems.add(fault)
    problems.add(ConversionError("Add 'a': no"))
    with pytest.raises(ConversionError) as caught:
        problems.raise_all()
    assert caught.value is fault


def test_everything_is_told_once_with_names_and_remedies() -> None:
    problems = Problems()
    for name in ("d", "a", "b", "c", "a"):
        problems.add_unsupported("Zeta", name)
    problems.add_unsupported("Eta", "e")
    problems.add(ConversionError("Add 'x': no", hint="do this"))
    with pytest.raises(UnsupportedError, match="2 operator types") as caught:
        problems.raise_all()
    assert caught.value.items == ("Eta (1 node): e", "Zeta (4 nodes): d, a, b, ...", "Add 'x': no; do this")
