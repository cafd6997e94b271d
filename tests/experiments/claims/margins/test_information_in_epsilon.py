"""A26, A31 and A31b: the estimate against a plain double loop, criteria met, controls refused."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.experiments.claims.catalogue import CLAIMS
from contrastive_claims.experiments.claims.margins import conditions
from contrastive_claims.experiments.claims.margins import information_in_epsilon as information
from contrastive_claims.experiments.claims.margins.information import expected_log_ratios, pmi
from contrastive_claims.experiments.ledger.judgement import Measured, verdict
from contrastive_claims.experiments.ledger.vocabulary import CERTIFIED, HOLDS, Run
from contrastive_claims.theory.certify import recheck

CHECKS = {
    "A26": (conditions.condition_on_sums, CERTIFIED),
    "A31": (information.interior_estimates, HOLDS),
    "A31b": (information.bounds_in_epsilon, HOLDS),
}


@pytest.mark.parametrize("claim_id", CHECKS)
def test_the_evidence_decides_and_the_control_is_refused(claim_id):
    check, expected = CHECKS[claim_id]
    claim = next(claim for claim in CLAIMS if claim.id == claim_id)
    found, control = check(Run()), check(Run(control=True))
    checked = recheck(found.certificate, claim_id)[0] if found.certificate else None
    passed = bool(control.certificate) and recheck(control.certificate, claim_id)[0]
    judged = verdict(claim, Measured(found.numbers, control.numbers, None, checked, passed))
    assert (judged.verdict, judged.rejected) == (expected, True), judged.reason
    assert found.numbers.keys() == control.numbers.keys()


def random_joint(seed, shape=(3, 3)):
    return np.random.default_rng(seed).dirichlet(np.ones(math.prod(shape))).reshape(shape)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.floats(0.01, 1))
def test_the_estimate_by_a_plain_loop(seed, negatives, q):
    joint = random_joint(seed, (2, 3))
    critic = np.random.default_rng(seed + 1).normal(0, 2, joint.shape)
    marginal, expected = joint.sum(0), 0.0
    for x, y in product(range(2), range(3)):
        for draw in product(range(3), repeat=negatives):
            chance = joint[x, y] * math.prod(marginal[k] for k in draw)
            top = math.exp(critic[x, y])
            expected += chance * math.log((negatives + q) * top / (q * top + sum(math.exp(critic[x, k]) for k in draw)))
    assert information.estimate(joint, critic, negatives, q)[0] == pytest.approx(expected, rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("negatives", [1, 2])
def test_the_ends_are_the_corrected_bounds(negatives):
    joint = random_joint(5)
    with_positive, without = expected_log_ratios(joint, pmi(joint), negatives)
    ends = information.estimate(joint, pmi(joint), negatives, np.array([1.0, 0.0]))
    np.testing.assert_allclose(ends, [np.log(negatives + 1) + with_positive, np.log(negatives) + without], rtol=1e-10)


@pytest.mark.parametrize(("symbols", "negatives", "q"), [(2, 1, 0.3), (3, 2, 0.7), (4, 3, 0.5)])
def test_the_deterministic_law_in_closed_form(symbols, negatives, q):
    joint = np.eye(symbols) / symbols
    critic = np.where(np.eye(symbols) > 0, np.log(symbols), -60.0)
    expected = information.estimate(joint, critic, negatives, q)[0]
    assert information.deterministic(symbols, negatives, q) == pytest.approx(expected, rel=1e-9)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(1, 3))
def test_a_function_of_the_anchor_changes_nothing(seed, negatives):
    joint = random_joint(seed) * (1 - 1e-6) + 1e-6 / 9
    shift = np.random.default_rng(seed + 1).normal(size=(3, 1))
    np.testing.assert_allclose(
        information.estimate(joint, pmi(joint) + shift, negatives, information.GRID),
        information.estimate(joint, pmi(joint), negatives, information.GRID),
        atol=1e-12,
    )


def test_the_witness_lies_on_the_circle_and_breaks_every_pair():
    positives, negatives = ([x for x, _ in vectors] for vectors in (conditions.POSITIVES, conditions.NEGATIVES))
    assert all(x * x + y * y == 1 for x, y in (*conditions.POSITIVES, *conditions.NEGATIVES))
    assert sum(negatives) - sum(positives) < -conditions.EPSILON and max(negatives) > max(positives)
