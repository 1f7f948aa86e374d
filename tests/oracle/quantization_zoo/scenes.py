"""Generated scenes with several shapes each, and their boxes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quantization_zoo.pictures import MEAN, STD, Spot, background, draw

CLASSES = ("disc", "square", "triangle", "plus", "star", "ring")
SIZE = 96
MOST = 5
"""Shapes in a scene, at most."""
REACH = 0.85
"""Half a box over the radius of its shape: what shapes reach in every direction, about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenes:
    """Pictures and what is in them.

    Attributes:
        images: ``[N, 3, SIZE, SIZE]`` float32, with mean and deviation taken out.
        boxes: ``[N, MOST, 4]`` float32: left, top, right, bottom in pixels; zeros where there is no shape.
        labels: ``[N, MOST]`` int64; -1 where there is no shape.
    """

    images: np.ndarray
    boxes: np.ndarray
    labels: np.ndarray


def _free(spot: Spot, others: list[Spot]) -> bool:
    return all(np.hypot(spot.x - o.x, spot.y - o.y) > 0.9 * (spot.radius + o.radius) for o in others)


def _spots(rng: np.random.Generator) -> list[Spot]:
    found: list[Spot] = []
    for _ in range(rng.integers(1, MOST + 1)):
        radius = float(np.exp(rng.uniform(np.log(5), np.log(22))))
        x, y = rng.uniform(0.8 * radius, SIZE - 0.8 * radius, 2)
        spot = Spot(x=x, y=y, radius=radius, angle=rng.uniform(-0.25, 0.25))
        if _free(spot, found):
            found.append(spot)
    return found


def scenes(count: int, *, seed: int) -> Scenes:
    """Scenes; the same seed gives the same ones."""
    rng = np.random.default_rng(seed)
    images = np.empty((count, 3, SIZE, SIZE), np.float32)
    boxes, labels = np.zeros((count, MOST, 4), np.float32), np.full((count, MOST), -1)
    for image, image_boxes, image_labels in zip(images, boxes, labels, strict=True):
        image[:] = background(rng, SIZE)
        for place, spot in enumerate(_spots(rng)):
            label = rng.integers(len(CLASSES))
            under = image[:, int(np.clip(spot.y, 0, SIZE - 1)), int(np.clip(spot.x, 0, SIZE - 1))]
            colour = np.clip(under + rng.uniform(0.2, 0.6, 3) * rng.choice((-1, 1), 3), 0, 1)
            draw(image, CLASSES[label], spot, colour.astype(np.float32))
            half = REACH * spot.radius
            image_boxes[place] = (spot.x - half, spot.y - half, spot.x + half, spot.y + half)
            image_labels[place] = label
        image += rng.normal(0, rng.uniform(0.02, 0.12), image.shape).astype(np.float32)
    return Scenes(images=(np.clip(images, 0, 1) - MEAN) / STD, boxes=np.clip(boxes, 0, SIZE), labels=labels)
