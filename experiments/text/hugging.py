"""Encoders of the package transformers, by name on the Hugging Face hub or from a local folder."""

from __future__ import annotations

import importlib
from typing import Any

from torch import Tensor, nn


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
    """Subwords [B, L] -> [B, width]: the last layer's vector of the first subword ([CLS]), as SimCSE takes it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.model = _loaded(package().AutoModel, name)
        self.width = int(self.model.config.hidden_size)
        padding = self.model.config.pad_token_id
        if padding != 0:
            raise ValueError(f"encoder.name: {name} pads with {padding}, and texts are padded with 0 here")

    def forward(self, subwords: Tensor) -> Tensor:
        return self.model(input_ids=subwords, attention_mask=(subwords != 0).long()).last_hidden_state[:, 0]


def _loaded(kind: Any, name: str) -> Any:
    try:
        return kind.from_pretrained(name, local_files_only=True)
    except (OSError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise ValueError(
            f"encoder.name: {name} is neither a folder with an encoder nor in the hub's cache ({reason}); "
            f"huggingface-cli download {name} fetches it"
        ) from error
