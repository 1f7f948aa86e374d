"""Where an input has its channels, height and width, told from its shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

CHANNELS: Final = (3, 1, 4)
"""Numbers of channels that images have, the likeliest first: colours, grey, colours with alpha."""

_PLANES, _IMAGES = 3, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLayout:
    """How one image lies in an input.

    Attributes:
        height: Rows.
        width: Columns.
        channels: 1, 3 or 4.
        axis: Where the channels are in one image's array: 0 (CHW), 2 (HWC), or None (HW, grey).
    """

    height: int
    width: int
    channels: int
    axis: int | None

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one image in the input."""
        sides = (self.height, self.width)
        if self.axis is None:
            return sides
        return (self.channels, *sides) if self.axis == 0 else (*sides, self.channels)

    def placed(self, pixels: np.ndarray) -> np.ndarray:
        """A view of pixels [height, width, channels] in the input's order."""
        if self.axis is None:
            return pixels[:, :, 0]
        return pixels.transpose(2, 0, 1) if self.axis == 0 else pixels

    def along(self, values: np.ndarray) -> np.ndarray:
        """One number for each channel, shaped to broadcast over one image."""
        return values.reshape(-1, 1, 1) if self.axis == 0 else values


def image_layout(item: Sequence[int | None]) -> ImageLayout | None:
    """The layout of one image, or None when channels, height or width cannot be told.

    Args:
        item: The input's shape without its batch; None for an open size.
    """
    if len(item) == _PLANES - 1 and None not in item:
        height, width = (int(size or 0) for size in item)
        return ImageLayout(height=height, width=width, channels=1, axis=None)
    if len(item) != _PLANES:
        return None
    axis = next((axis for count in CHANNELS for axis in (0, 2) if item[axis] == count), None)
    sides = [size for index, size in enumerate(item) if index != axis]
    if axis is None or None in sides:
        return None
    height, width = (int(size or 0) for size in sides)
    return ImageLayout(height=height, width=width, channels=int(item[axis] or 0), axis=axis)


def is_single_image(shape: Sequence[int | None]) -> bool:
    """Whether an input of this shape takes one image without a batch: [3, H, W] or [H, W, 3]."""
    return len(shape) == _PLANES and shape[0] is not None and (shape[0] in CHANNELS or shape[-1] in CHANNELS)
