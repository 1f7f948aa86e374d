"""A detector of two scales, whose boxes (pixels) and scores (0 to 1) leave in one Concat, as many exports have it."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from quantization_zoo.classifiers import convolution

STRIDES = (8, 16)
SPLIT = 12.0
"""Half the larger side of a box, in pixels, from which it belongs to the coarse scale."""


def layer(inner: int, outer: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    """Convolution, normalization, SiLU."""
    return convolution(inner, outer, kernel, stride=stride, act=nn.SiLU())


class Bottleneck(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(layer(width, width // 2, 1), layer(width // 2, width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.body(x)


class Head(nn.Module):
    """Distances to the four sides and scores of the classes, for every cell."""

    def __init__(self, width: int, classes: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.box, self.score = layer(width, 32), layer(width, 32)
        self.sides, self.classes = nn.Conv2d(32, 4, 1), nn.Conv2d(32, classes, 1)
        nn.init.constant_(self.classes.bias, -4.0)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        sides = functional.softplus(self.sides(self.box(x))) * self.stride
        return sides.flatten(2), self.classes(self.score(x)).flatten(2)


def centres(size: int) -> torch.Tensor:
    """Centres of all cells ``[2, cells]``, in pixels."""
    parts = []
    for stride in STRIDES:
        along = (torch.arange(size // stride) + 0.5) * stride
        down, across = torch.meshgrid(along, along, indexing="ij")
        parts.append(torch.stack([across.flatten(), down.flatten()]))
    return torch.cat(parts, 1)


class Detector(nn.Module):
    """Backbone, a neck that brings the coarse scale to the fine one, a head for each; ``[N, 4 + classes, cells]``."""

    def __init__(self, classes: int, size: int) -> None:
        super().__init__()
        self.register_buffer("centres", centres(size))
        self.fine = nn.Sequential(
            layer(3, 12, stride=2), layer(12, 24, stride=2), Bottleneck(24), layer(24, 48, stride=2), Bottleneck(48)
        )
        self.coarse = nn.Sequential(layer(48, 64, stride=2), Bottleneck(64))
        self.lateral, self.joined = layer(64, 32, 1), layer(80, 48)
        self.heads = nn.ModuleList([Head(48, classes, STRIDES[0]), Head(64, classes, STRIDES[1])])

    def raw(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Boxes ``[N, 4, cells]`` in pixels and logits ``[N, classes, cells]``."""
        fine = self.fine(x)
        coarse = self.coarse(fine)
        up = functional.interpolate(self.lateral(coarse), scale_factor=2.0, mode="nearest")
        found = [head(y) for head, y in zip(self.heads, (self.joined(torch.cat([fine, up], 1)), coarse), strict=True)]
        sides, logits = (torch.cat(part, 2) for part in zip(*found, strict=True))
        return torch.cat([self.centres - sides[:, :2], self.centres + sides[:, 2:]], 1), logits

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        boxes, logits = self.raw(x)
        return torch.cat([boxes, torch.sigmoid(logits)], 1)


def targets(boxes: torch.Tensor, labels: torch.Tensor, size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The box ``[N, 4, cells]`` and label ``[N, cells]`` that each cell should find; -1 for none.

    A cell belongs to a shape of its scale whose centre is less than a cell away.
    """
    cells = centres(size)
    fine = (size // STRIDES[0]) ** 2
    wanted = torch.zeros(len(boxes), 4, cells.shape[1])
    names = torch.full((len(boxes), cells.shape[1]), -1)
    for image, (image_boxes, image_labels) in enumerate(zip(boxes, labels, strict=True)):
        for box, label in zip(image_boxes[image_labels >= 0], image_labels[image_labels >= 0], strict=True):
            middle, half = (box[:2] + box[2:]) / 2, float((box[2:] - box[:2]).max()) / 2
            stride = STRIDES[int(half > SPLIT)]
            near = (cells - middle[:, None]).abs().amax(0) < 0.75 * stride
            near &= (torch.arange(cells.shape[1]) >= fine) == (half > SPLIT)
            wanted[image, :, near] = box[:, None]
            names[image, near] = label
    return wanted, names


def loss(boxes: torch.Tensor, logits: torch.Tensor, wanted: torch.Tensor, names: torch.Tensor) -> torch.Tensor:
    """Focal loss of the scores, and one minus the overlap of the boxes where there is a shape."""
    hot = functional.one_hot(names + 1, logits.shape[1] + 1)[..., 1:].transpose(1, 2).float()
    p = torch.sigmoid(logits)
    weight = torch.where(hot > 0, 0.25 * (1 - p) ** 2, 0.75 * p**2)
    count = (names >= 0).sum().clamp(min=1)
    scores = (weight * functional.binary_cross_entropy_with_logits(logits, hot, reduction="none")).sum() / count
    at = names >= 0
    found, true = boxes.transpose(1, 2)[at], wanted.transpose(1, 2)[at]
    inner = (torch.minimum(found[:, 2:], true[:, 2:]) - torch.maximum(found[:, :2], true[:, :2])).clamp(min=0).prod(1)
    outer = (torch.maximum(found[:, 2:], true[:, 2:]) - torch.minimum(found[:, :2], true[:, :2])).prod(1)
    union = (found[:, 2:] - found[:, :2]).prod(1) + (true[:, 2:] - true[:, :2]).prod(1) - inner
    overlap = inner / union.clamp(min=1e-6) - (outer - union) / outer.clamp(min=1e-6)
    return scores + (1 - overlap).sum() / count
