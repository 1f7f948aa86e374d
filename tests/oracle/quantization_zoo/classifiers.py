"""Small classifiers of four families: residual, depthwise, SiLU with squeeze and excitation, attention."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional


def convolution(
    inner: int, outer: int, kernel: int = 3, *, stride: int = 1, groups: int = 1, act: nn.Module | None = None
) -> nn.Sequential:
    """Convolution, batch normalization and, if given, an activation."""
    layers = [nn.Conv2d(inner, outer, kernel, stride, kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(outer)]
    return nn.Sequential(*layers, *([act] if act is not None else []))


class Residual(nn.Module):
    """Two convolutions beside a shortcut, ReLU behind."""

    def __init__(self, inner: int, outer: int, stride: int) -> None:
        super().__init__()
        first = convolution(inner, outer, stride=stride, act=nn.ReLU())
        self.body = nn.Sequential(first, convolution(outer, outer))
        plain = stride == 1 and inner == outer
        self.shortcut = nn.Identity() if plain else convolution(inner, outer, 1, stride=stride)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.relu(self.body(x) + self.shortcut(x))


class Gate(nn.Module):
    """Squeeze and excitation."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.down, self.up = nn.Conv2d(width, inner, 1), nn.Conv2d(inner, width, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * torch.sigmoid(self.up(functional.silu(self.down(x.mean((2, 3), keepdim=True)))))


class Inverted(nn.Module):
    """Widen, depthwise convolution, narrow; a shortcut where the shapes allow it."""

    def __init__(self, inner: int, outer: int, stride: int, widen: int, *, silu: bool = False) -> None:
        super().__init__()
        wide = inner * widen
        act = nn.SiLU if silu else nn.ReLU6
        self.body = nn.Sequential(
            *([convolution(inner, wide, 1, act=act())] if widen > 1 else []),
            convolution(wide, wide, stride=stride, groups=wide, act=act()),
            *([Gate(wide, max(inner // 4, 4))] if silu else []),
            convolution(wide, outer, 1),
        )
        self.plain = stride == 1 and inner == outer

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.body(x) if self.plain else self.body(x)


class Block(nn.Module):
    """Attention and a perceptron, each behind a normalization."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.widen, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, tokens, width = x.shape
        parts = self.qkv(self.norm1(x)).reshape(batch, tokens, 3, self.heads, width // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4).unbind(0)
        weights = torch.softmax(q @ k.transpose(-2, -1) * (width // self.heads) ** -0.5, -1)
        x = x + self.out((weights @ v).transpose(1, 2).reshape(batch, tokens, width))
        return x + self.narrow(functional.gelu(self.widen(self.norm2(x))))


class Vit(nn.Module):
    """Tokens of 4 by 4 pixels behind early convolutions (arXiv:2106.14881), blocks, mean, classes."""

    def __init__(self, classes: int, width: int = 64, depth: int = 2, heads: int = 4, tokens: int = 64) -> None:
        super().__init__()
        first = convolution(3, width // 4, stride=2, act=nn.ReLU())
        self.stem = nn.Sequential(first, Residual(width // 4, width // 2, 1), Residual(width // 2, width, 2))
        self.places = nn.Parameter(torch.randn(1, tokens, width) * 0.02)
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(depth)))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tokens = self.stem(x).flatten(2).transpose(1, 2) + self.places
        return self.head(self.norm(self.blocks(tokens)).mean(1))


def head(width: int, classes: int) -> list[nn.Module]:
    """Mean over the picture, classes."""
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, classes)]


def residual(classes: int) -> nn.Module:
    """Like ResNet-14 for small pictures."""
    sizes = ((16, 16, 1), (16, 16, 1), (16, 32, 2), (32, 32, 1), (32, 64, 2), (64, 64, 1))
    stem = convolution(3, 16, stride=2, act=nn.ReLU())
    return nn.Sequential(stem, *(Residual(*size) for size in sizes), *head(64, classes))


def inverted(classes: int, *, silu: bool) -> nn.Module:
    """Like MobileNetV2, or EfficientNet, for small pictures."""
    sizes = ((16, 16, 1, 1), (16, 24, 2, 4), (24, 24, 1, 4), (24, 40, 2, 4), (40, 40, 1, 4))
    act = nn.SiLU if silu else nn.ReLU6
    stem = convolution(3, 16, stride=2, act=act())
    blocks = [Inverted(*size, silu=silu) for size in sizes]
    return nn.Sequential(stem, *blocks, convolution(40, 160, 1, act=act()), *head(160, classes))
