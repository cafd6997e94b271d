"""Changes of colour: torchvision's, sample by sample; and what a factor of 0, of 1, or two turns in a row must do."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.experiments.training.views import colour

PEERS = {
    colour.brightness: "adjust_brightness",
    colour.contrast: "adjust_contrast",
    colour.saturation: "adjust_saturation",
    colour.hue: "adjust_hue",
}


def pictures(seed, channels=3, count=4, levels=255):
    """Images with few levels have many equal channels and grey pixels, where hue has its corners."""
    drawn = torch.randint(levels + 1, (count, channels, 6, 5), generator=torch.Generator().manual_seed(seed))
    return drawn / levels


@settings(deadline=None, max_examples=50)
@given(
    st.sampled_from(list(PEERS)),
    st.integers(0, 10**6),
    st.sampled_from([1, 3]),
    st.sampled_from([1, 2, 5, 255]),
    st.lists(st.floats(0, 1, width=32), min_size=4, max_size=4),
)
def test_each_sample_changes_as_torchvisions(peer, change, seed, channels, levels, draws):
    images = pictures(seed, channels, levels=levels)
    factors = torch.tensor(draws) - 0.5 if change is colour.hue else 2 * torch.tensor(draws)
    before = images.clone()
    found = change(images, factors)
    assert torch.equal(images, before)
    for image, factor, result in zip(images, factors.tolist(), found, strict=True):
        torch.testing.assert_close(result, getattr(peer, PEERS[change])(image, factor), atol=2e-6, rtol=0)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from([1, 4, 255]), st.floats(-2, 2), st.floats(-2, 2))
def test_hues_turn_about_a_circle_and_keep_value_and_saturation(seed, levels, first, second):
    images = pictures(seed, levels=levels)
    one, other = torch.full((4,), first), torch.full((4,), second)
    turned = colour.hue(images, one)
    for bound in (torch.amax, torch.amin):
        torch.testing.assert_close(bound(turned, 1), bound(images, 1), atol=2e-6, rtol=0)
    torch.testing.assert_close(colour.hue(turned, other), colour.hue(images, one + other), atol=1e-5, rtol=0)
    torch.testing.assert_close(colour.hue(images, one.round()), images, atol=1e-5, rtol=0)


def test_a_third_of_a_turn_makes_red_green_and_green_blue():
    red, green = torch.tensor([[1.0, 0.2, 0.2]]), torch.tensor([[0.2, 1.0, 0.2]])
    found = colour.hue(torch.cat([red, green])[:, :, None, None], torch.full((2,), 1 / 3))[:, :, 0, 0]
    torch.testing.assert_close(found, torch.cat([green, torch.tensor([[0.2, 0.2, 1.0]])]), atol=1e-6, rtol=0)


@pytest.mark.parametrize("change", [colour.brightness, colour.contrast, colour.saturation])
def test_factor_one_keeps_and_factor_zero_takes_all(change):
    images = pictures(3)
    torch.testing.assert_close(change(images, torch.ones(4)), images)
    least = change(images, torch.zeros(4))
    expected = {
        colour.brightness: torch.zeros_like(images),
        colour.contrast: colour.luminance(images).mean((2, 3), keepdim=True).expand_as(images),
        colour.saturation: colour.grey(images),
    }
    torch.testing.assert_close(least, expected[change])


def test_grey_is_torchvisions_and_one_channel_stays(peer):
    images, grey_images = pictures(4), pictures(4, channels=1)
    torch.testing.assert_close(colour.grey(images), peer.rgb_to_grayscale(images, 3))
    assert torch.equal(colour.grey(grey_images), grey_images)
