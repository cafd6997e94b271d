"""The block model's proofs: accepted, their control refused, and their formulas equal to the shipped objective's matrices."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.theory.blockmodel import BlockModel, minimise_population
from contrastive_claims.theory.blockmodel.limits import uniform_connection_cosine
from contrastive_claims.theory.blockmodel.population import population_objective
from contrastive_claims.theory.blockmodel.proofs import disconnected_blocks, population_duality, uniform_connections
from contrastive_claims.theory.certify import recheck

laws = settings(deadline=None, max_examples=40)
FUNCTIONS = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide}


def number(formula, at):
    """A rational formula in floating point."""
    if isinstance(formula, list):
        return FUNCTIONS[formula[0]](*(number(part, at) for part in formula[1:]))
    return at[formula] if formula in at else np.float64(formula)


def uniform_model(shares, alpha, within):
    blocks = len(shares)
    return BlockModel(shares, np.full((blocks, blocks), alpha) + (within - alpha) * np.eye(blocks))


def dual_matrix(model, temperature, gram):
    """S = D - Diag(D G) of the shipped objective."""
    gradient = population_objective(model, temperature).gradient(gram)
    return gradient - np.diag((gradient * gram).sum(1))


def test_the_proofs_are_accepted_and_the_control_refused():
    assert recheck(uniform_connections(), "B6") == (True, "")
    done, why = recheck(uniform_connections(wrong=True), "B6")
    assert not done and "does not hold" in why
    assert "is missing" in recheck(disconnected_blocks([]), "B7")[1]
    assert not recheck(disconnected_blocks([]), "B6")[0]


@given(st.integers(0, 2**32 - 1), st.integers(2, 6), st.floats(0.05, 0.95), st.sampled_from([0.3, 1.0, 2.5]))
@laws
def test_inside_the_clip_the_formulas_are_the_objective_s(seed, blocks, ratio, temperature):
    """Steps 1 to 3 of B6 at G with all cosines g = 1 + tau log(a/p): row sums Z_k, and a gradient that vanishes."""
    shares = np.random.default_rng(seed).dirichlet(np.full(blocks, 3.0)) * 0.9 + 0.1 / blocks
    within, cosine = 0.8, 1 + temperature * math.log(ratio)
    model = uniform_model(shares / shares.sum(), ratio * within, within)
    gram = np.full((blocks, blocks), cosine) + (1 - cosine) * np.eye(blocks)
    e, steps = math.exp(1 / temperature), uniform_connections()["steps"]
    gradient = population_objective(model, temperature).gradient(gram)
    for k in range(blocks):
        m = (k + 1) % blocks
        at = {
            "s": model.proportions[k],
            "t": model.proportions[m],
            "a": ratio * within,
            "p": within,
            "E": e,
            "d": model.degrees[k],
        }
        row_sum = (model.proportions * np.exp(gram[k] / temperature)).sum()
        for side in ("left", "right"):
            np.testing.assert_allclose(number(steps[0][side], at), row_sum, rtol=1e-9)
        np.testing.assert_allclose(number(steps[1]["left"], at), 0, atol=1e-12)
        np.testing.assert_allclose(number(steps[2]["left"], at), 0, atol=1e-12)
        # the softmax and pair weights that those two differences are made of
        weights = model.proportions[k] * model.proportions * np.exp(gram[k] / temperature) / row_sum
        np.testing.assert_allclose(weights, model.pair_weights[k], rtol=1e-9)
    np.testing.assert_allclose(gradient, 0, atol=1e-10)


@given(st.integers(0, 2**32 - 1), st.integers(2, 6), st.floats(1, 2), st.sampled_from([0.3, 1.0, 2.5]))
@laws
def test_at_the_upper_end_s_is_a_graph_laplacian_with_the_formula_s_weights(seed, blocks, ratio, temperature):
    shares = np.random.default_rng(seed).dirichlet(np.full(blocks, 3.0)) * 0.9 + 0.1 / blocks
    within = 0.5
    model = uniform_model(shares / shares.sum(), ratio * within, within)
    slack = dual_matrix(model, temperature, np.ones((blocks, blocks)))
    step = uniform_connections()["steps"][3]
    excess = np.array([
        number(step["expression"], {"s": share, "a": ratio * within, "p": within}) for share in model.proportions
    ])  # fmt: skip
    weights = -np.outer(model.proportions, model.proportions) * (excess[:, None] + excess) / (2 * temperature)
    off = ~np.eye(blocks, dtype=bool)
    np.testing.assert_allclose(slack[off], weights[off], atol=1e-12)
    np.testing.assert_allclose(slack.sum(1), 0, atol=1e-12)


@given(st.integers(2, 8), st.floats(0, 1), st.sampled_from([0.2, 1.0, 3.0]))
@laws
def test_at_the_lower_end_s_is_delta_times_the_all_ones_matrix(blocks, ratio, temperature):
    within, cosine = 0.7, -1 / (blocks - 1)
    model = uniform_model(np.full(blocks, 1 / blocks), ratio * within, within)
    gram = np.full((blocks, blocks), cosine) + (1 - cosine) * np.eye(blocks)
    slack = dual_matrix(model, temperature, gram)
    at = {
        "x": math.exp(cosine / temperature),
        "E": math.exp(1 / temperature),
        "K": blocks,
        "a": ratio * within,
        "p": within,
    }
    step = uniform_connections()["steps"][5]
    for side in ("left", "right"):
        delta = number(step[side], at) / (temperature * blocks)
        np.testing.assert_allclose(slack, delta, atol=1e-12)
    if abs(delta) > 1e-12:  # S is psd exactly where the clip is at its lower end
        assert (delta > 0) == (uniform_connection_cosine(blocks, ratio, temperature) == cosine)
    if ratio == 0:
        np.testing.assert_allclose(
            number(disconnected_blocks([])["steps"][0]["expression"], at), delta * temperature * blocks
        )


@pytest.mark.parametrize("false", [0, 20, 35])
def test_one_false_duality_step_spoils_the_disconnected_proof(false):
    steps = []
    for blocks in range(2, 11):
        model = BlockModel(np.full(blocks, 1 / blocks), 0.9 * np.eye(blocks))
        for temperature in (0.1, 0.5, 1.0, 2.0):
            vectors = np.eye(blocks) if len(steps) == false else minimise_population(model, temperature).vectors
            steps.append(population_duality(model.proportions, model.connectivity, temperature, vectors, "1/100000000"))
    done, why = recheck(disconnected_blocks(steps), "B7")
    assert not done and "does not hold" in why and f"K = {2 + false // 4}," in why
