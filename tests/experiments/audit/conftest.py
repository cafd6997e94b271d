"""Small embeddings with known leans, as arrays and as files."""

import numpy as np
import pytest

from contrastive_claims.theory.sphere import normalise, simplex_etf

NAMES = np.array(["ant", "bee", "cat", "dog", "eel", "fox", "gnu", "hen"])


def encoder(seed, rows=40, width=12, lean=0.0, spread=0.5):
    """(embeddings, names): groups near a simplex; "ant" moved the share `lean` of the way to "bee"."""
    generator = np.random.default_rng(seed)
    means = simplex_etf(len(NAMES), width) + 0.01 * generator.normal(size=(len(NAMES), width))
    means[0] = (1 - lean) * means[0] + lean * means[1]
    codes = np.repeat(np.arange(len(NAMES)), rows)
    points = means[codes] + spread * generator.normal(size=(len(codes), width)) / np.sqrt(width)
    return normalise(points).astype(np.float32), NAMES[codes]


@pytest.fixture(scope="session")
def embedded():
    return encoder


@pytest.fixture
def quick(monkeypatch):
    """Fewer shuffles and plantings, for tests that only look at what is around them."""
    from contrastive_claims.experiments.audit import leaning, partners

    monkeypatch.setattr(leaning, "SHUFFLES", (3, 3))
    monkeypatch.setattr(leaning, "TRIES", 3)
    monkeypatch.setattr(partners.partners, "__defaults__", (3,))
