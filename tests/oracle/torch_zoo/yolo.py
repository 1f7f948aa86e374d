"""A detector of the YOLO family: CSP backbone, SPPF, PAN neck, and a head that decodes boxes from distributions."""

from __future__ import annotations

import torch
from torch import nn

REGISTERS = 16


class Convolution(nn.Module):
    """Convolution, batch normalization, SiLU."""

    def __init__(self, inner: int, outer: int, kernel: int = 1, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inner, outer, kernel, stride, kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(outer, eps=1e-3)
        self.act = nn.SiLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.act(self.norm(self.conv(x)))


class Bottleneck(nn.Module):
    """Two convolutions, with a shortcut if asked for."""

    def __init__(self, width: int, *, shortcut: bool) -> None:
        super().__init__()
        self.first, self.second, self.shortcut = Convolution(width, width, 3), Convolution(width, width, 3), shortcut

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.second(self.first(x))
        return x + y if self.shortcut else y


class CrossStage(nn.Module):
    """Cross-stage partial block: half of the channels go through the bottlenecks, everything is joined."""

    def __init__(self, inner: int, outer: int, count: int, *, shortcut: bool) -> None:
        super().__init__()
        self.width = outer // 2
        self.first = Convolution(inner, outer)
        self.last = Convolution((2 + count) * self.width, outer)
        self.blocks = nn.ModuleList(Bottleneck(self.width, shortcut=shortcut) for _ in range(count))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        parts = list(self.first(x).chunk(2, 1))
        for block in self.blocks:
            parts.append(block(parts[-1]))
        return self.last(torch.cat(parts, 1))


class PyramidPooling(nn.Module):
    """Three poolings one after the other, all joined (SPPF)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.last = Convolution(width, width // 2), Convolution(2 * width, width)
        self.pool = nn.MaxPool2d(5, 1, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.first(x)
        once = self.pool(x)
        twice = self.pool(once)
        return self.last(torch.cat((x, once, twice, self.pool(twice)), 1))


class Branch(nn.Sequential):
    """Convolutions of one scale that give boxes or classes."""

    def __init__(self, inner: int, middle: int, outer: int) -> None:
        super().__init__(Convolution(inner, middle, 3), Convolution(middle, middle, 3), nn.Conv2d(middle, outer, 1))


class Detect(nn.Module):
    """Boxes ``x, y, w, h`` in pixels and class probabilities, ``[N, 4 + classes, places]``."""

    def __init__(self, widths: tuple[int, ...], classes: int) -> None:
        super().__init__()
        self.classes, self.strides = classes, (8, 16, 32)
        self.boxes = nn.ModuleList(Branch(width, max(16, widths[0] // 4, 64), 4 * REGISTERS) for width in widths)
        self.kinds = nn.ModuleList(Branch(width, max(widths[0], min(classes, 100)), classes) for width in widths)
        self.project = nn.Conv2d(REGISTERS, 1, 1, bias=False)
        self.project.weight.data[:] = torch.arange(REGISTERS, dtype=torch.float).view(1, REGISTERS, 1, 1)

    def anchors(self, maps: list[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
        points, strides = [], []
        for x, stride in zip(maps, self.strides, strict=True):
            height, width = x.shape[2:]
            across = torch.arange(width, dtype=x.dtype) + 0.5
            down = torch.arange(height, dtype=x.dtype) + 0.5
            rows, columns = torch.meshgrid(down, across, indexing="ij")
            points.append(torch.stack((columns, rows), -1).view(-1, 2))
            strides.append(torch.full((height * width, 1), stride, dtype=x.dtype))
        return torch.cat(points).transpose(0, 1), torch.cat(strides).transpose(0, 1)

    def forward(self, maps: list[torch.Tensor]) -> torch.Tensor:
        joined = [torch.cat((box(x), kind(x)), 1) for box, kind, x in zip(self.boxes, self.kinds, maps, strict=True)]
        points, strides = self.anchors(joined)
        batch, outputs = joined[0].shape[0], self.classes + 4 * REGISTERS
        flat = torch.cat([x.view(batch, outputs, -1) for x in joined], 2)
        box, kind = flat.split((4 * REGISTERS, self.classes), 1)
        count = box.shape[-1]
        distances = self.project(box.view(batch, 4, REGISTERS, count).transpose(2, 1).softmax(1)).view(batch, 4, count)
        before, after = distances.chunk(2, 1)
        low, high = points.unsqueeze(0) - before, points.unsqueeze(0) + after
        decoded = torch.cat(((low + high) / 2, high - low), 1) * strides
        return torch.cat((decoded, kind.sigmoid()), 1)


class Yolo(nn.Module):
    """The detector; ``width`` is that of the first layer."""

    def __init__(self, *, width: int = 32, classes: int = 80) -> None:
        super().__init__()
        w = width
        self.stem = nn.Sequential(
            Convolution(3, w, 3, 2), Convolution(w, 2 * w, 3, 2), CrossStage(2 * w, 2 * w, 1, shortcut=True)
        )
        self.c3 = nn.Sequential(Convolution(2 * w, 4 * w, 3, 2), CrossStage(4 * w, 4 * w, 2, shortcut=True))
        self.c4 = nn.Sequential(Convolution(4 * w, 8 * w, 3, 2), CrossStage(8 * w, 8 * w, 2, shortcut=True))
        self.c5 = nn.Sequential(
            Convolution(8 * w, 16 * w, 3, 2), CrossStage(16 * w, 16 * w, 1, shortcut=True), PyramidPooling(16 * w)
        )
        self.up = nn.Upsample(scale_factor=2, mode="nearest")
        self.n4, self.n3 = (
            CrossStage(24 * w, 8 * w, 1, shortcut=False),
            CrossStage(12 * w, 4 * w, 1, shortcut=False),
        )
        self.d3, self.p4 = Convolution(4 * w, 4 * w, 3, 2), CrossStage(12 * w, 8 * w, 1, shortcut=False)
        self.d4, self.p5 = Convolution(8 * w, 8 * w, 3, 2), CrossStage(24 * w, 16 * w, 1, shortcut=False)
        self.head = Detect((4 * w, 8 * w, 16 * w), classes)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        c3 = self.c3(self.stem(image))
        c4 = self.c4(c3)
        c5 = self.c5(c4)
        n4 = self.n4(torch.cat((self.up(c5), c4), 1))
        n3 = self.n3(torch.cat((self.up(n4), c3), 1))
        p4 = self.p4(torch.cat((self.d3(n3), n4), 1))
        p5 = self.p5(torch.cat((self.d4(p4), c5), 1))
        return self.head([n3, p4, p5])
