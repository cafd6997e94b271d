"""Hypothesis hunts for violations of paper A's inequalities: temperatures .01 to 10, any margins, duplicates and ties."""

import math

import numpy as np
from hypothesis import assume, given, settings, target
from hypothesis import strategies as st

from contrastive_claims.theory.laws.strategies import epsilons, logits
from contrastive_claims.theory.margins.bounds import hinge, margin_interval
from contrastive_claims.theory.margins.debiasing import gaussian_kl
from contrastive_claims.theory.margins.logits import (
    eps_infonce_from_logits,
    eps_sup_con_from_logits,
    eps_sup_infonce_from_logits,
    info_l1o_from_logits,
    sup_con_in_from_logits,
)

SEARCH = settings(deadline=None, max_examples=150)


def tolerance(*values):
    return 1e-13 * max(1.0, *(abs(float(v)) for v in values)) * 10


@SEARCH
@given(logits(), epsilons)
def test_hinge_sandwich(anchor, eps):
    positives, negatives, _ = anchor
    floor = float(hinge(positives[0], negatives, eps))
    shifted = float(eps_infonce_from_logits(positives[0], negatives, eps)) + eps
    slack = tolerance(floor, eps, shifted)
    target(-abs(shifted - floor), label="towards the lower end")
    assert floor - slack <= shifted <= floor + math.log(len(negatives) + 1) + slack


@SEARCH
@given(logits(), epsilons)
def test_the_loss_pins_the_margin(anchor, eps):
    positives, negatives, tau = anchor
    loss = float(eps_infonce_from_logits(positives[0], negatives, eps))
    assume(loss + eps > 1e-4)  # nearer to -eps a float64 loss does not determine the margin
    margin = float(positives[0] - negatives.max())
    slack = 1e-9 * max(1.0, abs(margin))
    low, high = margin_interval(loss, len(negatives), eps)
    assert low - slack <= margin <= high + slack
    sphere_low, sphere_high = margin_interval(loss, len(negatives), eps, tau)
    assert sphere_low >= low - slack
    assert sphere_low - 1e-7 * max(1.0, abs(margin)) <= margin <= sphere_high + slack
    if loss <= math.log(2) - eps - 1e-12:
        assert margin >= eps - 1e-12 * max(1.0, eps)


@SEARCH
@given(logits(), st.floats(0, 10), st.floats(1e-3, 10))
def test_epsilon_lowers_the_loss_by_less_than_itself(anchor, eps, more):
    positives, negatives, _ = anchor
    before, after = (float(eps_infonce_from_logits(positives[0], negatives, e)) for e in (eps, eps + more))
    slack = tolerance(before, after)
    assert after <= before + slack
    assert after + more >= before - slack
    assert after >= float(info_l1o_from_logits(positives[0], negatives)) - slack


@SEARCH
@given(logits())
def test_supcon_lies_above_supinfonce_and_log_p(anchor):
    positives, negatives, _ = anchor
    sup_con = float(eps_sup_con_from_logits(positives, negatives))
    slack = tolerance(sup_con)
    assert sup_con >= float(eps_sup_infonce_from_logits(positives, negatives)) - slack
    assert sup_con >= math.log(len(positives)) - slack
    inside = float(sup_con_in_from_logits(positives, negatives))
    assert math.log(len(positives)) - slack <= inside <= sup_con + slack


@SEARCH
@given(logits(), epsilons, st.integers(2, 4))
def test_duplicating_every_logit(anchor, eps, times):
    """A loss that averages over positives sees duplicates of the negatives only, as a shift of s- by log(times)."""
    positives, negatives, _ = anchor
    doubled = float(eps_sup_infonce_from_logits(np.tile(positives, times), np.tile(negatives, times), eps))
    shifted = float(eps_sup_infonce_from_logits(positives, negatives + math.log(times), eps))
    assert abs(doubled - shifted) <= 100 * tolerance(doubled)


@SEARCH
@given(st.floats(-4, 4), st.floats(-4, 4), st.floats(1e-4, 10), st.floats(1e-4, 10))
def test_gaussian_kl_bounds(mean, other, variance, other_variance):
    kl = float(gaussian_kl(mean, variance, other, other_variance))
    bound = (mean - other) ** 2 / (2 * other_variance)
    target(-(kl - bound), label="towards the moment bound")
    assert kl >= bound - 1e-13 * max(1.0, bound)
    if abs(mean - other) > 1e-3 or abs(variance - other_variance) > 1e-3 * other_variance:
        assert kl > 0
