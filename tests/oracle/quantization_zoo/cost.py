"""ResNet-18 and MobileNetV2 for pictures of 224 by 224: untrained, for what quantizing them costs."""

from __future__ import annotations

import torch
from torch import nn

from quantization_zoo.classifiers import Inverted, Residual, convolution, head

CLASSES = 1000


def resnet18() -> nn.Module:
    """ResNet-18, arXiv:1512.03385, table 1."""
    sizes = ((64, 64, 1), (64, 64, 1), (64, 128, 2), (128, 128, 1), (128, 256, 2), (256, 256, 1), (256, 512, 2))
    stem = [convolution(3, 64, 7, stride=2, act=nn.ReLU()), nn.MaxPool2d(3, 2, 1)]
    return nn.Sequential(*stem, *(Residual(*size) for size in sizes), Residual(512, 512, 1), *head(512, CLASSES))


def mobilenet_v2() -> nn.Module:
    """MobileNetV2, arXiv:1801.04381, table 2."""
    rows = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
    layers: list[nn.Module] = [convolution(3, 32, stride=2, act=nn.ReLU6())]
    inner = 32
    for widen, outer, count, stride in rows:
        for place in range(count):
            layers.append(Inverted(inner, outer, stride if place == 0 else 1, widen))
            inner = outer
    return nn.Sequential(*layers, convolution(320, 1280, 1, act=nn.ReLU6()), *head(1280, CLASSES))


def settle(network: nn.Module, pictures: torch.Tensor, seed: int) -> None:
    """Gives normalizations uneven scales, and the statistics that the pictures have, as training does."""
    torch.manual_seed(seed)
    norms = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d)]
    for norm in norms:
        nn.init.normal_(norm.bias, 0, 0.3)
        norm.weight.data = torch.exp(0.4 * torch.randn_like(norm.weight))
        norm.momentum = None
    network.train()
    with torch.no_grad():
        for part in pictures.split(16):
            network(part)
    network.eval()
