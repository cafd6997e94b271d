"""B34: rank correlations are Spearman's, measures are read off the right row, and the control turns what it should."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from contrastive_claims.experiments.claims.harms.measures import (
    MEASURES,
    distances_of_means,
    least_of_each,
    rank_correlations,
    recognised,
)
from contrastive_claims.experiments.claims.harms.pairs import SEEDS


def test_rank_correlations_are_spearmans(seed):
    generator = np.random.default_rng(seed)
    first, second = generator.integers(0, 6, size=(2, 4, 9)).astype(float)  # with ties
    expected = [spearmanr(a, b).statistic for a, b in zip(first, second, strict=True)]
    np.testing.assert_allclose(rank_correlations(first, second), expected)


def test_measures_fall_where_a_class_moves_onto_another(seed):
    generator = np.random.default_rng(seed)
    labels = np.repeat([0, 1, 2], 40)
    centres = np.eye(3, 6)
    noise = 0.1 * generator.normal(size=(120, 6))
    balanced = centres[labels] + noise
    moved = np.where((labels == 0)[:, None], 0.7 * centres[1] + 0.3 * centres[0], centres[labels]) + noise
    same, nearer = least_of_each(balanced, balanced, labels, 0), least_of_each(moved, balanced, labels, 0)
    assert same[:3] == pytest.approx([1, 1, 1]) and all(b < 0.8 * a for a, b in zip(same, nearer, strict=True))
    distances = distances_of_means(balanced, labels, 0)
    assert distances[0] == 0 and distances[1:] == pytest.approx([2**0.5] * 2, rel=0.05)


def test_only_the_balanced_head_and_the_class_itself_count():
    record = {
        "heads": np.array([2, -1], np.int8),
        "truth": np.array([0, 1, 1, 1, 1]),
        "predictions": np.array([[1, 0, 0, 0, 0], [1, 1, 1, 1, 0]]),
    }
    assert recognised(record, 1) == 0.75 and recognised(record, 0) == 0


def test_the_control_turns_every_correlation(world):
    found, control = (world.evidence("B34", control=told) for told in (False, True))
    assert found.arrays["values"].shape == (len(MEASURES), len(SEEDS), 10)
    assert set(found.numbers) == {f"{what}_by_{name}" for what in ("accuracy", "fall") for name in MEASURES}
    for name, quantity in found.numbers.items():
        assert control.numbers[name].value == pytest.approx(-quantity.value)
