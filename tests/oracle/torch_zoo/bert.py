"""BERT (Devlin et al. 2019) as model libraries write it: masks made from integers, views of computed sizes."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional


class Embeddings(nn.Module):
    """Word, position and segment embeddings; positions are cut from a buffer by the length of the input."""

    def __init__(self, vocabulary: int, width: int, positions: int) -> None:
        super().__init__()
        self.words = nn.Embedding(vocabulary, width, padding_idx=0)
        self.positions = nn.Embedding(positions, width)
        self.segments = nn.Embedding(2, width)
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.dropout = nn.Dropout(0.1)
        self.register_buffer("position_ids", torch.arange(positions).expand((1, -1)))

    def forward(self, input_ids: torch.Tensor, token_type_ids: torch.Tensor) -> torch.Tensor:
        length = input_ids.size(1)
        total = self.words(input_ids) + self.segments(token_type_ids)
        total = total + self.positions(self.position_ids[:, :length])
        return self.dropout(self.norm(total))


class SelfAttention(nn.Module):
    """Attention over heads, by the framework's own function or spelled out."""

    def __init__(self, width: int, heads: int, *, spelled: bool) -> None:
        super().__init__()
        self.heads, self.size, self.spelled = heads, width // heads, spelled
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.output = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.dropout = nn.Dropout(0.1)

    def _split(self, x: torch.Tensor) -> torch.Tensor:
        return x.view(*x.size()[:-1], self.heads, self.size).permute(0, 2, 1, 3)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        query, key, value = self._split(self.query(x)), self._split(self.key(x)), self._split(self.value(x))
        if self.spelled:
            scores = torch.matmul(query, key.transpose(-1, -2)) / (self.size**0.5) + mask
            mixed = torch.matmul(self.dropout(functional.softmax(scores, dim=-1)), value)
        else:
            mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        mixed = mixed.permute(0, 2, 1, 3).contiguous()
        mixed = mixed.view(*mixed.size()[:-2], self.heads * self.size)
        return self.norm(self.dropout(self.output(mixed)) + x)


class Layer(nn.Module):
    """Attention, then a feed-forward network with GELU; normalized after each."""

    def __init__(self, width: int, heads: int, *, spelled: bool) -> None:
        super().__init__()
        self.attention = SelfAttention(width, heads, spelled=spelled)
        self.widen, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.dropout = nn.Dropout(0.1)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        x = self.attention(x, mask)
        return self.norm(self.dropout(self.narrow(functional.gelu(self.widen(x)))) + x)


class Bert(nn.Module):
    """The encoder and a pooler over the first token."""

    def __init__(
        self, *, layers: int = 12, width: int = 768, heads: int = 12, vocabulary: int = 30522, spelled: bool = False
    ) -> None:
        super().__init__()
        self.embeddings = Embeddings(vocabulary, width, 512)
        self.layers = nn.ModuleList(Layer(width, heads, spelled=spelled) for _ in range(layers))
        self.pooler = nn.Linear(width, width)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        x = self.embeddings(input_ids, token_type_ids)
        batch, length = input_ids.shape
        mask = attention_mask[:, None, None, :].expand(batch, 1, length, length).to(x.dtype)
        mask = (1.0 - mask).masked_fill((1.0 - mask).to(torch.bool), torch.finfo(x.dtype).min)
        for layer in self.layers:
            x = layer(x, mask)
        return x, torch.tanh(self.pooler(x[:, 0]))
