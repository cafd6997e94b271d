"""Optima that are none, or none of the claim's: a gap that decides nothing, blocks without structure, one model many times."""

import copy
import random

import numpy as np
import pytest
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.theory.blockmodel import BlockModel, minimise_population
from contrastive_claims.theory.blockmodel.proofs import population_duality
from contrastive_claims.theory.certify import kinds, recheck
from contrastive_claims.theory.certify.duality import distances_from_optimum, gap_holds
from contrastive_claims.theory.certify.problems import Problem

laws = settings(deadline=None, max_examples=25)
PROBLEM = ("proportions", "connectivity", "temperature", "vectors", "gap")


def with_optima(certificate, change):
    """A copy in which `change(step, position among the optima)` has changed every optimum."""
    copied = copy.deepcopy(certificate)
    for position, step in enumerate(step for step in copied["steps"] if step["kind"] == "duality"):
        change(step, position)
    return copied


def refusal(certificate):
    done, why = recheck(certificate, certificate["claim"])
    assert not done, "accepted"
    return why


def test_no_vectors_pass_for_an_optimum_because_the_temperature_leaves_nothing_to_gain(honest):
    """At tau = 10^9 the whole loss ranges over less than the gap."""
    generator = random.Random(1)

    def heated(step, position):
        step["temperature"] = 1e9
        step["vectors"] = [[generator.gauss(0, 1) for _ in range(3)] for _ in step["proportions"]]

    assert "leaves the cosine" in refusal(with_optima(honest("B3"), heated))


def test_no_side_of_the_biased_graph_is_chosen_by_hand(honest):
    """B22: the sign that the law demands, at vectors that are nobody's optimum."""

    def chosen(step, position):
        tie_with_class, tie_with_bias = step["connectivity"][0][1:3]
        side = 0.3 if tie_with_bias > tie_with_class else -0.3
        step["temperature"] = 1e8 * (1 + position / 100)
        step["vectors"] = [[1.0, 0.0], [0.0, 1.0], [0.0, -1.0], [-0.9, side]]

    why = refusal(with_optima(honest("B22"), chosen))
    assert "leaves the cosine" in why


def test_a_single_block_is_no_model_of_the_pmi_law(honest):
    def alone(step, position):
        step.update(proportions=[1.0], connectivity=[[0.5]], temperature=0.1 * (position + 1), vectors=[[1.0]])

    assert "one block" in refusal(with_optima(honest("B15"), alone))


def test_blocks_without_structure_are_no_model_of_the_pmi_law(honest):
    def alike(step, position):
        size = len(step["proportions"])
        step.update(connectivity=[[0.5] * size] * size, temperature=0.5 + 0.1 * position, vectors=[[1.0, 0.0]] * size)

    assert "all connections equal" in refusal(with_optima(honest("B15"), alike))


def test_the_pmi_law_is_shown_at_several_sizes(honest):
    certificate = honest("B15")
    pair = next(step for step in certificate["steps"] if step.get("proportions") and len(step["proportions"]) == 2)

    def two(step, position):
        step.update({name: copy.deepcopy(pair[name]) for name in PROBLEM})
        step["proportions"] = [0.1 + 0.01 * position, 0.9 - 0.01 * position]

    assert "of the optima are of 3 blocks" in refusal(with_optima(certificate, two))


@pytest.mark.parametrize("disguise", ["rescaled", "permuted"])
def test_one_model_is_not_counted_twice_in_disguise(honest, disguise):
    """Connections count only relative to their degrees, and blocks have no order."""
    first = {}

    def disguised(step, position):
        size = len(step["proportions"])
        if size not in first:
            first[size] = step
            return
        model = first[size]
        step.update({name: copy.deepcopy(model[name]) for name in PROBLEM})
        if disguise == "rescaled":
            factor = 1 - 0.01 * position
            step["connectivity"] = [[value * factor for value in row] for row in model["connectivity"]]
        else:
            order = [(k + position) % size for k in range(size)]
            step["proportions"] = [model["proportions"][k] for k in order]
            step["connectivity"] = [[model["connectivity"][k][m] for m in order] for k in order]
            step["vectors"] = [model["vectors"][k] for k in order]

    assert "an earlier step has solved" in refusal(with_optima(honest("B3"), disguised))


def test_minus_zero_is_zero():
    """Two models that differ in the sign of a zero are one problem."""
    step = {"problem": "population", "proportions": [0.5, 0.5], "temperature": 1.0, "vectors": [[1.0], [-1.0]],
            "gap": "1/100000000"}  # fmt: skip
    keys = [Problem.read({**step, "connectivity": [[0.5, zero], [zero, 0.5]]}).key for zero in (0.0, -0.0, 0)]
    assert len(set(keys)) == 1


@st.composite
def models(draw):
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    blocks = draw(st.integers(2, 5))
    shares = generator.dirichlet(np.full(blocks, 2.0)) * 0.9 + 0.1 / blocks
    between = np.triu(generator.uniform(0.02, 0.6, (blocks, blocks)), 1)
    within = np.diag(generator.uniform(0.3, 1, blocks))
    return BlockModel(shares, within + between + between.T), draw(st.sampled_from([0.3, 1.0, 3.0]))


def problem_at(model, temperature, vectors):
    """With the smallest gap that a power of ten gives, which may be too large for a certificate."""
    step = {
        "problem": "population",
        **population_duality(model.proportions, model.connectivity, temperature, vectors, "1"),
    }
    for exponent in range(19, 0, -1):
        problem = Problem.read({**step, "gap": f"1/{10**exponent}"}, largest=fmpq(1))
        if gap_holds(problem):
            return problem
    raise AssertionError("no gap holds")


@given(models(), st.sampled_from([1e-8, 1e-6, 1e-4]), st.integers(0, 2**32 - 1))
@laws
def test_the_optimum_lies_within_the_distances_that_a_gap_leaves(case, size, seed):
    """At a certified optimum they are small; moved off it by a little, the vectors are no farther from it than they say."""
    model, temperature = case
    optimum = minimise_population(model, temperature)
    moved = optimum.vectors + size * np.random.default_rng(seed).normal(size=optimum.vectors.shape)
    with kinds.precision():
        problem = problem_at(model, temperature, moved)
        allowed, left = (
            np.array(distances_from_optimum(case), float)
            for case in (problem, problem_at(model, temperature, optimum.vectors))
        )
    assert left.max() < 1e-3
    if allowed.max() < temperature / 4:
        assert (np.abs(np.array(problem.gram, float) - optimum.gram) <= allowed + left + 1e-12).all()
