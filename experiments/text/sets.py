"""From a preset's section of documents to numbers: what is trained on, what is held out, and the vocabulary."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from contrastive_claims.experiments.data.bias import undersample
from contrastive_claims.experiments.text.corpora import load
from contrastive_claims.experiments.text.documents import Corpus, held_out_split, only
from contrastive_claims.experiments.text.hugging import exchanged, tokenizer_of
from contrastive_claims.experiments.text.presets import Documents, TextEncoderSettings
from contrastive_claims.experiments.text.vocabulary import learnt, numbers, padded
from contrastive_claims.experiments.training.sets import first_of_each

SPLIT = 0  # draws what is held out: the same documents for every encoder of a corpus


@dataclass(frozen=True, eq=False)
class Numbers:
    """Texts as subwords [N, L] int64 with their groups [N] int64 and the groups' names; `subwords`: size of the vocabulary."""

    texts: np.ndarray
    labels: np.ndarray
    groups: tuple[str, ...]
    subwords: int

    def at(self, rows: np.ndarray) -> Numbers:
        """Those at these rows."""
        return Numbers(self.texts[rows], self.labels[rows], self.groups, self.subwords)


@lru_cache(maxsize=4)
def pool(documents: Documents, encoder: TextEncoderSettings) -> tuple[Numbers, Numbers]:
    """(all that may be trained on, held out): without per_group, undersampling and shuffling. The vocabulary is learnt from the
    former, before any undersampling, so that it is the same for all encoders of a corpus."""
    corpus = chosen(documents)
    training, held_out = held_out_split(corpus, documents.held_out, SPLIT)
    vocabulary: Any
    if encoder.name == "transformer":
        vocabulary = learnt(tuple(corpus.texts[k] for k in training), encoder.subwords)
        texts, size = numbers(vocabulary, corpus.texts, encoder.longest), vocabulary.get_vocab_size()
    else:
        vocabulary = tokenizer_of(encoder.name)
        cut = vocabulary(list(corpus.texts), truncation=True, max_length=encoder.longest)
        texts, size = padded(exchanged(cut["input_ids"], vocabulary.pad_token_id)), len(vocabulary)
    found = Numbers(texts, corpus.labels, corpus.groups, size)
    return found.at(training), found.at(held_out)


def chosen(documents: Documents) -> Corpus:
    """The corpus with the groups that are asked for."""
    corpus = load(documents.corpus)
    return only(corpus, documents.groups) if documents.groups else corpus


def training_and_held_out(documents: Documents, encoder: TextEncoderSettings, split: int) -> tuple[Numbers, Numbers]:
    """(training set, held-out set); `split` draws `per_group` and what is kept of an undersampled group.

    shuffled: the labels by which a group is undersampled are permuted first, so that as many texts go, of all groups alike.
    Raises ValueError for a section that the corpus cannot meet, DataAbsent without it.
    """
    plain = documents.model_copy(update={"undersample": None, "per_group": 0, "shuffled": False})
    training, held_out = pool(plain, encoder)  # pyright: ignore[reportArgumentType] - frozen models have a hash
    if documents.per_group:
        training = training.at(first_of_each(training.labels, documents.per_group, split))
    if documents.undersample is not None:
        section, labels = documents.undersample, training.labels
        if documents.shuffled:
            labels = np.random.default_rng(split).permutation(labels)
        training = training.at(undersample(labels, section.target, section.factor, split))
    return training, held_out
