"""Distances of all pairs in chunks, against loops and against the moments of the penalties."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.theory.margins import distances, pair_distances, pair_statistics


@st.composite
def samples(draw):
    n = draw(st.integers(2, 24))
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    embeddings = generator.normal(size=(n, draw(st.integers(2, 4))))
    return embeddings, generator.integers(0, 2, n), generator.integers(0, 2, n)


@settings(deadline=None, max_examples=30)
@given(samples(), st.integers(1, 9), st.integers(1, 60))
def test_counts_and_moments_equal_a_loop_over_pairs(sample, bins, pairs):
    embeddings, labels, bias = sample
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    anchors = np.random.default_rng(0).permutation(len(labels))[: 1 + len(labels) // 2]
    values = [[] for _ in range(4)]
    for i in anchors:
        for j in range(len(labels)):
            if i != j:
                kind = 2 * int(labels[i] != labels[j]) + int(bias[i] != bias[j])
                values[kind].append(((unit[i] - unit[j]) ** 2).sum())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distances, "PAIRS", pairs)
        found = pair_distances(embeddings, labels, bias, anchors, bins)
    assert found.counts.sum(axis=1).tolist() == [len(of_set) for of_set in values]
    for k, of_set in enumerate(values):
        if not of_set:
            assert np.isnan(found.mean[k]) and np.isnan(found.deviation[k])
            continue
        assert found.mean[k] == pytest.approx(np.mean(of_set), abs=1e-5)
        assert found.deviation[k] == pytest.approx(np.std(of_set), abs=1e-3)  # float32 under a square root
        edges = np.linspace(0, 4, bins + 1)
        if np.abs(np.subtract.outer(of_set, edges[1:-1])).min(initial=1) > 1e-5:  # none on an inner edge
            assert found.counts[k].tolist() == np.histogram(of_set, edges)[0].tolist()


def test_means_over_all_anchors_are_those_of_the_pooled_penalty(seed):
    generator = np.random.default_rng([seed, 3])
    embeddings, labels, bias = (
        generator.normal(size=(40, 5)),
        generator.integers(0, 3, 40),
        generator.integers(0, 3, 40),
    )
    found = pair_distances(embeddings, labels, bias, np.arange(40))
    pooled = pair_statistics(torch.from_numpy(embeddings), labels, bias, pooled=True)
    np.testing.assert_allclose(found.mean, pooled.mean.flatten(), atol=1e-6)
    assert (found.counts.sum(axis=1) == 2 * pooled.count.flatten().numpy()).all()


def test_bad_input_is_named():
    rows, zeros = np.eye(3), np.zeros(3, int)
    with pytest.raises(ValueError, match="embeddings, labels, bias: must be"):
        pair_distances(rows, zeros[1:], zeros, zeros)
    for anchors in (np.array([3]), np.array([-1]), np.array([], int)):
        with pytest.raises(ValueError, match="anchors: at least one is needed, each an index below 3"):
            pair_distances(rows, zeros, zeros, anchors)
    with pytest.raises(ValueError, match="bins: must be at least 1, got 0"):
        pair_distances(rows, zeros, zeros, zeros, 0)
    with pytest.raises(ValueError, match="embeddings: row 0 is a zero vector"):
        pair_distances(rows * 0, zeros, zeros, zeros)
