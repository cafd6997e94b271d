"""A small transformer encoder in plain torch (Vaswani et al. 2017, with the norms before the layers), all weights from an
explicit generator."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from contrastive_claims.experiments.text.vocabulary import PADDING


class TextEncoder(nn.Module):
    """Subwords [B, L] (PADDING behind each text) -> [B, width]: the mean over the places of a text.

    No norm at the end: what the loss compares are these means themselves.
    """

    def __init__(self, vocabulary: int, longest: int, width: int, layers: int, heads: int, dropout: float) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"heads: {heads} do not share a width of {width} evenly")
        self.width = width
        self.subwords = nn.Embedding(vocabulary, width)
        self.places = nn.Embedding(longest, width)
        self.dropout = nn.Dropout(dropout)
        self.layers = nn.ModuleList(Layer(width, heads, dropout) for _ in range(layers))

    def forward(self, subwords: Tensor) -> Tensor:
        there = subwords != PADDING
        vectors = self.dropout(self.subwords(subwords) + self.places.weight[: subwords.shape[1]])
        for layer in self.layers:
            vectors = layer(vectors, there)
        weights = there.to(vectors.dtype)
        return (vectors * weights[..., None]).sum(dim=1) / weights.sum(dim=1, keepdim=True)


class Layer(nn.Module):
    """Self-attention, then two linear maps with GELU; each behind a norm and beside a path that skips it."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.before_attention, self.before_maps = nn.LayerNorm(width), nn.LayerNorm(width)
        self.together, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.wide, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, vectors: Tensor, there: Tensor) -> Tensor:
        batch, length, width = vectors.shape
        parts = self.together(self.before_attention(vectors)).view(batch, length, 3, self.heads, -1)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        attended = functional.scaled_dot_product_attention(query, key, value, attn_mask=there[:, None, None])
        vectors = vectors + self.dropout(self.out(attended.transpose(1, 2).reshape(batch, length, width)))
        return vectors + self.dropout(self.narrow(functional.gelu(self.wide(self.before_maps(vectors)))))


@torch.no_grad()
def initialise(encoder: TextEncoder, generator: torch.Generator) -> None:
    """Fresh weights: normal with deviation .1 for subwords and .01 for places, 1/sqrt(inputs) for linear maps; zero biases."""
    for layer in encoder.modules():
        if isinstance(layer, nn.Linear):
            layer.weight.normal_(0, 1 / math.sqrt(layer.in_features), generator=generator)
            layer.bias.zero_()
        elif isinstance(layer, nn.LayerNorm):
            layer.reset_parameters()
    encoder.subwords.weight.normal_(0, 0.1, generator=generator)
    encoder.places.weight.normal_(0, 0.01, generator=generator)
