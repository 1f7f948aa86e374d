from __future__ import annotations

import numpy as np
import onnx_ir as ir
import onnxruntime as ort

from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.driver import Statistics, apply_rules
from modelwright.rewrites.rule import Group, rules_of


def test_vectors_of_one_element_become_scalars(make):
    body = "e = Gather<axis=0>(n, i) y = Range(z, e, o)"
    constants = {"z": np.array(0), "o": np.array([1]), "i": np.array([1])}
    model = make("int64[2] n => int64[k] y", body, constants, 17)
    apply_rules(RewriteContext(model.graph, 17), rules_of(Group.SIMPLIFY, opset=17), Statistics())
    assert [node.op_type for node in model.graph] == ["Gather", "Squeeze", "Range"]
    proto = ir.to_proto(model)
    session = ort.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    np.testing.assert_array_equal(session.run(None, {"n": np.array([3, 4])})[0], np.arange(4))


def test_scalars_stay(check):
    body = "r = ReduceMax<keepdims=0>(x) e = Cast<to=7>(r) y = Range(z, e, o)"
    check("float[4] x => int64[k] y", body, "ReduceMax Cast Range", z=np.array(0), o=np.array(1))
