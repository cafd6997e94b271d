"""Block sums and the delete-a-group jackknife, against plain recomputation and known variances."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from contrastive_claims.theory.harms import BlockSums, block_sums, deal_blocks, jackknife_error, jackknife_interval


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 9), st.lists(st.integers(2, 30), min_size=1, max_size=5))
def test_blocks_share_every_group_out_evenly(seed, blocks, sizes):
    generator = np.random.default_rng(seed)
    groups = generator.permutation(np.repeat(np.arange(len(sizes)), sizes))
    dealt = deal_blocks(groups, blocks, generator)
    counts = np.array([np.bincount(dealt[groups == k], minlength=blocks) for k in range(len(sizes))])
    assert counts.sum(axis=1).tolist() == sizes and (np.ptp(counts, axis=1) <= 1).all()


def test_block_sums_are_sums_and_means_without_a_block_are_so(seed):
    generator = np.random.default_rng(seed)
    points, groups = generator.normal(size=(70_000, 3)).astype(np.float32), generator.integers(4, size=70_000)
    dealt = deal_blocks(groups, 5, generator)
    sums = block_sums(points, groups, dealt)
    for b, k in ((0, 0), (4, 3), (2, 1)):
        here = (dealt == b) & (groups == k)
        assert sums.counts[b, k] == here.sum()
        assert np.allclose(sums.sums[b, k], points[here].sum(axis=0, dtype=np.float64))
        rest = (dealt != b) & (groups == k)
        assert np.allclose(sums.means_without[b, k], points[rest].mean(axis=0, dtype=np.float64))
    assert np.allclose(sums.means[2], points[groups == 2].mean(axis=0, dtype=np.float64))
    assert (sums.freedom == 4).all() and sums.sizes.sum() == 70_000


def test_the_error_of_a_mean_is_that_of_the_textbook(seed):
    """Blocks of one row each: the jackknife's error of a mean is s / sqrt(n) exactly."""
    values = np.random.default_rng(seed).normal(size=(40, 1))
    sums = block_sums(values, np.zeros(40, int), np.arange(40))
    assert jackknife_error(sums.means_without[:, 0]) == pytest.approx(values.std(ddof=1) / np.sqrt(40))


def test_intervals_cover_at_their_level():
    generator = np.random.default_rng(3)
    covered = np.zeros(2)
    for _ in range(400):
        points = generator.exponential(size=(200, 2))
        sums = block_sums(points, np.zeros(200, int), deal_blocks(np.zeros(200, int), 20, generator))
        ratio, left = sums.means[0, 0] / sums.means[0, 1], sums.means_without[:, 0, 0] / sums.means_without[:, 0, 1]
        for k, tests in enumerate((1, 20)):
            _, low, high = jackknife_interval(ratio, left, tests=tests)
            covered[k] += low <= 1 <= high
    assert 0.92 <= covered[0] / 400 <= 0.98 and covered[1] / 400 >= 0.985


def test_a_small_group_has_few_degrees_of_freedom():
    groups = np.array([0] * 50 + [1] * 3)
    sums = block_sums(np.ones((53, 2)), groups, deal_blocks(groups, 10, np.random.default_rng(0)))
    assert sums.freedom.tolist() == [9, 2] and isinstance(sums, BlockSums)
    wide, narrow = (np.ptp(jackknife_interval(0.0, [-1.0, 1.0, 0.0], f)[1:]) for f in (1, 9))
    assert wide > 3 * narrow


def test_bad_input_is_named():
    for one_block in ([1.0], 1.0):
        with pytest.raises(ValueError, match=r"left_out: must be \[B, ...\] with two blocks or more"):
            jackknife_error(one_block)
    with pytest.raises(ValueError, match="group 1 has one row"):
        deal_blocks(np.array([0, 0, 1]), 2, np.random.default_rng(0))
    with pytest.raises(ValueError, match="blocks"):
        deal_blocks(np.array([0, 0]), 1, np.random.default_rng(0))


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1), st.integers(2, 6))
def test_the_error_is_its_formula_and_the_interval_students(seed, blocks):
    generator = np.random.default_rng(seed)
    value, left, freedom = generator.normal(size=(2, 3)), generator.normal(size=(blocks, 2, 3)), np.array([1, 2.5, 40])
    error = jackknife_error(left)
    plain, told = jackknife_interval(value, left), jackknife_interval(value, left, freedom, 0.8, 7)
    for i, j in np.ndindex(2, 3):
        mean = sum(left[b, i, j] for b in range(blocks)) / blocks
        expected = np.sqrt((blocks - 1) / blocks * sum((left[b, i, j] - mean) ** 2 for b in range(blocks)))
        assert error[i, j] == pytest.approx(expected)
        for found, half in (
            (plain, stats.t.isf(0.025, blocks - 1) * expected),
            (told, stats.t.isf(0.1 / 7, freedom[j]) * expected),
        ):
            parts = [part[i, j] for part in found]
            assert parts == pytest.approx([value[i, j], value[i, j] - half, value[i, j] + half])
    left[0, 0, 0] = np.nan
    assert np.isnan(jackknife_error(left)).sum() == 1 == np.isnan(jackknife_interval(value, left).high).sum()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"level": 0.0}, r"level: must lie in \(0, 1\), got 0.0"),
        ({"level": 1.0}, r"level: must lie in \(0, 1\), got 1.0"),
        ({"tests": 0}, "freedom, tests: must be at least 1, got 2.0 and 0"),
        ({"freedom": 0.9}, "freedom, tests: must be at least 1, got 0.9 and 1"),
        ({"freedom": [3.0, np.nan]}, "freedom, tests: must be at least 1"),
        ({"freedom": [3.0, 0.0]}, "freedom, tests: must be at least 1"),
        ({"freedom": [3.0, 3, 3]}, r"value \(2,\) and left_out \(2,\) and freedom \(3,\) do not fit"),
        ({"value": np.ones(3)}, r"value \(3,\) and left_out \(2,\) and freedom \(\) do not fit"),
    ],
)
def test_intervals_that_make_no_sense_are_named(arguments, message):
    assert jackknife_interval(np.ones(2), np.zeros((3, 2)), 1.0, 0.5, 1).low.tolist() == [1, 1]
    with pytest.raises(ValueError, match=message):
        jackknife_interval(**{"value": np.ones(2), "left_out": np.zeros((3, 2))} | arguments)


def test_rows_are_dealt_in_random_order_from_a_random_block_on():
    generator, groups = np.random.default_rng(1), np.array([1, 0, 1, 0, 0])
    dealt = np.array([deal_blocks(groups, 4, generator) for _ in range(400)])
    for row in range(5):
        assert np.bincount(dealt[:, row], minlength=4).min() > 60  # of 100 expected
    apart = (dealt[:, 0] - dealt[:, 2]) % 4
    assert set(apart) == {1, 3} and np.bincount(apart)[[1, 3]].min() > 140  # neighbours, either one first
    assert len(np.unique((dealt[:, 0] - dealt[:, 1]) % 4)) == 4  # each group from a block of its own
    assert np.ptp(dealt[:, [1, 3, 4]], axis=1).max() == 3


def test_two_rows_in_two_blocks_and_what_cannot_be_dealt():
    assert sorted(deal_blocks(np.array([0, 0]), 2, np.random.default_rng(0))) == [0, 1]
    for blocks in (1, 0):
        with pytest.raises(ValueError, match=f"blocks: at least 2 are needed, got {blocks}"):
            deal_blocks(np.array([0, 0]), blocks, np.random.default_rng(0))
    with pytest.raises(ValueError, match="groups: must use every class from 0 to the largest; 1 is absent"):
        deal_blocks(np.array([0, 0, 2, 2]), 2, np.random.default_rng(0))
    with pytest.raises(ValueError, match="groups: group 0 has one row, so nothing is known of its noise"):
        deal_blocks(np.array([0, 1]), 2, np.random.default_rng(0))
    with pytest.raises(ValueError, match="groups: must use every class"):
        block_sums(np.ones((2, 1)), [0, 2], [0, 1])


def test_sums_of_whole_numbers_by_block_and_group():
    found = block_sums(np.array([[1, 10], [2, 20], [3, 30], [4, 40]], np.uint8), ["b", "a", "b", "a"], [0, 2, 2, 2])
    assert found.counts.tolist() == [[0, 1], [0, 0], [2, 1]] and found.sums.dtype == np.float64
    assert found.sums.tolist() == [[[0, 0], [1, 10]], [[0, 0], [0, 0]], [[6, 60], [3, 30]]]
    assert found.sizes.tolist() == [2, 2] and found.means.tolist() == [[3, 30], [2, 20]]
    assert found.freedom.tolist() == [0, 1]
    with np.errstate(invalid="ignore"):  # without block 2 group 0 has no row
        without = found.means_without
    assert np.isnan(without[2, 0]).all() and without[2, 1].tolist() == [1, 10]
    assert without[1].tolist() == found.means.tolist()
