from __future__ import annotations

import numpy as np

F = np.float32
IF = """
y = If (c) <
  then_branch = yes () => (float[N,3] a) { t = Relu(x) a = Mul(t, k) },
  else_branch = no () => (float[N,3] b) { t = Neg(x) b = Add(t, k) }
>
"""
SIGNATURE = "float[N,3] x => float[N,3] y"


def test_the_branch_taken_stays(check):
    check(SIGNATURE, IF, "Relu Mul", c=np.array(True), k=F([1, 2, 3]))
    check(SIGNATURE, IF, "Neg Add", c=np.array([False]), k=F([1, 2, 3]))


def test_a_computed_condition_stays(check):
    body = "s = ReduceSum<keepdims=0>(x) c = Greater(s, z)" + IF
    check(SIGNATURE, body, "ReduceSum Greater If", z=F(0), k=F([1, 2, 3]))


def test_equal_names_in_both_branches_of_two_nodes(check):
    second = IF.replace("y =", "z =").replace("x)", "y)").replace("(c)", "(d)")
    body = IF + second
    model = check("float[N,3] x => float[N,3] z", body, "Relu Mul Neg Add", c=np.array(True), d=np.array(False), k=F(2))
    names = [value.name for node in model.graph for value in node.outputs]
    assert len(names) == len(set(names))


def test_a_branch_that_passes_an_outer_value_on(check):
    body = """
    r = Relu(x)
    y = If (c) <
      then_branch = yes () => (float[N,3] a) { a = Identity(r) },
      else_branch = no () => (float[N,3] b) { b = Neg(r) }
    >
    """
    check(SIGNATURE, body, "Relu", c=np.array(True))


def test_a_branch_of_constants_names_an_output(check):
    body = """
    n = Neg(x)
    y = If (c) <
      then_branch = yes () => (float[2] a) { a = Constant<value_floats=[1.0, 2.0]>() },
      else_branch = no () => (float[2] b) { b = Constant<value_floats=[3.0, 4.0]>() }
    >
    """
    check("float[N,3] x => float[2] y, float[N,3] n", body, "Neg Identity", c=np.array(True))


def test_nested_conditions(check):
    body = """
    y = If (c) <
      then_branch = yes () => (float[N,3] a) {
        a = If (d) <
          then_branch = yy () => (float[N,3] p) { p = Relu(x) },
          else_branch = yn () => (float[N,3] q) { q = Neg(x) }
        >
      },
      else_branch = no () => (float[N,3] b) { b = Abs(x) }
    >
    """
    check(SIGNATURE, body, "Neg", c=np.array(True), d=np.array(False))
