"""Moments of distances between groups: those of samples that stand in groups of one point; the loss with one vector a class."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.theory.blockmodel import minimise_blocks
from contrastive_claims.theory.margins.debiasing import VARIANCE_FLOOR, fair_kl, pair_statistics
from contrastive_claims.theory.margins.free import class_objective, merging_threshold, minimise_free
from contrastive_claims.theory.margins.groups import group_distances


@given(seed=st.integers(0, 1000), sizes=st.lists(st.integers(2, 5), min_size=4, max_size=4))
@settings(max_examples=20, deadline=None)
def test_they_are_the_moments_of_samples_in_groups(seed, sizes):
    vectors = np.random.default_rng(seed).normal(size=(4, 3))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    sizes, (labels, bias) = np.array(sizes), np.divmod(np.arange(4), 2)
    found = group_distances(vectors @ vectors.T, sizes / sizes.sum(), labels, bias)
    of_sample = np.repeat(np.arange(4), sizes)
    samples = torch.from_numpy(vectors[of_sample])
    expected = pair_statistics(samples, labels[of_sample], bias[of_sample], pooled=True)
    np.testing.assert_allclose(found.mean, expected.mean, atol=1e-12)
    count = expected.count.numpy()  # theirs is unbiased
    np.testing.assert_allclose(found.variance * count / (count - 1), expected.variance, atol=1e-12)


def test_fair_kl_is_its_limit():
    vectors = np.array([[1.0, 0, 0], [0.6, 0.8, 0], [0, 1, 0], [0, 0.6, 0.8]])
    labels, bias = np.divmod(np.arange(4), 2)
    found = group_distances(vectors @ vectors.T, np.full(4, 0.25), labels, bias).fair_kl()
    many = np.repeat(np.arange(4), 250)
    shipped = fair_kl(torch.from_numpy(vectors[many]), labels[many], bias[many], variant="batch")
    assert found.shape == (2,) and found.sum() == pytest.approx(float(shipped), rel=1e-3)
    assert VARIANCE_FLOOR > 0 and (found > 0).all()


def test_a_batch_is_each_of_its_own_and_shapes_must_agree():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(3, 4, 3))
    vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
    gram, shares = vectors @ vectors.transpose(0, 2, 1), rng.dirichlet(np.ones(4), 3)
    labels, bias = np.divmod(np.arange(4), 2)
    together = group_distances(gram, shares, labels, bias)
    for k in range(3):
        alone = group_distances(gram[k], shares[k], labels, bias)
        np.testing.assert_allclose(together.mean[k], alone.mean)
        np.testing.assert_allclose(together.fair_kl()[k], alone.fair_kl())
    with pytest.raises(ValueError, match="disagree"):
        group_distances(gram[0], shares[0], labels[:3], bias)


@pytest.mark.parametrize("loss", ["eps_sup_infonce", "eps_sup_con"])
@pytest.mark.parametrize("sizes", [(3, 3, 3), (2, 5), (2, 3, 6)])
def test_one_vector_per_class_is_the_optimum_over_free_embeddings(loss, sizes):
    """Claim A12, numerically: both problems, certified each on its own, have one minimum."""
    sizes = np.array(sizes)
    classes = minimise_blocks(class_objective(sizes, 0.5, 0.7, loss), sizes / sizes.sum())
    labels = np.repeat(np.arange(len(sizes)), sizes)
    free = minimise_free(labels, 0.5, 0.7, loss)
    assert classes.loss == pytest.approx(free.loss, abs=1e-8)
    cosines = free.vectors @ free.vectors.T
    np.testing.assert_allclose(cosines, classes.gram[labels][:, labels], atol=1e-4)


def test_the_small_classes_merge_from_their_threshold_on():
    threshold = merging_threshold(2, 20, 0.5)
    for epsilon, merged in ((threshold - 0.1, False), (threshold + 0.1, True)):
        sizes = np.array([2, 2, 20])
        gram = minimise_blocks(class_objective(sizes, 0.5, epsilon), sizes / sizes.sum()).gram
        assert (gram[0, 1] > 1 - 1e-9) == merged


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([3], 1.0, 0.0), "sizes: at least two classes"),
        (([3, 1], 1.0, 0.0), "sizes: a class needs two samples, got 1"),
        (([3, 3], 0.0, 0.0), "temperature must be positive"),
        (([3, 3], 1.0, 0.0, "sup"), "loss: one of"),
    ],
)
def test_bad_classes_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        class_objective(np.array(arguments[0]), *arguments[1:])
