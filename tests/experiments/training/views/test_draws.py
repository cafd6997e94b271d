"""Draws by sample: a row is a function of (seed, epoch, view, sample) alone, and uniform."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.experiments.training.presets import Augmentation
from contrastive_claims.experiments.training.views.draws import COLUMN, NAMES, draw_table, noise, replace, uniform

QUIET, NOISY = Augmentation(), Augmentation(noise=0.1, crop=0.2, flip=0.5)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**31), st.integers(0, 500), st.integers(0, 1), st.integers(0, 40), st.integers(0, 40))
def test_a_row_does_not_depend_on_the_number_of_rows_or_on_strengths(seed, epoch, view, few, more):
    small = draw_table(few, seed, epoch, view, QUIET, 12)
    large = draw_table(few + more, seed, epoch, view, NOISY, 12)
    assert small.shape == (few, len(NAMES)) and large.shape == (few + more, len(NAMES) + 12)
    assert small.dtype == large.dtype == torch.float32
    assert torch.equal(large[:few, : len(NAMES)], small)
    assert torch.equal(noise(large)[:few], noise(draw_table(few, seed, epoch, view, NOISY, 12)))


def test_every_argument_counts_and_global_generators_do_not():
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    keys = [(1, 0, 0), (2, 0, 0), (1, 1, 0), (1, 0, 1), (0, 1, 1)]
    tables = [draw_table(50, *key, NOISY, 6) for key in keys]
    assert torch.equal(tables[0], draw_table(50, *keys[0], NOISY, 6))
    for k, table in enumerate(tables):
        for other in tables[:k]:
            assert not (table == other).any()
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert np.array_equal(np.random.get_state()[1], numpy_state)  # noqa: NPY002


def test_columns_are_uniform_and_independent_and_noise_is_normal():
    table = draw_table(40_000, 3, 7, 1, NOISY, 5).double()
    draws, normal = table[:, : len(NAMES)], noise(table)
    assert draws.min() >= 0 and draws.max() < 1
    # five standard errors of a mean (.2887/200), a variance and a correlation (1/200)
    torch.testing.assert_close(draws.mean(0), torch.full((len(NAMES),), 0.5).double(), atol=0.0072, rtol=0)
    torch.testing.assert_close(draws.var(0), torch.full((len(NAMES),), 1 / 12).double(), atol=0.0019, rtol=0)
    torch.testing.assert_close(torch.corrcoef(table.T), torch.eye(len(NAMES) + 5).double(), atol=0.025, rtol=0)
    torch.testing.assert_close(normal.mean(0), torch.zeros(5).double(), atol=0.025, rtol=0)
    torch.testing.assert_close(normal.std(0), torch.ones(5).double(), atol=0.018, rtol=0)
    angles = uniform(table.float(), "rotation", -3, 5)
    assert torch.equal(angles, -3 + 8 * draws[:, COLUMN["rotation"]]) and angles.dtype == torch.float64


def test_replace_changes_the_chosen_rows_with_their_own_numbers():
    images, numbers = torch.zeros(4, 1, 1, 1), torch.tensor([1.0, 2.0, 3.0, 4.0]).double()
    replace(
        images, torch.tensor([False, True, False, True]), lambda part, number: part + number.view(-1, 1, 1, 1), numbers
    )
    assert images.flatten().tolist() == [0, 2, 0, 4]
    replace(images, torch.zeros(4, dtype=torch.bool), lambda part: pytest.fail("nothing was chosen"))
