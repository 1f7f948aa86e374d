"""From a detector's output to its mean average precision, as COCO measures it: 101 points, overlaps of 0.5 to 0.95."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

OVERLAPS = tuple(np.arange(0.5, 1.0, 0.05).round(2))
LEAST_SCORE, LARGEST_OVERLAP, MOST = 0.01, 0.6, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Detections of one picture: boxes ``[n, 4]``, classes ``[n]`` and scores ``[n]``, best first."""

    boxes: np.ndarray
    classes: np.ndarray
    scores: np.ndarray


def overlaps(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Intersection over union ``[n, m]`` of boxes ``[n, 4]`` and ``[m, 4]``: left, top, right, bottom."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    inner = np.clip(high - low, 0, None).prod(2)
    areas = [np.clip(part[:, 2:] - part[:, :2], 0, None).prod(1) for part in (boxes, others)]
    return inner / np.maximum(areas[0][:, None] + areas[1][None] - inner, 1e-9)


def detections(output: np.ndarray) -> Found:
    """What ``[4 + classes, cells]`` holds after suppression of what overlaps a better box of its class."""
    scores = output[4:]
    classes, cells = np.nonzero(scores > LEAST_SCORE)
    found = scores[classes, cells]
    order = np.argsort(-found, kind="stable")[: 10 * MOST]
    boxes, classes, found = output[:4, cells[order]].T, classes[order], found[order]
    covered = np.triu((overlaps(boxes, boxes) > LARGEST_OVERLAP) & (classes[:, None] == classes[None]), 1)
    kept = np.ones(len(boxes), bool)
    for place in range(len(boxes)):
        if kept[place]:
            kept &= ~covered[place]
    best = np.nonzero(kept)[0][:MOST]
    return Found(boxes=boxes[best], classes=classes[best], scores=found[best])


def _hits(found: Found, boxes: np.ndarray, kind: int, overlap: float) -> list[tuple[float, bool]]:
    mine = found.classes == kind
    taken = np.zeros(len(boxes), bool)
    hits = []
    for box, score in zip(found.boxes[mine], found.scores[mine], strict=True):
        match = np.where(taken, 0, overlaps(box[None], boxes)[0]) if len(boxes) else np.zeros(0)
        best = int(match.argmax()) if len(match) else -1
        hit = best >= 0 and match[best] >= overlap
        if hit:
            taken[best] = True
        hits.append((float(score), bool(hit)))
    return hits


def average_precision(hits: list[tuple[float, bool]], count: int) -> float:
    """Mean of the precision at 101 recalls; ``hits`` are scores and whether they found one of ``count`` boxes."""
    if not hits:
        return 0.0
    right = np.array([hit for _, hit in sorted(hits, key=lambda item: -item[0])])
    recall = right.cumsum() / count
    precision = right.cumsum() / np.arange(1, len(right) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    places = np.searchsorted(recall, np.linspace(0, 1, 101))
    return float(np.where(places < len(right), precision[np.minimum(places, len(right) - 1)], 0).mean())


def mean_average_precision(outputs: np.ndarray, boxes: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """MAP over classes and overlaps, and at an overlap of 0.5.

    Args:
        outputs: ``[N, 4 + classes, cells]``.
        boxes: True boxes ``[N, most, 4]``.
        labels: Their classes ``[N, most]``; -1 where there is none.
    """
    pictures = [detections(output) for output in outputs]
    precisions = np.zeros((outputs.shape[1] - 4, len(OVERLAPS)))
    for kind in range(len(precisions)):
        true = [image[names == kind] for image, names in zip(boxes, labels, strict=True)]
        for place, overlap in enumerate(OVERLAPS):
            hits = [
                hit for found, here in zip(pictures, true, strict=True) for hit in _hits(found, here, kind, overlap)
            ]
            precisions[kind, place] = average_precision(hits, sum(len(here) for here in true))
    return {"map": float(precisions.mean()), "map50": float(precisions[:, 0].mean())}
