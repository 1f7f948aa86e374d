"""SSD's detection: boxes decoded, overlapping ones suppressed class by class, the best kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import onnx_ir as ir

from modelwright.frontends.caffe.builder import CaffeBuilder
from modelwright.frontends.caffe.operators import caffe_layer

_LOWEST: Final = float(np.finfo(np.float32).min)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidates:
    """Boxes that compete: for each of ``N`` images and ``classes`` classes the ``count`` with the highest scores.

    Attributes:
        boxes: ``[N * classes, count, 4]``.
        scores: ``[N * classes, count]``, in descending order.
        labels: The classes.
        count: Boxes for each class.
    """

    boxes: ir.Value
    scores: ir.Value
    labels: tuple[int, ...]
    count: int


@caffe_layer(
    "DetectionOutput",
    param="detection_output_param",
    ignores=("save_output_param", "visualize", "visualize_threshold", "save_file"),
)
def detection_output(
    op: CaffeBuilder,
    locations: ir.Value,
    confidences: ir.Value,
    priors: ir.Value,
    *,
    num_classes: int,
    share_location: bool = True,
    background_label_id: int = 0,
    nms_param: Mapping[str, Any] | None = None,
    code_type: str = "CORNER",
    keep_top_k: int = -1,
    variance_encoded_in_target: bool = False,
    confidence_threshold: float | None = None,
) -> ir.Value:
    """Rows of image, label, score, xmin, ymin, xmax, ymax, ``[1, 1, K, 7]``, by image, label and falling score.

    Bottoms: ``[N, boxes * 4]`` (times the classes when they do not share locations), ``[N, boxes * num_classes]`` and
    the prior boxes ``[1, 2, boxes * 4]``. Without any detection there is a row for each image: its index, then -1.
    """
    count = op.size(priors, 2) // 4
    owners = 1 if share_location else num_classes
    for x, width, what in ((locations, count * owners * 4, "locations"), (confidences, count * num_classes, "scores")):
        if op.size(op.flat_tail(x, 1), 1) != width:
            raise op.fail(f"has {op.size(op.flat_tail(x, 1), 1)} {what} for {count} prior boxes, not {width}")
    suppression: dict[str, Any] = {"nms_threshold": 0.3, "top_k": -1, "eta": 1.0, **(nms_param or {})}
    if suppression["eta"] != 1:
        raise op.fail("lowers the threshold of suppression as it goes (eta), which ONNX cannot")
    boxes = _decoded(op, locations, priors, (count, owners), code_type, scaled=not variance_encoded_in_target)
    labels = tuple(label for label in range(num_classes) if label != background_label_id)
    kept = count if suppression["top_k"] < 0 else min(count, int(suppression["top_k"]))
    found = _candidates(
        op, boxes, op.reshape(confidences, [0, count, num_classes]), labels, kept, shared=share_location
    )
    chosen = _chosen(op, found, suppression["nms_threshold"], confidence_threshold)
    if keep_top_k >= 0:
        chosen = _best(op, chosen, found, keep_top_k)
    return _rows(op, chosen, found, op.dim_of(locations, 0))


def _decoded(
    op: CaffeBuilder, locations: ir.Value, priors: ir.Value, sizes: tuple[int, int], code: str, *, scaled: bool
) -> ir.Value:
    """Boxes ``[N, count, owners, 4]`` from what the net says of them relative to the prior boxes."""
    count, owners = sizes
    codes = op.reshape(locations, [0, count, owners, 4])
    halves = op.reshape(priors, [2, count, 1, 4])
    prior = op.gather(halves, [0])
    if scaled:
        codes = op.Mul(codes, op.gather(halves, [1]))
    if code == "CORNER":
        return op.Add(prior, codes)
    low, high = op.slice(prior, [0], [2], [3]), op.slice(prior, [2], [4], [3])
    size = op.Sub(high, low)
    if code == "CORNER_SIZE":
        return op.Add(prior, op.Mul(codes, op.concat([size, size], 3)))
    half = op.number(0.5)
    moved = op.Mul(op.slice(codes, [0], [2], [3]), size)
    middle = op.Add(moved, op.Mul(op.Add(low, high), half))
    extent = op.Mul(op.Mul(op.Exp(op.slice(codes, [2], [4], [3])), size), half)
    return op.concat([op.Sub(middle, extent), op.Add(middle, extent)], 3)


def _candidates(
    op: CaffeBuilder, boxes: ir.Value, scores: ir.Value, labels: tuple[int, ...], count: int, *, shared: bool
) -> _Candidates:
    """The ``count`` best of each class, with their boxes."""
    by_class = op.gather(op.transpose(scores, [0, 2, 1]), list(labels), axis=1)
    best, places = op.TopK(by_class, op.ints(count), axis=2, outputs=2)
    own = op.squeeze(boxes, [2]) if shared else op.gather(op.transpose(boxes, [0, 2, 1, 3]), list(labels), axis=1)
    taken = op.GatherND(own, op.unsqueeze(places, [3]), batch_dims=1 if shared else 2)
    return _Candidates(
        boxes=op.reshape(taken, [-1, count, 4]), scores=op.reshape(best, [-1, count]), labels=labels, count=count
    )


def _chosen(op: CaffeBuilder, found: _Candidates, overlap: float, threshold: float | None) -> ir.Value:
    """What suppression leaves: a mask over all candidates in a row, float32 0 or 1."""
    selected = op.NonMaxSuppression(
        found.boxes,
        op.unsqueeze(found.scores, [1]),
        op.ints(found.count),
        op.floats(overlap),
        None if threshold is None else op.floats(threshold),
    )
    row, place = op.gather(selected, 0, axis=1), op.gather(selected, 2, axis=1)
    index = op.Add(op.Mul(row, op.constant(np.int64(found.count))), place)
    flat = op.Shape(op.reshape(found.scores, [-1]))
    ones = op.Expand(op.number(1.0), op.Shape(index))
    return op.ScatterElements(op.ConstantOfShape(flat, value=np.zeros(1, np.float32)), index, ones, axis=0)


def _best(op: CaffeBuilder, chosen: ir.Value, found: _Candidates, limit: int) -> ir.Value:
    """The mask of the ``limit`` best of each image among those chosen."""
    width = len(found.labels) * found.count
    if limit >= width:
        return chosen
    lowest = op.number(_LOWEST)
    scores = op.Where(op.Greater(chosen, op.number(0.0)), op.reshape(found.scores, [-1]), lowest)
    by_image = op.reshape(scores, [-1, width])
    _, places = op.TopK(by_image, op.ints(limit), axis=1, outputs=2)
    empty = op.ConstantOfShape(op.Shape(by_image), value=np.zeros(1, np.float32))
    ones = op.Expand(op.number(1.0), op.Shape(places))
    return op.Mul(chosen, op.reshape(op.ScatterElements(empty, places, ones, axis=1), [-1]))


def _rows(op: CaffeBuilder, chosen: ir.Value, found: _Candidates, images: ir.Value) -> ir.Value:
    """The rows of the candidates under the mask, in their order, which is that of image, label and score."""
    width = len(found.labels) * found.count
    index = op.reshape(op.NonZero(chosen), [-1])
    label = op.gather(
        op.constant(np.array(found.labels, np.float32)),
        op.Mod(op.Div(index, op.constant(np.int64(found.count))), op.constant(np.int64(len(found.labels)))),
    )
    columns = [
        op.cast(op.Div(index, op.constant(np.int64(width))), ir.DataType.FLOAT),
        label,
        op.gather(op.reshape(found.scores, [-1]), index),
    ]
    boxes = op.gather(op.reshape(found.boxes, [-1, 4]), index)
    rows = op.concat([*(op.unsqueeze(column, [1]) for column in columns), boxes], 1)
    total = op.Shape(index)
    none = op.cast(op.Equal(total, op.ints(0)), ir.DataType.INT64)
    shown = op.Max(total, op.Mul(none, images))
    both = op.concat([rows, _fakes(op, images)], 0)
    y = op.unsqueeze(op.Slice(both, op.ints(0), shown, op.ints(0)), [0, 1])
    y.dtype, y.shape = ir.DataType.FLOAT, ir.Shape([1, 1, f"{op.layer.name}_rows", 7])
    return y


def _fakes(op: CaffeBuilder, images: ir.Value) -> ir.Value:
    """What stands for no detections: a row for each image, its index and then -1, ``[N, 7]``."""
    known = op.constant_value(images)
    if known is not None:
        rows = np.full((int(known[0]), 7), -1, np.float32)
        rows[:, 0] = np.arange(len(rows))
        return op.constant(rows)
    numbers = op.Range(op.constant(np.int64(0)), op.squeeze(images, [0]), op.constant(np.int64(1)))
    index = op.unsqueeze(op.cast(numbers, ir.DataType.FLOAT), [1])
    return op.concat([index, op.Expand(op.number(-1.0), op.concat([images, op.ints(6)], 0))], 1)
