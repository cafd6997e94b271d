"""A tiny made corpus: documents of three groups, each of words of its own among shared ones."""

import numpy as np
import pytest

from contrastive_claims.experiments.text import sets
from contrastive_claims.experiments.text.documents import corpus
from contrastive_claims.experiments.text.presets import text_preset

SHARED = "form kind part word place thing".split()  # noqa: SIM905


def documents(groups=("cats", "cogs", "corn"), per_group=40, seed=0):
    generator = np.random.default_rng(seed)
    texts, names = [], []
    for name in groups:
        own = [f"{name}{letter}" for letter in "abcdefghij"]
        for _ in range(per_group):
            texts.append(
                " ".join([*generator.choice(own, 5, replace=False), *generator.choice(SHARED, 2, replace=False)])
            )
            names.append(name)
    return corpus("made", texts, names)


@pytest.fixture
def made(monkeypatch):
    """The corpus "made", and a preset for it: three seconds of training it is not."""
    found = documents()
    monkeypatch.setattr(sets, "load", lambda name: found)
    sets.pool.cache_clear()
    yield text_preset(
        {
            "name": "made",
            "documents": {"corpus": "made", "held_out": 8, "per_group": 30},
            "encoder": {"subwords": 120, "width": 16, "layers": 1, "longest": 12},
            "method": {"temperature": 0.5, "words": 0.5},
            "optimiser": {"name": "adam", "learning_rate": 0.01},
            "steps": 30,
            "batch": 30,
            "looks": 2,
        }
    )
    sets.pool.cache_clear()
