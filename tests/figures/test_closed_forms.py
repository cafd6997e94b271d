"""The closed forms that figures draw are theory's own, and pass through what is recorded."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from contrastive_claims.experiments.ledger import records
from contrastive_claims.figures import closed_forms
from contrastive_claims.theory.blockmodel import BlockModel
from contrastive_claims.theory.blockmodel.limits import (
    collapse_threshold,
    exact_collapse_margin,
    exact_collapse_multipliers,
    many_majorities_threshold,
    uniform_connection_cosine,
    vanishing_minority_cosine,
)

TAUS, PARTS = st.floats(0.2, 3.0), st.floats(0.1, 0.9)


def three_blocks(ratio, share, tied, own):
    alpha = 0.8 * np.array([[own, ratio, 0], [ratio, 1, 0], [0, 0, 1]])
    return BlockModel([share, (1 - share) * tied, (1 - share) * (1 - tied)], alpha)


@given(st.floats(0.05, 0.999), TAUS)
def test_the_ratio_of_a_cosine_has_that_cosine(cosine, tau):
    ratio = float(closed_forms.vanishing_ratio(np.array(cosine), tau))
    assume(0.01 < ratio < 1)
    assert vanishing_minority_cosine(ratio, tau) == pytest.approx(cosine, abs=1e-7)


@given(st.integers(2, 12), TAUS)
def test_thresholds_are_theory_s(majorities, tau):
    assert float(closed_forms.collapse_threshold(np.array(tau))) == pytest.approx(collapse_threshold(tau), abs=1e-12)
    expected = many_majorities_threshold(majorities, tau)
    assert closed_forms.many_majorities_threshold(majorities, tau) == pytest.approx(expected, abs=1e-9)


@given(st.integers(2, 8), st.floats(0.01, 1.2), TAUS)
def test_the_uniform_cosine_is_theory_s(blocks, ratio, tau):
    expected = uniform_connection_cosine(blocks, ratio, tau)
    assert float(closed_forms.uniform_cosine(blocks, np.array(ratio), tau)) == pytest.approx(expected, abs=1e-12)


@given(st.floats(0.001, 0.8), PARTS, st.floats(0.02, 1.0), TAUS)
def test_on_the_boundary_of_merging_the_margin_is_zero(share, tied, own, tau):
    ratio = float(closed_forms.merging_ratio(share, tied, own, tau))
    assume(0.01 < ratio < 1.2)
    assert exact_collapse_margin(three_blocks(ratio, share, tied, own), tau) == pytest.approx(0, abs=1e-8)
    assert exact_collapse_margin(three_blocks(0.9 * ratio, share, tied, own), tau) < 0


@given(st.floats(0.001, 0.5), PARTS, st.floats(0.1, 1.0), TAUS)
def test_on_the_boundary_of_spreading_the_multiplier_is_zero(share, tied, ratio, tau):
    own = float(closed_forms.spreading_own(np.array(ratio), share, tied, tau))
    assume(0 < own <= 1)
    model = three_blocks(ratio, share, tied, own)
    assume(exact_collapse_margin(model, tau) >= 0)
    assert exact_collapse_multipliers(model, tau)[0] == pytest.approx(0, abs=1e-7)


def recorded(name):
    return records.load_arrays(records.RECORDED / "quick" / f"{name}.npz")


def test_the_curves_pass_through_what_is_recorded():
    for name in ("B8", "B26"):
        arrays = recorded(name)
        np.testing.assert_allclose(
            closed_forms.collapse_threshold(arrays["temperatures"]), arrays["thresholds"], atol=1e-12
        )
    b5 = recorded("B5")
    for tau, row in zip(b5["temperatures"], b5["limits"], strict=True):
        ratios = closed_forms.vanishing_ratio(row, tau)
        np.testing.assert_allclose(ratios[row < 1], b5["ratios"][row < 1], atol=1e-7)
        assert (ratios[row == 1] <= b5["ratios"][row == 1]).all()
    b6 = recorded("B6")
    for tau, row in zip(b6["temperatures"], b6["closed"], strict=True):
        np.testing.assert_allclose(closed_forms.uniform_cosine(4, b6["ratios"], tau), row, atol=1e-12)
    b18 = recorded("B18")
    found = [[closed_forms.many_majorities_threshold(int(m), t) for t in b18["temperatures"]] for m in b18["counts"]]
    np.testing.assert_allclose(found, b18["thresholds"], atol=1e-9)
