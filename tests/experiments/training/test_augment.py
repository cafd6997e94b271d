"""Random views: identity without strengths, known shifts, one draw per sample, nothing global."""

import pytest
import torch

from experiments.training.augment import augment
from experiments.training.presets import Augmentation

NONE = Augmentation(shift=0, rotation=0, scale=0, shear=0, noise=0)
ALL = Augmentation(shift=1.0, rotation=20.0, scale=0.2, shear=0.2, noise=0.1)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def dots(n, size=9):
    """n images with one white pixel in the middle."""
    images = torch.zeros(n, 1, size, size)
    images[:, :, size // 2, size // 2] = 1
    return images


def centre(images):
    """Centre of mass [B, 2] (row, column) of each image."""
    weights = images[:, 0] / images[:, 0].sum((1, 2), keepdim=True)
    places = torch.arange(images.shape[-1], dtype=torch.float32)
    return torch.stack([(weights.sum(2) * places).sum(1), (weights.sum(1) * places).sum(1)], 1)


def test_no_strength_changes_nothing():
    images = torch.rand(5, 3, 7, 6, generator=generator())
    torch.testing.assert_close(augment(images, NONE, generator(1)), images)


def test_shifts_stay_within_the_strength_and_differ_between_samples_and_axes():
    moved = centre(augment(dots(200), NONE.model_copy(update={"shift": 2.0}), generator())) - 4
    assert moved.abs().max() <= 2 + 1e-4 and moved.abs().max() > 1.8
    assert moved.std(0).min() > 1  # uniform on [-2, 2]: 1.15
    assert abs(float(torch.corrcoef(moved.T)[0, 1])) < 0.25


def test_scale_multiplies_distances_and_rotation_keeps_them():
    images = torch.zeros(300, 1, 33, 33)
    images[:, :, 16, 26] = 1  # 10 pixels to the right of the middle
    distance = (centre(augment(images, NONE.model_copy(update={"scale": 0.3}), generator())) - 16).norm(dim=1)
    assert distance.min() == pytest.approx(7, abs=0.4) and distance.max() == pytest.approx(13, abs=0.4)
    turned = centre(augment(images, NONE.model_copy(update={"rotation": 30.0}), generator())) - 16
    torch.testing.assert_close(turned.norm(dim=1), torch.full([300], 10.0), atol=0.3, rtol=0)
    angles = torch.atan2(turned[:, 0], turned[:, 1]).rad2deg()
    assert angles.min() == pytest.approx(-30, abs=2) and angles.max() == pytest.approx(30, abs=2)


def test_noise_has_the_given_deviation():
    views = augment(torch.zeros(50, 1, 16, 16), NONE.model_copy(update={"noise": 0.2}), generator())
    assert float(views.std()) == pytest.approx(0.2, rel=0.05)


def test_the_generator_alone_decides():
    images = torch.rand(4, 1, 8, 8, generator=generator())
    before = torch.get_rng_state()
    first, again, other = (augment(images, ALL, generator(seed)) for seed in (3, 3, 4))
    assert torch.equal(first, again) and not torch.allclose(first, other)
    assert torch.equal(torch.get_rng_state(), before)
