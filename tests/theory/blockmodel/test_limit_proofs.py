"""The certificates of the closed forms: accepted, their controls refused, their formulas those of the shipped functions."""

import copy
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.blockmodel import BlockModel, biased_model, proofs, vanishing_minority_cosine
from theory.blockmodel.limits import exact_collapse_margin, exact_collapse_multipliers, many_majorities_threshold
from theory.certify import recheck

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


@pytest.mark.parametrize("claim", PROOFS)
def test_accepted_and_the_control_refused(claim):
    assert recheck(PROOFS[claim]([]), claim) == (True, "")
    done, why = recheck(PROOFS[claim]([], wrong=True), claim)
    assert not done and "does not hold" in why


def test_convexity_and_spread_law():
    assert recheck(proofs.population_certificate([]), "B3") == (True, "")
    assert recheck(proofs.spread_law(), "B16") == (True, "")
    assert not recheck(proofs.spread_law(wrong=True), "B16")[0]


def test_a_narrower_enclosure_is_refused():
    """Every box is needed as it is: the bound moved past the root fails, on either side."""
    certificate = proofs.vanishing_minority([])
    boxes = [k for k, step in enumerate(certificate["steps"]) if step["kind"] == "boxes"]
    assert len(boxes) == 2 * len(proofs.root_enclosures())
    for k in boxes[:40:7]:
        forged = copy.deepcopy(certificate)
        step = forged["steps"][k]
        step["domain"]["r"] = ["1/20", "1"]  # the root moves by more than the enclosure's width over all ratios
        assert not recheck(forged, "B5")[0]


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
    margin = number(proofs.exact_collapse([])["steps"][3]["right"], at)
    assert margin == pytest.approx(exact_collapse_margin(model, tau), abs=1e-9)
    if margin >= 0:
        steps = proofs.spread_of_merged([])["steps"]
        shipped = exact_collapse_multipliers(model, tau)
        assert number(steps[0]["right"], at) / tau == pytest.approx(shipped[0], abs=1e-9)
        assert number(steps[1]["right"], at) / tau == pytest.approx(shipped[2], abs=1e-9)


@given(st.integers(2, 9), st.floats(0.2, 3))
@settings(deadline=None, max_examples=30)
def test_the_threshold_of_many_majorities_is_the_shipped_one(count, tau):
    step = next(step for step in proofs.many_majorities([])["steps"] if step["says"].startswith("the threshold"))
    value = number(step["right"], {"u": math.exp(count / ((count - 1) * tau)), "M": count})
    assert max(0.0, value) == pytest.approx(many_majorities_threshold(count, tau), abs=1e-12)


@given(st.floats(0.05, 0.95), st.lists(st.floats(0.05, 1), min_size=4, max_size=4))
@settings(deadline=None, max_examples=30)
def test_the_pull_on_a_conflicting_group_is_the_models(rho, connections):
    """B22's last step in the numbers of the model: pairs of group (0, 1) with (0, 0), its class, less with (1, 1), its bias."""
    p, beta, gamma, delta = connections
    model = biased_model(rho, p, beta, gamma, delta)
    at = {"s": model.proportions[1], "m": model.proportions[0], "p": p, "b": beta, "g": gamma, "e": delta}
    step = next(step for step in proofs.biased_boundary([])["steps"] if "as s -> 0" in step["says"])
    pairs = model.pair_weights + model.pair_weights.T
    pull = (pairs[1, 0] - pairs[1, 3]) / model.proportions[1]
    limit = (gamma - beta) * (1 / (gamma + beta) + 1 / (p + delta))
    for side in ("left", "right"):
        assert number(step[side], at) == pytest.approx(pull - limit, abs=1e-9)


def test_bisection_gives_up_where_the_sign_is_wrong():
    from theory.blockmodel.proofs.enclosures import bisection
    from theory.certify.expression import symbols

    (x,) = symbols("x")
    assert bisection(x * x - x + "1/3", {"x": ("0", "1")}) is not None
    with pytest.raises(ValueError, match="halvings"):
        bisection(x - 1, {"x": ("0", "1")}, depth=4)
