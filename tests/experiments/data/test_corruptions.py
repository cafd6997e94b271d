"""The ten corruptions: shape and range, their formulas against plain ones, and the same draws for the same seed."""

import colorsys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.experiments.data import corruptions
from contrastive_claims.experiments.data.bias import assign_bias, corrupt
from contrastive_claims.experiments.data.corruptions import CORRUPTIONS, corrupted
from contrastive_claims.experiments.data.sources import dataset

seeds = st.integers(0, 999)
sizes = st.tuples(st.integers(8, 20), st.integers(8, 20))


def drawn(n, size, seed):
    """A black image, a white one, a grey ramp, then noise in colour; at least one of it."""
    assert n > 3
    images = np.random.default_rng(seed).integers(0, 256, (n, 3, *size), np.uint8)
    images[0], images[1], images[2] = 0, 255, np.linspace(0, 255, size[1]).astype(np.uint8)
    return images


def floats(n, size, seed):
    return drawn(n, size, seed).transpose(0, 2, 3, 1) / np.float32(255)


@settings(deadline=None, max_examples=20)
@given(sizes, seeds)
def test_corruptions_keep_shape_and_type_and_repeat_themselves(size, seed):
    images = drawn(20, size, seed)
    bias = np.arange(20) % 10
    found = corrupted(images, bias, seed)
    assert found.shape == images.shape and found.dtype == np.uint8
    assert np.array_equal(found, corrupted(images, bias, seed))
    for k, name in enumerate(CORRUPTIONS):  # what happens to one type does not depend on the others
        alone = corrupted(images[bias == k], bias[bias == k], seed)
        assert np.array_equal(found[bias == k], alone), name
        assert not np.array_equal(alone, images[bias == k]), name


@pytest.mark.parametrize("name", ["snow", "frost", "fog", "spatter", "elastic"])
def test_random_corruptions_differ_from_image_to_image_and_seed_to_seed(name):
    images = np.repeat(drawn(4, (16, 16), 0)[3:], 2, 0)
    kind = np.full(2, list(CORRUPTIONS).index(name))
    first, other = corrupted(images, kind, 0), corrupted(images, kind, 1)
    assert not np.array_equal(first[0], first[1]) and not np.array_equal(first, other)


def test_blocks_do_not_change_who_gets_what(monkeypatch):
    monkeypatch.setattr(corruptions, "BLOCK", 3)
    images, bias = drawn(20, (8, 8), 0), np.full(20, 3)
    found = corrupted(images, bias, 0)
    monkeypatch.setattr(corruptions, "BLOCK", 100)
    assert np.array_equal(found, corrupted(images, bias, 0))


def test_the_order_is_the_published_one():
    published = "Snow Frost Fog Brightness Contrast Spatter Elastic JPEG Pixelate Saturate"
    assert list(CORRUPTIONS) == published.lower().split()


@settings(deadline=None, max_examples=20)
@given(seeds)
def test_brightness_and_saturation_are_those_of_hsv(seed):
    x = floats(6, (2, 3), seed).reshape(1, -1, 1, 3)
    brighter, stronger = CORRUPTIONS["brightness"](x, None)[0, :, 0], CORRUPTIONS["saturate"](x, None)[0, :, 0]
    for pixel, bright, strong in zip(x[0, :, 0], brighter, stronger, strict=True):
        h, s, v = colorsys.rgb_to_hsv(*map(float, pixel))
        assert bright == pytest.approx(colorsys.hsv_to_rgb(h, s, min(1, v + 0.3)), abs=1e-5)
        assert strong == pytest.approx(colorsys.hsv_to_rgb(h, min(1, 2.5 * s + 0.2), v), abs=1e-5)


@settings(deadline=None, max_examples=20)
@given(sizes, seeds)
def test_contrast_shrinks_about_the_mean_of_each_channel(size, seed):
    x = floats(4, size, seed)
    found = CORRUPTIONS["contrast"](x, None)
    assert np.allclose(found.mean(axis=(1, 2)), x.mean(axis=(1, 2)), atol=1e-5)
    assert np.allclose(found.std(axis=(1, 2)), 0.15 * x.std(axis=(1, 2)), atol=1e-5)


@settings(deadline=None, max_examples=20)
@given(sizes, seeds)
def test_fog_keeps_the_range_and_lifts_black_only_where_there_is_light(size, seed):
    x = floats(5, size, seed)
    found = CORRUPTIONS["fog"](x, np.random.default_rng(seed))
    assert found.min() >= 0 and found.max() <= x.max() + 1e-5
    assert (found[0] == 0).all()  # the black image has no light to scatter
    fog = found[1, :, :, 0] * 2.5 - 1  # the white image shows the map itself
    assert fog.min() >= -1e-5 and fog.max() <= 1.5 + 1e-5 and np.ptp(fog) > 0.3


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 4), st.integers(1, 6), seeds)
def test_plasma_fills_a_torus_between_zero_and_one(n, exponent, seed):
    maps = corruptions._plasma(n, 2**exponent, 3.0, np.random.default_rng(seed))
    assert maps.shape == (n, 2**exponent, 2**exponent)
    assert (maps.min(axis=(1, 2)) == 0).all() and (maps.max(axis=(1, 2)) == 1).all()


@pytest.mark.parametrize("seed", range(3))
def test_plasma_is_midpoint_displacement(seed):
    """Point by point on a torus of 8 x 8, from the same draws."""
    size, strength, heights = 8, 1.0, np.zeros((8, 8))
    generator = np.random.default_rng(seed)
    for step in (8, 4, 2):
        half, cells = step // 2, [(r, c) for r in range(0, size, step) for c in range(0, size, step)]
        noise = 2 * generator.random((3, 1, size // step, size // step), np.float32)[:, 0] - 1

        def mean(r, c, offsets, half=half):
            return np.mean([heights[(r + half * down) % size, (c + half * right) % size] for down, right in offsets])

        for which, (down, right) in enumerate([(1, 1), (0, 1), (1, 0)]):
            around = [(1, 1), (1, -1), (-1, 1), (-1, -1)] if which == 0 else [(0, 1), (0, -1), (1, 0), (-1, 0)]
            for r, c in cells:
                displaced = strength * noise[which, r // step, c // step]
                place = (r + half * down, c + half * right)
                heights[place] = mean(*place, around) + displaced
        strength /= 3
    expected = (heights - heights.min()) / np.ptp(heights)
    assert np.allclose(corruptions._plasma(1, 8, 3.0, np.random.default_rng(seed))[0], expected, atol=1e-5)


@settings(deadline=None, max_examples=20)
@given(sizes, seeds)
def test_interpolation_is_exact_on_the_grid_linear_between_and_mirrored_outside(size, seed):
    x = floats(4, size, seed)
    height, width = size
    grid = np.stack(np.mgrid[:height, :width], axis=-1)
    places = np.broadcast_to(grid, (4, *grid.shape)).astype(float)
    at = corruptions._interpolated
    assert np.array_equal(at(x, places), x)
    between = at(x, places + np.array([0, 0.25]))[:, :, :-1]
    assert np.allclose(between, 0.75 * x[:, :, :-1] + 0.25 * x[:, :, 1:], atol=1e-6)
    assert np.allclose(at(x, -places), x) and np.allclose(at(x, places + np.array([2 * height - 2, 0])), x)


def test_elastic_without_its_draws_is_the_identity():
    class Still:
        def uniform(self, low, high, shape):
            return np.zeros(shape)

    x = floats(4, (12, 9), 0)
    assert np.allclose(CORRUPTIONS["elastic"](x, Still()), x, atol=1e-5)


@settings(deadline=None, max_examples=20)
@given(st.floats(-135, -45), st.integers(1, 5), st.floats(1, 12))
def test_smearing_keeps_the_light_and_moves_it_downwards(angle, radius, deviation):
    layers = np.full((2, 16, 16), 0.4, np.float32)
    layers[1] = 0
    layers[1, 4, 8] = 1
    even, point = corruptions._smeared(layers, np.radians([angle, angle]), radius, deviation)
    assert np.allclose(even, 0.4, atol=1e-6)
    assert point.sum() == pytest.approx(1, abs=1e-5) and point[:4].sum() == 0
    row, column = (np.arange(16) @ point.sum(axis=axis) for axis in (1, 0))
    assert row > 4 and abs(column - 8) <= row - 4 + 1  # within 45 degrees of straight down, to a pixel


def test_spatter_is_mud_on_an_untouched_image():
    x = floats(40, (16, 16), 1)
    found = CORRUPTIONS["spatter"](x, np.random.default_rng(0))
    touched = (found != x).any(axis=3)
    assert 0.01 < touched.mean() < 0.4
    assert np.allclose(found[1][touched[1]].min(axis=0), np.array([63, 42, 20]) / 255, atol=0.15)


def test_snow_whitens_and_frost_brightens_the_dark():
    x = floats(6, (32, 32), 2)
    snowy, frosty = (CORRUPTIONS[name](x, np.random.default_rng(0)) for name in ("snow", "frost"))
    assert (snowy >= 0.8 * x - 1e-6).all() and snowy.mean() > x.mean() + 0.1
    assert (frosty >= 0.75 * x).all() and (frosty <= 0.75 * x + 0.45 + 1e-6).all()
    assert frosty[0, :, :, 2].mean() > frosty[0, :, :, 0].mean() > 0.1  # bluish ice on black


def test_pixelate_and_jpeg_lose_detail_but_not_the_mean():
    x = floats(7, (32, 32), 3)
    for name in ("pixelate", "jpeg"):
        found = CORRUPTIONS[name](x, None)
        assert np.abs(found.mean(axis=(1, 2, 3)) - x.mean(axis=(1, 2, 3))).max() < 0.03
        assert np.abs(np.diff(found[3], axis=0)).mean() < 0.9 * np.abs(np.diff(x[3], axis=0)).mean()
    small = CORRUPTIONS["pixelate"](x[3:4], None)[0]
    assert len(np.unique(small[:, 0].round(4), axis=0)) <= 20  # 20 rows of blocks


def test_corrupted_cifar_counts_and_checksum():
    labels = np.repeat(np.arange(10), 20)
    data = dataset("cifar10", drawn(200, (8, 8), 0), labels, None)
    found = corrupt(data, 0.05, 3)
    assert np.array_equal(found.bias, assign_bias(labels, 0.95, 3)) and (found.bias != labels).sum() == 10
    assert np.array_equal(found.images, corrupted(data.images, found.bias, 3))
    assert found.checksum == corrupt(data, 0.05, 3).checksum != corrupt(data, 0.05, 4).checksum
