"""EnD, BiasCon and BiasBal against double loops that share no code with them, and their laws."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.theory.margins import (
    bias_balanced,
    bias_contrastive,
    entangle_disentangle,
    log_prior,
    sup_con,
)


@st.composite
def batches(draw):
    n = draw(st.integers(2, 11))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return torch.tensor(rng.normal(size=(n, 3))), *(torch.as_tensor(rng.integers(0, 3, n)) for _ in range(2))


def unit_rows(points):
    return [[x / math.hypot(*row) for x in row] for row in points.tolist()]


def cosine(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


def end_by_loop(points, labels, bias):
    rows, labels, bias = unit_rows(points), labels.tolist(), bias.tolist()
    sums, count, pulled = {}, 0, []
    for i, j in itertools.combinations(range(len(rows)), 2):
        if bias[i] == bias[j]:
            sums[bias[i]] = sums.get(bias[i], 0.0) + cosine(rows[i], rows[j])
            count += 1
        elif labels[i] == labels[j]:
            pulled.append((1 - cosine(rows[i], rows[j])) / 2)
    return sum(map(abs, sums.values())) / max(count, 1), sum(pulled) / max(len(pulled), 1)


def bias_contrastive_by_loop(points, labels, bias, temperature):
    rows, total = unit_rows(points), 0.0
    for i in range(len(rows)):
        logits = {k: cosine(rows[i], rows[k]) / temperature for k in range(len(rows)) if k != i}
        positives = [k for k in logits if labels[k] == labels[i] and bias[k] != bias[i]]
        whole = sum(math.exp(s) for s in logits.values())
        if positives:
            total -= sum(math.log(math.exp(logits[k]) / whole) for k in positives) / len(positives)
    return total / len(rows)


@given(batches())
@settings(deadline=None, max_examples=40)
def test_they_are_their_definitions(batch):
    for found, expected in zip(entangle_disentangle(*batch), end_by_loop(*batch), strict=True):
        assert found.item() == pytest.approx(expected, abs=1e-12)
    assert bias_contrastive(*batch, 0.4).item() == pytest.approx(bias_contrastive_by_loop(*batch, 0.4), abs=1e-9)


@given(batches(), st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=30)
def test_neither_order_nor_names_nor_lengths_matter(batch, seed):
    points, labels, bias = batch
    rng = np.random.default_rng(seed)
    order = torch.as_tensor(rng.permutation(len(points)))
    other = points[order] * torch.as_tensor(rng.uniform(0.1, 9, size=(len(points), 1)))
    renamed = (other, 7 - labels[order], 5 * bias[order] - 3)
    torch.testing.assert_close(entangle_disentangle(*renamed), entangle_disentangle(*batch))
    torch.testing.assert_close(bias_contrastive(*renamed), bias_contrastive(*batch))


def test_bias_contrastive_is_sup_con_with_those_positives(seed):
    generator = torch.Generator().manual_seed(seed)
    points = torch.randn(12, 4, dtype=torch.float64, generator=generator, requires_grad=True)
    labels, bias = torch.arange(12) % 3, torch.arange(12) % 2
    positives = (labels[:, None] == labels) & (bias[:, None] != bias)
    losses = (
        bias_contrastive(points, labels, bias, 0.3),
        sup_con(points, None, 0.3, positives=positives, no_positives="zero"),
    )
    torch.testing.assert_close(*losses)
    torch.testing.assert_close(*(torch.autograd.grad(loss, points)[0] for loss in losses))


def test_what_each_of_them_wants():
    """One point for all is the best of the pulling term alone; classes at right angles, each of two biases, are of both."""
    labels, bias = [0, 0, 1, 1], [0, 1, 0, 1]
    one, crossed = torch.ones(4, 2), torch.eye(2)[torch.tensor([0, 0, 1, 1])]
    together = entangle_disentangle(one, labels, bias)
    apart = entangle_disentangle(crossed, labels, bias)  # each class a point of its own: both terms are met
    assert together[0] == pytest.approx(1) and together[1] == pytest.approx(0, abs=1e-6)
    assert apart[0] == pytest.approx(0, abs=1e-6) and apart[1] == pytest.approx(0, abs=1e-6)
    assert bias_contrastive(crossed, labels, bias) < bias_contrastive(one, labels, bias)


def test_without_a_pair_each_term_is_zero_with_a_gradient():
    points = torch.randn(3, 2, generator=torch.Generator().manual_seed(0), requires_grad=True)
    terms = (*entangle_disentangle(points, [0, 1, 2], [0, 1, 2]), bias_contrastive(points, [0, 0, 1], [2, 2, 2]))
    assert [term.item() for term in terms] == [0, 0, 0]
    for term in terms:
        assert (torch.autograd.grad(term, points, retain_graph=True)[0] == 0).all()


def test_the_prior_is_the_share_of_each_class_under_a_bias():
    prior = log_prior([0, 0, 1, 2, 2, 2], [0, 0, 0, 2, 2, 2], classes=4)
    np.testing.assert_allclose(prior.exp(), [[2 / 3, 1 / 3, 0, 0], [1, 1, 1, 1], [0, 0, 1, 0]])


@given(st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=20)
def test_bias_balanced_is_the_cross_entropy_of_the_corrected_odds(seed):
    rng = np.random.default_rng(seed)
    labels, bias = rng.integers(0, 3, 30), rng.integers(0, 4, 30)
    logits, prior = torch.tensor(rng.normal(size=(30, 3))), log_prior(labels, bias, 3)
    found = bias_balanced(logits, torch.as_tensor(labels), torch.as_tensor(bias), prior)
    for i, loss in enumerate(found.tolist()):
        share = [np.mean(labels[bias == bias[i]] == k) for k in range(3)]
        odds = [p * math.exp(f) for p, f in zip(share, logits[i].tolist(), strict=True)]
        assert loss == pytest.approx(-math.log(odds[labels[i]] / sum(odds)))


def test_logits_of_the_balanced_posterior_are_the_best():
    """Of one feature only: where p(y | x) is known on balanced data, BiasBal's mean loss on biased data is least at its log."""
    posterior, shares = torch.tensor([[0.7, 0.3], [0.2, 0.8]]).double(), torch.tensor([[0.9, 0.1], [0.3, 0.7]]).double()
    for x, b in itertools.product(range(2), range(2)):
        biased = posterior[x] * shares[b] / (posterior[x] * shares[b]).sum()

        def mean_loss(logits, biased=biased, b=b):
            each = bias_balanced(logits.expand(2, 2), torch.arange(2), torch.full((2,), b), shares.log())
            return (biased * each).sum()

        logits = posterior[x].log().requires_grad_()
        assert torch.autograd.grad(mean_loss(logits), logits)[0].abs().max() < 1e-12
        assert mean_loss(posterior[x].log()) < mean_loss(torch.zeros(2).double())


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: entangle_disentangle(torch.eye(3), [0, 1], [0, 1, 1]), "labels"),
        (lambda: entangle_disentangle(torch.zeros(2, 2), [0, 1], [0, 1]), "embeddings"),
        (lambda: bias_contrastive(torch.eye(3), [0, 1, 1], [0, 1]), "bias"),
        (lambda: bias_contrastive(torch.eye(3), [0, 1, 1], [0, 1, 1], temperature=0.0), "temperature"),
        (lambda: bias_contrastive(torch.eye(3), [0, 1, 1], [0, 1, 1], temperature=1e-40), "temperature: must be at least"),
        (lambda: log_prior([0, 1], [0, -1]), "labels"),
        (lambda: log_prior([], []), "labels"),
        (lambda: bias_balanced(torch.eye(3), torch.arange(3), torch.arange(3), log_prior([0, 1], [0, 1])), "prior: must have 3"),
        (lambda: log_prior([0, 4], [0, 1], classes=3), "labels"),
        (lambda: bias_balanced(torch.eye(2), torch.tensor([0, 1]), torch.tensor([0, 0]), log_prior([0, 1], [0, 1])), "prior"),
    ],
)  # fmt: skip
def test_bad_input_names_the_argument(call, named):
    with pytest.raises(ValueError, match=named):
        call()
