"""Layers that only training and testing need, and what becomes of them."""

from __future__ import annotations

from typing import Final

DROPPED: Final = frozenset({
    "Accuracy",
    "ContrastiveLoss",
    "DetectionEvaluate",
    "EuclideanLoss",
    "HDF5Output",
    "HingeLoss",
    "InfogainLoss",
    "MultiBoxLoss",
    "MultinomialLogisticLoss",
    "Silence",
    "SmoothL1Loss",
})  # fmt: skip
"""Dropped; what they take is a result of the net."""

SILENT: Final = frozenset({"Silence"})
"""Of those, what says that its bottoms are no results."""

REDUCED: Final = frozenset({"SigmoidCrossEntropyLoss", "SoftmaxWithLoss"})
"""Losses that contain an activation: they give that of their first bottom, as their second top does in Caffe."""
