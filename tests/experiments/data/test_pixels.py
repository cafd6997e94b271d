"""Image files of every common kind become eight bits with nothing lost in silence."""

import io

import numpy as np
import pytest
from PIL import Image

from contrastive_claims.experiments.data.pixels import (
    COMPOSITED,
    CONVERTED,
    FIRST_FRAME,
    NARROWED,
    TURNED,
    Notes,
    as_array,
    fitted,
    open_image,
)

GREY = np.arange(48, dtype=np.uint8).reshape(6, 8) * 5
COLOUR = np.stack([GREY, 255 - GREY, GREY // 2], axis=2)


def opened(image, kind="PNG", **options):
    buffer, notes = io.BytesIO(), Notes()
    image.save(buffer, kind, **options)
    found = open_image(buffer.getvalue(), "it", notes)
    return np.asarray(found), notes, found.mode


def test_eight_bits_stay_as_they_are():
    for array, mode in ((GREY, "L"), (COLOUR, "RGB")):
        pixels, notes, found = opened(Image.fromarray(array))
        assert np.array_equal(pixels, array) and found == mode and not notes


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bit_grey_is_scaled_and_not_cut_off(kind):
    wide = np.linspace(0, 65535, 48).astype(np.uint16).reshape(6, 8)
    pixels, notes, mode = opened(Image.fromarray(wide), kind)
    assert mode == "L" and notes == {NARROWED: 1}
    assert np.array_equal(pixels, np.rint(wide / 257).astype(np.uint8)) and len(np.unique(pixels)) == 48


def test_float_and_32_bit_values_are_refused_with_their_range():
    with pytest.raises(ValueError, match="it: holds floating-point values, whose range no file says"):
        opened(Image.fromarray(GREY.astype(np.float32)), "TIFF")
    with pytest.raises(ValueError, match=r"it: holds 32-bit values .0 to 235000"):
        opened(Image.fromarray(GREY.astype(np.int32) * 1000), "TIFF")


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_is_put_on_white_and_said(mode):
    alpha = np.full((6, 8), 255, np.uint8)
    alpha[:, :4] = 0
    image = Image.fromarray(np.dstack([COLOUR, alpha]))
    image = image.convert("LA") if mode == "LA" else image.quantize() if mode == "P" else image
    pixels, notes, found = opened(image)
    assert notes == {COMPOSITED: 1} and (pixels[:, :4] == 255).all() and (pixels[:, 4:] < 255).any()
    assert found == ("L" if mode == "LA" else "RGB")
    whole, silent, _ = opened(Image.fromarray(np.dstack([COLOUR, np.full((6, 8), 255, np.uint8)])))
    assert not silent and np.array_equal(whole, COLOUR)


def test_palettes_bilevel_and_cmyk():
    palette = Image.fromarray(COLOUR).quantize(200)
    pixels, notes, mode = opened(palette)
    assert mode == "RGB" and np.array_equal(pixels, np.asarray(palette.convert("RGB"))) and not notes
    pixels, notes, mode = opened(Image.fromarray(GREY > 100))
    assert mode == "L" and set(np.unique(pixels)) == {0, 255}
    pixels, notes, mode = opened(Image.fromarray(COLOUR).convert("CMYK"), "TIFF")
    assert mode == "RGB" and notes == {CONVERTED: 1} and np.abs(pixels.astype(int) - COLOUR).max() <= 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation):
    upright = Image.fromarray(COLOUR)
    undo = {2: [0], 3: [3], 4: [1], 5: [5], 6: [2], 7: [6], 8: [4]}.get(orientation, [])  # Pillow's transpositions
    stored = upright
    for operation in undo:
        stored = stored.transpose(operation)
    exif = Image.Exif()
    exif[0x0112] = orientation
    pixels, notes, _ = opened(stored, exif=exif)
    assert np.array_equal(pixels, COLOUR) and notes == ({TURNED: 1} if orientation > 1 else {})


def test_the_first_of_several_frames_is_taken_and_said():
    frames = [Image.fromarray(GREY), Image.fromarray(255 - GREY)]
    pixels, notes, _ = opened(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    assert np.array_equal(pixels, GREY) and notes == {FIRST_FRAME: 1}


@pytest.mark.parametrize("content", [b"", b"no image", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_image_is_named(content):
    with pytest.raises(ValueError, match=r"^it: not a readable image"):
        open_image(content, "it", Notes())


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "BMP", "WEBP"])
def test_a_cut_file_is_refused_wherever_it_is_cut(kind):
    buffer = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    Image.fromarray(noise).save(buffer, kind)
    content = buffer.getvalue()
    for share in (0.05, 0.3, 0.6, 0.9):
        with pytest.raises(ValueError, match=r"^it: not a readable image"):
            open_image(content[: int(share * len(content))], "it", Notes())


def test_sizes():
    wide = Image.fromarray(np.repeat(COLOUR, 2, axis=1))  # 16 x 6
    assert np.asarray(fitted(wide, 6, "crop")).shape == (6, 6, 3)
    assert np.array_equal(np.asarray(fitted(wide, 6, "crop")), np.asarray(wide)[:, 5:11])
    assert fitted(wide, 5, "stretch").size == (5, 5)
    square = Image.fromarray(COLOUR[:, :6])
    assert fitted(square, 6, "crop") is square
    assert as_array(square, 3).shape == (3, 6, 6) and as_array(square.convert("L"), 1).shape == (1, 6, 6)
    assert (as_array(square.convert("L"), 3)[0] == as_array(square.convert("L"), 1)[0]).all()
