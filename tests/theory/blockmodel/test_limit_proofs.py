"""The certificates of the closed forms: accepted, their controls refused, their formulas those of the shipped functions."""

import copy
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.theory.blockmodel import BlockModel, biased_model, proofs, vanishing_minority_cosine
from contrastive_claims.theory.blockmodel.limits import (
    exact_collapse_margin,
    exact_collapse_multipliers,
    many_majorities_threshold,
)
from contrastive_claims.theory.certify import recheck
from contrastive_claims.theory.certify.recheck import check
from contrastive_claims.theory.certify.specification import SPECIFICATIONS
from contrastive_claims.theory.certify.statements import Optimum

PROOFS = {
    "B5": proofs.vanishing_minority,
    "B8": proofs.temperature_decides,
    "B15": proofs.share_independence,
    "B17": proofs.exact_collapse,
    "B18": proofs.many_majorities,
    "B19": proofs.connected_majorities,
    "B22": proofs.biased_boundary,
    "B24": proofs.spread_of_merged,
    "B25": proofs.two_blocks,
}
FUNCTIONS = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide}


def number(formula, at):
    """A rational formula in floating point."""
    if isinstance(formula, list):
        return FUNCTIONS[formula[0]](*(number(part, at) for part in formula[1:]))
    if formula in at:
        return at[formula]
    top, _, bottom = str(formula).partition("/")
    return float(top) / float(bottom or 1)


def without_optima(claim):
    """The claim's specification without the optima that its check adds."""
    specification = SPECIFICATIONS[claim]
    steps = tuple(step for step in specification.steps if not isinstance(step, Optimum))
    return replace(specification, steps=steps, sides=())


@pytest.mark.parametrize("claim", PROOFS)
def test_accepted_and_the_control_refused(claim):
    assert "is missing" in recheck(PROOFS[claim]([]), claim)[1]
    assert check(PROOFS[claim]([]), without_optima(claim)) == (True, "")
    done, why = check(PROOFS[claim]([], wrong=True), without_optima(claim))
    assert not done and "does not hold" in why


def test_convexity_and_spread_law():
    assert check(proofs.population_certificate([]), without_optima("B3")) == (True, "")
    assert recheck(proofs.spread_law(), "B16") == (True, "")
    assert not recheck(proofs.spread_law(wrong=True), "B16")[0]


def test_a_narrower_or_a_wider_enclosure_is_refused():
    """Every end is needed near where it is: moved past the root, or far from it, it fails, on either side."""
    certificate = proofs.vanishing_minority([])
    cells = [k for k, step in enumerate(certificate["steps"]) if step["kind"] == "enclosure"]
    assert len(cells) == len(proofs.root_enclosures())
    for k in cells[:40:7]:
        step = certificate["steps"][k]
        for ends in ({"low": step["high"]}, {"high": step["low"]}, {"low": "1/1000"}, {"high": "2"}):
            forged = copy.deepcopy(certificate)
            forged["steps"][k] |= ends
            done, why = check(forged, without_optima("B5"))
            assert not done and repr(step["step"]) in why


def test_the_enclosures_tile_their_range_and_hold_the_shipped_root():
    cells = proofs.root_enclosures()
    area = sum((cell.ratios[1] - cell.ratios[0]) * (cell.decays[1] - cell.decays[0]) for cell in cells)
    assert area == (cells[-1].ratios[1] - cells[0].ratios[0]) * cells[-1].decays[1]
    for cell in cells:
        for ratio in cell.ratios:
            for q in cell.decays:
                if q == 0:
                    continue
                tau = -2 / math.log(q)
                y = math.exp((vanishing_minority_cosine(float(ratio), tau) - 1) / tau)
                assert min(cell.low, 1) <= y * (1 + 1e-9) and y * (1 - 1e-9) <= cell.high


@given(st.integers(0, 10**6), st.floats(0.3, 2.5))
@settings(deadline=None, max_examples=30)
def test_the_formulas_of_merged_blocks_are_the_shipped_ones(seed, tau):
    generator = np.random.default_rng(seed)
    alpha = np.diag(generator.uniform(0.1, 1, 3))
    alpha[0, 1] = alpha[1, 0] = generator.uniform(0.1, 0.95)
    model = BlockModel(generator.dirichlet(np.ones(3)) * 0.94 + 0.02, alpha)
    at = dict(zip(("s_1", "s_2", "s_3"), model.proportions, strict=True))
    at |= {"E": math.exp(1 / tau), "a": alpha[0, 1], "d_1": model.degrees[0], "d_2": model.degrees[1]}
    margin = number(SPECIFICATIONS["B17"].step("margin").right, at)
    assert margin == pytest.approx(exact_collapse_margin(model, tau), abs=1e-9)
    if margin >= 0:
        steps = [SPECIFICATIONS["B24"].step(f"multiplier of block {k}") for k in (1, 3)]
        shipped = exact_collapse_multipliers(model, tau)
        assert number(steps[0].right, at) / tau == pytest.approx(shipped[0], abs=1e-9)
        assert number(steps[1].right, at) / tau == pytest.approx(shipped[2], abs=1e-9)


@given(st.integers(2, 9), st.floats(0.2, 3))
@settings(deadline=None, max_examples=30)
def test_the_threshold_of_many_majorities_is_the_shipped_one(count, tau):
    value = number(
        SPECIFICATIONS["B18"].step("threshold").right, {"u": math.exp(count / ((count - 1) * tau)), "M": count}
    )
    assert max(0.0, value) == pytest.approx(many_majorities_threshold(count, tau), abs=1e-12)


@given(st.floats(0.05, 0.95), st.lists(st.floats(0.05, 1), min_size=4, max_size=4))
@settings(deadline=None, max_examples=30)
def test_the_pull_on_a_conflicting_group_is_the_models(rho, connections):
    """B22's last step in the numbers of the model: pairs of group (0, 1) with (0, 0), its class, less with (1, 1), its bias."""
    p, beta, gamma, delta = connections
    model = biased_model(rho, p, beta, gamma, delta)
    at = {"s": model.proportions[1], "m": model.proportions[0], "p": p, "b": beta, "g": gamma, "e": delta}
    step = SPECIFICATIONS["B22"].step("limit")
    pairs = model.pair_weights + model.pair_weights.T
    pull = (pairs[1, 0] - pairs[1, 3]) / model.proportions[1]
    limit = (gamma - beta) * (1 / (gamma + beta) + 1 / (p + delta))
    for side in (step.left, step.right):
        assert number(side, at) == pytest.approx(pull - limit, abs=1e-9)


def test_bisection_gives_up_where_the_sign_is_wrong():
    from contrastive_claims.theory.blockmodel.proofs.enclosures import bisection
    from contrastive_claims.theory.certify.expression import symbols

    (x,) = symbols("x")
    assert bisection(x * x - x + "1/3", {"x": ("0", "1")}) is not None
    with pytest.raises(ValueError, match="halvings"):
        bisection(x - 1, {"x": ("0", "1")}, depth=4)
