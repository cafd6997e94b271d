"""A subword vocabulary learnt from a corpus (byte-pair encoding, by the package tokenizers), and texts as its numbers."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

PADDING, UNKNOWN = 0, 1
SPECIAL = ("[PAD]", "[UNK]")


def tokenizers() -> Any:
    """The package tokenizers, on one thread. Raises ValueError with how to get it, where it is not installed."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # its pool of threads and a fork do not go together
    try:
        return importlib.import_module("tokenizers")
    except ImportError as error:
        raise ValueError("subword vocabularies need tokenizers: pip install 'contrastive-claims[text]'") from error


@lru_cache(maxsize=4)
def learnt(texts: tuple[str, ...], size: int) -> Any:
    """The vocabulary of at most `size` subwords that byte-pair encoding (Sennrich et al. 2016) merges from these texts.

    Raises ValueError where these hold no two subwords, and without the package.
    """
    package = tokenizers()
    made = package.Tokenizer(package.models.BPE(unk_token=SPECIAL[UNKNOWN]))
    made.pre_tokenizer = package.pre_tokenizers.Whitespace()
    trainer = package.trainers.BpeTrainer(vocab_size=size, special_tokens=list(SPECIAL), show_progress=False)
    made.train_from_iterator(iter(texts), trainer)
    if made.get_vocab_size() < len(SPECIAL) + 2:
        found = made.get_vocab_size() - len(SPECIAL)
        raise ValueError(f"vocabulary: the texts hold {found} subword; two or more are needed to tell any two apart")
    return made


def numbers(vocabulary: Any, texts: Sequence[str], longest: int) -> np.ndarray:
    """[N, L] int64: the subwords of each text, the first `longest`, filled up with PADDING; L: those of the longest text here.

    Raises ValueError for a text without a subword.
    """
    rows = [one.ids[:longest] for one in vocabulary.encode_batch(list(texts))]
    return padded(rows)


def padded(rows: Sequence[Iterable[int]]) -> np.ndarray:
    """Rows of numbers filled up with PADDING. Raises ValueError for an empty one."""
    lists = [list(row) for row in rows]
    for k, row in enumerate(lists):
        if not row:
            raise ValueError(f"text {k}: holds no subword")
    made = np.full((len(lists), max(map(len, lists))), PADDING, np.int64)
    for k, row in enumerate(lists):
        made[k, : len(row)] = row
    return made
