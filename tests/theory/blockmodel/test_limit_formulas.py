"""The limits against their formulas as printed, solved here by other means, and at the ends of what they take."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar

from contrastive_claims.theory.blockmodel import BlockModel, minimise_population, minority_model
from contrastive_claims.theory.blockmodel.limits import (
    biased_graph_margins,
    biased_minority_cosine,
    closed_forms,
    collapse_temperature,
    collapse_threshold,
    connected_majorities_cosine,
    exact_collapse_margin,
    exact_collapse_multipliers,
    harm_in_the_limit,
    many_majorities_cosine,
    many_majorities_threshold,
    mean_gram,
    minority_rate,
    pmi_gram,
    simplex_etf,
    two_block_cosine,
    two_minorities_cosine,
    unequal_majorities_cosine,
    unequal_majorities_threshold,
    uniform_connection_cosine,
    vanishing_cosines,
    vanishing_minority_cosine,
)
from contrastive_claims.theory.blockmodel.limits.general import _by_small_share, _LimitLoss, _NotConverged
from contrastive_claims.theory.blockmodel.limits.roots import check_ratio, increasing_root

laws = settings(deadline=None, max_examples=20)
temperatures = st.floats(0.3, 2.5)
ratios = st.floats(0.05, 1.2)


def root(left, right, low):
    """Where the increasing `left` meets `right` on [low, 1], cut at the ends."""
    if left(1.0) <= right:
        return 1.0
    return low if left(low) >= right else brentq(lambda c: left(c) - right, low, 1.0, xtol=1e-15, rtol=1e-15)


@laws
@given(st.integers(2, 6), ratios, temperatures)
def test_many_majorities(count, ratio, tau):
    def phi(x):
        return math.exp(x / tau) + (count - 1) * math.exp(-x / ((count - 1) * tau))

    def psi(x):
        return math.exp(x / tau) - math.exp(-x / ((count - 1) * tau))

    expected = root(lambda c: psi(c) / phi(c) + psi(c) / phi(1), 1 + ratio, 0.0)
    assert many_majorities_cosine(count, ratio, tau) == pytest.approx(expected, abs=1e-12)
    u = math.exp(count / ((count - 1) * tau))
    expected = max(0, (u - count - 1) / (u + count - 1))
    assert many_majorities_threshold(count, tau) == pytest.approx(expected, abs=1e-12)
    warmest = count / ((count - 1) * math.log(count + 1))
    assert many_majorities_threshold(count, 1.001 * warmest) == 0 < many_majorities_threshold(count, 0.999 * warmest)


@laws
@given(st.floats(0.02, 0.98), ratios, temperatures)
def test_unequal_majorities(share, ratio, tau):
    high = math.exp(1 / tau)
    second, third = share * high + (1 - share) / high, share / high + (1 - share) * high

    def left(c):
        a, b = share * math.exp(c / tau), (1 - share) * math.exp(-c / tau)
        return (a - b) / (a + b) + a / second - b / third

    assert unequal_majorities_cosine(share, ratio, tau) == pytest.approx(root(left, 1 + ratio, -1.0), abs=1e-12)
    assert unequal_majorities_threshold(share, tau) == pytest.approx(max(0, left(1) - 1), abs=1e-12)


@laws
@given(ratios, st.floats(0.01, 0.99), st.floats(0.4, 2.5))
def test_connected_majorities(ratio, between, tau):
    strength = ratio / (1 + between)
    if between <= math.exp(-2 / tau):
        assert connected_majorities_cosine(ratio, between, tau) == vanishing_minority_cosine(strength, tau)
        return
    phi = math.acos(1 + tau * math.log(between))

    def loss(t):
        near, far = math.cos(t) / tau, math.cos(t + phi) / tau
        weights = math.exp(near) + math.exp(far)
        return -(1 + strength) * near + math.log(weights) + weights / (math.exp(1 / tau) * (1 + between))

    found = minimize_scalar(loss, bounds=(0, math.pi), method="bounded", options={"xatol": 1e-12})
    assert connected_majorities_cosine(ratio, between, tau) == pytest.approx(math.cos(found.x), abs=1e-6)


def test_connected_majorities_at_the_ends():
    for tau in (0.5, 1.0):
        least = math.exp(-2 / tau)
        for between in (0.0, least):
            expected = vanishing_minority_cosine(0.4 / (1 + between), tau)
            assert connected_majorities_cosine(0.4, between, tau) == expected
            assert connected_majorities_cosine(0.4, 1.0001 * between, tau) == pytest.approx(expected, abs=0.02)
    for wrong in (-1e-9, 1.0, math.nan):
        with pytest.raises(ValueError, match=r"between = .* must lie in"):
            connected_majorities_cosine(0.4, wrong, 1.0)
    assert 0 < connected_majorities_cosine(0.4, 0.5, 0.003) <= 1
    with pytest.raises(ValueError, match=r"temperature = 0\.00299 is too low: below 0\.003"):
        connected_majorities_cosine(0.4, 0.5, 0.00299)


@laws
@given(st.floats(0.05, 0.9), st.floats(0.35, 1.7), st.sampled_from([0.1, 1.0, 1.7]))
def test_rates(ratio, tau, own):
    """R is differentiated in fifty digits."""
    c = vanishing_minority_cosine(ratio, tau)
    assume(c < 1)
    with mpmath.workdps(50):
        t = mpmath.mpf(tau)
        high, g = mpmath.cosh(1 / t), 1 / (t * (mpmath.exp(2 / t) + 1))

        def sigma(x):
            return (mpmath.cosh(x / t) / high - ratio) / (2 * t)

        def second(x):
            first = 2 / t * (own / mpmath.mpf(ratio) + mpmath.mpf(ratio) ** 2) * x + mpmath.exp(1 / t) / mpmath.cosh(
                x / t
            )
            return first - mpmath.cosh(2 * x / t) / (2 * high**2) - sigma(x) ** 2 * (1 - x**2) / (2 * g)

        curvature = (mpmath.sech(c / t) ** 2 + mpmath.cosh(c / t) / high) / t**2
        s2 = 1 - mpmath.mpf(c) ** 2
        slope = -mpmath.diff(second, c) / curvature - sigma(c) * s2 / (2 * g)
        bend = sigma(c) ** 2 * s2 / (2 * g**2)
        multiplier = (mpmath.exp(1 / t) / mpmath.cosh(c / t) - 2 * own / mpmath.mpf(ratio)) / t - sigma(c) ** 2 / (
            2 * g
        )
    found = minority_rate(ratio, tau, own)
    assert found.cosine == c
    for name, expected in (("slope", slope), ("bend", bend), ("multiplier", multiplier)):
        assert getattr(found, name) == pytest.approx(float(expected), rel=1e-7, abs=1e-9), name
    assert minority_rate(ratio, tau) == minority_rate(ratio, tau, 1.0)


@laws
@given(st.floats(0.05, 0.9), st.floats(0.05, 0.9), st.floats(0, 1), st.floats(0.35, 1.7), st.booleans())
def test_two_minorities(first, second, joint, tau, opposite):
    c = np.array([vanishing_minority_cosine(ratio, tau) for ratio in (first, second)])
    g = 1 / (tau * (math.exp(2 / tau) + 1))
    sigma = (np.cosh(c / tau) / math.cosh(1 / tau) - [first, second]) / (2 * tau)
    weight = 2 * joint * (1 / first + 1 / second) + tau * sigma.prod() / g
    free = tau * math.log(weight / (1 / np.cosh(c / tau)).sum()) if weight > 0 else -math.inf
    middle, reach = c.prod() * (-1 if opposite else 1), np.sqrt((1 - c**2).prod())
    expected = min(max(free, middle - reach), middle + reach)
    assert two_minorities_cosine(first, second, joint, tau, opposite=opposite) == pytest.approx(expected, abs=1e-9)
    if not opposite:
        assert two_minorities_cosine(first, second, joint, tau) == pytest.approx(expected, abs=1e-9)


def test_two_minorities_at_the_ends():
    """One of them at full collapse with ratio 1 does not pull: nothing draws them together, and all is decided by the other."""
    assert two_minorities_cosine(1.0, 0.2, 0.0, 2.0) == vanishing_minority_cosine(0.2, 2.0)
    assert two_minorities_cosine(0.2, 1.0, 0.0, 2.0, opposite=True) == -vanishing_minority_cosine(0.2, 2.0)
    assert two_minorities_cosine(0.2, 1.3, 0.0, 1.5) == pytest.approx(vanishing_minority_cosine(0.2, 1.5))
    for joint in (-1e-9, math.inf, math.nan):
        with pytest.raises(ValueError, match="joint must be zero or positive, and finite, not"):
            two_minorities_cosine(0.2, 0.2, joint, 1.0)
    with pytest.raises(ValueError, match="other_ratio must be positive and finite, not 0"):
        two_minorities_cosine(0.2, 0.0, 0.1, 1.0)
    with pytest.raises(ValueError, match=r"^ratio must be positive and finite, not 0"):
        two_minorities_cosine(0.0, 0.2, 0.1, 1.0)


@pytest.mark.parametrize(
    "call", [lambda t: minority_rate(0.3, t).slope, lambda t: two_minorities_cosine(0.3, 0.2, 0.1, t)]
)
def test_the_coldest_rates(call):
    assert math.isfinite(call(1 / 170))
    with pytest.raises(ValueError, match=r"temperature = .* is too low: e\^\(4/tau\) overflows"):
        call(1 / 171)


def test_rates_are_refused_by_name():
    for own in (0.0, -1.0, math.inf):
        with pytest.raises(ValueError, match="own must be positive and finite"):
            minority_rate(0.3, 1.0, own)
    with pytest.raises(ValueError, match=r"^ratio must be positive"):
        minority_rate(0.0, 1.0)
    with pytest.raises(ValueError, match=r"ratio = 0\.5 at temperature 1\.9: the limit is full collapse"):
        minority_rate(0.5, 1.9)


def three(seed, joined):
    """Shares and connections of three blocks, of which the first two are joined by that much."""
    generator = np.random.default_rng(seed)
    alpha = np.diag(generator.uniform(0.1, 1, 3))
    alpha[0, 1] = alpha[1, 0] = joined
    return BlockModel(generator.dirichlet([1, 2, 3]) * 0.94 + 0.02, alpha)


@laws
@given(st.integers(0, 10**6), st.floats(0.05, 1), temperatures)
def test_margin_and_multipliers_of_two_merged_blocks(seed, joined, tau):
    model = three(seed, joined)
    (p1, p2, p3), (d1, d2, _), high = model.proportions, model.degrees, math.exp(1 / tau)
    z, z3 = (p1 + p2) * high + p3 / high, (p1 + p2) / high + p3 * high
    margin = joined * (1 / d1 + 1 / d2) - 2 * high / z + p3 / ((p1 + p2) * high) * (1 / z + 1 / z3)
    assert exact_collapse_margin(model, tau) == pytest.approx(margin, abs=1e-12)
    if margin > 1e-9:
        lean, push = joined / 2 * (1 / d1 - 1 / d2), p3 / high * (3 / (2 * z) + 1 / (2 * z3))
        last = -(p1 + p2) / high * (1 / (2 * z) + 3 / (2 * z3))
        expected = np.array([p2 * lean - push, -p1 * lean - push, last]) / tau
        np.testing.assert_allclose(exact_collapse_multipliers(model, tau), expected, rtol=1e-10, atol=1e-12)
    elif margin < -1e-9:
        with pytest.raises(ValueError, match="blocks 0 and 1 do not merge in this model: exact_collapse_margin is neg"):
            exact_collapse_multipliers(model, tau)


def test_only_the_first_two_of_three_may_be_connected():
    apart = np.diag([0.9, 0.9, 0.9])
    for k in (0, 1):
        joined = apart.copy()
        joined[k, 2] = joined[2, k] = 1e-9
        with pytest.raises(ValueError, match="model must have three blocks, of which only blocks 0 and 1"):
            exact_collapse_margin(BlockModel([0.2, 0.3, 0.5], joined), 1.0)
    for blocks in (2, 4):
        with pytest.raises(ValueError, match="model must have three blocks"):
            exact_collapse_multipliers(BlockModel(np.full(blocks, 1 / blocks), 0.5 * np.eye(blocks)), 1.0)
    assert exact_collapse_margin(BlockModel([0.2, 0.3, 0.5], apart), 1.0) < 0


@laws
@given(st.floats(0.01, 0.99), st.floats(0.001, 1), st.floats(0, 1), st.floats(0, 1), temperatures)
def test_two_blocks(share, between, first, second, tau):
    model = BlockModel([share, 1 - share], [[first, between], [between, second]])
    bond, rest = between * (1 / model.degrees).sum(), 1 - share
    y = root(lambda y: y / (share + rest * y) + y / (share * y + rest), bond, 0.0)
    expected = max(-1, 1 + tau * math.log(y)) if y > 0 else -1
    assert two_block_cosine(model, tau) == pytest.approx(expected, abs=1e-9)


def test_two_blocks_at_the_ends():
    """Equal connections make A = 2 exactly: the blocks merge."""
    assert two_block_cosine(BlockModel([0.5, 0.5], [[0.5, 0.5], [0.5, 0.5]]), 1.0) == 1
    assert two_block_cosine(BlockModel([0.5, 0.5], [[0.5, 0.499], [0.499, 0.5]]), 1.0) == pytest.approx(
        1 + math.log(0.998)
    )
    assert two_block_cosine(BlockModel([0.5, 0.5], [[0.5, 1e-9], [1e-9, 0.5]]), 1.0) == -1
    for blocks in (1, 3):
        with pytest.raises(ValueError, match=f"model has {blocks} blocks, not two"):
            two_block_cosine(BlockModel(np.full(blocks, 1 / blocks), np.eye(blocks)), 1.0)


def test_margins_of_the_biased_graph_in_their_order():
    b, c, d = (1 + 0.7 * math.log(x / 0.8) for x in (0.5, 0.3, 0.2))
    expected = [1 + b + c + d, 1 + b - c - d, 1 - b + c - d, 1 - b - c + d]
    np.testing.assert_allclose(biased_graph_margins(0.8, 0.5, 0.3, 0.2, 0.7), expected)
    names = ("within", "same_bias", "same_class", "neither")
    for k, name in enumerate(names):
        for wrong in (0.0, -0.1, math.inf, math.nan):
            entries = [0.8, 0.5, 0.3, 0.2]
            entries[k] = wrong
            with pytest.raises(ValueError, match=f"{name} must be positive and finite, not"):
                biased_graph_margins(*entries, 1.0)


@laws
@given(st.floats(0.2, 1), st.floats(0, 1), st.floats(0.01, 1), st.floats(0, 1), temperatures)
def test_the_biased_limit(within, beta, gamma, part, tau):
    delta = part * within * math.exp(-2 / tau)
    pull = (gamma - beta) * (1 / (gamma + beta) + 1 / (within + delta))
    expected = root(lambda c: math.tanh(c / tau) + math.sinh(c / tau) / math.cosh(1 / tau), pull, -1.0)
    assert biased_minority_cosine(within, beta, gamma, delta, tau) == pytest.approx(expected, abs=1e-12)
    assert biased_minority_cosine(within, gamma, beta, delta, tau) == pytest.approx(-expected, abs=1e-12)


def test_the_biased_limit_at_the_ends():
    bound = 0.8 * math.exp(-2 / 0.7)
    assert math.isfinite(biased_minority_cosine(0.8, 0.1, 0.2, bound, 0.7))
    with pytest.raises(ValueError, match=r"neither = .* exceeds p e\^\(-2/tau\)"):
        biased_minority_cosine(0.8, 0.1, 0.2, bound * (1 + 1e-15), 0.7)
    assert biased_minority_cosine(0.8, 0.0, 0.2, 0.0, 2.0) == 1 == -biased_minority_cosine(0.8, 0.2, 0.0, 0.0, 2.0)
    for wrong in (
        (0.0, 0.1, 0.2, 0.0),
        (0.8, -0.1, 0.2, 0.0),
        (0.8, 0.1, -0.2, 0.0),
        (0.8, 0.1, 0.2, -0.1),
        (0.8, 0, 0, 0),
    ):
        with pytest.raises(ValueError, match="within must be positive, no connection negative, and same_bias"):
            biased_minority_cosine(*wrong, 1.0)


def test_uniform_connections_by_hand():
    assert uniform_connection_cosine(3, 0.5, 0.7) == pytest.approx(1 + 0.7 * math.log(0.5))
    assert uniform_connection_cosine(3, 0.1, 1.0) == -0.5 and uniform_connection_cosine(2, 0.0, 1.0) == -1
    assert uniform_connection_cosine(4, 1.0, 1.0) == uniform_connection_cosine(4, 1.5, 1.0) == 1
    for wrong in (-1e-9, math.inf, math.nan):
        with pytest.raises(ValueError, match=r"ratio = .* must be zero or positive, and finite"):
            uniform_connection_cosine(3, wrong, 1.0)
    for blocks in (2, 3, 7):
        cosine, loss = simplex_etf(blocks, 0.6)
        sums = math.exp(1 / 0.6) + (blocks - 1) * math.exp(-1 / ((blocks - 1) * 0.6))
        assert cosine == -1 / (blocks - 1) and loss == pytest.approx(-1 / 0.6 + math.log(sums / blocks), abs=1e-14)
    with pytest.raises(ValueError, match="blocks = 1"):
        simplex_etf(1, 1.0)


def test_laws_of_logarithms_by_hand():
    alpha = np.array([[0.9, 0.6, 0.4], [0.6, 0.5, 0.45], [0.4, 0.45, 0.7]])
    shares = [0.2, 0.3, 0.5]
    np.testing.assert_allclose(mean_gram(BlockModel(shares, alpha), 0.8), 1 + 0.8 * np.log(alpha / 0.9), atol=1e-15)
    np.fill_diagonal(alpha, 0.9)
    np.testing.assert_allclose(pmi_gram(BlockModel(shares, alpha), 0.8), 1 + 0.8 * np.log(alpha / 0.9), atol=1e-15)
    np.testing.assert_array_equal(mean_gram(BlockModel([0.5, 0.5], np.full((2, 2), 0.6)), 1.0), 1)
    with pytest.raises(ValueError, match=r"connections within blocks must be equal, not 0.9 to 0.900001"):
        pmi_gram(BlockModel([0.5, 0.5], [[0.9, 0.5], [0.5, 0.900001]]), 1.0)
    for law in (pmi_gram, mean_gram):
        with pytest.raises(ValueError, match=r"connectivity\[0, 2\] = 0: the law needs every pair"):
            law(BlockModel(shares, [[0.9, 0.5, 0], [0.5, 0.9, 0.5], [0, 0.5, 0.9]]), 1.0)
        with pytest.raises(ValueError, match="is not psd"):
            law(BlockModel([0.5, 0.5], [[0.9, 0.9 * math.exp(-2.0001)], [0.9 * math.exp(-2.0001), 0.9]]), 1.0)
        with pytest.raises(ValueError, match="temperature"):
            law(BlockModel([0.5, 0.5], [[0.9, 0.5], [0.5, 0.9]]), 0.0)


def test_a_gram_matrix_is_psd_up_to_rounding():
    """The threshold is K 1e-12: for two blocks the least eigenvalue is 1 + c at a cosine of c < 0."""
    for missing, refused in ((1e-12, False), (4e-12, True)):
        between = 0.9 * math.exp(-2 - missing)
        model = BlockModel([0.5, 0.5], [[0.9, between], [between, 0.9]])
        if refused:
            with pytest.raises(ValueError, match="is not psd"):
                pmi_gram(model, 1.0)
        else:
            assert pmi_gram(model, 1.0)[0, 1] == pytest.approx(-1)


@laws
@given(ratios, st.floats(0.05, 2.5))
def test_a_vanishing_minority(ratio, tau):
    def left(c):
        return float(mpmath.tanh(c / tau) + mpmath.sinh(c / tau) / mpmath.cosh(1 / tau))

    assert vanishing_minority_cosine(ratio, tau) == pytest.approx(root(left, 1 + ratio, 0.0), abs=1e-9)
    assert collapse_threshold(tau) == max(0, 2 * math.tanh(1 / tau) - 1)
    expected = 2 / math.log((3 + ratio) / (1 - ratio)) if ratio < 1 else 0
    assert collapse_temperature(ratio) == pytest.approx(expected)


def test_harm_is_defined_where_equal_shares_stay_apart():
    for ratio, tau in ((0.3, 0.5), (1.3, 0.2)):
        alpha = np.array([[1, ratio, 0], [ratio, 1, 0], [0, 0, 1]]) / max(1, ratio)
        balanced = minimise_population(BlockModel([1 / 3] * 3, alpha), tau).gram[0, 1]
        if balanced > 1 - 1e-9:
            with pytest.raises(ValueError, match=r"temperature = 0\.2: equal shares collapse too"):
                harm_in_the_limit(ratio, tau)
        else:
            expected = (1 - vanishing_minority_cosine(ratio, tau)) / (1 - balanced)
            assert harm_in_the_limit(ratio, tau) == pytest.approx(expected, rel=1e-9)
    assert collapse_temperature(1.0) == 0 < collapse_temperature(0.999)
    for call in (collapse_temperature, lambda r: harm_in_the_limit(r, 1.0)):
        for wrong in (0.0, math.inf):
            with pytest.raises(ValueError, match=r"^ratio must be positive and finite, not"):
                call(wrong)


def test_limits_of_two_majorities_are_refused_by_name():
    for call in (many_majorities_threshold, lambda m, t: many_majorities_cosine(m, 0.5, t)):
        with pytest.raises(ValueError, match="majorities = 1: the formula needs at least two"):
            call(1, 1.0)
        assert 0 <= call(2, 1.0) <= 1
    for call in (unequal_majorities_threshold, lambda s, t: unequal_majorities_cosine(s, 0.5, t)):
        for share in (0.0, 1.0, -0.1, math.nan):
            with pytest.raises(ValueError, match=r"share = .* must lie strictly between 0 and 1"):
                call(share, 1.0)
        with pytest.raises(ValueError, match="temperature"):
            call(0.5, 0.0)
    with pytest.raises(ValueError, match="temperature"):
        many_majorities_threshold(3, 0.0)
    for call in (
        lambda r: many_majorities_cosine(3, r, 1.0),
        lambda r: unequal_majorities_cosine(0.5, r, 1.0),
        lambda r: connected_majorities_cosine(r, 0.5, 1.0),
    ):
        with pytest.raises(ValueError, match=r"^ratio must be positive and finite, not 0"):
            call(0.0)
    assert unequal_majorities_cosine(0.3, 0.4, 1e-3) == pytest.approx(1, abs=0.01)  # nothing overflows
    assert math.isfinite(unequal_majorities_cosine(0.999, 0.01, 1e-3))


def test_roots_lie_between_the_ends_or_at_one():
    assert increasing_root(lambda x: x - 0.3, 0.0, 1.0) == pytest.approx(0.3, abs=1e-16)
    assert increasing_root(lambda x: x**3 - 2, -5.0, 5.0) == pytest.approx(2 ** (1 / 3), abs=1e-15)
    assert increasing_root(lambda x: x - 1, 0.0, 1.0) == 1 == increasing_root(lambda x: x - 2, 0.0, 1.0)
    assert increasing_root(lambda x: x, 0.0, 1.0) == 0 == increasing_root(lambda x: x + 2, 0.0, 1.0)
    check_ratio(1e-300)
    for wrong in (0.0, -1.0, math.inf, math.nan):
        with pytest.raises(ValueError, match=r"^ratio must be positive and finite, not"):
            check_ratio(wrong)
    with pytest.raises(ValueError, match=r"^own must be"):
        check_ratio(0.0, "own")


@laws
@given(st.integers(0, 10**6), st.integers(1, 4), temperatures)
def test_the_general_law_is_stationary_where_it_says(seed, count, tau):
    """Derivatives against differences of the loss, and the loss as printed (less constants of its own)."""
    generator = np.random.default_rng(seed)
    vectors, shares = generator.normal(size=(count, 3)), generator.dirichlet(np.ones(count))
    pull, push = generator.uniform(0, 2, count), generator.uniform(0, 1, count)
    loss = _LimitLoss(vectors, shares, pull, push, tau)

    def printed(h):
        g = vectors @ h
        weights = np.exp((g - 1) / tau)
        return -(pull @ g) / tau + math.log(shares @ weights) + push @ weights + 0.6 * h @ h / 2

    point, step = generator.normal(size=3), 1e-5
    assert loss._value(point, 0.6) == pytest.approx(printed(point), rel=1e-12)
    gradient, hessian = loss._derivatives(point, 0.6)
    for k, unit in enumerate(np.eye(3) * step):
        difference = (printed(point + unit) - printed(point - unit)) / (2 * step)
        assert gradient[k] == pytest.approx(difference, rel=1e-5, abs=1e-5)
        difference = loss._derivatives(point + unit, 0.6)[0] - loss._derivatives(point - unit, 0.6)[0]
        np.testing.assert_allclose(hessian[k], difference / (2 * step), rtol=1e-5, atol=1e-4)
    for strength in (0.01, 0.6, 5.0):
        found = loss.minimiser(strength)
        assert np.linalg.norm(loss._derivatives(found, strength)[0]) * tau < 1e-7
    assert np.linalg.norm(loss.minimiser(loss.strongest())) < 1


def test_the_general_law_is_each_special_one():
    for tau in (0.4, 1.0, 1.9):
        apart = BlockModel([0.3, 0.7], 0.9 * np.eye(2))
        found = vanishing_cosines(apart, [0.36, 0.0], tau)
        assert found[0] == pytest.approx(unequal_majorities_cosine(0.3, 0.4, tau), abs=1e-7)
        assert found[1] == pytest.approx(-found[0], abs=1e-6)
        many = vanishing_cosines(BlockModel(np.full(4, 0.25), 0.9 * np.eye(4)), [0, 0, 0.36, 0], tau)
        assert many[2] == pytest.approx(many_majorities_cosine(4, 0.4, tau), abs=1e-7)
        np.testing.assert_allclose(np.delete(many, 2), -many[2] / 3, atol=1e-6)
    alone = vanishing_cosines(BlockModel([1.0], [[0.8]]), [0.4], 0.7)
    assert alone == pytest.approx([1 + 0.7 * math.log(0.5)], abs=1e-8)  # inside the ball


def test_a_loss_that_is_flat_is_not_solved_and_one_that_overflows_is_infinite():
    flat = _LimitLoss(np.zeros((2, 3)), np.full(2, 0.5), np.ones(2), np.ones(2), 1.0)
    with pytest.raises(_NotConverged):
        flat.minimiser(0.0)
    np.testing.assert_array_equal(flat.minimiser(1.0), 0)
    steep = _LimitLoss(np.eye(2), np.full(2, 0.5), np.ones(2), np.ones(2), 0.01)
    assert steep._value(np.array([9.0, 0.0]), 0.0) == math.inf and math.isfinite(
        steep._value(np.array([5.0, -9.0]), 0.0)
    )
    for strength in (1e-10, 1e-3, 1.0, 1e6):  # curvatures from e^-200 on
        found = steep.minimiser(strength)
        assert np.linalg.norm(steep._derivatives(found, strength)[0]) * 0.01 <= 1e-8


class _Way(Exception):
    """Which way was taken, with its arguments."""


def taken(monkeypatch, name, *arguments):
    """The arguments with which vanishing_cosines calls a function of its module, or one that it imports late."""

    def way(*given):
        raise _Way(*given)

    with monkeypatch.context() as patch:
        patch.setattr(f"contrastive_claims.theory.blockmodel.{name}", way)
        with pytest.raises(_Way) as told:
            vanishing_cosines(*arguments)
    return told.value.args


def test_the_general_law_goes_by_newton_down_to_a_temperature_of_a_tenth(monkeypatch):
    model = BlockModel([0.3, 0.7], 0.9 * np.eye(2))
    assert len(taken(monkeypatch, "limits.general._by_newton", model, [0.3, 0.1], 0.1)) == 4
    assert len(taken(monkeypatch, "limits.general._by_small_share", model, [0.3, 0.1], 0.0999)) == 3
    many = BlockModel(np.full(16, 1 / 16), 0.9 * np.eye(16))
    with pytest.raises(ValueError, match=r"temperature = 0\.09 is too low for 16 blocks"):
        vanishing_cosines(many, np.full(16, 0.5), 0.09)
    fifteen = BlockModel(np.full(15, 1 / 15), 0.9 * np.eye(15))
    assert taken(monkeypatch, "refine.refine_population", fifteen, np.full(15, 0.5), 0.09)[0].blocks == 16


def test_the_small_share_lies_far_below_every_force(monkeypatch):
    model = BlockModel([0.25, 0.75], [[0.9, 0.2], [0.2, 0.8]])
    for tau, decay in ((0.05, 40.0), (0.0999, 2 / 0.0999), (0.001, None)):
        joint, temperature = taken(monkeypatch, "refine.refine_population", model, [0.6, 0.0], tau)
        share = 1e-280 if decay is None else 1e-12 * 0.25**2 * math.exp(-decay)
        assert joint.proportions[0] == pytest.approx(share, rel=1e-9, abs=0) and temperature == tau
        np.testing.assert_allclose(joint.proportions[1:], model.proportions)
        np.testing.assert_array_equal(joint.connectivity, [[0, 0.6, 0], [0.6, 0.9, 0.2], [0, 0.2, 0.8]])
    joint, _ = taken(monkeypatch, "refine.refine_population", model, [3.0, 0.6], 0.05)  # links may exceed 1
    np.testing.assert_allclose(joint.connectivity, np.array([[0, 3, 0.6], [3, 0.9, 0.2], [0.6, 0.2, 0.8]]) / 3)


def test_a_small_share_stays_small_at_any_temperature():
    path = BlockModel([0.2, 0.3, 0.5], 0.9 * np.eye(3) + 0.2 * (np.eye(3, k=1) + np.eye(3, k=-1)))
    by_newton = vanishing_cosines(path, [0.1, 0.0, 0.3], 1.5)
    np.testing.assert_allclose(_by_small_share(path, np.array([0.1, 0.0, 0.3]), 1.5), by_newton, atol=1e-8)


@pytest.mark.parametrize("links", [[0.1], [0.1, 0.2, 0.3], [0.1, -0.1], [0.1, np.inf], [np.nan, 0.1], [0.0, 0.0], 0.1])
def test_links_that_are_none_are_named(links):
    with pytest.raises(ValueError, match="links must be 2 non-negative numbers, not all zero"):
        vanishing_cosines(BlockModel([0.5, 0.5], 0.9 * np.eye(2)), links, 1.0)


def forms(shares, alpha, tau=1.0):
    return {form.claim: form for form in closed_forms(BlockModel(shares, alpha), tau)}


def test_closed_forms_take_what_is_equal_up_to_rounding():
    for off, equal in ((1e-13, True), (1e-11, False)):
        within = forms([0.5, 0.5], [[0.9, 0.5], [0.5, 0.9 + off]])["B6"]
        between = forms([0.2, 0.3, 0.5], [[0.9, 0.5, 0.5], [0.5, 0.9, 0.5 + off], [0.5, 0.5 + off, 0.9]])["B6"]
        shares = forms([1 / 3, 1 / 3 + off, 1 / 3 - off], 0.9 * np.eye(3))["B6"]
        assert all((form.gram is not None) == equal for form in (within, between, shares))
    assert within.fails.startswith("connections within blocks differ (0.9 to 0.9")
    assert between.fails.startswith("connections between blocks differ (0.5 to 0.5")
    assert shares.fails == "at the simplex it needs equal shares"


def test_closed_forms_of_few_blocks():
    """Two blocks that share nothing are opposite at any shares, and without connections within there is no law."""
    found = forms([0.2, 0.8], 0.9 * np.eye(2))
    for claim in ("B6", "B25"):
        np.testing.assert_array_equal(found[claim].gram, [[1, -1], [-1, 1]])
    assert forms([0.5, 0.5], [[0, 0.5], [0.5, 0]])["B6"].fails == "no connection within blocks"
    alike = forms([0.2, 0.3, 0.5], np.full((3, 3), 0.4) + 0.5 * np.eye(3), 0.7)["B6"].gram
    np.testing.assert_allclose(alike, 1 + 0.7 * math.log(0.4 / 0.9) * (1 - np.eye(3)))
    for first, second, apart in ((0, 1, 2), (0, 2, 1), (1, 2, 0)):
        alpha = 0.9 * np.eye(3)
        alpha[first, second] = alpha[second, first] = 0.8
        shares, signs = np.full(3, 0.475), np.ones(3)
        shares[first], signs[apart] = 0.05, -1
        np.testing.assert_array_equal(forms(shares, alpha)["B17"].gram, np.outer(signs, signs))
    told = {claim: form.says for claim, form in found.items()}
    assert told == {
        "B6": "clip(1 + tau log(alpha/p), -1/(K-1), 1)",
        "B15": "1 + tau log(alpha_kl/p)",
        "B17": "1 between the connected two, -1 from the third",
        "B25": "clip(1 + tau log y, -1, 1), y the root of a quadratic",
    }


def test_the_published_minority_has_its_limit_by_both_laws():
    model = minority_model(1 / 3, 0.4)
    rest = BlockModel(model.proportions[1:] / model.proportions[1:].sum(), model.connectivity[1:, 1:])
    found = vanishing_cosines(rest, model.connectivity[0, 1:], 0.6)
    assert found[0] == pytest.approx(vanishing_minority_cosine(0.4 / 0.95, 0.6), abs=1e-8)
