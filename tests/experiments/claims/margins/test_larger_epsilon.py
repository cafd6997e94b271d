"""A14: its measures against double loops, the graph's margin loss against its formula, small runs and controls."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.experiments.claims import synthetic_encoders as embedded
from contrastive_claims.experiments.claims.catalogue import CLAIMS
from contrastive_claims.experiments.claims.intervals import student
from contrastive_claims.experiments.claims.margins import larger_epsilon as biased
from contrastive_claims.experiments.claims.synthetic_encoders import Embedded, conflicting_margins, set_distances
from contrastive_claims.experiments.ledger.judgement import Measured, verdict
from contrastive_claims.experiments.ledger.vocabulary import SEEN, SUPPORTED, Run
from contrastive_claims.theory.blockmodel import biased_model, population_objective
from contrastive_claims.theory.margins.debiasing import pair_statistics


@st.composite
def samples(draw):
    count, seed = draw(st.integers(8, 20)), draw(st.integers(0, 2**32 - 1))
    generator = np.random.default_rng(seed)
    labels, bias = np.tile([0, 0, 1, 1], 5)[:count], np.tile([0, 1, 0, 1], 5)[:count]
    vectors = generator.normal(size=(count, 3))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    order = generator.permutation(count)
    return vectors, labels[order], bias[order]


@settings(deadline=None, max_examples=30)
@given(samples())
def test_margins_of_conflicting_pairs_by_double_loop(sample):
    vectors, labels, bias = sample
    expected = []
    for i, anchor in enumerate(vectors):
        others = [j for j in range(len(vectors)) if labels[j] == labels[i] and bias[j] != bias[i]]
        negatives = [j for j in range(len(vectors)) if labels[j] != labels[i]]
        if others:
            expected.append(min(anchor @ vectors[j] for j in others) - max(anchor @ vectors[j] for j in negatives))
    np.testing.assert_allclose(
        conflicting_margins(Embedded(vectors @ vectors.T, labels, bias)), expected, rtol=0, atol=1e-12
    )


def test_anchors_without_a_conflicting_positive_have_no_margin():
    gram = np.array([[1, 0.5, 0.1], [0.5, 1, 0.2], [0.1, 0.2, 1.0]])
    data = Embedded(gram, np.array([0, 0, 1]), np.array([0, 1, 1]))
    np.testing.assert_allclose(conflicting_margins(data), [0.4, 0.3])


@settings(deadline=None, max_examples=30)
@given(samples())
def test_distances_of_the_four_sets(sample):
    vectors, labels, bias = sample
    data = Embedded(vectors @ vectors.T, labels, bias)
    pooled = pair_statistics(torch.from_numpy(vectors), labels, bias, pooled=True).mean.flatten().numpy()
    np.testing.assert_allclose(set_distances(data, 1 - np.eye(len(labels))), pooled, atol=1e-12)
    weights = np.random.default_rng(0).uniform(size=data.gram.shape)
    totals, mass = np.zeros(4), np.zeros(4)
    for i, j in itertools.product(range(len(labels)), repeat=2):
        place = 2 * int(labels[i] != labels[j]) + int(bias[i] != bias[j])
        totals[place] += weights[i, j] * ((vectors[i] - vectors[j]) ** 2).sum()
        mass[place] += weights[i, j]
    np.testing.assert_allclose(set_distances(data, weights), totals / mass, atol=1e-12)
    # conflicting positives are the aligned negatives of the exchanged roles
    there, back = set_distances(data, weights), set_distances(data.exchanged(), weights)
    np.testing.assert_array_equal(there, back[[0, 2, 1, 3]])


def test_an_empty_set_is_refused():
    with pytest.raises(ValueError, match="bias: one of the four sets of pairs is empty"):
        set_distances(Embedded(np.eye(4), np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1])), np.ones((4, 4)))


def test_students_interval_by_hand():
    found = student(np.array([-0.2, -0.5, -0.35]), "cosine")  # deviation .15; t with two degrees of freedom: 4.30265
    assert found.value == pytest.approx(-0.35)
    assert found.high - found.value == pytest.approx(4.30265 * 0.15 / 3**0.5, rel=1e-5)
    assert found.value - found.low == pytest.approx(found.high - found.value)


@settings(deadline=None, max_examples=30)
@given(st.floats(0.05, 0.95), st.floats(0.1, 2), st.floats(0, 6), st.integers(0, 2**32 - 1))
def test_the_graphs_margin_loss_by_its_formula(rho, temperature, epsilon, seed):
    model = biased_model(rho, 0.9, 0.5, 0.3, 0.1)
    vectors = np.random.default_rng(seed).normal(size=(4, 3))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    shares, alpha = model.proportions, model.connectivity
    expected = 0.0
    for k in range(4):
        logits = vectors @ vectors[k] / temperature
        drawn = shares * alpha[k] / (shares @ alpha[k])  # a neighbour of k lies in block l
        inside = shares @ (alpha[k] * np.exp(logits - epsilon) + (1 - alpha[k]) * np.exp(logits))
        expected += shares[k] * (np.log(inside) - drawn @ logits)
    found = biased.margin_objective(model, temperature, epsilon).loss(vectors @ vectors.T)
    assert found == pytest.approx(expected, rel=1e-10, abs=1e-10)
    plain = population_objective(model, temperature).loss(vectors @ vectors.T)
    assert biased.margin_objective(model, temperature, 0.0).loss(vectors @ vectors.T) == pytest.approx(plain, rel=1e-12)


def test_margins_at_free_optima_are_those_published():
    margins, gaps = biased.free_margins()
    found = dict(zip(biased.FREE_EPSILONS, margins, strict=True))
    assert [round(found[eps], 2) for eps in (0.0, 1.0, 5.0)] == [1.43, 1.16, 0.0]
    assert margins == sorted(margins, reverse=True) and max(gaps) < 1e-10


def test_eps_sharpens_the_stronger_tie_of_the_graph():
    margins, gaps = biased.graph_margins()
    before, after = margins[:, biased.GRAPH_EPSILONS.index(0.0)], margins[:, biased.GRAPH_EPSILONS.index(2.0)]
    for (same_bias, same_class), low, high in zip(biased.GRAPH_TIES, before, after, strict=True):
        assert (high - low) * (same_class - same_bias) > 0
    assert max(gaps) < 1e-8


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(biased, "SEEDS", (100, 101, 102))
    monkeypatch.setattr(biased, "STEPS", 20)
    monkeypatch.setattr(embedded, "SAMPLES", 64)
    monkeypatch.setattr(embedded, "FRESH_SAMPLES", 64)
    monkeypatch.setattr(biased, "RHOS", (0.9, 0.95))


def test_larger_epsilon_pairs_its_encoders_and_its_control_takes_fewer_steps_with_eps(small, monkeypatch):
    taken = []

    def trained(loss, rho, temperature, epsilon, seed, steps):
        taken.append((epsilon > 0, steps))
        return embedded.trained(loss, rho, temperature, epsilon, seed, steps)

    monkeypatch.setattr(biased, "trained", trained)
    events = []
    found = biased.larger_epsilon(Run(progress=lambda *event: events.append(event[:2])))
    margins, difference = found.arrays["margins"], found.arrays["difference"]
    assert margins.shape == (2, 2, 3, 3, 4) and difference.shape == (2, 2, 2, 4)
    assert events == [(done + 1, 36) for done in range(36)] and found.seeds == (100, 101, 102)
    # tau = .1, rho = .95, eps = .5 against 0
    expected = (margins[0, 1, 1] - margins[0, 1, 0]).mean(axis=0)
    names = ("worst", "mean", "fresh_worst", "fresh_mean")
    np.testing.assert_allclose([found.numbers[f"{name}_margin_difference"].value for name in names], expected)
    np.testing.assert_allclose(difference[0, 1, 0], expected)
    assert (expected != 0).all() and (margins[..., 0] <= margins[..., 1]).all()
    assert found.numbers["worst_gap"].value < 1e-8 and found.numbers["margin_asked_for"].value == 0.05
    assert {*taken} == {(False, 20), (True, 20)}
    taken.clear()
    control = biased.larger_epsilon(Run(control=True))
    assert {*taken} == {(False, 20), (True, 2)}
    for name in names:  # neither an exact zero nor the claim's own number
        quantity = control.numbers[f"{name}_margin_difference"]
        assert quantity.low < quantity.value < quantity.high and quantity != found.numbers[f"{name}_margin_difference"]
    np.testing.assert_array_equal(control.arrays["margins"][:, :, 0], margins[:, :, 0])  # without eps nothing changes


@pytest.mark.slow
def test_the_control_of_larger_epsilon_is_rejected_and_the_claim_seen():
    claim = next(claim for claim in CLAIMS if claim.id == "A14")
    found, control = (biased.larger_epsilon(Run(control=is_wrong)) for is_wrong in (False, True))
    made = verdict(claim, Measured(found.numbers, control.numbers))
    assert (made.verdict, made.here, made.rejected) == (SUPPORTED, SEEN, True)


def test_the_two_losses_and_the_paired_samples_reach_the_encoder(small):
    plain, wide = (embedded.trained("eps_sup_infonce", 0.9, 0.1, eps, 100, 4) for eps in (0.0, 2.0))
    sup_con = embedded.trained("sup_con", 0.9, 0.1, 0.0, 100, 4)
    for first, second in itertools.combinations((plain, wide, sup_con), 2):
        for one, other in zip(first, second, strict=True):
            assert np.array_equal(one.labels, other.labels) and np.array_equal(one.bias, other.bias)
            assert not np.allclose(one.gram, other.gram)
    training, fresh = plain
    assert (training.labels == training.bias).mean() > 0.7 > 0.5 > (fresh.labels == fresh.bias).mean()
