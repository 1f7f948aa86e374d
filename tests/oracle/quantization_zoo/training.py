"""Training that gives the same weights for the same seed on the same machine."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

Loss = Callable[[nn.Module, torch.Tensor], torch.Tensor]
"""The loss of a network for a batch, which is given by the numbers of its samples."""


def train(network: nn.Module, loss: Loss, *, samples: int, epochs: int, rate: float, batch: int = 64) -> None:
    """AdamW with one cycle of rates; the network is ready for inference afterwards."""
    steps = epochs * (samples // batch)
    network.to(memory_format=torch.channels_last)
    network.train()
    decayed = [p for p in network.parameters() if p.ndim > 1]
    plain = [p for p in network.parameters() if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": 0.02}, {"params": plain, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=rate, total_steps=steps)
    for _ in range(epochs):
        for part in torch.randperm(samples).split(batch)[: samples // batch]:
            optimizer.zero_grad()
            loss(network, part).backward()
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimizer.step()
            schedule.step()
    network.eval()
    network.to(memory_format=torch.contiguous_format)
