"""Coverage of the intervals by simulation; the bootstrap against closed forms and loops; Holm against his step-down."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from contrastive_claims.theory.harms import (
    Resampled,
    class_cosines,
    hierarchical_bootstrap,
    holm,
    noise_p_value,
    percentile_interval,
    point_variance,
    representation_harm,
    student_interval,
    student_noise,
    student_p_value,
)

seeds = st.integers(0, 2**32 - 1)
POINTS = 60


def covers(count, encoders, shared, own, repeats, replicates=150):
    """Shares of `repeats` experiments whose 95 % interval holds the truth 0: Student with B, Student alone, percentiles.

    `count` seeds; standard deviations of the statistic: between encoders, of the points for all seeds, for each seed.
    """
    generator = np.random.default_rng(17)
    strata, hits = np.zeros(POINTS, int), np.zeros(3)
    for _ in range(repeats):
        noise = shared * generator.normal(size=POINTS) + own * generator.normal(size=(count, POINTS))
        values = encoders * generator.normal(size=(count, 1)) + POINTS**0.5 * noise
        resampled = hierarchical_bootstrap(
            lambda s, w, x=values: w @ x[s] / POINTS, strata, count, generator, replicates
        )
        for k, interval in enumerate(
            [
                student_interval(resampled.estimates, point_variance(resampled)),
                student_interval(resampled.estimates),
                percentile_interval(resampled, generator),
            ]
        ):
            hits[k] += interval.low <= 0 <= interval.high
    return hits / repeats


CASES = [(3, 1, 0, 0), (3, 1, 0.6, 0.3), (3, 0, 1, 0), (5, 0.5, 0.5, 0.5)]


def judge(found, encoders, shared, repeats):
    error = (0.95 * 0.05 / repeats) ** 0.5
    # 0.01: a resample of n points holds (n-1)/n of their variance, and B is a guess from few replicates
    assert found[0] > 0.95 - 0.01 - 3 * error
    if shared > encoders:
        assert found[1] < 0.8  # Student over seeds alone does not see the test points they share
    if encoders > 4 * shared:
        assert found[2] < 0.92  # percentiles over three seeds are too narrow


@pytest.mark.parametrize(("count", "encoders", "shared", "own"), CASES[:3])
def test_coverage(count, encoders, shared, own):
    judge(covers(count, encoders, shared, own, 1000), encoders, shared, 1000)


@pytest.mark.slow
@pytest.mark.parametrize(("count", "encoders", "shared", "own"), [*CASES, (10, 1, 0.3, 0.3), (3, 0.2, 1, 0.2)])
def test_coverage_over_many_experiments(count, encoders, shared, own):
    judge(covers(count, encoders, shared, own, 4000), encoders, shared, 4000)


def encoders_and_points(generator, points):
    """Two encoders of the same test points [3 classes x points, 4]: class means, each encoder's own part, noise shared."""
    labels = np.repeat(np.arange(3), points)
    means = 2 * np.eye(3, 4)
    moved = means.copy()
    moved[0, 1] = 0.7  # class 0 towards class 1
    noise = generator.normal(size=(len(labels), 4))
    return labels, lambda: tuple((m + 0.3 * generator.normal(size=m.shape))[labels] + noise for m in (moved, means))


@pytest.mark.slow
def test_coverage_of_the_representation_harm(seed):
    """RH itself is neither linear nor normal. The truth: many pairs of encoders on many points."""
    generator = np.random.default_rng([seed, 3])
    labels, draw = encoders_and_points(generator, 2000)
    truth = np.mean([representation_harm(*draw(), labels)[0, 1] for _ in range(2000)])
    hits, repeats = np.zeros(2), 1000
    for _ in range(repeats):
        labels, draw = encoders_and_points(generator, 40)
        pairs = [draw() for _ in range(3)]
        resampled = hierarchical_bootstrap(
            lambda s, w, x=pairs, y=labels: representation_harm(*x[s], y, w)[:, 0, 1], labels, 3, generator, 100
        )
        student = student_interval(resampled.estimates, point_variance(resampled))
        percentile = percentile_interval(resampled, generator)
        hits += [student.low <= truth <= student.high, percentile.low <= truth <= percentile.high]
    assert hits[0] / repeats > 0.93 > 0.88 > hits[1] / repeats


@settings(deadline=None, max_examples=20)
@given(seeds)
def test_resampled_cosines_are_those_of_the_repeated_samples(seed):
    generator = np.random.default_rng(seed)
    labels = generator.permutation(np.repeat(np.arange(3), [2, 3, 5]))
    embeddings = [generator.normal(size=(10, 4)) for _ in range(2)]
    seen = []

    def statistic(s, weights):
        if len(weights) > 1:
            seen.append(weights)
        return class_cosines(embeddings[s], labels, weights)

    resampled = hierarchical_bootstrap(statistic, labels, 2, generator, 6)
    assert resampled.estimates.shape == (2, 3, 3) and resampled.replicates.shape == (6, 2, 3, 3)
    np.testing.assert_array_equal(*seen)  # both seeds see the same resamples
    for r, counts in enumerate(seen[0].astype(int)):
        np.testing.assert_array_equal(np.bincount(labels, counts), [2, 3, 5])
        chosen = np.repeat(np.arange(10), counts)
        for s in range(2):
            expected = class_cosines(embeddings[s][chosen], labels[chosen])
            np.testing.assert_allclose(resampled.replicates[r, s], expected, atol=1e-12)
    for s in range(2):
        np.testing.assert_allclose(resampled.estimates[s], class_cosines(embeddings[s], labels), atol=1e-14)


def test_resampled_harm_is_paired(seed):
    """Identical encoders have RH 1 in every resample: both see the same test points."""
    generator = np.random.default_rng([seed, 0])
    labels, points = np.repeat([0, 1], 20), generator.normal(size=(40, 3))
    resampled = hierarchical_bootstrap(
        lambda s, w: representation_harm(points, points, labels, w), labels, 3, generator, 50
    )
    assert (resampled.replicates[..., 0, 1] == 1).all() and np.isnan(resampled.replicates[..., 0, 0]).all()
    interval = student_interval(resampled.estimates, point_variance(resampled))
    assert interval.low[0, 1] == interval.high[0, 1] == 1 and np.isnan(interval.low[0, 0])


def test_chunks_change_no_sizes(monkeypatch, seed):
    monkeypatch.setattr("contrastive_claims.theory.harms.intervals.CHUNK", 25)
    lengths = []

    def statistic(s, weights):
        lengths.append(len(weights))
        return weights[:, 0]

    resampled = hierarchical_bootstrap(statistic, np.zeros(10, int), 1, np.random.default_rng([seed, 0]), 5)
    assert lengths == [1, 2, 2, 1] and resampled.replicates.shape == (5, 1)


@settings(deadline=None, max_examples=50)
@given(seeds, st.integers(1, 4))
def test_point_variance_is_its_decomposition(seed, count):
    """Twin: loops over replicates. The variance of the mean over seeds, less the part that is each seed's own."""
    generator = np.random.default_rng(seed)
    common, own = generator.normal(size=(8, 1, 2)), generator.normal(size=(8, count, 2))
    resampled = Resampled(generator.normal(size=(count, 2)), common + own)
    for k in range(2):
        moved = [[resampled.replicates[r, s, k] - resampled.estimates[s, k] for s in range(count)] for r in range(8)]
        expected = np.var([np.mean(row) for row in moved], ddof=1)
        if count > 1:
            differences = [
                np.var([row[s] - row[t] for row in moved], ddof=1) / 2 for s in range(count) for t in range(s)
            ]
            expected = max(0, expected - np.mean(differences) / count)
        assert point_variance(resampled)[k] == pytest.approx(expected, abs=1e-12)


def test_bootstrap_of_a_mean_has_the_variance_of_a_mean(seed):
    generator = np.random.default_rng([seed, 1])
    x, strata = generator.normal(size=200) * np.repeat([1, 5], 100), np.repeat([0, 1], 100)
    resampled = hierarchical_bootstrap(lambda s, w: w @ x / 200, strata, 1, generator, 4000)
    expected = (x[:100].var() + x[100:].var()) / 400
    assert point_variance(resampled) == pytest.approx(expected, rel=0.08)
    interval = percentile_interval(resampled, generator)
    half = 1.96 * expected**0.5
    assert interval == pytest.approx((x.mean(), x.mean() - half, x.mean() + half), abs=0.1 * half)


def test_percentiles_draw_the_seeds_again(seed):
    spread = Resampled(np.array([0.0, 3.0]), np.tile([0.0, 3.0], (2000, 1)))
    assert percentile_interval(spread, np.random.default_rng([seed, 0])) == (1.5, 0, 3)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(-10, 10), min_size=3, max_size=6), st.floats(0.5, 0.999))
def test_without_shared_points_it_is_students_interval(values, level):
    spread = np.std(values, ddof=1)
    if spread < 1e-6:
        return
    found = student_interval(values, level=level)
    expected = stats.t.interval(level, len(values) - 1, np.mean(values), spread / len(values) ** 0.5)
    assert found[1:] == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert student_p_value(values) == pytest.approx(stats.ttest_1samp(values, 0).pvalue, rel=1e-9)
    with pytest.raises(ValueError, match=r"null \(2,\) and points \(5,\) do not fit"):
        student_p_value([1.0, 2.0, 3.0], [0.0, 1.0], np.ones(5))


def test_equal_seeds_leave_the_normal_interval():
    found = student_interval([2.0, 2.0, 2.0], points=0.25)
    assert found == pytest.approx((2, 2 - 1.959964 * 0.5, 2 + 1.959964 * 0.5), abs=1e-6)
    assert student_p_value([2.0, 2.0, 2.0], points=0.25) == pytest.approx(2 * stats.norm.sf(4), rel=1e-9)


@settings(deadline=None, max_examples=50)
@given(seeds)
def test_the_p_value_is_where_the_interval_ends_at_the_null(seed):
    generator = np.random.default_rng(seed)
    values, points = generator.normal(size=(4, 3, 2)), generator.uniform(0, 2, (3, 2))
    p = student_p_value(values, 0.5, points)
    for index in np.ndindex(3, 2):
        interval = student_interval(values[:, *index], points[index], level=1 - p[index])
        end = min(interval.low, interval.high, key=lambda side: abs(side - 0.5))
        assert end == pytest.approx(0.5, abs=1e-7)


def test_p_values_at_the_edges():
    values = np.array([[1.0, 1.0, np.nan], [1.0, 1.0, np.nan], [1.0, 1.0, np.nan]])
    np.testing.assert_array_equal(student_p_value(values, [1.0, 0.0, 0.0]), [1, 0, np.nan])
    huge = student_p_value([1e20, 1e20 + 1e5, 1e20 - 1e5])
    assert huge == pytest.approx(stats.t.sf(1e20 / (1e5 / 3**0.5), 2) * 2, rel=1e-6)


distances = st.floats(1e-3, 20)


@settings(deadline=None, max_examples=100)
@given(distances, st.floats(0.01, 10), st.integers(1, 30))
def test_noise_between_seeds_alone_is_students(distance, between, freedom):
    expected = 2 * stats.t.sf(distance / between**0.5, freedom)
    assert noise_p_value(distance, between, 0.0, freedom) == pytest.approx(expected, rel=1e-9, abs=1e-99)


@settings(deadline=None, max_examples=100)
@given(distances, st.floats(0.01, 10), st.integers(1, 30))
def test_noise_of_shared_points_alone_is_normal(distance, shared, freedom):
    expected = 2 * stats.norm.sf(distance / shared**0.5)
    found = noise_p_value(distance, 0.0, shared, freedom)
    assert found == pytest.approx(expected, rel=1e-9) if expected > 1e-99 else found <= 1.001e-99


@settings(deadline=None, max_examples=100)
@given(distances, st.floats(0, 5), st.floats(0, 5), st.integers(1, 30))
def test_both_noises_lie_between_either_alone_and_the_worst_of_both(distance, between, shared, freedom):
    """t^2 V + z^2 B >= z^2 (V + B), and <= t^2 (V + B)."""
    if between + shared < 1e-6:
        return
    p = float(noise_p_value(distance, between, shared, freedom))
    scaled = distance / (between + shared) ** 0.5
    assert 2 * stats.norm.sf(scaled) * (1 - 1e-9) <= p + 1e-99
    assert p <= 2 * stats.t.sf(scaled, freedom) * (1 + 1e-9)
    for less in ((between / 2, shared), (between, shared / 2)):
        assert noise_p_value(distance, *less, freedom) <= p * (1 + 1e-9)
    assert noise_p_value(distance * 1.1, between, shared, freedom) <= p * (1 + 1e-9)
    assert noise_p_value(-distance, between, shared, freedom) == p


@settings(deadline=None, max_examples=100)
@given(st.lists(st.floats(-3, 3), min_size=3, max_size=8), st.floats(0, 2), st.floats(-3, 3), st.floats(0.5, 0.999))
def test_the_interval_leaves_out_what_has_a_smaller_p_value(values, points, null, level):
    mean, *noise = student_noise(values, points)
    assert mean == pytest.approx(np.mean(values)) and noise[2] == len(values) - 1 and noise[1] == points
    assert noise[0] == pytest.approx(stats.sem(values) ** 2, rel=1e-9, abs=1e-30)
    low, high = student_interval(values, points, level)[1:]
    p = float(noise_p_value(mean - null, *noise))
    assert p == student_p_value(values, null, points)
    if min(abs(low - null), abs(high - null)) > 1e-9:
        assert (p >= 1 - level) == (low <= null <= high)


def test_p_values_of_noise_at_the_edges():
    assert noise_p_value(0.0, 0.0, 0.0, 4) == 1 and noise_p_value(1e-12, 0.0, 0.0, 4) == 0
    assert np.isnan(noise_p_value(np.nan, 1.0, 0.0, 4))
    assert np.isnan(noise_p_value(1.0, np.nan, 0.0, 4)) and np.isnan(noise_p_value(1.0, 0.0, np.nan, 4))
    found = noise_p_value([1.0, 2.0], [1.0, 4.0], 0.0, 5)
    np.testing.assert_allclose(found, 2 * stats.t.sf(1, 5), rtol=1e-9)


@pytest.mark.parametrize("call", [student_noise, student_interval, student_p_value])
def test_bad_seeds_and_points_are_named_alike(call):
    with pytest.raises(ValueError, match="estimates: at least 3 seeds are needed, got 2"):
        call([1.0, 2.0])
    with pytest.raises(ValueError, match="points: a variance is not negative"):
        call([1.0, 2, 3], points=-1.0)


def holm_step_down(p, alpha):
    """Holm's own procedure: reject the smallest while p <= alpha / (number not yet rejected)."""
    left, rejected = list(range(len(p))), set()
    while left:
        smallest = min(left, key=lambda k: p[k])
        if p[smallest] > alpha / len(left):
            break
        rejected.add(smallest)
        left.remove(smallest)
    return rejected


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.sampled_from([0.01, 0.05, 0.2, 0.5]))
def test_holm_is_the_step_down(p, alpha):
    adjusted = holm(p)
    assert set(np.flatnonzero(adjusted <= alpha)) == holm_step_down(p, alpha)
    for k, value in enumerate(p):  # twin: loops over ranks
        smaller = [q for q in p if q <= value]
        terms = [(len(p) - rank) * q for rank, q in enumerate(sorted(smaller))]
        assert adjusted[k] == pytest.approx(min(1, max(terms)), abs=1e-15)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), seeds)
def test_holm_follows_its_claims_and_lies_between_p_and_bonferroni(p, seed):
    order = np.random.default_rng(seed).permutation(len(p))
    p = np.array(p)
    adjusted = holm(p)
    np.testing.assert_array_equal(holm(p[order]), adjusted[order])
    assert (adjusted >= p).all() and (adjusted <= np.minimum(1, len(p) * p) + 1e-15).all()


def test_the_ends_of_p_values():
    """0 stands for below 1e-100 and nothing larger; a noise without bound leaves nothing certain, and is no NaN."""
    for tail, expected in ((1.5e-100, 1.5e-100), (0.5e-100, 0.0)):
        found = student_p_value([-stats.norm.ppf(tail / 2)] * 3, points=1.0)
        np.testing.assert_allclose(found, expected, rtol=1e-9)
    np.testing.assert_allclose(noise_p_value(1.0, np.inf, 0.0, 2), 1.0)


def test_strata_may_leave_numbers_out(seed):
    def means(s, weights):
        return weights @ np.arange(4.0) / 4

    drawn = [
        hierarchical_bootstrap(means, strata, 1, np.random.default_rng(seed)) for strata in ([0, 2, 2, 2], [0, 1, 1, 1])
    ]
    np.testing.assert_array_equal(drawn[0].replicates, drawn[1].replicates)


def test_holm_by_hand():
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])


def test_intervals_of_several_statistics_are_those_of_each(seed):
    """Axes of their own: 4 seeds, statistics [2, 3], each of another size, up to where squares overflow."""
    generator = np.random.default_rng([seed, 2])
    values, points = generator.normal(size=(4, 2, 3)), generator.uniform(0.1, 2, (2, 3))
    sizes = np.array([[1, 1e3, 1e-3], [1e200, 1e-100, 1e300]])
    shared = np.where(sizes > 1e100, 0.0, points)
    found = student_interval(values * sizes, shared * np.minimum(sizes, 1e100) ** 2, 0.9)
    for index in np.ndindex(2, 3):
        t, z = stats.t.isf(0.05, 3), stats.norm.isf(0.05)
        half = np.sqrt(t**2 * values[:, *index].var(ddof=1) / 4 + z**2 * shared[index])
        expected = values[:, *index].mean() + np.array([0, -half, half])
        np.testing.assert_allclose([part[index] / sizes[index] for part in found], expected, rtol=1e-9)


def test_the_largest_numbers_have_intervals():
    largest = np.finfo(float).max
    found = student_interval([largest, largest, largest])
    assert found == pytest.approx((largest,) * 3)
    value, low, high = student_interval([largest, -largest, largest])
    assert value == pytest.approx(largest / 3) and low == -np.inf and high == np.inf
    assert student_interval([1e200, 2e200, 3e200], 1e300)[0] == pytest.approx(2e200)
    half = np.sqrt(stats.t.isf(0.025, 2) ** 2 / 3 + stats.norm.isf(0.025) ** 2 * 0.25)
    found = student_interval([1e100, 2e100, 3e100], 0.25e200)
    assert found == pytest.approx((2e100, (2 - half) * 1e100, (2 + half) * 1e100))


def test_what_does_not_fit_the_seeds_is_named():
    for call in (student_interval, student_noise):
        with pytest.raises(ValueError, match=r"estimates \(2,\) and points \(3,\) do not fit"):
            call(np.ones((3, 2)), np.ones(3))
        with pytest.raises(ValueError, match="estimates: at least 3 seeds are needed, got 0"):
            call([])
    with pytest.raises(ValueError, match=r"estimates \(2,\) and null \(3,\) and points \(\) do not fit"):
        student_p_value(np.ones((3, 2)), np.ones(3))
    with pytest.raises(ValueError, match=r"distance \(2,\) and between \(3,\) and shared \(\) do not fit"):
        noise_p_value(np.ones(2), np.ones(3), 1.0, 2)
    for level in (0.0, 1.0, np.nan):
        with pytest.raises(ValueError, match=r"level: must lie in \(0, 1\)"):
            student_interval([1.0, 2, 3], level=level)
        with pytest.raises(ValueError, match=r"level: must lie in \(0, 1\)"):
            percentile_interval(Resampled(np.ones(1), np.ones((2, 1))), np.random.default_rng(0), level)


@pytest.mark.parametrize("call", [point_variance, lambda r: percentile_interval(r, np.random.default_rng(0))])
def test_resamples_that_do_not_fit_are_named(call):
    for estimates, replicates in (
        ((), (2,)), ((0,), (2, 0)), ((2,), (1, 2)), ((2,), (0, 2)), ((2,), (3, 1)), ((2, 3), (4, 2)), ((2,), (2,)), ((2,), ()),
    ):  # fmt: skip
        with pytest.raises(
            ValueError, match=r"resampled: must be \[S, ...\] and \[R, S, ...\] with R >= 2, got"
        ) as told:
            call(Resampled(np.ones(estimates), np.ones(replicates)))
        assert f"{estimates} and {replicates}" in str(told.value)
    largest = Resampled(np.array([-1e140]), np.array([[1e140], [-1e140]]))
    assert np.isfinite(call(largest)).all()
    for estimates, replicates in (([1.1e140], [[0.0], [0]]), ([-1.1e140], [[0.0], [0]]), ([0.0], [[0.0], [1.1e140]])):
        with pytest.raises(ValueError, match="resampled: numbers beyond 1e140, whose squares overflow"):
            call(Resampled(np.array(estimates), np.array(replicates)))


def test_percentiles_of_one_seed_are_those_of_its_replicates(seed):
    generator = np.random.default_rng([seed, 4])
    resampled = Resampled(generator.normal(size=(1, 2, 3)), generator.normal(size=(50, 1, 2, 3)))
    for level, arguments in ((0.95, ()), (0.8, (0.8,))):
        found = percentile_interval(resampled, generator, *arguments)
        ends = np.quantile(resampled.replicates[:, 0], [(1 - level) / 2, (1 + level) / 2], axis=0)
        np.testing.assert_array_equal(found.value, resampled.estimates[0])
        np.testing.assert_array_equal([found.low, found.high], ends)
    # the mean over all seeds is the value, however many are drawn again
    both = percentile_interval(Resampled(np.array([1.0, 2, 6]), np.zeros((4, 3))), generator)
    assert both.value == 3 and both.low == both.high == 0


def test_two_thousand_resamples_unless_told_and_two_at_least(monkeypatch):
    generator = np.random.default_rng(0)
    assert hierarchical_bootstrap(lambda s, w: w[:, 0], [0, 0], 1, generator).replicates.shape == (2000, 1)
    assert hierarchical_bootstrap(lambda s, w: w[:, 0], [0], 1, generator, 2).replicates.tolist() == [[1], [1]]
    for wrong in ((0, 2), (1, 1), (-1, 5)):
        with pytest.raises(ValueError, match=f"seeds, replicates: at least 1 and 2 are needed, got {wrong[0]} and"):
            hierarchical_bootstrap(lambda s, w: w[:, 0], [0], wrong[0], generator, wrong[1])
    with pytest.raises(ValueError, match=r"statistic: must give one result per resample, \[1, ...\], got \(3,\)"):
        hierarchical_bootstrap(lambda s, w: w[0], [0, 0, 0], 1, generator)
    monkeypatch.setattr("contrastive_claims.theory.harms.intervals.CHUNK", 2)  # fewer than one resample
    lengths = []
    hierarchical_bootstrap(lambda s, w: lengths.append(len(w)) or w[:, 0], [0, 0, 0], 1, generator, 3)
    assert lengths == [1, 1, 1, 1]


def test_holm_at_the_ends():
    assert holm([]).shape == (0,) and holm([0.0, 1.0]).tolist() == [0, 1] and holm([0.6, 0.6]).tolist() == [1, 1]
    for wrong in (-1e-300, 1 + 1e-15):
        with pytest.raises(ValueError, match="p_values: must be a vector of probabilities"):
            holm([0.5, wrong])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda g: student_interval([1.0, 2.0]), "estimates: at least 3 seeds are needed, got 2"),
        (lambda g: student_interval([1.0]), "estimates: at least 3 seeds are needed, got 1"),
        (lambda g: student_interval(1.0), "estimates: at least 3 seeds are needed, got 0"),
        (lambda g: student_interval([1.0, 2, 3], level=95), r"level: must lie in \(0, 1\), got 95"),
        (lambda g: student_interval([1.0, 2, 3], points=-1.0), "points: a variance is not negative"),
        (lambda g: percentile_interval(Resampled(np.ones(1), np.ones((2, 1))), g, 1.0), "level: must lie"),
        (
            lambda g: percentile_interval(Resampled(np.ones(1), np.full((2, 1), -1e141)), g),
            "resampled: numbers beyond 1e140",
        ),
        (lambda g: holm([[0.1]]), "p_values: must be a vector"),
        (lambda g: holm([0.1, np.nan]), "p_values: must be a vector"),
        (lambda g: holm([1.5]), "p_values: must be a vector"),
        (lambda g: hierarchical_bootstrap(lambda s, w: w, [0.5], 1, g), "strata: must be 1 integers"),
        (lambda g: hierarchical_bootstrap(lambda s, w: w, [0], 0, g), "seeds, replicates: at least 1 and 2"),
        (
            lambda g: hierarchical_bootstrap(lambda s, w: 1.0, [0, 0], 1, g),
            "statistic: must give one result per resample",
        ),
    ],
)
def test_bad_input_is_named(call, message, seed):
    with pytest.raises(ValueError, match=message):
        call(np.random.default_rng([seed, 0]))
