"""One image file of any common kind as eight-bit grey or colour, with nothing lost in silence.

What changes an image beyond its file format is counted in `Notes`, to be said once for a whole set.
"""

from __future__ import annotations

import io
import zlib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image

Notes = Counter[str]  # how many images had something done to them, by what it was

COMPOSITED = "had transparency and were put on white"
NARROWED = "had 16 bits a value and were scaled to 8 (65535 to 255)"
TURNED = "were turned as their EXIF orientation says"
FIRST_FRAME = "hold several frames, of which the first was taken"
CONVERTED = "were CMYK and were converted to RGB"
SIXTEEN = ("I;16", "I;16B", "I;16L", "I;16N")
GREY = ("1", "L", "LA", "La", "I", *SIXTEEN)
ORIENTATION = 0x0112  # the EXIF tag


def open_image(source: Path | bytes, name: str, notes: Notes) -> Image:
    """The image in mode "L" or "RGB", upright and opaque. `name` is what an error calls it.

    Raises ValueError for what is no whole image, or has values that eight bits cannot hold (float, 32-bit integers).
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(source if isinstance(source, Path) else io.BytesIO(source)) as opened:
            if getattr(opened, "n_frames", 1) > 1:
                notes[FIRST_FRAME] += 1
            opened.load()
            if opened.getexif().get(ORIENTATION, 1) not in (0, 1):
                notes[TURNED] += 1
                return _eight_bits(ImageOps.exif_transpose(opened), name, notes)
            return _eight_bits(opened, name, notes)
    except (OSError, SyntaxError, EOFError, zlib.error, Image.DecompressionBombError) as error:
        said = str(error).strip().partition("\n")[0] or type(error).__name__
        raise ValueError(f"{name}: not a readable image ({said})") from error


def _eight_bits(image: Image, name: str, notes: Notes) -> Image:
    from PIL import Image

    if image.mode == "F":
        raise ValueError(
            f"{name}: holds floating-point values, whose range no file says; save it with 8 or 16 bits a value"
        )
    if image.mode == "I" or image.mode in SIXTEEN:
        values = np.asarray(image).astype(np.int64)
        if values.min() < 0 or values.max() > 65535:
            raise ValueError(
                f"{name}: holds 32-bit values ({values.min()} to {values.max()}); save it with 8 or 16 bits"
            )
        notes[NARROWED] += 1
        return Image.fromarray(((values * 255 + 32767) // 65535).astype(np.uint8))
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        grey, whole = image.mode in ("L", "LA", "La"), image.convert("RGBA")
        if whole.getchannel("A").getextrema() != (255, 255):
            notes[COMPOSITED] += 1
        under = Image.new("RGBA", whole.size, "white")
        return Image.alpha_composite(under, whole).convert("L" if grey else "RGB")
    if image.mode == "CMYK":
        notes[CONVERTED] += 1
    return image.convert("L" if image.mode in ("1", "L") else "RGB")


def fitted(image: Image, size: int, fit: str) -> Image:
    """The image as size x size pixels: "crop" resizes the shorter side to it and takes the centre, "stretch" resizes both.
    Bilinear, as Pillow does it (with antialiasing); an image of that size stays as it is."""
    if image.size == (size, size):
        return image
    if fit == "crop":
        factor = size / min(image.size)
        wide, high = (max(size, round(side * factor)) for side in image.size)
        image = image.resize((wide, high), resample=2)
        left, top = (wide - size) // 2, (high - size) // 2
        return image.crop((left, top, left + size, top + size))
    return image.resize((size, size), resample=2)


def as_array(image: Image, channels: int) -> np.ndarray:
    """[channels, H, W] uint8; grey is repeated where colour is wanted."""
    pixels = np.asarray(image if channels == 1 or image.mode == "RGB" else image.convert("RGB"))
    return pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)


def said(notes: Notes, total: int) -> list[str]:
    """One line for each thing that was done."""
    return [f"{count} of {total} images {what}" for what, count in sorted(notes.items())]
