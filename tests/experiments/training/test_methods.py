"""Methods: each against its formula written out, weights that weigh, penalties that need pairs."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from contrastive_claims.experiments.training.methods import objective
from contrastive_claims.experiments.training.presets import Method, Penalty
from contrastive_claims.theory.margins import (
    bias_contrastive,
    end,
    entangle_disentangle,
    eps_sup_con,
    eps_sup_infonce,
    fair_kl,
    log_prior,
    nt_xent,
    sup_con,
)

B, D = 12, 5


def made(seed=0, views=2):
    """Features and embeddings, views first."""
    generator = torch.Generator().manual_seed(seed)
    features, embeddings = torch.randn(2, views * B, D, generator=generator, dtype=torch.float64)
    return features.requires_grad_(), embeddings.clone().requires_grad_()


LABELS = torch.arange(B) % 3
BIAS = torch.arange(B) // 2 % 3
ROWS = torch.arange(B) + 40
ONES = torch.ones(B, dtype=torch.float64)


@pytest.mark.parametrize(
    ("name", "options", "loss"),
    [
        ("simclr", {}, nt_xent),
        ("bcl", {}, nt_xent),
        ("sup-con", {}, sup_con),
        ("eps-sup-con", {"epsilon": 0.4}, eps_sup_con),
        ("eps-sup-infonce", {"epsilon": 0.4}, eps_sup_infonce),
    ],
)
def test_contrastive_methods_are_the_losses_of_theory(name, options, loss):
    features, embeddings = made()
    method = Method(name=name, temperature=0.3, **options)
    found, by_sample = objective(method, features, embeddings, LABELS, None, ROWS, ONES)
    names = (ROWS if name in ("simclr", "bcl") else LABELS).repeat(2)
    expected = loss(embeddings, names, temperature=0.3, **options)
    torch.testing.assert_close(found, expected)
    assert by_sample.shape == (B,) and by_sample.mean().item() == pytest.approx(expected.item())


def test_cross_entropy_and_simsiam_by_hand():
    features, logits = made()
    found, _ = objective(Method(name="cross-entropy"), features, logits, LABELS, None, ROWS, ONES)
    torch.testing.assert_close(found, functional.cross_entropy(logits, torch.cat([LABELS, LABELS])))
    both = torch.stack(made(1), 1).detach().requires_grad_()  # projections and predictions
    found, _ = objective(Method(name="simsiam"), features, both, LABELS, None, ROWS, ONES)
    z, p = functional.normalize(both.detach(), dim=2).unbind(1)
    expected = -((p[:B] * z[B:]).sum(1) + (p[B:] * z[:B]).sum(1)).mean() / 2
    assert found.item() == pytest.approx(expected.item())
    found.backward()
    assert both.grad[:, 1].any() and not both.grad[:, 0].any()  # the target is held fixed


def test_weights_weigh_samples():
    weights = torch.rand(B, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    found, by_sample = objective(Method(name="sup-con"), *made(), LABELS, None, ROWS, weights)
    torch.testing.assert_close(found, (weights * by_sample).sum() / weights.sum())


def test_samples_without_a_positive_do_not_count():
    labels = torch.tensor([0] * (B - 1) + [1])
    features, embeddings = made(views=1)
    found, _ = objective(Method(name="sup-con", views=1), features, embeddings, labels, None, ROWS, ONES)
    torch.testing.assert_close(found, sup_con(embeddings, labels, no_positives="skip"))
    with pytest.raises(ValueError, match="no anchor has a positive"):
        objective(Method(name="sup-con", views=1), features, embeddings, torch.arange(B), None, ROWS, ONES)


@pytest.mark.parametrize("variant", ["paper", "batch", "released"])
@pytest.mark.parametrize(("name", "function"), [("end", end), ("fair_kl", fair_kl)])
def test_penalties_are_added_with_their_weight(name, function, variant):
    features, embeddings = made()
    method = Method(name="sup-con", weight=0.5, penalty=Penalty(name=name, variant=variant, weight=2.0))
    found, _ = objective(method, features, embeddings, LABELS, BIAS, ROWS, ONES)
    base, _ = objective(Method(name="sup-con"), features, embeddings, LABELS, None, ROWS, ONES)
    penalty = function(embeddings, LABELS.repeat(2), BIAS.repeat(2), variant=variant)
    torch.testing.assert_close(found, 0.5 * base + 2 * penalty)
    assert abs(penalty.item()) > 1e-3
    with pytest.raises(ValueError, match="bias: the penalty needs"):
        objective(method, features, embeddings, LABELS, None, ROWS, ONES)


def test_the_penalty_of_a_classifier_is_on_its_features():
    features, logits = made()
    method = Method(name="cross-entropy", penalty=Penalty(name="end", weight=1.0))
    found, _ = objective(method, features, logits, LABELS, BIAS, ROWS, ONES)
    base, _ = objective(Method(name="cross-entropy"), features, logits, LABELS, None, ROWS, ONES)
    torch.testing.assert_close(found - base, end(features, LABELS.repeat(2), BIAS.repeat(2)))


@pytest.mark.parametrize("name", ["entangle", "bias-contrast"])
def test_baselines_are_added_with_their_weight(name):
    features, logits = made()
    method = Method(name="cross-entropy", penalty=Penalty(name=name, weight=3.0))
    found, _ = objective(method, features, logits, LABELS, BIAS, ROWS, ONES)
    base, _ = objective(Method(name="cross-entropy"), features, logits, LABELS, None, ROWS, ONES)
    described = features, LABELS.repeat(2), BIAS.repeat(2)
    added = sum(entangle_disentangle(*described)) if name == "entangle" else bias_contrastive(*described)
    torch.testing.assert_close(found - base, 3 * added)
    with pytest.raises(ValueError, match="variant belongs to end and fair_kl"):
        Penalty(name=name, weight=1.0, variant="released")


def test_bias_balanced_corrects_the_logits_by_the_prior():
    features, logits = made()
    prior = log_prior(LABELS, BIAS, D)
    found, _ = objective(Method(name="bias-balanced"), features, logits, LABELS, BIAS, ROWS, ONES, prior)
    corrected = logits + prior[BIAS.repeat(2)]
    torch.testing.assert_close(found, functional.cross_entropy(corrected, LABELS.repeat(2)))
    for bias, given in ((None, prior), (BIAS, None)):
        with pytest.raises(ValueError, match="bias: bias-balanced needs"):
            objective(Method(name="bias-balanced"), features, logits, LABELS, bias, ROWS, ONES, given)


def test_a_penalty_without_conflicting_samples_is_zero():
    method = Method(name="sup-con", penalty=Penalty(name="fair_kl", weight=1.0))
    found, _ = objective(method, *made(), LABELS, LABELS, ROWS, ONES)
    base, _ = objective(Method(name="sup-con"), *made(), LABELS, None, ROWS, ONES)
    assert found.item() == base.item()


@pytest.mark.parametrize(
    ("content", "message"),
    [({"name": "simclr", "views": 1}, "views must be 2"), ({"name": "sup-con", "epsilon": 0.1}, "epsilon belongs")],
)
def test_impossible_methods_are_refused(content, message):
    with pytest.raises(ValueError, match=message):
        Method(**content)
    assert np.isfinite(Method(name="cross-entropy", views=1).weight)
