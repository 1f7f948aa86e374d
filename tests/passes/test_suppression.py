"""NonMaxSuppression as a Loop, against ONNX Runtime's operator."""

from __future__ import annotations

import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper

from modelwright.errors import ConversionError
from modelwright.hub.emitters import OpsetBuilder
from modelwright.passes.suppression import suppressed

OPSET = 18
LIMITS = {"most": (TensorProto.INT64, np.int64), "overlap": (TensorProto.FLOAT, np.float32)}
LIMITS["least"] = LIMITS["overlap"]


def model_of(boxes="float[N, K, 4]", *, centred=None, given=("most", "overlap", "least")):
    """A NonMaxSuppression whose limits are inputs; those that are not given are left out."""
    names = ["boxes", "scores", *(name if name in given else "" for name in LIMITS)]
    attributes = {} if centred is None else {"center_point_box": centred}
    node = helper.make_node("NonMaxSuppression", names, ["selected"], name="nms", **attributes)
    sizes = ["N", "K", 4] if boxes == "float[N, K, 4]" else [2, 9, 4]
    infos = [
        helper.make_tensor_value_info("boxes", TensorProto.FLOAT, sizes),
        helper.make_tensor_value_info("scores", TensorProto.FLOAT, [sizes[0], "C", sizes[1]]),
        *(helper.make_tensor_value_info(name, LIMITS[name][0], [1]) for name in LIMITS if name in given),
    ]
    result = helper.make_tensor_value_info("selected", TensorProto.INT64, ["R", 3])
    graph = helper.make_graph([node], "g", infos, [result])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)


def taken_apart(proto):
    model = ir.from_proto(proto)
    node = model.graph[0]
    op = OpsetBuilder(model.graph, OPSET, before=node)
    (result,) = suppressed(
        node, op, lambda body: OpsetBuilder(body, OPSET, names=op.names, shapes=op.shapes, constants=model.graph)
    )
    old = node.outputs[0]
    result.name, result.type, result.shape, old.name = old.name, old.type, old.shape, None
    old.replace_all_uses_with(result, replace_graph_outputs=True)
    model.graph.remove(node, safe=True)
    after = ir.to_proto(model)
    onnx.checker.check_model(after)
    assert "NonMaxSuppression" not in {item.op_type for item in after.graph.node}
    return after


def run(proto, feeds):
    session = ort.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, feeds)[0]


def feeds_of(seed=0, *, images=2, classes=3, count=9, **limits):
    """Boxes that overlap here and there, corners in any order, and their scores."""
    draw = np.random.default_rng(seed)
    corners = draw.uniform(0, 1, (images, count, 2)).astype(np.float32)
    sides = draw.uniform(-0.6, 0.6, (images, count, 2)).astype(np.float32)
    feeds = {
        "boxes": np.concatenate([corners, corners + sides], 2),
        "scores": draw.uniform(0, 1, (images, classes, count)).astype(np.float32),
    }
    return feeds | {name: np.array([value], LIMITS[name][1]) for name, value in limits.items()}


def same(proto, feeds):
    """Both choose the same boxes in the same order, which are given."""
    wanted = run(proto, feeds)
    np.testing.assert_array_equal(run(taken_apart(proto), feeds), wanted)
    return wanted


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("overlap", [0.0, 0.1, 0.35, 1.0])
@pytest.mark.parametrize("centred", [None, 0, 1])
def test_images_and_classes_are_each_for_themselves(centred, overlap, seed):
    feeds = feeds_of(seed, most=5, overlap=overlap, least=0.2)
    if centred:
        feeds["boxes"][..., 2:] = np.abs(feeds["boxes"][..., 2:])
    wanted = same(model_of(centred=centred), feeds)
    assert {tuple(row) for row in wanted[:, :2]} == {(image, group) for image in range(2) for group in range(3)}


@pytest.mark.parametrize(("images", "classes", "count"), [(1, 1, 1), (1, 1, 30), (3, 1, 7), (1, 5, 4), (4, 2, 13)])
def test_sizes(images, classes, count):
    same(model_of(), feeds_of(7, images=images, classes=classes, count=count, most=count, overlap=0.3, least=0.1))


def test_known_sizes():
    same(model_of("float[2, 9, 4]"), feeds_of(3, most=3, overlap=0.2, least=0.0))


@pytest.mark.parametrize("most", [-1, 0, 1, 3, 2**62])
def test_how_many_are_taken(most):
    wanted = same(model_of(), feeds_of(1, most=most, overlap=0.5, least=0.0))
    assert len(wanted) <= 6 * max(most, 0)


@pytest.mark.parametrize(
    "given", [(), ("most",), ("most", "overlap"), ("most", "least"), ("overlap", "least")], ids=str
)
def test_limits_that_are_left_out(given):
    limits = {"most": 4, "overlap": 0.4, "least": 0.3}
    wanted = same(model_of(given=given), feeds_of(2, **{name: limits[name] for name in given}))
    assert len(wanted) > 0 if "most" in given else len(wanted) == 0


@pytest.mark.parametrize("least", [-5.0, 0.0, 0.5, 0.9, 7.0])
def test_scores_are_above_the_threshold(least):
    feeds = feeds_of(4, most=9, overlap=0.5, least=least)
    feeds["scores"][0, 0, :3] = least
    wanted = same(model_of(), feeds)
    assert (feeds["scores"][tuple(wanted.T)] > np.float32(least)).all()
    assert len(wanted) == 0 if least > 1 else len(wanted) > 0


def test_negative_scores_count_without_a_threshold():
    feeds = feeds_of(5, most=9, overlap=0.5)
    feeds["scores"] -= 2
    assert len(same(model_of(given=("most", "overlap")), feeds)) > 6


def test_of_equal_scores_the_first_counts():
    feeds = feeds_of(6, most=9, overlap=0.2, least=0.0)
    feeds["scores"] = np.round(feeds["scores"] * 2 + 1).astype(np.float32)
    same(model_of(), feeds)
    feeds["scores"][:] = 1
    assert same(model_of(), feeds)[0].tolist() == [0, 0, 0]


def test_boxes_that_are_the_same_and_boxes_without_an_area():
    feeds = feeds_of(8, most=9, overlap=0.0, least=0.0)
    feeds["boxes"][0, 3:6] = feeds["boxes"][0, 2]
    feeds["boxes"][1, 2:5, 2:] = feeds["boxes"][1, 2:5, :2]
    same(model_of(), feeds)


def test_boxes_that_only_touch():
    feeds = feeds_of(9, images=1, classes=1, count=3, most=9, overlap=0.0, least=0.0)
    feeds["boxes"][0] = [[0, 0, 1, 1], [0, 1, 1, 2], [1, 0, 2, 1]]
    assert len(same(model_of(), feeds)) == 3


def test_boxes_or_scores_are_missing():
    proto = model_of()
    proto.graph.node[0].input[1] = ""
    with pytest.raises(ConversionError, match="boxes or scores are missing"):
        taken_apart(proto)
