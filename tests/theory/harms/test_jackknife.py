"""Block sums and the delete-a-group jackknife, against plain recomputation and known variances."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contrastive_claims.theory.harms import BlockSums, block_sums, deal_blocks, jackknife_error, jackknife_interval


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
