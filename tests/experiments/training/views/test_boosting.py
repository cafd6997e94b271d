"""BCL: momentum losses, weights in [0, 1], and RandAugment's operations as Pillow does them."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from contrastive_claims.experiments.training.presets import Augmentation
from contrastive_claims.experiments.training.views import boosting, colour
from contrastive_claims.experiments.training.views.boosting import OPERATIONS, boost_weights, boosted, momentum_losses
from contrastive_claims.experiments.training.views.draws import COLUMN, draw_table

AFFINE = Image.Transform.AFFINE
NUMBER = {change: k for k, (change, _, _) in enumerate(OPERATIONS)}


def cut_out(picture, side, x, y):
    width, height = picture.size
    left, top = int(max(0, x * width - side * width / 2)), int(max(0, y * height - side * width / 2))
    corners = (left, top, min(width, left + side * width), min(height, top + side * width))
    ImageDraw.Draw(picture).rectangle(corners, (125, 123, 114))
    return picture


PILLOWS = {
    boosting.shear_x: lambda p, v: p.transform(p.size, AFFINE, (1, v, 0, 0, 1, 0)),
    boosting.shear_y: lambda p, v: p.transform(p.size, AFFINE, (1, 0, 0, v, 1, 0)),
    boosting.translate_x: lambda p, v: p.transform(p.size, AFFINE, (1, 0, v * p.size[0], 0, 1, 0)),
    boosting.translate_y: lambda p, v: p.transform(p.size, AFFINE, (1, 0, 0, 0, 1, v * p.size[1])),
    boosting.rotate: lambda p, v: p.rotate(v),
    boosting.auto_contrast: lambda p, v: ImageOps.autocontrast(p),
    boosting.invert: lambda p, v: ImageOps.invert(p),
    boosting.equalise: lambda p, v: ImageOps.equalize(p),
    boosting.solarise: lambda p, v: ImageOps.solarize(p, v),
    boosting.posterise: lambda p, v: ImageOps.posterize(p, int(v)),
    colour.contrast: lambda p, v: ImageEnhance.Contrast(p).enhance(v),
    colour.saturation: lambda p, v: ImageEnhance.Color(p).enhance(v),
    colour.brightness: lambda p, v: ImageEnhance.Brightness(p).enhance(v),
    boosting.sharpness: lambda p, v: ImageEnhance.Sharpness(p).enhance(v),
}
EXACT = {boosting.invert, boosting.equalise, boosting.solarise, boosting.posterise, boosting.cut_out}


def pictures(seed, count=4, height=26, width=23, levels=256):
    generator = np.random.default_rng(seed)
    return generator.integers(0, levels, (count, height, width, 3), dtype=np.uint8)


def as_tensor(arrays):
    return torch.from_numpy(arrays.transpose(0, 3, 1, 2).copy()).float() / 255


def as_levels(images):
    return (images * 255).round().numpy().transpose(0, 2, 3, 1)


def draws_of(count, seed=0, **fixed):
    draws = draw_table(count, seed, 0, 0, Augmentation(), 0)
    for name, value in fixed.items():
        draws[:, COLUMN[name.replace("_", " ")]] = value
    return draws


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from([change for change, _, _ in OPERATIONS]),
    st.integers(0, 10**6),
    st.sampled_from([2, 40, 256]),
)
def test_operations_are_pillows_through_the_whole_of_boosted(change, seed, levels):
    """Released ranges and magnitudes. One level of rounding is allowed where Pillow rounds within an operation; two nearest
    pixels may differ, where a place falls on the border of two (round weights, avoided here, put whole rows there)."""
    arrays = pictures(seed, levels=levels)
    draws = draws_of(4, seed, boosted=0.0, operation=(NUMBER[change] + 0.5) / len(OPERATIONS))
    weights = torch.full((4,), np.random.default_rng(seed).random())
    found = as_levels(boosted(as_tensor(arrays), weights, draws))
    magnitude = 10 + 20 * float(weights[0])
    _, low, high = OPERATIONS[NUMBER[change]]
    size = magnitude / 30 * (high - low) + low
    for array, row, view in zip(arrays, draws, found, strict=True):
        picture = Image.fromarray(array)
        if change is boosting.cut_out:
            expected = cut_out(picture, size, float(row[COLUMN["hole x"]]), float(row[COLUMN["hole y"]]))
        elif change in boosting.DIRECTED:
            expected = PILLOWS[change](picture, -size if row[COLUMN["direction"]] < 0.5 else size)
        else:
            expected = PILLOWS[change](picture, size)
        difference = np.abs(view - np.asarray(expected, float))
        if change in boosting.DIRECTED:
            assert (difference > 0).any(2).sum() <= 2
        else:
            assert difference.max() <= (0 if change in EXACT else 1)


def test_the_ranges_are_the_released_ones():
    assert [(low, high) for _, low, high in OPERATIONS] == [
        *[(0, 0.6)] * 2, *[(0, 0.66)] * 2, (0, 60), *[(0, 1)] * 3, (0, 110), (4, 8), *[(0.1, 1.9)] * 4, (0, 0.4)
    ]  # fmt: skip


def test_the_weight_is_the_probability_and_every_operation_as_likely():
    images = torch.rand(1, 1, 3, 3, generator=torch.Generator().manual_seed(0)).expand(30_000, 1, 3, 3)
    draws = draws_of(30_000)
    draws[:, COLUMN["operation"]] = (NUMBER[boosting.invert] + 0.5) / len(OPERATIONS)  # changes every image
    for weight in (0.0, 0.25, 1.0):
        changed = (boosted(images, torch.full((30_000,), weight), draws) != images).any(3).any(2).any(1)
        assert float(changed.float().mean()) == pytest.approx(weight, abs=0.0125)
    found = boosted(images, torch.ones(30_000), draws_of(30_000, seed=1))
    inverted = (found == 1 - images).all(3).all(2).all(1)
    assert float(inverted.float().mean()) == pytest.approx(1 / 15, abs=0.0075)


def test_one_channel_and_inputs():
    images, kept = torch.full((60, 1, 6, 6), 0.25), torch.full((60, 1, 6, 6), 0.25)
    draws = draws_of(60, boosted=0.0)
    draws[:, COLUMN["operation"]] = torch.arange(60) / 60
    found = boosted(images, torch.ones(60), draws)
    assert torch.equal(images, kept) and found.shape == images.shape
    assert float(found.min()) >= 0 and float(found.max()) <= 1
    hole = found[draws[:, COLUMN["operation"]] * 15 >= 14]
    assert float(hole.max()) == pytest.approx((0.2989 * 125 + 0.587 * 123 + 0.114 * 114) / 255, abs=1e-6)


def test_tiny_images_have_nothing_to_sharpen():
    images = torch.rand(2, 3, 2, 5, generator=torch.Generator().manual_seed(0))
    assert torch.equal(boosting.sharpness(images, torch.tensor([0.1, 1.9])), images)


losses = st.lists(st.floats(0, 20, width=32), min_size=1, max_size=30)


@settings(deadline=None, max_examples=50)
@given(losses, st.floats(-3, 3), st.floats(0.1, 10), st.integers(0, 5))
def test_weights_span_an_interval_about_a_half_and_ignore_units(values, offset, unit, unseen):
    momentum = torch.tensor(values + [math.nan] * unseen).double()
    weights = boost_weights(momentum)
    seen = weights[: len(values)]
    assert (weights >= 0).all() and (weights <= 1).all() and (weights[len(values) :] == 0).all()
    if momentum[: len(values)].std(correction=0) > 1e-3:
        assert float(seen.mean()) == pytest.approx(0.5, abs=1e-9)
        assert max(float(seen.max()), 1 - float(seen.min())) == pytest.approx(1, abs=1e-9)
        torch.testing.assert_close(boost_weights(offset + unit * momentum), weights, atol=1e-9, rtol=0)
        assert (seen[momentum[: len(values)].argsort()].diff() >= 0).all()


def test_weights_by_hand_and_at_the_ends():
    # mean 2, largest distance 4: (1, 1, 6, 0) -> (-1, -1, 4, -2) / 4 / 2 + 1/2
    torch.testing.assert_close(boost_weights(torch.tensor([1.0, 1, 6, 0])), torch.tensor([0.375, 0.375, 1, 0.25]))
    assert boost_weights(torch.full((3,), 2.0)).tolist() == [0.5] * 3
    assert boost_weights(torch.full((3,), math.nan)).tolist() == [0] * 3


def test_momentum_begins_at_the_loss_itself():
    before = torch.tensor([math.nan, 2.0, 4.0])
    found = momentum_losses(before, torch.tensor([5.0, 3.0, 4.0]), memory=0.9)
    torch.testing.assert_close(found, torch.tensor([5.0, 2.1, 4.0]))
