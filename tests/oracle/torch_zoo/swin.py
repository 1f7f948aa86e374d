"""Swin (Liu et al. 2021): windows, cyclic shifts, a table of relative positions, and merging of patches."""

from __future__ import annotations

import torch
from torch import nn

WINDOW = 7


def partition(x: torch.Tensor) -> torch.Tensor:
    """``[N, H, W, C]`` to ``[N * windows, 49, C]``."""
    batch, height, width, channels = x.shape
    x = x.view(batch, height // WINDOW, WINDOW, width // WINDOW, WINDOW, channels)
    return x.permute(0, 1, 3, 2, 4, 5).contiguous().view(-1, WINDOW * WINDOW, channels)


def reverse(windows: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """``[N * windows, 49, C]`` back to ``[N, H, W, C]``."""
    channels = windows.shape[-1]
    x = windows.view(-1, height // WINDOW, width // WINDOW, WINDOW, WINDOW, channels)
    return x.permute(0, 1, 3, 2, 4, 5).contiguous().view(-1, height, width, channels)


def relative_index() -> torch.Tensor:
    """For each pair of places in a window, the row of the table of relative positions."""
    places = torch.stack(torch.meshgrid(torch.arange(WINDOW), torch.arange(WINDOW), indexing="ij")).flatten(1)
    relative = (places[:, :, None] - places[:, None, :]).permute(1, 2, 0) + WINDOW - 1
    return relative[..., 0] * (2 * WINDOW - 1) + relative[..., 1]


def shift_mask(size: int, shift: int) -> torch.Tensor:
    """``[windows, 49, 49]``: -100 between places that are neighbours only because of the shift."""
    image = torch.zeros(1, size, size, 1)
    cuts = (slice(0, -WINDOW), slice(-WINDOW, -shift), slice(-shift, None))
    for number, (rows, columns) in enumerate((rows, columns) for rows in cuts for columns in cuts):
        image[:, rows, columns, :] = number
    windows = partition(image).squeeze(-1)
    difference = windows.unsqueeze(1) - windows.unsqueeze(2)
    return difference.masked_fill(difference != 0, -100.0)


class WindowAttention(nn.Module):
    """Attention within windows with a bias for relative positions."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads, self.scale = heads, (width // heads) ** -0.5
        self.table = nn.Parameter(torch.randn((2 * WINDOW - 1) ** 2, heads) * 0.02)
        self.register_buffer("index", relative_index())
        self.qkv, self.output = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        batch, count, width = x.shape
        qkv = self.qkv(x).reshape(batch, count, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        query, key, value = qkv[0], qkv[1], qkv[2]
        scores = (query * self.scale) @ key.transpose(-2, -1)
        bias = self.table[self.index.view(-1)].view(count, count, -1).permute(2, 0, 1).contiguous()
        scores = scores + bias.unsqueeze(0)
        if mask is not None:
            windows = mask.shape[0]
            scores = scores.view(batch // windows, windows, self.heads, count, count) + mask.unsqueeze(1).unsqueeze(0)
            scores = scores.view(-1, self.heads, count, count)
        mixed = (scores.softmax(dim=-1) @ value).transpose(1, 2).reshape(batch, count, width)
        return self.output(mixed)


class Block(nn.Module):
    """Window attention, shifted in every second block, and a feed-forward network."""

    def __init__(self, width: int, heads: int, size: int, shift: int) -> None:
        super().__init__()
        self.size, self.shift = size, shift
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = WindowAttention(width, heads)
        self.feed = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.register_buffer("mask", shift_mask(size, shift) if shift else None)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, count, width = x.shape
        shortcut = x
        x = self.norm1(x).view(batch, self.size, self.size, width)
        if self.shift:
            x = torch.roll(x, shifts=(-self.shift, -self.shift), dims=(1, 2))
        x = reverse(self.attention(partition(x), self.mask), self.size, self.size)
        if self.shift:
            x = torch.roll(x, shifts=(self.shift, self.shift), dims=(1, 2))
        x = shortcut + x.view(batch, count, width)
        return x + self.feed(self.norm2(x))


class Merging(nn.Module):
    """Four neighbours become one patch of twice the channels."""

    def __init__(self, width: int, size: int) -> None:
        super().__init__()
        self.size = size
        self.norm, self.reduction = nn.LayerNorm(4 * width), nn.Linear(4 * width, 2 * width, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, _, width = x.shape
        x = x.view(batch, self.size, self.size, width)
        parts = (x[:, 0::2, 0::2, :], x[:, 1::2, 0::2, :], x[:, 0::2, 1::2, :], x[:, 1::2, 1::2, :])
        return self.reduction(self.norm(torch.cat(parts, -1).view(batch, -1, 4 * width)))


class Swin(nn.Module):
    """The classifier, for images of 224 x 224."""

    def __init__(self, *, width: int = 96, depths: tuple[int, ...] = (2, 2, 6, 2), classes: int = 1000) -> None:
        super().__init__()
        self.patches, self.first = nn.Conv2d(3, width, 4, 4), nn.LayerNorm(width)
        layers: list[nn.Module] = []
        size = 56
        for stage, depth in enumerate(depths):
            for place in range(depth):
                shift = WINDOW // 2 if place % 2 and size > WINDOW else 0
                layers.append(Block(width, 3 * 2**stage, size, shift))
            if stage + 1 < len(depths):
                layers.append(Merging(width, size))
                width, size = 2 * width, size // 2
        self.layers = nn.Sequential(*layers)
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, classes)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        x = self.first(self.patches(image).flatten(2).transpose(1, 2))
        x = self.norm(self.layers(x))
        return self.head(torch.flatten(x.transpose(1, 2).mean(dim=-1, keepdim=True), 1))
