"""Synthetic biased data: the law that it claims, draws paired over rho, and training that repeats itself."""

from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.experiments.training import synthetic
from contrastive_claims.experiments.training.synthetic import (
    CLASS_WIDTH,
    CLASSES,
    FRESH,
    TRAINING,
    draw,
    embed,
    fit,
    untrained,
)
from contrastive_claims.theory.margins import eps_sup_infonce

LOSS = partial(eps_sup_infonce, temperature=0.1, epsilon=0.5, validate=False)


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 300), st.integers(0, 10_000), st.floats(0, 1), st.floats(0, 1))
def test_a_larger_rho_only_turns_conflicting_samples_into_aligned_ones(count, seed, first, second):
    low, high = (draw(count, rho, seed, TRAINING) for rho in sorted((first, second)))
    assert torch.equal(low.labels, high.labels)
    assert torch.equal(low.features[:, :CLASS_WIDTH], high.features[:, :CLASS_WIDTH])
    conflicting = low.bias != low.labels
    assert not ((high.bias != high.labels) & ~conflicting).any()
    still = high.bias != high.labels
    assert torch.equal(high.bias[still], low.bias[still])
    for sample in (low, high):
        assert sample.features.shape == (count, CLASS_WIDTH + CLASSES)
        assert int(sample.bias.min()) >= 0 and int(sample.bias.max()) < CLASSES


def test_the_ends_of_rho():
    assert torch.equal(draw(500, 1.0, 3, TRAINING).bias, draw(500, 1.0, 3, TRAINING).labels)
    none = draw(500, 0.0, 3, TRAINING)
    assert not (none.bias == none.labels).any()


def test_the_law_of_class_bias_and_features():
    sample = draw(40_000, 0.7, 5, FRESH)
    table = torch.zeros(CLASSES, CLASSES)
    table.index_put_((sample.labels, sample.bias), torch.ones(40_000), accumulate=True)
    expected = torch.full((CLASSES, CLASSES), 0.1) + 0.6 * torch.eye(CLASSES)
    # 4,000 samples and more in each cell's row: three standard errors are below .015
    torch.testing.assert_close(table / table.sum(1, keepdim=True), expected, atol=0.015, rtol=0)
    torch.testing.assert_close(table.sum(1) / 40_000, torch.full((CLASSES,), 0.25), atol=0.01, rtol=0)
    class_part, bias_part = sample.features.split([CLASS_WIDTH, CLASSES], dim=1)
    easy = (bias_part.argmax(1) == sample.bias).double().mean()
    hard = (class_part[:, :CLASSES].argmax(1) == sample.labels).double().mean()
    assert easy == 1 and 0.75 < hard < 0.9  # reading the bias is easier, and at rho = .95 better, than the class
    noise = class_part - torch.nn.functional.one_hot(sample.labels, CLASS_WIDTH)
    assert float(noise.std()) == pytest.approx(synthetic.CLASS_NOISE, rel=0.01)
    assert float(noise.mean()) == pytest.approx(0, abs=0.005)


def test_streams_are_functions_of_seed_and_purpose():
    base, again = draw(50, 0.9, 1, TRAINING), draw(50, 0.9, 1, TRAINING)
    assert torch.equal(base.features, again.features) and torch.equal(base.bias, again.bias)
    for other in (draw(50, 0.9, 2, TRAINING), draw(50, 0.9, 1, FRESH)):
        assert not torch.equal(base.features, other.features) and not torch.equal(base.labels, other.labels)


def test_training_lowers_the_loss_repeats_itself_and_leaves_global_generators_alone():
    sample = draw(96, 0.9, 1, TRAINING)
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    first, second, other = (embed(fit(sample, LOSS, seed, 15), sample) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert np.array_equal(np.random.get_state()[1], numpy_state)  # noqa: NPY002
    assert torch.equal(first, second) and not torch.allclose(first, other)
    assert first.dtype == torch.float64 and not first.requires_grad
    torch.testing.assert_close(first.norm(dim=1), torch.ones(96, dtype=torch.float64))
    start = LOSS(embed(untrained(1), sample), sample.labels)
    assert LOSS(first, sample.labels) < 0.7 * start


def test_no_step_leaves_the_initial_weights():
    sample = draw(20, 0.5, 1, TRAINING)
    for trained, initial in zip(fit(sample, LOSS, 4, 0).parameters(), untrained(4).parameters(), strict=True):
        assert torch.equal(trained, initial)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: draw(0, 0.5, 1, TRAINING), "count: at least one sample is needed, got 0"),
        (lambda: draw(5, 1.5, 1, TRAINING), r"rho: a probability lies in \[0, 1\], got 1.5"),
        (lambda: draw(5, float("nan"), 1, TRAINING), "rho: a probability"),
        (lambda: fit(draw(5, 0.5, 1, TRAINING), LOSS, 1, -1), "steps: zero or more, got -1"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
