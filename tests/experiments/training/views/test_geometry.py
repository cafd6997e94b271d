"""Crop, pad, flip and affine changes: torchvision's, sample by sample, and known movements of known pictures."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.experiments.training.presets import Augmentation
from contrastive_claims.experiments.training.views.draws import COLUMN, TRIES, draw_table
from contrastive_claims.experiments.training.views.geometry import crop_boxes, moved, moves

NONE = Augmentation()


def table(count, seed=0, **fixed):
    """Draws, with some columns set: underscores stand for the spaces of their names."""
    draws = draw_table(count, seed, 0, 0, NONE, 0)
    for name, value in fixed.items():
        draws[:, COLUMN[name.replace("_", " ")]] = value
    return draws


def pictures(count, height=7, width=6, channels=3, seed=1):
    return torch.rand(count, channels, height, width, generator=torch.Generator().manual_seed(seed))


def box_of(row, smallest, height, width):
    """torchvision's loop for one sample, its random numbers taken from the row."""
    u = {name: float(row[k]) for name, k in COLUMN.items()}
    for k in range(TRIES):
        area = height * width * (smallest + (1 - smallest) * u[f"crop area {k}"])
        ratio = math.exp(math.log(3 / 4) + (math.log(4 / 3) - math.log(3 / 4)) * u[f"crop ratio {k}"])
        w, h = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
        if 0 < w <= width and 0 < h <= height:
            return int(u["crop top"] * (height - h + 1)), int(u["crop left"] * (width - w + 1)), h, w
    w, h = width, height
    if width / height < 3 / 4:
        h = round(width / (3 / 4))
    elif width / height > 4 / 3:
        w = round(height * (4 / 3))
    return (height - h) // 2, (width - w) // 2, h, w


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10**6), st.floats(0.01, 0.999), st.integers(1, 40), st.integers(1, 40))
def test_boxes_are_those_of_torchvisions_loop(seed, smallest, height, width):
    draws = table(20, seed)
    found = torch.stack(crop_boxes(draws, smallest, height, width), 1)
    assert found.tolist() == [list(map(float, box_of(row, smallest, height, width))) for row in draws]


def test_a_box_that_never_fits_is_the_largest_central_one():
    assert [int(part[0]) for part in crop_boxes(table(1), 0.99, 9, 30)] == [0, 9, 9, 12]
    assert [int(part[0]) for part in crop_boxes(table(1), 0.99, 30, 9)] == [9, 0, 12, 9]


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.floats(0.05, 0.95), st.integers(2, 33), st.integers(2, 33))
def test_crop_and_flip_are_torchvisions(peer, seed, smallest, height, width):
    images, draws = pictures(6, height, width, seed=seed), table(6, seed)
    found = moved(images, Augmentation(crop=smallest, flip=0.5), draws)
    for image, row, view in zip(images, draws, found, strict=True):
        expected = peer.resized_crop(image, *box_of(row, smallest, height, width), [height, width], antialias=False)
        if row[COLUMN["flip"]] < 0.5:
            expected = peer.horizontal_flip(expected)
        torch.testing.assert_close(view, expected, atol=5e-5, rtol=0)


def test_antialiasing_has_no_part_in_a_crop(peer):
    image = pictures(1, 32, 32)[0]
    box = box_of(table(1)[0], 0.1, 32, 32)
    with_it, without = (peer.resized_crop(image, *box, [32, 32], antialias=on) for on in (True, False))
    torch.testing.assert_close(with_it, without, atol=1e-5, rtol=0)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6), st.integers(1, 4), st.integers(1, 12), st.integers(1, 12))
def test_pad_crop_is_torchvisions(peer, seed, pad, height, width):
    images, draws = pictures(6, height, width, seed=seed), table(6, seed)
    found = moved(images, Augmentation(pad=pad), draws)
    for image, row, view in zip(images, draws, found, strict=True):
        top, left = (int(float(row[COLUMN[f"pad {side}"]]) * (2 * pad + 1)) for side in ("top", "left"))
        expected = peer.crop(peer.pad(image, [pad]), top, left, height, width)
        torch.testing.assert_close(view, expected, atol=1e-5, rtol=0)


def test_pads_reach_every_place_alike():
    draws = table(9000)
    middle = torch.zeros(9000, 1, 5, 5)
    middle[:, :, 2, 2] = 1
    where = moved(middle, Augmentation(pad=1), draws).flatten(1).argmax(1)
    counts = torch.bincount(where, minlength=25).view(5, 5)[1:4, 1:4]
    assert counts.sum() == 9000 and (counts - 1000).abs().max() < 150  # five deviations of a binomial count


@pytest.mark.parametrize("probability", [0.0, 0.3, 1.0])
def test_flips_are_exact_mirrors_of_the_share_asked_for(probability):
    images = pictures(2000, 2, 4, 1)
    views = moved(images, Augmentation(flip=probability), table(2000))
    mirrored = (views - images.flip(3)).abs().amax((1, 2, 3)) < 1e-6
    assert ((views - images).abs().amax((1, 2, 3)) < 1e-6).equal(~mirrored)
    assert float(mirrored.float().mean()) == pytest.approx(probability, abs=0.05)


@settings(deadline=None, max_examples=30)
@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(-1, 1), st.floats(-2, 2), st.floats(-2, 2))
def test_the_affine_change_of_square_images_is_the_formula(angle, scale, shear, shift_x, shift_y):
    """Against a double loop: a view's pixel shows the place that the shear, the turn with the inverse size, and the shift
    lead to, in pixels from the centre."""
    strength = Augmentation(rotation=60, scale=0.4, shear=0.5, shift=2)
    signed = {"rotation": angle, "scale": scale, "shear": shear, "shift x": shift_x / 2, "shift y": shift_y / 2}
    draws = table(1)
    for name, value in signed.items():
        draws[:, COLUMN[name]] = (value + 1) / 2
    image = pictures(1, 6, 6, 1)
    view = moved(image, strength, draws)[0, 0]
    radians, size = math.radians(60) * angle, 1 / (1 + 0.4 * scale)
    for i in range(6):
        for j in range(6):
            x, y = j - 2.5, i - 2.5
            x += 0.5 * shear * y
            x, y = (
                size * (math.cos(radians) * x - math.sin(radians) * y) + shift_x + 2.5,
                size * (math.sin(radians) * x + math.cos(radians) * y) + shift_y + 2.5,
            )
            expected = sum(
                float(image[0, 0, row, column]) * max(0, 1 - abs(y - row)) * max(0, 1 - abs(x - column))
                for row in range(6)
                for column in range(6)
            )
            assert float(view[i, j]) == pytest.approx(expected, abs=1e-4)


def test_a_crop_under_an_affine_change_shows_what_lies_around_its_box():
    image = torch.zeros(1, 1, 9, 9)
    image[:, :, 4, 7] = 1
    draws = table(1, crop_area_0=0.0, crop_ratio_0=0.5, crop_top=0.5, crop_left=0.5, shift_x=0.0)
    assert [int(part[0]) for part in crop_boxes(draws, 1 / 9, 9, 9)] == [3, 3, 3, 3]  # the middle ninth
    assert float(moved(image, Augmentation(crop=1 / 9), draws).max()) == 0
    assert float(moved(image, Augmentation(crop=1 / 9, shift=5), draws).max()) == 0  # to the left of the box
    draws[:, COLUMN["shift x"]] = 0.999999
    assert float(moved(image, Augmentation(crop=1 / 9, shift=5), draws).max()) > 0.5


def test_places_outside_are_black():
    draws = table(3, shift_x=0.999999, shift_y=0.5)
    view = moved(torch.ones(3, 2, 5, 5), Augmentation(shift=3), draws)
    torch.testing.assert_close(view[..., :2], torch.ones(3, 2, 5, 2))
    torch.testing.assert_close(view[..., 2:], torch.zeros(3, 2, 5, 3), atol=1e-4, rtol=0)


def test_what_moves_pixels():
    assert not moves(Augmentation(jitter=1, grey=0.5, noise=0.1))
    for name, value in {
        "crop": 0.5,
        "pad": 1,
        "flip": 0.1,
        "shift": 1.0,
        "rotation": 1.0,
        "scale": 0.1,
        "shear": 0.1,
    }.items():
        assert moves(Augmentation(**{name: value}))
