"""Generated pictures: one of ten shapes, of any place, size, angle and colour, among noise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Coordinates = np.ndarray
Inside = Callable[[Coordinates, Coordinates], np.ndarray]

MEAN, STD = 0.5, 0.25
"""Pictures have values of 0 to 1 before these."""


def _radius(u: Coordinates, v: Coordinates) -> np.ndarray:
    return np.hypot(u, v)


def _square(u: Coordinates, v: Coordinates) -> np.ndarray:
    return np.maximum(np.abs(u), np.abs(v))


def _triangle(u: Coordinates, v: Coordinates) -> np.ndarray:
    return 0.5 - np.maximum(np.maximum(0.87 * u + 0.5 * v, -0.87 * u + 0.5 * v), -v)


def _plus(u: Coordinates, v: Coordinates) -> np.ndarray:
    across, along = np.abs(u), np.abs(v)
    return np.maximum(np.minimum(0.3 - across, 0.9 - along), np.minimum(0.9 - across, 0.3 - along))


def _star(u: Coordinates, v: Coordinates) -> np.ndarray:
    return 0.65 + 0.3 * np.cos(5 * np.arctan2(v, u)) - _radius(u, v)


SHAPES: dict[str, Inside] = {
    "disc": lambda u, v: 0.85 - _radius(u, v),
    "ring": lambda u, v: 0.25 - np.abs(_radius(u, v) - 0.65),
    "square": lambda u, v: 0.8 - _square(u, v),
    "frame": lambda u, v: 0.2 - np.abs(_square(u, v) - 0.65),
    "triangle": _triangle,
    "plus": _plus,
    "star": _star,
    "crescent": lambda u, v: np.minimum(0.9 - _radius(u, v), _radius(u - 0.45, v) - 0.65),
    "stripes": lambda u, v: np.minimum(0.9 - _radius(u, v), 0.3 * np.sin(9 * u)),
    "half": lambda u, v: np.minimum(0.9 - _radius(u, v), u + 0.1),
}
"""Shapes in a square from -1 to 1: positive inside, by about the distance to the edge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a shape is: centre, radius and angle, in pixels and radians."""

    x: float
    y: float
    radius: float
    angle: float


def draw(picture: np.ndarray, shape: str, spot: Spot, colour: np.ndarray) -> None:
    """Draws a shape with soft edges into ``[3, height, width]``."""
    rows, columns = np.mgrid[: picture.shape[1], : picture.shape[2]].astype(np.float32)
    across, down = (columns - spot.x) / spot.radius, (rows - spot.y) / spot.radius
    cos, sin = np.cos(spot.angle), np.sin(spot.angle)
    inside = SHAPES[shape](cos * across + sin * down, cos * down - sin * across)
    cover = np.clip(inside * spot.radius + 0.5, 0, 1)
    picture += cover * (colour[:, None, None] - picture)


def background(rng: np.random.Generator, size: int) -> np.ndarray:
    """A gradient between two colours ``[3, size, size]``."""
    ends = rng.uniform(0.1, 0.9, (2, 3, 1, 1)).astype(np.float32)
    ramp = np.linspace(0, 1, size, dtype=np.float32)
    return ends[0] + (ends[1] - ends[0]) * (ramp if rng.random() < 0.5 else ramp[:, None])


def pictures(count: int, *, size: int, seed: int, noise: float = 0.2) -> tuple[np.ndarray, np.ndarray]:
    """Pictures ``[count, 3, size, size]`` float32, with mean and deviation taken out, and classes ``[count]``.

    Args:
        count: How many.
        size: Height and width.
        seed: The same seed gives the same pictures.
        noise: Largest deviation of the noise; values are 0 to 1.
    """
    rng = np.random.default_rng(seed)
    names = tuple(SHAPES)
    labels = rng.integers(len(names), size=count)
    images = np.empty((count, 3, size, size), np.float32)
    for image, label in zip(images, labels, strict=True):
        image[:] = background(rng, size)
        for _ in range(2):
            where = Spot(x=rng.uniform(0, size), y=rng.uniform(0, size), radius=size / 10, angle=0)
            draw(image, "disc" if rng.random() < 0.5 else "square", where, rng.uniform(0, 1, 3).astype(np.float32))
        radius = size * rng.uniform(0.17, 0.36)
        x, y = rng.uniform(radius, size - radius, 2)
        contrast = rng.uniform(0.25, 0.6, 3) * rng.choice((-1, 1), 3)
        colour = np.clip(image[:, int(y), int(x)] + contrast, 0, 1).astype(np.float32)
        draw(image, names[label], Spot(x=x, y=y, radius=radius, angle=rng.uniform(0, 2 * np.pi)), colour)
        image += rng.normal(0, rng.uniform(0.02, noise), image.shape).astype(np.float32)
    return (np.clip(images, 0, 1) - MEAN) / STD, labels
