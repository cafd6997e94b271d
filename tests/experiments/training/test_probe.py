"""Probes of frozen embeddings: optimality of the head, the choice of C against a grid search, neighbours against a loop."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from threadpoolctl import threadpool_limits

from contrastive_claims.experiments.training import probe
from contrastive_claims.experiments.training.probe import (
    evaluate,
    head_predictions,
    linear_probe,
    nearest_neighbours,
    test_set_split,
)
from contrastive_claims.theory.harms import mediation, representation_harm

test_set_split.__test__ = False  # pytest would take it for a test

seeds = st.integers(0, 2**32 - 1)


def blobs(seed, classes=3, each=20, dimension=5, noise=0.8):
    """Overlapping classes behind a ReLU, shuffled, lengths far from 1."""
    generator = np.random.default_rng(seed)
    labels = generator.permutation(np.repeat(np.arange(classes), each))
    points = generator.normal(size=(classes, dimension))[labels] + noise * generator.normal(
        size=(len(labels), dimension)
    )
    return 7 * np.maximum(points, 0) + 0.1, labels


def unit(embeddings):
    return embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)


@settings(deadline=None, max_examples=20)
@given(seeds, st.integers(2, 4), st.sampled_from([1.0, 0.1, 0.01]))
def test_the_head_is_stationary(seed, classes, penalty):
    """The gradient of the objective, sample by sample from its definition, vanishes."""
    embeddings, labels = blobs(seed, classes)
    head = linear_probe(embeddings, labels, 0, penalties=[penalty])
    assert head.penalty == penalty and head.weights.shape == (classes, 5)
    weights = np.zeros_like(head.weights)
    offsets = np.zeros(classes)
    for z, y in zip(unit(embeddings), labels, strict=True):
        scores = np.exp(head.weights @ z + head.offsets)
        residual = scores / scores.sum() - np.eye(classes)[y]
        weights += np.outer(residual, z)
        offsets += residual
    weights += head.weights / penalty * (2 if classes == 2 else 1)
    np.testing.assert_allclose(weights, 0, atol=1e-4 * len(labels) ** 0.5)
    np.testing.assert_allclose(offsets, 0, atol=1e-4 * len(labels) ** 0.5)


@pytest.mark.parametrize("seed", range(6))
def test_c_is_that_of_a_grid_search(seed):
    embeddings, labels = blobs(seed, 3, 12, 40, noise=3)
    found = linear_probe(embeddings, labels, seed)
    search = GridSearchCV(
        LogisticRegression(max_iter=5000, tol=1e-6),
        {"C": [1.0, 0.1, 0.01]},
        cv=StratifiedKFold(3, shuffle=True, random_state=seed),
    ).fit(unit(embeddings), labels)
    assert found.penalty == search.best_params_["C"]
    np.testing.assert_array_equal(found.predict(embeddings), search.predict(unit(embeddings)))
    assert linear_probe(embeddings, labels, 0, penalties=[0.01]).penalty == 0.01


def test_cross_validation_decides_not_the_training_accuracy():
    chosen = {linear_probe(*blobs(seed, 3, 12, 40, noise=3), seed).penalty for seed in range(6)}
    assert len(chosen) > 1  # the training accuracy would always take the largest


def test_equal_scores_take_the_first():
    points = np.repeat(np.eye(3), 5, axis=0)
    assert linear_probe(points, np.repeat([0, 1, 2], 5), 0).penalty == 1.0
    assert linear_probe(points, np.repeat([0, 1, 2], 5), 0, penalties=[0.1, 1.0]).penalty == 0.1


@settings(deadline=None, max_examples=10)
@given(seeds)
def test_lengths_and_rotations_do_not_matter(seed):
    embeddings, labels = blobs(seed)
    generator = np.random.default_rng(seed)
    rotation, _ = np.linalg.qr(generator.normal(size=(5, 5)))
    lengths = generator.uniform(0.1, 10, (len(labels), 1))
    first, second = (linear_probe(x, labels, 1, penalties=[1.0]) for x in (embeddings, lengths * embeddings @ rotation))
    np.testing.assert_allclose(second.weights, first.weights @ rotation, atol=1e-3)
    turned = lengths * embeddings @ rotation
    voted = nearest_neighbours(turned[:40], labels[:40], turned[40:], 3)
    again = nearest_neighbours(embeddings[:40], labels[:40], embeddings[40:], 3)
    assert np.mean(voted != again) <= 0.1  # two neighbours may be as near as float32 can tell


def test_threads_and_repetition_change_nothing():
    embeddings, labels = blobs(0, 10, 300, 128, noise=3)
    with threadpool_limits(2):
        first = linear_probe(embeddings, labels, 3, penalties=[0.1])
    with threadpool_limits(1):
        second = linear_probe(embeddings, labels, 3, penalties=[0.1])
    np.testing.assert_array_equal(first.weights, second.weights)
    np.testing.assert_array_equal(first.offsets, second.offsets)


def test_a_head_that_does_not_converge_is_an_error(monkeypatch):
    monkeypatch.setattr(probe, "ITERATIONS", 2)
    with pytest.raises(RuntimeError, match=r"not converged at C = 1.0, after at most 2 iterations \(40 samples"):
        linear_probe(*blobs(0), seed=0)


def test_heads_of_both_kinds_give_a_mediation():
    """Well separated classes: only an undersampled head harms; the same head on the same embeddings is no mediator."""
    embeddings, labels = blobs(1, 4, 60, 8, noise=0.7)
    head, judge = test_set_split(labels, 0)
    parts = embeddings[head], labels[head], embeddings[judge]
    balanced = head_predictions(*parts, seed=0)
    harmed = head_predictions(*parts, seed=0, undersampled=2, factor=15)
    effects = mediation(harmed, balanced, balanced, labels[judge])
    assert effects.total[2, 2] < -0.1 and not effects.indirect.any()
    np.testing.assert_array_equal(harmed, head_predictions(*parts, seed=0, undersampled=2, factor=15))
    assert np.isnan(representation_harm(embeddings, embeddings, labels)[2, 2])


def test_an_undersampled_head_misses_the_same_samples_on_either_encoder(monkeypatch):
    seen = []

    def spy(embeddings, labels, seed):
        seen.append((embeddings[:, 0], labels))
        return linear_probe(embeddings, labels, seed)

    monkeypatch.setattr(probe, "linear_probe", spy)
    embeddings, labels = blobs(0)
    names = np.arange(1.0, 61)  # the first column tells which sample it is
    for other in (embeddings, embeddings[::-1]):
        marked = np.concatenate([names[:, None], other], axis=1)
        head_predictions(marked, labels, marked, seed=5, undersampled=1, factor=4)
    np.testing.assert_array_equal(seen[0][0], seen[1][0])
    np.testing.assert_array_equal(np.bincount(seen[0][1]), [20, 5, 20])


@settings(deadline=None, max_examples=30)
@given(seeds, st.integers(4, 40))
def test_the_published_split_is_a_stratified_partition(seed, each):
    labels = np.random.default_rng(seed).permutation(np.repeat([0, 1, 2], each))
    head, judge = test_set_split(labels, seed)
    np.testing.assert_array_equal(np.sort(np.concatenate([head, judge])), np.arange(3 * each))
    assert np.all(np.abs(np.bincount(labels[judge]) - each / 4) < 1)
    np.testing.assert_array_equal(judge, test_set_split(labels, seed)[1])


@settings(deadline=None, max_examples=30)
@given(seeds, st.integers(1, 15), st.sampled_from([None, 0.01, 0.07, 1.0]))
def test_neighbours_are_the_double_loop(seed, k, temperature):
    generator = np.random.default_rng(seed)
    labels = np.concatenate([[0, 1, 2], generator.integers(3, size=12)])
    bank, queries = generator.normal(size=(15, 4)), generator.normal(size=(6, 4))
    found = nearest_neighbours(bank, labels, queries, k, temperature)
    for query, answer in zip(queries, found, strict=True):
        cosines = [float(query @ b / np.linalg.norm(query) / np.linalg.norm(b)) for b in bank]
        ranked = sorted(range(15), key=lambda a: -cosines[a])[:k]
        votes = [0.0] * 3
        for a in ranked:
            votes[labels[a]] += 1 if temperature is None else np.exp((cosines[a] - 1) / temperature)
        # a tie of votes up to the precision of float32 has no one answer
        assert votes[answer] >= max(votes) * (1 - (0 if temperature is None else 1e-4))
        if temperature is None:
            assert answer == int(np.argmax(votes))


def test_neighbours_in_pieces(monkeypatch):
    generator = np.random.default_rng(0)
    embeddings, labels = generator.normal(size=(60, 5)), np.arange(60) % 3
    whole = nearest_neighbours(embeddings, labels, embeddings, 5)
    monkeypatch.setattr(probe, "SIMILARITIES", 130)
    np.testing.assert_array_equal(nearest_neighbours(embeddings, labels, embeddings, 5), whole)
    np.testing.assert_array_equal(nearest_neighbours(embeddings, labels, embeddings, 1), labels)


def test_evaluation_by_hand():
    labels, bias = np.array([0, 0, 0, 1, 1, 1, 1, 1]), np.array([0, 0, 1, 1, 1, 1, 1, 0])
    found = evaluate(np.array([0, 1, 0, 1, 1, 1, 1, 0]), labels, bias)
    assert found.accuracy == 6 / 8 and found.balanced_accuracy == pytest.approx((2 / 3 + 4 / 5) / 2)
    assert found.worst_group_accuracy == 0  # the one sample of class 1 with bias 0
    assert evaluate(found.predictions, labels).worst_group_accuracy == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x, y: linear_probe(x * 0, y, 0), "embeddings: row 0 is a zero vector"),
        (lambda x, y: linear_probe(x, y[:-1], 0), "embeddings, labels: must be"),
        (lambda x, y: linear_probe(x, y.astype(float), 0), "embeddings, labels: must be"),
        (lambda x, y: linear_probe(x, 2 * y, 0), "labels: must use every class"),
        (lambda x, y: linear_probe(x, 0 * y, 0), "labels: must use every class from 0 to the largest, and two"),
        (lambda x, y: linear_probe(x, np.r_[0, 0, 2 - y[2:] // 2], 0), "3-fold cross-validation needs 3 samples"),
        (lambda x, y: head_predictions(x, y, x, 0, 1, 20), "needs 3 samples of each class, class 1 has 1"),
        (lambda x, y: test_set_split(np.array([0, 0, 1]), 0), "a split needs 2 samples of each class, class 1 has 1"),
        (lambda x, y: nearest_neighbours(x, y, x, 61), "k: must lie between 1 and the 60 samples"),
        (lambda x, y: nearest_neighbours(x, y, x, 5, 0.0), "temperature: must be positive"),
        (lambda x, y: nearest_neighbours(x, y, 0 * x), "queries: row 0 is a zero vector"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(*blobs(0))
