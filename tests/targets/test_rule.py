import pytest

from modelwright.errors import InternalError
from modelwright.targets.rule import check_settings, model_rule, node_rule, rules


def test_rules_are_found_by_walking():
    found = rules()
    assert {"opset-range", "static-inputs", "max-rank", "no-training", "attributes", "dtypes"} <= set(found)
    assert found["max-rank"].of_nodes
    assert not found["opset-range"].of_nodes
    assert found["max-rank"].required == {"highest"}


def test_every_rule_has_a_description():
    assert all(rule.function.__doc__ for rule in rules().values())


def test_a_name_twice_is_a_fault_of_ours():
    rules()
    with pytest.raises(InternalError, match="max-rank"):
        node_rule("max-rank")(lambda facts, node: iter(()))
    with pytest.raises(InternalError, match="opset-range"):
        model_rule("opset-range")(lambda facts: iter(()))


def test_settings():
    check_settings("max-rank", {"highest": 4})
    with pytest.raises(ValueError, match="no rule 'max-rang'; near are max-rank"):
        check_settings("max-rang", {})
