"""Encoders of the package transformers, by name on the Hugging Face hub or from a local folder."""

from __future__ import annotations

import importlib
from typing import Any

import torch
from torch import Tensor, nn

from contrastive_claims.experiments.text.vocabulary import PADDING


def package() -> Any:
    """The package transformers. Raises ValueError with how to get it, where it is not installed."""
    try:
        return importlib.import_module("transformers")
    except ImportError as error:
        raise ValueError(
            "encoders of the Hugging Face hub need transformers: pip install 'contrastive-claims[text]'"
        ) from error


def tokenizer_of(name: str) -> Any:
    """The tokenizer of a model, from the hub's cache or a folder: nothing is downloaded. Raises ValueError without it."""
    return _loaded(package().AutoTokenizer, name)


class HuggingEncoder(nn.Module):
    """Subwords [B, L] -> [B, width]: the last layer's vector of the first subword ([CLS]), as SimCSE takes it.

    Texts come padded with PADDING, which stands for the encoder's own number of padding, and that for PADDING (`exchanged`).
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.model = _loaded(package().AutoModel, name)
        self.width = int(self.model.config.hidden_size)
        self.padding = self.model.config.pad_token_id
        if self.padding is None:
            raise ValueError(f"encoder.name: {name} has no padding, and texts of several lengths go into one batch")

    def forward(self, subwords: Tensor) -> Tensor:
        own = torch.where(subwords == PADDING, self.padding, torch.where(subwords == self.padding, PADDING, subwords))
        return self.model(input_ids=own, attention_mask=(subwords != PADDING).long()).last_hidden_state[:, 0]


def exchanged(rows: list[list[int]], padding: int | None) -> list[list[int]]:
    """Rows of an encoder's own numbers, in which PADDING and its own number of padding have changed places."""
    places = {} if padding is None else {PADDING: padding, padding: PADDING}
    return [[places.get(number, number) for number in row] for row in rows]


def _loaded(kind: Any, name: str) -> Any:
    try:
        return kind.from_pretrained(name, local_files_only=True)
    except (OSError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise ValueError(
            f"encoder.name: {name} is neither a folder with an encoder nor in the hub's cache ({reason}); "
            f"huggingface-cli download {name} fetches it"
        ) from error
