"""Losses over free embeddings: the shipped losses, their derivatives, certified optima, and where small classes merge."""

import math
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from contrastive_claims.theory import margins
from contrastive_claims.theory.margins.bounds import optimal_value
from contrastive_claims.theory.margins.free import LOSSES, free_objective, merging_threshold, minimise_free
from contrastive_claims.theory.sphere import normalise


@st.composite
def labelled_points(draw):
    """Labels without singletons, of two to four classes in any order, unit vectors, and a direction, from one seed."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    sizes = draw(st.lists(st.integers(2, 4), min_size=2, max_size=4))
    labels = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    vectors, direction = rng.normal(size=(2, len(labels), draw(st.integers(1, 5))))
    return labels, normalise(vectors), direction


@pytest.mark.parametrize("loss", LOSSES)
@given(points=labelled_points(), temperature=st.floats(0.02, 5), epsilon=st.floats(0, 5))
@settings(deadline=None, max_examples=25)
def test_the_value_is_the_shipped_loss(loss, points, temperature, epsilon):
    labels, vectors, _ = points
    shipped = getattr(margins, loss)(torch.tensor(vectors), labels, temperature, epsilon).item()
    found = free_objective(labels, temperature, epsilon, loss).at(vectors).value
    assert isinstance(found, float)
    assert found == pytest.approx(shipped, rel=1e-10, abs=1e-10)


@pytest.mark.parametrize("loss", LOSSES)
def test_nothing_under_or_overflows_at_small_temperatures(loss):
    labels, angles = np.array([0, 0, 1, 1, 2, 2]), np.array([0.0, 0.1, 0.2, 0.4, 3.0, 3.1])
    vectors = np.stack([np.cos(angles), np.sin(angles)], 1)
    shipped = getattr(margins, loss)(torch.tensor(vectors), labels, 1e-4, 0.3).item()
    here = free_objective(labels, 1e-4, 0.3, loss).at(vectors)
    assert here.value == pytest.approx(shipped, rel=1e-10) and np.isfinite(here.hessian_product(vectors)).all()


@pytest.mark.parametrize("loss", LOSSES)
@given(points=labelled_points(), temperature=st.floats(0.3, 3), epsilon=st.floats(0, 3))
@settings(deadline=None, max_examples=25)
def test_derivatives_are_finite_differences(loss, points, temperature, epsilon):
    labels, vectors, direction = points
    problem = free_objective(labels, temperature, epsilon, loss)
    here, step = problem.at(vectors), 1e-5
    gradient = here.dense_gradient()
    np.testing.assert_allclose(gradient, gradient.T, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(here.product, gradient @ vectors, rtol=1e-12, atol=1e-14)
    after, before = (problem.at(vectors + sign * step * direction) for sign in (1, -1))
    # G = V V^T, so df = <D, dG> = 2 <D V, dV>
    slope, scale = (after.value - before.value) / (2 * step), 1 / temperature**3
    assert slope == pytest.approx(2 * (here.product * direction).sum(), abs=1e-7 * scale)
    change = (after.product - before.product) / (2 * step)
    np.testing.assert_allclose(here.hessian_product(direction), change, atol=1e-6 * scale)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(
    ("classes", "per_class", "temperature", "epsilon"),
    [(2, 2, 0.5, 0.0), (3, 2, 0.2, 0.7), (4, 3, 1.0, 2.0), (3, 4, 0.1, 0.25)],
)
def test_certified_optima_of_balanced_classes_are_the_simplex(loss, classes, per_class, temperature, epsilon):
    labels = np.arange(classes * per_class) % classes
    found = minimise_free(labels, temperature, epsilon, loss)
    assert found.status == "certified" and 0 <= found.gap <= 1e-9
    assert found.loss == pytest.approx(optimal_value(classes, per_class, temperature, epsilon, loss), abs=2e-9)
    other = minimise_free(labels, temperature, epsilon, loss, seed=1)
    assert other.loss == pytest.approx(found.loss, abs=2e-9)
    assert not np.allclose(other.vectors, found.vectors)
    np.testing.assert_array_equal(minimise_free(labels, temperature, epsilon, loss, 0).vectors, found.vectors)


def test_problems_are_compared_by_identity_and_frozen():
    one, other = (free_objective([0, 0, 1, 1], 0.5, 0.3) for _ in range(2))
    assert one == one and one != other and len({one, other}) == 2
    with pytest.raises(FrozenInstanceError):
        one.epsilon = 1.0


def test_the_default_loss_is_eps_sup_infonce(seed):
    labels = np.array([0, 0, 1, 1, 1])
    assert minimise_free(labels, 0.5, 0.3).loss == minimise_free(labels, 0.5, 0.3, "eps_sup_infonce").loss
    vectors = normalise(np.random.default_rng([seed, 0]).normal(size=(5, 3)))
    value = free_objective(labels, 0.5, 0.3).at(vectors).value
    assert value == free_objective(labels, 0.5, 0.3, "eps_sup_infonce").at(vectors).value
    assert value != pytest.approx(free_objective(labels, 0.5, 0.3, "eps_sup_con").at(vectors).value)
    assert merging_threshold(2, 20, 0.5) == merging_threshold(2, 20, 0.5, "eps_sup_infonce")


def separation(minority, majority, temperature, epsilon, loss):
    """1 - cosine of the two small classes at the certified optimum."""
    optimum = minimise_free(np.repeat([0, 1, 2], [minority, minority, majority]), temperature, epsilon, loss)
    assert optimum.gap < 1e-8
    return 1 - float(optimum.vectors[0] @ optimum.vectors[minority])


@pytest.mark.parametrize(
    ("minority", "majority", "temperature", "loss"),
    [(2, 20, 0.6, "eps_sup_infonce"), (3, 24, 0.6, "eps_sup_infonce"), (2, 20, 1.0, "eps_sup_con"), (3, 18, 1.0, "eps_sup_con")],
)  # fmt: skip
def test_small_classes_merge_from_the_threshold_on(minority, majority, temperature, loss):
    threshold = merging_threshold(minority, majority, temperature, loss)
    assert 0.1 < threshold < 4
    assert separation(minority, majority, temperature, threshold + 0.05, loss) < 1e-4
    assert separation(minority, majority, temperature, threshold - 0.05, loss) > 1e-3


def test_small_classes_that_merge_always_or_never():
    assert merging_threshold(2, 20, 1.5) == 0 and separation(2, 20, 1.5, 0.0, "eps_sup_infonce") < 1e-4
    assert merging_threshold(2, 14, 2.0, "eps_sup_con") == 0 and separation(2, 14, 2.0, 0.0, "eps_sup_con") < 1e-4
    assert merging_threshold(2, 6, 1.0) == math.inf and separation(2, 6, 1.0, 12.0, "eps_sup_infonce") > 0.05
    assert merging_threshold(2, 2, 1.0, "eps_sup_con") == math.inf and separation(2, 2, 1.0, 9.0, "eps_sup_con") > 0.5


@given(
    minority=st.integers(2, 20), ratio=st.integers(0, 60), temperature=st.floats(0.1, 4), loss=st.sampled_from(LOSSES)
)
@example(minority=2, ratio=4, temperature=1.822, loss="eps_sup_infonce")  # late merging, just before never
@settings(deadline=None)
def test_the_threshold_is_where_the_merging_condition_changes_sign(minority, ratio, temperature, loss):
    majority = minority + ratio
    e = math.exp(1 / temperature)
    own, others = (1, 1) if loss == "eps_sup_infonce" else (minority - 1, majority - 1)

    def merges(epsilon):
        first = own * e * math.exp(-epsilon) + minority * e + majority / e
        third = others * e * math.exp(-epsilon) + 2 * minority / e
        return 4 * minority * e**2 <= majority * (1 + first / third)

    threshold = merging_threshold(minority, majority, temperature, loss)
    assert isinstance(threshold, float) and threshold >= 0
    if threshold == math.inf:
        assert not any(map(merges, (0.0, 1.0, 5.0, 20.0)))
    else:
        assert all(merges(threshold + more) for more in (1e-6, 1.0, 20.0))
        assert threshold < 1e-6 or not any(merges(threshold * part) for part in (0.0, 0.5, 1 - 1e-6))


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("labels: one class only", lambda: free_objective(np.zeros(4, int), 0.1, 0.0)),
        ("labels: class 7 has a single sample", lambda: free_objective([1, 7, 1], 0.1, 0.0)),
        ("temperature must be positive and epsilon >= 0, got 0", lambda: free_objective([0, 0, 1, 1], 0, 0.0)),
        ("temperature must be positive and epsilon >= 0, got nan", lambda: free_objective([0, 0, 1, 1], math.nan, 0.0)),
        ("temperature must be positive and epsilon >= 0, got inf", lambda: free_objective([0, 0, 1, 1], math.inf, 0.0)),
        ("temperature must be .* got 0.1 and -1", lambda: free_objective([0, 0, 1, 1], 0.1, -1)),
        ("temperature must be .* got 0.1 and inf", lambda: free_objective([0, 0, 1, 1], 0.1, math.inf)),
        ("loss: one of eps_sup_infonce, eps_sup_con, got 'sup'", lambda: free_objective([0, 0, 1, 1], 0.1, 0.0, "sup")),
        ("labels: one class only", lambda: minimise_free(np.zeros(4, int), 0.1, 0.0)),
        ("class sizes must satisfy 2 <= minority <= majority, got 1 and 5", lambda: merging_threshold(1, 5, 0.5)),
        ("class sizes must satisfy 2 <= minority <= majority, got 5 and 4", lambda: merging_threshold(5, 4, 0.5)),
        ("loss: one of eps_sup_infonce, eps_sup_con, got 'x'", lambda: merging_threshold(2, 5, 0.5, "x")),
    ],
)
def test_bad_input_is_named(message, call):
    with pytest.raises(ValueError, match=f"^{message}"):
        call()
