"""Opsets and the IR versions that carry them."""

import onnx
import pytest

from modelwright.errors import UsageError
from modelwright.hub.opset import (
    DEFAULT_OPSET,
    OLDEST_TARGET,
    attribute_kinds,
    check_opset,
    check_target,
    ir_version_for,
    newest_opset,
    schema_for,
)


@pytest.mark.parametrize(("opset", "ir_version"), [(13, 7), (15, 8), (17, 8), (18, 8), (19, 9), (21, 10), (23, 11)])
def test_ir_version_is_the_lowest_that_fits(opset, ir_version):
    assert ir_version_for({"": opset}) == ir_version


def test_domains_that_onnx_does_not_know_do_not_count():
    assert ir_version_for({"": 17, "com.example": 9}) == 8


def test_old_opsets_still_need_ir_4():
    assert ir_version_for({"": 7}) == 4


@pytest.mark.parametrize("opset", [12, 0, -1, 1000])
def test_opsets_out_of_range_are_refused(opset):
    with pytest.raises(UsageError, match=f"opset {opset} cannot be written"):
        check_opset(opset)


def test_range_includes_the_default_and_the_newest():
    assert check_opset(DEFAULT_OPSET) == DEFAULT_OPSET
    assert check_opset(newest_opset()) == onnx.defs.onnx_opset_version()


def test_schemas_are_those_of_the_opset():
    assert "axes" in attribute_kinds("ReduceMean", 17)
    assert "axes" not in attribute_kinds("ReduceMean", 18)
    assert schema_for("Gelu", 19) is None


@pytest.mark.parametrize("opset", [8, 0, 1000])
def test_targets_out_of_range_are_refused(opset):
    with pytest.raises(UsageError, match=f"opset {opset} cannot be written"):
        check_target(opset)


def test_targets_begin_below_what_frontends_emit():
    assert check_target(OLDEST_TARGET) == 9
    assert check_target(newest_opset()) == newest_opset()
