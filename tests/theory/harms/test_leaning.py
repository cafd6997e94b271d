"""Who leans on whom: invariances, a double loop, false alarms and power counted over seeds.

Run as a program it prints the counts, of 100 encoders each.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from contrastive_claims.theory.harms import (
    block_sums,
    centre_angles,
    class_cosines,
    class_separation,
    deal_blocks,
    jackknife_error,
    leans,
    relative_separation,
)
from contrastive_claims.theory.sphere import normalise, simplex_etf

SEEDS = 100
NOISE = 5 + 2.33 * np.sqrt(SEEDS * 0.05 * 0.95)  # false alarms that a rate of 5 % exceeds once in a hundred times: 10


def encoder(generator, means, wobble=0.0, rows=100, spread=0.35):
    """Unit rows of an encoder whose group means are these, each moved a little: what training anew does to them."""
    count, width = means.shape
    moved = means + wobble * generator.normal(size=means.shape) / np.sqrt(width)
    labels = np.repeat(np.arange(count), rows)
    return normalise(moved[labels] + spread * generator.normal(size=(len(labels), width)) / np.sqrt(width)), labels


def natural(generator, count, width=32):
    return generator.normal(size=(count, width)) / np.sqrt(width)


def trained(generator, count, width=32):
    """Means of a well-trained encoder: near a simplex."""
    return simplex_etf(count, width) + 0.05 * generator.normal(size=(count, width)) / np.sqrt(width)


def moved_to(points, labels, i, j, harm):
    """The rows of group i moved towards those of j until 1 - cosine is `harm` times what it was."""
    mine, theirs = points[labels == i], points[labels == j]

    def at(t):
        return normalise((1 - t) * mine + t * theirs)

    def apart(rows):
        return 1 - rows.mean(axis=0) @ theirs.mean(axis=0)

    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if apart(at(middle)) > harm * apart(mine) else (low, middle)
    points = points.copy()
    points[labels == i] = at(low)
    return points


def judged(points, labels, before, generator):
    blocks = deal_blocks(labels, 32, generator)

    def angles(rows):
        sums = block_sums(rows, labels, blocks)
        return sums, *(centre_angles(m @ m.swapaxes(-1, -2)) for m in (sums.means, sums.means_without))

    sums, here, left = angles(points)
    if before is None:
        near, without = -here, -left
    else:
        _, there, there_left = angles(before)
        near, without = there - here, there_left - left
    return leans(near, jackknife_error(without), sums.freedom[0])


def counted(count, make, wobble, harm, baseline, seeds=SEEDS):
    """Audits of `seeds` encoders in which anything (without harm), or the planted pair, is found."""
    total = 0
    for seed in range(seeds):
        generator = np.random.default_rng([count, seed])
        means = make(generator, count)
        before, labels = encoder(generator, means, wobble)
        points, _ = encoder(generator, means, wobble)
        if harm:
            points = moved_to(points, labels, 0, 1, harm)
        found = judged(points, labels, before if baseline else None, generator).found
        total += bool(found[0, 1] or found[1, 0] if harm else found.any())
    return total


@pytest.mark.parametrize("baseline", [True, False])
@pytest.mark.parametrize(("count", "make"), [(6, natural), (10, natural), (10, trained)])
def test_false_alarms_stay_at_the_level(count, make, baseline):
    assert counted(count, make, 0.05, None, baseline) <= NOISE


def test_a_harm_of_a_tenth_and_of_three_tenths_is_found_against_a_baseline():
    found = {harm: counted(10, natural, 0.0, harm, True, 30) for harm in (0.9, 0.7)}
    assert found[0.9] >= 20 and found[0.7] == 30
    assert counted(10, natural, 0.05, 0.7, True, 30) >= 28


def test_without_a_baseline_a_harm_is_found_only_where_the_other_groups_are_alike():
    assert counted(10, trained, 0.0, 0.7, False, 30) >= 28
    assert counted(10, natural, 0.0, 0.7, False, 30) <= 6  # nature's own neighbours are as near


@pytest.mark.slow
@pytest.mark.parametrize("baseline", [True, False])
@pytest.mark.parametrize("wobble", [0.0, 0.05, 0.1])
@pytest.mark.parametrize("count", [6, 8, 10, 20])
def test_false_alarms_over_many_encoders(count, wobble, baseline):
    assert counted(count, natural, wobble, None, baseline, 300) <= 300 * 0.05 + 2.33 * np.sqrt(300 * 0.05 * 0.95)


@pytest.mark.slow
@pytest.mark.parametrize("power", [0, 1, 2])
@pytest.mark.parametrize("width", [4, 16, 128])
@pytest.mark.parametrize("count", [6, 10, 30])
def test_no_law_of_the_means_makes_false_alarms_without_a_baseline(count, width, power, seed):
    generator = np.random.default_rng([seed, count, width, power])
    shape = np.arange(1, width + 1.0) ** (-power / 2)
    alarms = 0
    for shift in (0, 2) * 150:
        means = generator.normal(size=(count, width)) * shape / np.linalg.norm(shape)
        means[:, 0] += shift
        unit = normalise(means)
        alarms += leans(-centre_angles(unit @ unit.T)).found.any()
    assert alarms <= 300 * 0.05 + 2.33 * np.sqrt(300 * 0.05 * 0.95)


def test_by_hand():
    """An entry against the mean of the others of its row, and the spread of that row or of all rows, by loops."""
    near = np.random.default_rng(0).normal(size=(7, 7))
    near = near + near.T
    found = leans(near)
    for j in range(7):
        for i in set(range(7)) - {j}:
            others = np.array([near[j, k] for k in range(7) if k not in (i, j)])
            rows = [np.array([near[k, m] for m in range(7) if m != k and {k, m} != {i, j}]) for k in range(7)]
            pooled = sum(((row - row.mean()) ** 2).sum() for row in rows) / sum(len(row) - 1 for row in rows)
            widen = np.sqrt(1 + 1 / len(others))
            spreads = ((others.std(ddof=1) * widen, 4), (np.sqrt(pooled) * widen, 7 * 4 / 2 - 1))
            excess = near[j, i] - others.mean()
            p = [2 * stats.t.sf(abs(excess) / spread, degrees) for spread, degrees in spreads]
            reach = [stats.t.isf(0.05 / (4 * 42), degrees) * spread for spread, degrees in spreads]
            assert found.excess[i, j] == pytest.approx(excess)
            assert found.p_values[i, j] == pytest.approx(min(1, 2 * min(p)))
            assert found.high[i, j] - excess == pytest.approx(min(reach)) == excess - found.low[i, j]
    flat = ~np.eye(7, dtype=bool)
    assert np.allclose(found.adjusted[flat], stats.false_discovery_control(found.p_values[flat]))


def test_a_lean_is_found_at_its_own_adjusted_p_and_not_below():
    near = np.random.default_rng(1).normal(size=(7, 7))
    near[0, 1] = near[1, 0] = 9.0
    p = leans(near).adjusted[0, 1]
    assert 0 < p < 1 and leans(near, level=p).found[0, 1] and not leans(near, level=p * (1 - 1e-12)).found[0, 1]


def test_exactly_student_for_normal_products():
    """The module's theorem: with inner products in place of angles the row's p is uniform, whatever the covariance."""
    generator = np.random.default_rng(5)
    shape, p = 1 / np.arange(1, 6.0), []
    for _ in range(2000):
        means = 3 + generator.normal(size=(6, 5)) * shape
        own = means[0] - means[1:].mean(axis=0)
        near = generator.normal(size=(6, 6))
        near[0] = means @ own
        near[1:] *= 1e6  # so that the spread of all rows finds nothing
        p.append(leans(near).p_values[1, 0] / 2)
    assert stats.kstest([x for x in p if x < 0.5], stats.uniform(0, 0.5).cdf).pvalue > 1e-3
    assert abs(np.mean(np.array(p) < 0.5) - 0.5) < 0.05


def test_noise_of_a_small_group_makes_no_lean():
    generator = np.random.default_rng(2)
    near = 0.01 * generator.normal(size=(10, 10))
    near[3, 7] = near[7, 3] = 0.5
    assert leans(near).found[3, 7]
    noise = np.full((10, 10), 0.01)
    noise[3, 7] = noise[7, 3] = 0.5
    assert not leans(near, noise, 10.0).found.any()


@given(st.integers(0, 2**32 - 1), st.integers(3, 9), st.integers(3, 12))
def test_angles_do_not_see_rotation_scale_shift_or_a_shared_direction(seed, count, width):
    generator = np.random.default_rng(seed)
    means = generator.normal(size=(count, width))
    angles = centre_angles(means @ means.T)
    turn = np.linalg.qr(generator.normal(size=(width, width)))[0]
    moved = 0.3 * means @ turn + generator.normal(size=width)
    moved = np.c_[moved, np.full(count, 2.0)]
    assert np.allclose(centre_angles(moved @ moved.T), angles, atol=1e-6)
    order = generator.permutation(count)
    assert np.allclose(centre_angles(means[order] @ means[order].T), angles[np.ix_(order, order)], atol=1e-6)
    centred = means - means.mean(axis=0)
    cosine = centred[0] @ centred[1] / np.linalg.norm(centred[0]) / np.linalg.norm(centred[1])
    assert np.cos(angles[0, 1]) == pytest.approx(cosine, abs=1e-9) and (np.diag(angles) == 0).all()


@given(st.integers(0, 2**32 - 1), st.integers(6, 9))
def test_renamed_groups_lean_alike_and_scale_and_shift_do_not_matter(seed, count):
    generator = np.random.default_rng(seed)
    near = generator.normal(size=(count, count))
    near, order = near + near.T, generator.permutation(count)
    one = leans(near)
    other = leans(3 * near[np.ix_(order, order)] + 2)
    assert np.allclose(other.p_values, one.p_values[np.ix_(order, order)], equal_nan=True)
    assert np.allclose(other.excess, 3 * one.excess[np.ix_(order, order)], equal_nan=True)
    assert (other.found == one.found[np.ix_(order, order)]).all()


def test_a_pair_alone_is_found_exactly_where_its_interval_leaves_out_zero(seed):
    generator = np.random.default_rng(seed)
    seen = set()
    for size in np.linspace(0, 3, 60):
        near = 0.2 * generator.normal(size=(8, 8))
        near[1, 4] += size
        found = leans(near)
        others = np.delete(found.p_values[~np.eye(8, dtype=bool)], 0)
        if np.sort(others)[1] > 0.05 / 56 * 2:  # no other pair helps Benjamini and Hochberg along
            seen.add(bool(found.found[4, 1]))
            assert found.found[4, 1] == (found.low[4, 1] > 0)
    assert seen == {True, False}


def test_equal_entries_lean_nowhere_and_one_that_differs_does():
    near = np.ones((6, 6))
    assert not leans(near).found.any()
    near[2, 3] = near[3, 2] = 1.5
    found = leans(near)
    assert found.found.sum() == 2 and found.found[2, 3] and found.p_values[2, 3] < 1e-12


def test_separation_over_its_median(seed):
    points, labels = encoder(np.random.default_rng(seed), natural(np.random.default_rng(seed), 5))
    found, plain = relative_separation(class_cosines(points, labels)), class_separation(points, labels)
    assert np.allclose(found[0, 1], plain[0, 1] / np.median(plain[np.triu_indices(5, 1)]))
    with pytest.raises(ValueError, match="one mean"):
        relative_separation(np.full((4, 4), 0.5))


EPS = np.finfo(float).eps


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 2**32 - 1), st.integers(6, 9), st.floats(0.01, 0.6))
def test_noise_beyond_its_average_widens_by_hand(seed, count, level):
    """Each entry's own noise on its own degrees of freedom, by loops; entries of (j, i) and (i, j) differ."""
    generator = np.random.default_rng(seed)
    near, noise = generator.normal(size=(count, count)), generator.uniform(0, 2, (count, count))
    freedom = generator.uniform(2, 30, (count, count))
    for part in (near, noise):
        np.fill_diagonal(part, np.nan)  # nothing is read there
    found = leans(near, noise, freedom, level)
    off = ~np.eye(count, dtype=bool)
    for j, i in [(0, 1), (1, 0), (count - 1, 2), (3, count - 1)]:
        others = np.delete(near[j], [i, j])
        rows = [np.array([near[k, m] for m in range(count) if m != k and {k, m} != {i, j}]) for k in range(count)]
        pooled = sum(((row - row.mean()) ** 2).sum() for row in rows) / sum(len(row) - 1 for row in rows)
        p, reach = [], []
        for spread, average, degrees in (
            (others.var(ddof=1), np.nanmean(noise[j] ** 2), count - 3),
            (pooled, np.nanmean(noise**2), count * (count - 3) / 2 - 1),
        ):
            own = max(0, noise[j, i] ** 2 - average)
            joint = (spread + own) ** 2 / (spread**2 / degrees + own**2 / freedom[j, i])
            error = np.sqrt((spread + own) * (1 + 1 / len(others)))
            p.append(2 * stats.t.sf(abs(near[j, i] - others.mean()) / error, joint))
            reach.append(stats.t.isf(level / (4 * count * (count - 1)), joint) * error)
        excess = near[j, i] - others.mean()
        assert found.excess[i, j] == pytest.approx(excess)
        assert found.p_values[i, j] == pytest.approx(min(1, 2 * min(p)))
        assert [found.low[i, j], found.high[i, j]] == pytest.approx([excess - min(reach), excess + min(reach)])
        assert found.found[i, j] == (found.adjusted[i, j] <= level and excess > 0)
    np.testing.assert_allclose(found.adjusted[off], stats.false_discovery_control(found.p_values[off]))
    for part in (found.excess, found.low, found.high, found.p_values, found.adjusted):
        assert np.isnan(np.diag(part)).all()
    assert found.found.dtype == bool and not np.diag(found.found).any()


def test_by_default_entries_have_no_noise_and_the_level_is_a_twentieth():
    near = np.random.default_rng(3).normal(size=(6, 6))
    plain, told = leans(near), leans(near, np.zeros((6, 6)), 5.0, 0.05)
    for name in ("excess", "low", "high", "p_values", "adjusted", "found"):
        np.testing.assert_array_equal(getattr(plain, name), getattr(told, name))
    known = leans(near, 3 * np.eye(6)[[1, 0, 2, 3, 4, 5]])
    exact = leans(near, 3 * np.eye(6)[[1, 0, 2, 3, 4, 5]], 1e12)
    np.testing.assert_allclose(known.p_values, exact.p_values, rtol=1e-6)


def test_a_group_that_is_far_is_no_lean():
    near = 0.01 * np.random.default_rng(4).normal(size=(7, 7))
    near[1, 2] = -5.0
    found = leans(near)
    assert found.adjusted[2, 1] < 0.01 and not found.found[2, 1] and found.high[2, 1] < 0


def test_groups_on_a_line_lie_at_half_a_turn_or_none():
    means = np.array([[-1.0], [0.3], [2], [-1.5]])
    side = np.sign(means - means.mean())
    np.testing.assert_allclose(centre_angles(means @ means.T), np.where(side == side.T, 0, np.pi), atol=1e-7)
    assert centre_angles(means[:3] @ means[:3].T).shape == (3, 3)


def test_angles_and_separations_of_several_encoders_at_once(seed):
    means = np.random.default_rng([seed, 1]).normal(size=(2, 3, 5, 4))
    means /= 2 * np.linalg.norm(means, axis=-1, keepdims=True)
    grams = means @ means.swapaxes(-1, -2)
    angles, apart = centre_angles(grams), relative_separation(grams)
    assert angles.shape == apart.shape == (2, 3, 5, 5)
    for index in np.ndindex(2, 3):
        np.testing.assert_allclose(angles[index], centre_angles(grams[index]), rtol=1e-12)
        np.testing.assert_allclose(apart[index], relative_separation(grams[index]), rtol=1e-12)
        assert np.median(apart[index][np.triu_indices(5, 1)]) == pytest.approx(1)
    means[1, 2, 3] = means[1, 2, [0, 1, 2, 4]].mean(axis=0)
    with pytest.raises(ValueError, match="cosines: the mean of group 3 is the centre of all group means"):
        centre_angles(means @ means.swapaxes(-1, -2))
    with pytest.raises(ValueError, match="cosines: half of all pairs of groups have one mean"):
        relative_separation(np.stack([grams[0, 0], np.full((5, 5), 0.5)]))


def test_a_group_is_off_the_centre_beyond_rounding():
    """The threshold is 64 eps of the largest entry, on the square: 4/9 of the third group's own entry here."""
    for scale in (1.0, 2.0**30):
        gram = scale * np.array([[1, -1, 0], [-1, 1, 0], [0, 0, 9 / 4 * 66 * EPS]])
        assert centre_angles(gram)[0, 1] == pytest.approx(np.pi, abs=1e-6)
        gram[2, 2] = scale * 9 / 4 * 62 * EPS
        with pytest.raises(ValueError, match="the mean of group 2 is the centre"):
            centre_angles(gram)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: leans(np.ones((5, 5))), "among 5 groups"),
        (lambda: leans(np.ones((6, 7))), r"must be \[K, K\]"),
        (lambda: leans(np.where(np.eye(6), 0, np.nan)), "finite"),
        (lambda: leans(np.ones((6, 6)), -1.0), "negative"),
        (lambda: leans(np.ones((6, 6)), level=1.0), r"level: must lie in \(0, 1\), got 1.0"),
        (lambda: leans(np.ones((6, 6)), level=0.0), r"level: must lie in \(0, 1\), got 0.0"),
        (lambda: leans(np.ones(6)), r"near: must be \[K, K\], got shape \(6,\)"),
        (lambda: leans(np.ones((6, 6, 6))), r"near: must be \[K, K\]"),
        (lambda: leans(np.ones((6, 6)), np.full((6, 6), np.inf)), "near, noise: must be finite off the diagonal"),
        (lambda: centre_angles(np.ones(3)), "cosines: must be .* of 3 groups or more"),
        (lambda: centre_angles(np.ones((3, 4))), "cosines: must be .* of 3 groups or more"),
        (lambda: centre_angles(np.eye(2)), "3 groups"),
        (lambda: centre_angles(np.ones((4, 4))), "is the centre"),
        (lambda: centre_angles(np.full((4, 4), np.inf)), "finite"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


if __name__ == "__main__":
    print("of 100 encoders, 100 rows a group: audits with a lean | planted leans found at RH .9 | .7")
    for title, make, baseline in (
        ("against a baseline, groups of any means", natural, True),
        ("without, groups of any means", natural, False),
        ("without, groups near a simplex", trained, False),
    ):
        for groups in (6, 10, 20):
            for moves in (0.0, 0.05, 0.1):
                row = [counted(groups, make, moves, planted, baseline) for planted in (None, 0.9, 0.7)]
                print(
                    f"{title}: {groups} groups, encoders differ by {moves:g}: {' | '.join(map(str, row))}", flush=True
                )
