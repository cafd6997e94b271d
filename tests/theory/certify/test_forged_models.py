"""Models outside a claim's hypotheses, or on one side of its threshold only: optima, but not the claim's."""

import copy

import numpy as np
import pytest
from flint import arb

from contrastive_claims.experiments.claims.blocks.certified import GAP
from contrastive_claims.theory.blockmodel import BlockModel, minimise_population
from contrastive_claims.theory.blockmodel.proofs import population_duality
from contrastive_claims.theory.certify import laws, recheck
from contrastive_claims.theory.certify.expression import Expression, evaluate
from contrastive_claims.theory.certify.specification.classes import high_temperature


def replaced(certificate, choose, model):
    """A copy whose chosen optima are those of `model(position among the chosen) -> (BlockModel, temperature)`."""
    copied = copy.deepcopy(certificate)
    for position, step in enumerate(s for s in copied["steps"] if s["kind"] == "duality" and choose(s)):
        found, temperature = model(position)
        vectors = minimise_population(found, temperature).vectors
        step.update(population_duality(found.proportions, found.connectivity, temperature, vectors, GAP))
    return copied


def refusal(certificate):
    done, why = recheck(certificate, certificate["claim"])
    assert not done, "accepted"
    return why


def test_majorities_of_unequal_connection_are_not_equal_because_both_are_small(honest):
    """Connections count relative to each other only: at 1e-13 a fivefold difference is no rounding."""

    def unequal(position):
        small = 1e-13 * np.array([[0.9, 0.1, 0.0], [0.1, 0.9, 0.0], [0.0, 0.0, 0.2]])
        return BlockModel([1e-5, 0.499995, 0.499995], small), 0.3 + 0.01 * position

    first = honest("B5")["steps"][-26]["step"]
    assert "unequal connection within" in refusal(replaced(honest("B5"), lambda s: s["step"] == first, unequal))


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_equality_is_relative(scale):
    one = arb(scale)
    assert laws.equal(one, one * arb("1.0000000000001")) and not laws.equal(one, one * arb("1.00000000001"))
    assert laws.equal(arb(0), arb(0)) and not laws.equal(arb(0), one) and not laws.equal(one, -one)


def test_joined_majorities_are_not_shown_by_disconnected_ones(honest):
    """B19 below beta = p e^(-2/tau): B5's model, beta = 0, says nothing of a connection."""

    def disconnected(position):
        alpha = 0.2 + 0.05 * position
        connectivity = [[0.9, alpha, 0.0], [alpha, 0.9, 0.0], [0.0, 0.0, 0.9]]
        return BlockModel([1e-6, 0.4999995, 0.4999995], connectivity), 0.5

    def antipodal(step):
        beta, p = step["connectivity"][1][2], step["connectivity"][1][1]
        return beta < p * np.exp(-2 / step["temperature"])

    why = refusal(replaced(honest("B19"), antipodal, disconnected))
    assert "of the optima are antipodal" in why


def test_many_majorities_are_shown_on_both_sides_of_their_threshold(honest):
    """B18: a minority tied as strongly as its majority is to itself merges, whatever the root."""

    def merged(position):
        count = max(position - 6, 2) if position > 7 else position + 2
        majorities = np.ones(count) if position < 8 else np.array([0.2, 0.3 + 0.1 * position])
        connectivity = np.diag(np.full(len(majorities) + 1, 0.9))
        connectivity[0, 1] = connectivity[1, 0] = 0.9
        shares = np.concatenate([[1e-5], (1 - 1e-5) * majorities / majorities.sum()])
        return BlockModel(shares, connectivity), 2.0

    assert "of the optima are apart" in refusal(replaced(honest("B18"), lambda s: True, merged))


def test_two_blocks_merge_at_three_models_at_least(honest):
    """B25's criterion, demanded of the certificate too."""
    merged = [s for s in honest("B25")["steps"] if s["kind"] == "duality" and np.ptp(s["vectors"], axis=0).max() < 1e-6]
    names = {step["step"] for step in merged[1:]}
    assert len(names) >= 2

    def apart(position):
        return BlockModel([0.3 + 0.01 * position, 0.7 - 0.01 * position], [[0.9, 0.1], [0.1, 0.8]]), 0.5

    why = refusal(replaced(honest("B25"), lambda s: s["step"] in names, apart))
    assert "of the optima are merged, not 3" in why


@pytest.mark.parametrize(
    ("claim", "step"),
    [
        ("A6", "SupCon for no P >= 2"),
        ("A21", "eps* is 0 for M large"),
        ("A21", "eps* is 0 for tau high, eps_sup_infonce"),
        ("A21", "eps* is 0 for tau high, eps_sup_con"),
        ("A21", "eps* is infinite for M = m"),
    ],
)
def test_what_the_row_says_of_every_case_is_demanded(honest, claim, step):
    """Of more than two positives (A6), and of when the threshold is 0 or infinite (A21)."""
    certificate = honest(claim)
    steps = [given for given in certificate["steps"] if given["step"] != step]
    assert len(steps) == len(certificate["steps"]) - 1
    assert f"{step!r} is missing" in refusal({**certificate, "steps": steps})


@pytest.mark.parametrize("q", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("loss", ["eps_sup_infonce", "eps_sup_con"])
def test_the_step_at_high_temperature_is_the_condition_at_infinite_temperature(loss, q):
    """The specification's polynomial against the law that the optima obey, at E = 1."""
    minority, majority = 3, 11
    counts = (1, 1) if loss == "eps_sup_infonce" else (minority - 1, majority - 1)
    third = counts[1] * q + 2 * minority
    step = high_temperature(Expression(majority), *(Expression(count) for count in counts))
    value = evaluate(step.formula, {"m": arb(minority), "q": arb(q)})
    epsilon = -arb(q).log() if q else arb(10**6)
    law = laws.merging_margin(minority, majority, arb(10) ** 40, epsilon, loss)
    assert abs(value / third - law) < 1e-9
