"""B31, B31c and the measured halves of B3, B8, B16 and B24: criteria met, controls refused, oracles by other means."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize

from contrastive_claims.experiments.claims.blocks import connectivity, merging, minorities, readings, shares
from contrastive_claims.experiments.claims.catalogue import CLAIMS
from contrastive_claims.experiments.ledger.judgement import Measured, verdict
from contrastive_claims.experiments.ledger.vocabulary import CERTIFIED, HOLDS, REFUTED, Run
from contrastive_claims.theory.blockmodel import BlockModel, minimise_population, population_loss
from contrastive_claims.theory.certify import recheck
from contrastive_claims.theory.certify.duality import distances_from_optimum
from contrastive_claims.theory.certify.problems import Problem

CHECKS = {
    "B3": (shares.duality_certificate, CERTIFIED),
    "B3b": (shares.one_vector_per_block, HOLDS),
    "B8": (minorities.temperature, CERTIFIED),
    "B8b": (minorities.harm_ratio, HOLDS),
    "B16": (shares.spread_law_is_optimal, CERTIFIED),
    "B16b": (shares.spread_means, HOLDS),
    "B24": (merging.multipliers_of_a_merged_pair, CERTIFIED),
    "B24b": (merging.spread_of_a_merged_pair, HOLDS),
    "B31": (connectivity.convergence_as_printed, REFUTED),
    "B31c": (connectivity.monotone, CERTIFIED),
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
    assert (found.certificate is None) == (expected == HOLDS)


def naive_loss(angles, model, temperature):
    """The population loss by a double loop, block vectors by their spherical angles."""
    theta, phi = angles.reshape(2, 3)
    h = np.stack([np.cos(theta), np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi)], axis=1)
    pi, alpha, loss = model.proportions, model.connectivity, 0.0
    for k in range(3):
        degree = sum(alpha[k, m] * pi[m] for m in range(3))
        inner = [float(h[k] @ h[m]) / temperature for m in range(3)]
        loss += pi[k] * math.log(sum(pi[m] * math.exp(inner[m]) for m in range(3)))
        loss -= sum(pi[k] * alpha[k, m] * pi[m] / degree * inner[m] for m in range(3))
    return loss, float(h[0] @ h[1])


@pytest.mark.parametrize(("alpha", "published"), [(0.0, -0.859), (0.1, -0.976)])
def test_another_solver_finds_the_witness_s_cosines(alpha, published):
    model, generator = connectivity.witness(alpha), np.random.default_rng(7)
    ends = [
        minimize(
            lambda a: naive_loss(a, model, 2.0)[0], generator.uniform(0, 3, 6), method="BFGS", options={"gtol": 1e-9}
        )
        for _ in range(4)
    ]
    best = min(ends, key=lambda end: end.fun)
    assert naive_loss(best.x, model, 2.0)[1] == pytest.approx(published, abs=6e-4)
    ours = minimise_population(model, 2.0)
    assert ours.gram[0, 1] == pytest.approx(naive_loss(best.x, model, 2.0)[1], abs=1e-4)
    assert ours.loss == pytest.approx(best.fun, abs=1e-9)


@pytest.mark.parametrize("seed", range(10))
def test_what_the_gap_leaves_open_covers_points_within_the_gap(seed):
    generator = np.random.default_rng(seed)
    model, tau = shares.random_model(3, generator), 1.0
    optimum = minimise_population(model, tau)
    near = optimum.vectors + generator.normal(0, 3e-5, (3, 3))
    near /= np.linalg.norm(near, axis=1, keepdims=True)
    gap = population_loss(model, vectors=near, temperature=tau) - optimum.loss + 1e-13
    assert 0 < gap < 1e-8
    step = {
        "problem": "population",
        "proportions": list(model.proportions),
        "connectivity": [list(row) for row in model.connectivity],
        "temperature": tau,
        "vectors": near.tolist(),
        "gap": f"{math.ceil(gap * 1e16)}/{10**16}",
    }
    error = float(distances_from_optimum(Problem.read(step))[0][1])
    assert abs(float(near[0] @ near[1]) - optimum.gram[0, 1]) <= error


def test_the_certificate_of_the_witness_is_refused_where_its_bound_is_out_of_reach():
    certificate = connectivity.convergence_as_printed(Run()).certificate
    first = certificate["steps"][0]
    loose = {**first, "vectors": [[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]]}
    assert "not within the gap" in recheck({**certificate, "steps": [loose, certificate["steps"][1]]}, "B31")[1]


def test_numbers_of_the_theory_note():
    numbers = minorities.harm_ratio(Run()).numbers
    assert numbers["of_a_loose_minority"].value == pytest.approx(11.7, abs=0.05)
    for tau, ratio in ((0.1, 1.0), (0.3, 0.961), (0.5, 0.709), (1, 0.157), (1.2, 0.0)):
        assert numbers[f"rh_at_tau_{tau:g}"].value == pytest.approx(ratio, abs=6e-4)


def test_splitting_keeps_the_model():
    model = BlockModel([0.3, 0.7], [[0.9, 0.2], [0.2, 0.6]])
    vectors = np.eye(2)
    halves = np.repeat(vectors, 2, axis=0)
    assert population_loss(shares.split(model, 2), vectors=halves) == pytest.approx(
        population_loss(model, vectors=vectors)
    )


def test_a_reading_says_that_it_was_not_run():
    claim = next(claim for claim in CLAIMS if claim.id == "P4")
    assert claim.pending == str(readings.THIRD_PANEL) and "not run" in claim.pending and not claim.check
