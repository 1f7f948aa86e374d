import numpy as np
import pytest

from modelwright.diagnostics import Status
from modelwright.verify.detections import aligned, has_near_ties

LIMITS = {"rtol": 1e-4, "atol": 1e-6}


def rows(*given):
    """Rows of image 0: label, score, and a box that begins at x."""
    found = [[0, label, score, x, 0.1, x + 0.2, 0.4] for label, score, x in given]
    return np.array(found, np.float32)[None, None]


def test_nearly_equal_scores_take_the_others_order():
    ours = rows((1, 0.9, 0.1), (1, 0.50001, 0.3), (1, 0.50000, 0.6), (2, 0.5, 0.2))
    theirs = rows((1, 0.9, 0.1), (1, 0.50001, 0.6), (1, 0.50000, 0.3), (2, 0.5, 0.2))
    np.testing.assert_allclose(aligned(theirs, ours, **LIMITS), ours, atol=2e-5)


def test_rows_that_differ_are_not_hidden():
    ours = rows((1, 0.9, 0.1), (1, 0.5, 0.3))
    swapped = rows((1, 0.5, 0.3), (1, 0.9, 0.1))
    np.testing.assert_array_equal(aligned(swapped, ours, **LIMITS), ours)
    other = rows((1, 0.9, 0.1), (2, 0.5, 0.3))
    np.testing.assert_array_equal(aligned(other, ours, **LIMITS), other)
    moved = rows((1, 0.9, 0.2), (1, 0.5, 0.3))
    np.testing.assert_array_equal(aligned(moved, ours, **LIMITS), moved)


def test_another_number_of_rows_is_left_alone():
    theirs = rows((1, 0.9, 0.1))
    assert aligned(theirs, rows((1, 0.9, 0.1), (1, 0.5, 0.3)), **LIMITS) is theirs
    plain = np.zeros((2, 3), np.float32)
    assert aligned(plain, plain, **LIMITS) is plain


@pytest.mark.parametrize(
    ("given", "ties"),
    [
        (rows((1, 0.5, 0.1), (1, 0.50002, 0.3)), True),
        (rows((1, 0.5, 0.1), (1, 0.6, 0.3)), False),
        (rows((1, 0.5, 0.1), (2, 0.5, 0.3)), False),
        (np.zeros((2, 3), np.float32), False),
    ],
)
def test_near_ties(given, ties):
    assert has_near_ties(given, **LIMITS) is ties


@pytest.mark.parametrize(
    ("theirs", "status"),
    [
        (rows((1, 0.9, 0.1), (1, 0.50001, 0.6), (1, 0.5, 0.3)), Status.VERIFIED),
        (rows((1, 0.9, 0.1), (1, 0.50001, 0.6), (1, 0.5, 0.8)), Status.UNVERIFIED),
        (rows((1, 0.9, 0.1), (1, 0.7, 0.6), (1, 0.5, 0.3)), Status.FAILED),
    ],
)
def test_the_verdict_on_an_artifact(tmp_path, theirs, status):
    import onnx
    from onnx import helper as h

    from modelwright.verify.source import SourceResult, SourceRunner
    from modelwright.verify.verify import verify_artifact

    ours = rows((1, 0.9, 0.1), (1, 0.50001, 0.3), (1, 0.5, 0.6))
    info = [h.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, 1, 3, 7]) for name in ("x", "y")]
    weight = onnx.numpy_helper.from_array(ours, "w")
    nodes = [h.make_node("Sub", ["x", "x"], ["z"]), h.make_node("Add", ["z", "w"], ["y"])]
    graph = h.make_graph(nodes, "g", info[:1], info[1:], [weight])
    onnx.save(h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=8), tmp_path / "m.onnx")
    source = SourceRunner(
        label="Fake",
        run=lambda arrays: SourceResult(arrays={"y": theirs}, label="Fake 1", detections=frozenset({"y"})),
    )
    assert verify_artifact(tmp_path / "m.onnx", source=source).status is status
