"""Random views: every sample by its own draws, whatever batch it is in; colours as torchvision's; nothing global."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.experiments.training.presets import Augmentation
from contrastive_claims.experiments.training.views.augment import augment, draw_table
from contrastive_claims.experiments.training.views.draws import COLUMN, uniform

NONE = Augmentation()
SIMCLR = Augmentation(crop=0.08, flip=0.5, jitter=0.5, grey=0.2)
DIGITS = Augmentation(shift=0.7, rotation=10.0, scale=0.1, shear=0.1, noise=0.05)
ALL = Augmentation(
    crop=0.3, pad=2, flip=0.5, jitter=1.0, grey=0.3, shift=1.0, rotation=20.0, scale=0.2, shear=0.2, noise=0.1
)


def pictures(count, channels=3, size=8, seed=0):
    return torch.rand(count, channels, size, size, generator=torch.Generator().manual_seed(seed))


def dots(count, size=9):
    """Images with one white pixel in the middle."""
    images = torch.zeros(count, 1, size, size)
    images[:, :, size // 2, size // 2] = 1
    return images


def view_of(images, strength, seed=0, **more):
    return augment(images, strength, draw_table(len(images), seed, 0, 0, strength, images[0].numel()), **more)


def centre(images):
    """Centre of mass [B, 2] (row, column) of each image."""
    weights = images[:, 0] / images[:, 0].sum((1, 2), keepdim=True)
    places = torch.arange(images.shape[-1], dtype=torch.float32)
    return torch.stack([(weights.sum(2) * places).sum(1), (weights.sum(1) * places).sum(1)], 1)


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from([SIMCLR, DIGITS, ALL]),
    st.lists(st.integers(0, 23), min_size=1, max_size=24),
    st.booleans(),
    st.integers(0, 10**6),
)
def test_a_view_does_not_depend_on_its_batch_bit_for_bit(strength, rows, boosts, seed):
    images, draws = pictures(24), draw_table(24, seed, 1, 0, strength, 3 * 8 * 8)
    weights = torch.linspace(0, 1, 24) if boosts else None
    whole = augment(images, strength, draws, weights)
    part = augment(images[rows], strength, draws[rows], None if weights is None else weights[rows])
    assert torch.equal(part, whole[rows])


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6), st.floats(0, 2), st.floats(0, 1))
def test_colours_change_as_torchvisions(peer, seed, strength, share):
    images, draws = pictures(30, seed=seed), draw_table(30, seed, 0, 0, NONE, 0)
    found = augment(images, Augmentation(jitter=strength, grey=share), draws)
    orders = list(itertools.permutations(range(4)))
    for image, row, view in zip(images, draws.double(), found, strict=True):
        u = {name: float(row[k]) for name, k in COLUMN.items()}
        low, high = max(0, 1 - 0.8 * strength), 1 + 0.8 * strength
        changes = [
            lambda x: peer.adjust_brightness(x, low + (high - low) * u["brightness"]),  # noqa: B023
            lambda x: peer.adjust_contrast(x, low + (high - low) * u["contrast"]),  # noqa: B023
            lambda x: peer.adjust_saturation(x, low + (high - low) * u["saturation"]),  # noqa: B023
            lambda x: peer.adjust_hue(x, 0.2 * strength * (2 * u["hue"] - 1)),  # noqa: B023
        ]
        if u["jittered"] < 0.8:
            for k in orders[int(24 * u["order"])]:
                image = changes[k](image)
        if u["grey"] < share:
            image = peer.rgb_to_grayscale(image, 3)
        torch.testing.assert_close(view, image, atol=2e-5, rtol=0)


def test_orders_shares_and_factors_of_the_jitter_have_their_laws():
    draws = draw_table(24_000, 5, 0, 0, NONE, 0)
    orders = torch.bincount((uniform(draws, "order") * 24).long(), minlength=24)
    assert len(orders) == 24 and (orders - 1000).abs().max() < 160  # five deviations
    images = torch.full((24_000, 1, 1, 1), 0.5)
    views = augment(images, Augmentation(jitter=0.5), draws).flatten()  # one pixel: only brightness can change it
    changed = views != 0.5
    assert float(changed.float().mean()) == pytest.approx(0.8, abs=0.013)
    assert float(views[changed].min()) == pytest.approx(0.3, abs=1e-3)
    assert float(views[changed].max()) == pytest.approx(0.7, abs=1e-3)
    assert float(views[changed].std()) == pytest.approx(0.4 / 12**0.5, rel=0.03)


def test_changing_one_strength_leaves_the_other_draws(peer):
    images = pictures(40)
    plain, grey = (view_of(images, Augmentation(crop=0.2, flip=0.5, grey=share)) for share in (0.0, 1.0))
    torch.testing.assert_close(grey, peer.rgb_to_grayscale(plain, 3), atol=1e-6, rtol=0)
    quiet, noisy = (view_of(dots(40), Augmentation(shift=1.0, noise=deviation)) for deviation in (0.0, 1e-3))
    assert 0 < (quiet - noisy).abs().max() < 1e-2


def test_no_strength_changes_nothing_and_bytes_are_fractions():
    levels = torch.arange(256, dtype=torch.uint8).view(4, 1, 8, 8)
    expected = levels.float() / 255
    assert torch.equal(view_of(levels, NONE), expected) and torch.equal(view_of(expected, NONE), expected)
    assert torch.equal(view_of(levels.expand(4, 3, 8, 8), SIMCLR), view_of(expected.expand(4, 3, 8, 8), SIMCLR))


def test_inputs_and_global_generators_stay():
    images, kept = pictures(30), pictures(30)
    draws = draw_table(30, 0, 0, 0, ALL, 3 * 64)
    drawn, torch_state, numpy_state = draws.clone(), torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    view = augment(images, ALL, draws, torch.ones(30))
    assert not torch.equal(view, images)
    assert torch.equal(images, kept) and torch.equal(draws, drawn)
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert np.array_equal(np.random.get_state()[1], numpy_state)  # noqa: NPY002


def test_one_channel_has_brightness_and_contrast_only():
    images = pictures(50, channels=1)
    strength = Augmentation(jitter=1.0, grey=1.0)
    colourful = view_of(images.expand(50, 3, 8, 8), strength)
    torch.testing.assert_close(view_of(images, strength), colourful[:, :1], atol=1e-3, rtol=0)  # weights add to .9999


def test_views_stay_between_black_and_white_without_noise():
    for view in (view_of(pictures(200), ALL.model_copy(update={"noise": 0.0})), view_of(pictures(200), SIMCLR)):
        assert float(view.min()) >= 0 and float(view.max()) <= 1


def test_shifts_stay_within_the_strength_and_differ_between_samples_and_axes():
    moved = centre(view_of(dots(400), Augmentation(shift=2.0))) - 4
    assert moved.abs().max() <= 2 + 1e-4 and moved.abs().max() > 1.8
    assert moved.std(0).min() > 1  # uniform on [-2, 2]: 1.15
    assert abs(float(torch.corrcoef(moved.T)[0, 1])) < 0.25


def test_scale_multiplies_distances_and_rotation_keeps_them():
    images = torch.zeros(300, 1, 33, 33)
    images[:, :, 16, 26] = 1  # 10 pixels to the right of the middle
    distance = (centre(view_of(images, Augmentation(scale=0.3))) - 16).norm(dim=1)
    assert distance.min() == pytest.approx(7, abs=0.4) and distance.max() == pytest.approx(13, abs=0.4)
    turned = centre(view_of(images, Augmentation(rotation=30.0))) - 16
    torch.testing.assert_close(turned.norm(dim=1), torch.full([300], 10.0), atol=0.3, rtol=0)
    angles = torch.atan2(turned[:, 0], turned[:, 1]).rad2deg()
    assert angles.min() == pytest.approx(-30, abs=2) and angles.max() == pytest.approx(30, abs=2)


def test_noise_has_the_given_deviation_and_is_not_clipped():
    views = view_of(torch.zeros(50, 1, 16, 16), Augmentation(noise=0.2))
    assert float(views.std()) == pytest.approx(0.2, rel=0.05) and float(views.mean()) == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize(
    ("images", "strength", "message"),
    [
        (torch.zeros(2, 3, 4, 4, dtype=torch.float64), NONE, "images: must be uint8 or float32, got torch.float64"),
        (torch.zeros(2, 2, 4, 4), SIMCLR, "images: colours are of 1 or 3 channels, got 2"),
    ],
)
def test_bad_input_is_named(images, strength, message):
    with pytest.raises(ValueError, match=message):
        view_of(images, strength)


def test_more_channels_may_move():
    assert view_of(pictures(3, channels=5), DIGITS).shape == (3, 5, 8, 8)


def test_all_is_computed_where_the_images_are():
    """The meta device computes nothing, but refuses to mix with tensors of another device, as an accelerator would."""
    draws = draw_table(400, 0, 0, 0, ALL, 3 * 64)  # enough for every change and every order
    view = augment(pictures(400).to("meta"), ALL, draws, torch.ones(400))
    assert view.device.type == "meta" and view.shape == (400, 3, 8, 8) and view.dtype == torch.float32
