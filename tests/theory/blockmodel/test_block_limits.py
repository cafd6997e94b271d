"""Closed forms against certified optima, and against their own defining equations."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.theory.blockmodel import (
    BlockModel,
    collapse_threshold,
    exact_collapse_margin,
    minimise_population,
    minority_model,
    simplex_etf,
    uniform_connection_cosine,
    vanishing_minority_cosine,
)


@settings(deadline=None, max_examples=60)
@given(ratio=st.floats(0.01, 1.05), temperature=st.floats(0.02, 5))
def test_vanishing_minority_solves_its_equation_and_is_cut_at_the_threshold(ratio, temperature):
    c = vanishing_minority_cosine(ratio, temperature)
    assert 0 < c <= 1
    left = math.tanh(c / temperature) + math.sinh(c / temperature) / math.cosh(1 / temperature)
    if ratio >= collapse_threshold(temperature):
        assert c == pytest.approx(1, abs=1e-12)
        assert left <= 1 + ratio + 1e-12
    else:
        assert c < 1
        assert left == pytest.approx(1 + ratio, abs=1e-9 / temperature)


@pytest.mark.parametrize("temperature", [0.3, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("alpha", [0.1, 0.4, 0.8])
def test_minority_approaches_its_limit_at_the_rate_of_its_share(alpha, temperature):  # claim B5
    limit = vanishing_minority_cosine(alpha / 0.95, temperature)
    shares = np.array([1e-3, 1e-4])
    errors = [abs(minimise_population(minority_model(s, alpha), temperature).gram[0, 1] - limit) for s in shares]
    assert errors[0] < 200 * shares[0]
    if limit < 1:  # first order in the share: a tenth of the share, a tenth of the error
        assert errors[1] / errors[0] == pytest.approx(0.1, rel=0.15)


@pytest.mark.parametrize(
    ("alpha", "cosine"), [(0.1, 0.706), (0.2, 0.780), (0.4, 0.928), (0.497, 1 - 3e-5), (0.498, 1.0)]
)
def test_published_temperature(alpha, cosine):
    assert vanishing_minority_cosine(alpha / 0.95, 1.0) == pytest.approx(cosine, abs=6e-4)


def test_temperature_decides():  # claim B8
    assert collapse_threshold(1.0) * 0.95 == pytest.approx(0.497, abs=1e-4)
    assert collapse_threshold(1.820) > 0
    assert collapse_threshold(1.821) == 0
    thresholds = [collapse_threshold(t) for t in np.linspace(0.05, 1.8, 50)]
    assert (np.diff(thresholds) <= 0).all()
    cosines = [vanishing_minority_cosine(0.4 / 0.95, t) for t in (0.1, 0.3, 0.4, 1.0)]
    assert cosines == pytest.approx([0.914, 0.752, 0.716, 0.928], abs=6e-4)  # not monotone
    harms = [
        (1 - vanishing_minority_cosine(0.4 / 0.95, t))
        / (1 - minimise_population(minority_model(1 / 3, 0.4), t).gram[0, 1])
        for t in (0.1, 0.3, 0.5, 1.0, 1.2)
    ]
    assert harms == pytest.approx([1.00, 0.961, 0.709, 0.157, 0], abs=6e-4)


def test_limits_do_not_commute():
    # alpha = a pi_1 with a -> 0+ decouples the minority (cosine 0); alpha -> 0+ after pi_1 -> 0 gives .634
    assert vanishing_minority_cosine(1e-9, 1.0) == pytest.approx(0.634, abs=6e-4)
    share = 1e-5
    assert abs(minimise_population(minority_model(share, 0.01 * share)).gram[0, 1]) < 0.02


@settings(deadline=None, max_examples=40)
@given(
    blocks=st.integers(2, 6),
    ratio=st.one_of(st.just(0.0), st.floats(0.001, 1.05)),
    temperature=st.sampled_from([0.2, 1.0, 3.0]),
    seed=st.integers(0, 10**6),
)
def test_uniform_connections(blocks, ratio, temperature, seed):  # claims B6, B7
    cosine = uniform_connection_cosine(blocks, ratio, temperature)
    law = 1 + temperature * math.log(ratio) if ratio else -math.inf
    shares = np.random.default_rng(seed).dirichlet(np.full(blocks, 3.0))
    if law <= -1 / (blocks - 1):
        shares = np.full(blocks, 1 / blocks)
    alpha = np.where(np.eye(blocks, dtype=bool), 0.95, 0.95 * ratio)
    optimum = minimise_population(BlockModel(shares, alpha), temperature)
    # 1e-4: at a clip the loss is flat to fourth order in the angles
    np.testing.assert_allclose(optimum.gram[~np.eye(blocks, dtype=bool)], cosine, atol=1e-4)
    if ratio == 0:
        assert simplex_etf(blocks, temperature) == pytest.approx((cosine, optimum.loss), abs=1e-10)


def test_unequal_shares_leave_the_simplex():
    gram = minimise_population(BlockModel([0.2, 0.3, 0.5], 0.95 * np.eye(3))).gram
    assert np.abs(gram[~np.eye(3, dtype=bool)] + 0.5).max() > 0.01


@settings(deadline=None, max_examples=60)
@given(
    share=st.floats(0.01, 0.6),
    alpha=st.floats(0.05, 0.95),
    within=st.floats(0.5, 1),
    temperature=st.sampled_from([0.5, 1.0, 1.5, 3.0]),
)
def test_exact_collapse_happens_exactly_where_the_margin_says(share, alpha, within, temperature):  # claim B17
    model = BlockModel(
        [share, (1 - share) / 3, 2 * (1 - share) / 3], [[within, alpha, 0], [alpha, 0.95, 0], [0, 0, 0.9]]
    )
    margin = exact_collapse_margin(model, temperature)
    gram = minimise_population(model, temperature).gram
    if margin > 1e-3:
        np.testing.assert_allclose(gram, np.outer([1, 1, -1], [1, 1, -1]), atol=1e-6)
    elif margin < -1e-3:
        assert np.abs(gram - np.outer([1, 1, -1], [1, 1, -1])).max() > 1e-5


@pytest.mark.parametrize(("alpha", "temperature", "critical"), [(0.6, 1.0, 0.0959), (0.4, 1.3, 0.0463)])
def test_critical_shares(alpha, temperature, critical):
    assert exact_collapse_margin(minority_model(critical - 1e-4, alpha), temperature) > 0
    assert exact_collapse_margin(minority_model(critical + 1e-4, alpha), temperature) < 0


def test_bad_arguments_are_refused():
    for ratio in (0, -1, math.nan, math.inf):
        with pytest.raises(ValueError, match="ratio"):
            vanishing_minority_cosine(ratio, 1.0)
    for temperature in (0, -1, math.nan, math.inf):
        for call in (
            lambda t: vanishing_minority_cosine(0.5, t),
            collapse_threshold,
            lambda t: uniform_connection_cosine(3, 0.5, t),
            lambda t: simplex_etf(3, t),
            lambda t: exact_collapse_margin(minority_model(0.2, 0.4), t),
        ):
            with pytest.raises(ValueError, match="temperature"):
                call(temperature)
    with pytest.raises(ValueError, match="blocks = 1"):
        uniform_connection_cosine(1, 0.5, 1.0)
    with pytest.raises(ValueError, match="ratio"):
        uniform_connection_cosine(3, -0.1, 1.0)
    with pytest.raises(ValueError, match="three blocks"):
        exact_collapse_margin(BlockModel([0.5, 0.5], np.eye(2)), 1.0)
