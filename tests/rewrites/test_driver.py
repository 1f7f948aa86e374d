from __future__ import annotations

import numpy as np
import onnx_ir as ir
import pytest

from modelwright.errors import InternalError
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.driver import Statistics, apply_rules, remove_dead
from modelwright.rewrites.rule import Applied, Group, NotApplied, Rule, all_rules, rewrite, rules_of

NO_CONSTANTS: dict[str, np.ndarray] = {}


def negate_twice_rule(reason: str = "") -> Rule:
    @rewrite("double negation", "Neg")
    def rule(context, node):
        inner = context.producer(node.inputs[0], node, "Neg")
        return Applied((inner.inputs[0],)) if inner is not None else NotApplied(reason)

    return rule


def test_works_to_a_fixed_point_in_subgraphs_too(make):
    body = "a = Neg(x) b = Neg(a) c = Neg(b) d = Neg(c) e = Abs(d) "
    body += "y = If(f) <then_branch = t () => (float[2] p) { q = Neg(e) r = Neg(q) p = Abs(r) }, "
    body += "else_branch = g () => (float[2] s) { s = Abs(e) }>"
    model = make("float[2] x, bool f => float[2] y", body, NO_CONSTANTS, 17)
    statistics = Statistics()
    assert apply_rules(RewriteContext(model.graph, 17), [negate_twice_rule()], statistics) == 3
    assert statistics.applied == {"double negation": 3}
    names = [node.op_type for node in ir.traversal.RecursiveGraphIterator(model.graph)]
    assert names == ["Abs", "If", "Abs", "Abs"]


def test_an_output_keeps_its_name_and_shape(make):
    model = make("float[N] x => float[N] y", "a = Neg(x) y = Neg(a)", NO_CONSTANTS, 17)
    apply_rules(RewriteContext(model.graph, 17), [negate_twice_rule()], Statistics())
    (node,) = model.graph
    assert node.op_type == "Identity"
    assert node.outputs[0].name == "y"
    assert node.outputs[0].shape == ir.Shape(["N"])


def test_near_misses_tell_the_reason_when_asked(make):
    model = make("float[2] x => float[2] y", "y = Neg(x)", NO_CONSTANTS, 17)
    statistics = Statistics(explain=True)
    apply_rules(RewriteContext(model.graph, 17), [negate_twice_rule("its input is not negated")], statistics)
    assert [(miss.rule, miss.reason) for miss in statistics.near_misses] == [
        ("double negation", "its input is not negated")
    ]


def test_rules_that_go_on_for_ever_are_stopped(make):
    @rewrite("restless", "Neg")
    def restless(context, node):
        return Applied((context.before(node).Neg(node.inputs[0]),))

    model = make("float[2] x => float[2] y", "y = Neg(x)", NO_CONSTANTS, 17)
    with pytest.raises(InternalError, match="do not come to an end"):
        apply_rules(RewriteContext(model.graph, 17), [restless], Statistics())


def test_new_nodes_bear_the_name_of_the_source_layer(make):
    @rewrite("softplus", "Log")
    def to_abs(context, node):
        return Applied((context.before(node).Abs(node.inputs[0]),))

    model = make("float[2] x => float[2] y", "y = Log(x)", NO_CONSTANTS, 17)
    next(iter(model.graph)).meta["source"] = "dense/log"
    apply_rules(RewriteContext(model.graph, 17), [to_abs], Statistics())
    (node,) = model.graph
    assert node.meta["source"] == "dense/log"
    assert node.name.startswith("dense/log")


def test_a_dead_control_node_takes_its_body_along(make):
    body = "a = Neg(x) b = If(f) <then_branch = t () => (float[2] p) { p = Abs(a) }, "
    body += "else_branch = g () => (float[2] s) { s = Exp(a) }> y = Sin(x)"
    model = make("float[2] x, bool f => float[2] y", body, NO_CONSTANTS, 17)
    control = next(node for node in model.graph if node.op_type == "If")
    remove_dead(control)
    assert [node.op_type for node in model.graph] == ["Sin"]


def test_every_rule_is_found_and_described():
    rules = all_rules()
    assert len(rules) > 25
    assert all(rule.name and rule.roots and rule.group in Group for rule in rules)
    old, new = ({rule.name for rule in rules_of(Group.RECOGNIZE, opset=opset)} for opset in (13, 17))
    assert new - old == {"HardSwish", "LayerNormalization"}


def test_an_output_without_use_tells_nothing_about_what_stands_for_it(make):
    body = "a = Abs(x) d, mask = Dropout(a) y = Neg(d)"
    model = make("float[3] x => float[3] y", body, {}, 17)
    apply_rules(RewriteContext(model.graph, 17), rules_of(Group.SIMPLIFY, opset=17), Statistics())
    first, second = model.graph
    assert (first.op_type, second.op_type) == ("Abs", "Neg")
    assert first.outputs[0].dtype in (None, ir.DataType.FLOAT)
