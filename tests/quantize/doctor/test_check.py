"""The registry of checks."""

from __future__ import annotations

from pathlib import Path

import pytest

import modelwright.quantize.doctor.checks as package
from modelwright.errors import InternalError
from modelwright.quantize.doctor.check import check, checks


def test_every_file_holds_one_check_with_a_code_of_its_own() -> None:
    files = [path for path in Path(package.__file__).parent.glob("*.py") if path.name != "__init__.py"]
    found = checks()
    assert len(found) == len(files) == len({item.code for item in found})
    assert [item.code for item in found] == sorted(item.code for item in found)
    assert all(item.code.startswith("MW-Q") and item.title for item in found)


def test_a_code_is_given_once() -> None:
    taken = checks()[0].code
    with pytest.raises(InternalError, match=taken):
        check(taken, "again")(lambda evidence: iter(()))
