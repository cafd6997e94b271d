"""The ten corruptions of Corrupted CIFAR-10 (Nam et al. 2020, its first type), at the strongest severity.

They are those of Hendrycks & Dietterich (2019) with the constants of their CIFAR-10 scale at severity 5, written from the
formulas for whole batches. Where the result is not the release's, and why:

- frost blends in photographs of ice there; here a texture drawn from noise, of like colour and spread.
- snow's streaks, elastic's resampling and spatter's blur are our own code for what ImageMagick, OpenCV and scikit-image
  do there, alike but for roundings and the treatment of edges.
- values are rounded to bytes, there cut off; the random draws are NumPy's from (seed, corruption), there unseeded.

All constants are in pixels of a 32 x 32 image; only elastic's grow with the image, as in its definition. The draws are the
same on every machine; a pixel may differ by one grey level between builds of SciPy and Pillow.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

Corruption = Callable[
    [np.ndarray, np.random.Generator], np.ndarray
]  # [B, H, W, 3] float32 in [0, 1] -> the same, unclipped
BLOCK = 1000  # images corrupted at a time; part of the definition, since a block's draws follow the one before it


def corrupted(images: np.ndarray, bias: np.ndarray, seed: int) -> np.ndarray:
    """Images [N, 3, H, W] uint8, image i with corruption bias[i] in 0 .. 9, the order of CORRUPTIONS.

    Raises ValueError for images of another type or number of channels.
    """
    if images.dtype != np.uint8 or images.shape[1] != 3:
        raise ValueError(f"images: must be colour images of bytes, got {images.dtype} with {images.shape[1]} channels")
    result = np.empty_like(images)
    for k, (name, corruption) in enumerate(CORRUPTIONS.items()):
        generator = np.random.default_rng([seed, *name.encode()])
        members = np.flatnonzero(bias == k)
        for start in range(0, len(members), BLOCK):
            block = members[start : start + BLOCK]
            clean = images[block].transpose(0, 2, 3, 1) / np.float32(255)
            values = np.rint(255 * np.clip(corruption(clean, generator), 0, 1))
            result[block] = values.astype(np.uint8).transpose(0, 3, 1, 2)
    return result


def snow(x: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Flakes, smeared along a falling direction of their own, over an image whitened a little."""
    height, width = x.shape[1:3]
    # noise on a coarser grid, interpolated by 1.25: flakes are larger than pixels
    grid = [math.ceil(side / 1.25) for side in (height, width)]
    flakes = _normal(generator, (len(x), *grid), 0.3, 0.3)
    flakes = _upsampling(height, grid[0]) @ flakes @ _upsampling(width, grid[1]).T
    flakes = np.clip(np.where(flakes < 0.65, 0, flakes), 0, 1)
    flakes = _smeared(flakes, generator.uniform(math.radians(-135), math.radians(-45), len(x)), 14, 12)
    grey = x @ np.array([0.299, 0.587, 0.114], np.float32)
    whitened = 0.8 * x + 0.2 * np.maximum(x, 1.5 * grey[..., None] + 0.5)
    return whitened + (flakes + flakes[:, ::-1, ::-1])[..., None]


def frost(x: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """0.75 image + 0.45 ice. The ice is drawn: bright ridges where smooth noise of two scales crosses zero, with the mean
    colour and the spread within and between images of crops from the photographs that the release blends in."""
    ridges = np.zeros(x.shape[:3], np.float32)
    for scale in (4.0, 1.5):
        noise = gaussian_filter(_normal(generator, x.shape[:3], 0, 1), (0, scale, scale), mode="wrap")
        ridges += np.exp(-2 * np.abs(noise) / noise.std(axis=(1, 2), keepdims=True))
    ridges -= ridges.mean(axis=(1, 2), keepdims=True)
    level = generator.uniform(0.4, 0.85, (len(x), 1, 1)).astype(np.float32)
    bright = np.clip(level + 0.28 * ridges, 0, 1)[..., None]
    ice = bright ** np.array([1.25, 0.93, 0.8], np.float32)  # the darker, the bluer
    return 0.75 * x + 0.45 * ice


def fog(x: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """(x + 1.5 f) scaled back by max / (max + 1.5), with a fractal height map f in [0, 1] and the image's maximum."""
    height, width = x.shape[1:3]
    heights = _plasma(len(x), 1 << (max(height, width) - 1).bit_length(), 1.75**2, generator)
    largest = x.max(axis=(1, 2, 3), keepdims=True)
    return (x + 1.5 * heights[:, :height, :width, None]) * largest / (largest + 1.5)


def brightness(x: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """V + 0.3 in HSV, clipped: a colour of the same hue and saturation is proportional to V."""
    value = x.max(axis=3, keepdims=True)
    brighter = np.minimum(value + np.float32(0.3), 1)
    return np.where(value > 0, x * brighter / np.maximum(value, 1e-6), brighter)


def contrast(x: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """0.15 of the distance to each channel's mean."""
    mean = x.mean(axis=(1, 2), keepdims=True)
    return mean + np.float32(0.15) * (x - mean)


def spatter(x: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Mud where blurred noise exceeds a level, its edges softened."""
    liquid = gaussian_filter(_normal(generator, x.shape[:3], 0.65, 0.1), (0, 0.5, 0.5), mode="nearest")
    mud = gaussian_filter((liquid > 0.68).astype(np.float32), (0, 0.6, 0.6), mode="nearest")
    mud = np.where(mud < 0.8, 0, mud)[..., None]
    return x * (1 - mud) + mud * (np.array([63, 42, 20], np.float32) / 255)


def elastic(x: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """A random affine map, then a smooth random displacement of every pixel, mirrored at the edges."""
    n, height, width = x.shape[:3]
    side = min(height, width)
    centre, arm = np.array([height // 2, width // 2]), side // 3
    corners = centre + arm * np.array([[1, 1], [1, -1], [-1, -1]])  # (row, column)
    moved = corners + generator.uniform(-0.03 * side, 0.03 * side, (n, 3, 2))
    # the affine map that takes the moved corners back: [moved, 1] M = corners
    back = np.linalg.solve(np.concatenate([moved, np.ones((n, 3, 1))], axis=2), np.broadcast_to(corners, (n, 3, 2)))
    grid = np.mgrid[:height, :width].transpose(1, 2, 0)
    mapped = np.concatenate([grid, np.ones((height, width, 1))], axis=-1).reshape(-1, 3) @ back
    shift = gaussian_filter(
        generator.uniform(-1, 1, (n, height, width, 2)), (0, 0.03 * side, 0.03 * side, 0), mode="reflect", truncate=3
    )
    return _interpolated(_interpolated(x, mapped.reshape(n, height, width, 2)), grid + 0.1 * side * shift)


def jpeg(x: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Compressed by JPEG at quality 40 and decoded, by Pillow."""

    def compressed(image: Image.Image) -> Image.Image:
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=40)
        return Image.open(buffer)

    return _one_by_one(x, compressed)


def pixelate(x: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Shrunk to 0.65 of the side and enlarged again, both by Pillow's box filter."""

    def coarse(image: Image.Image) -> Image.Image:
        small = image.resize((int(0.65 * image.width), int(0.65 * image.height)), Image.Resampling.BOX)
        return small.resize(image.size, Image.Resampling.BOX)

    return _one_by_one(x, coarse)


def saturate(x: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """2.5 S + 0.2 in HSV, clipped: V - channel is proportional to S. Grey has the hue of red, as usual, and turns reddish."""
    value = x.max(axis=3, keepdims=True)
    deficit = value - x
    saturation = deficit.max(axis=3, keepdims=True) / np.maximum(value, 1e-6)
    stronger = np.minimum(2.5 * saturation + np.float32(0.2), 1)
    red = value * stronger * np.array([0, 1, 1], np.float32)
    return value - np.where(saturation > 0, deficit * stronger / np.maximum(saturation, 1e-6), red)


CORRUPTIONS: dict[str, Corruption] = {
    "snow": snow,
    "frost": frost,
    "fog": fog,
    "brightness": brightness,
    "contrast": contrast,
    "spatter": spatter,
    "elastic": elastic,
    "jpeg": jpeg,
    "pixelate": pixelate,
    "saturate": saturate,
}


def _normal(generator: np.random.Generator, shape: tuple[int, ...], mean: float, deviation: float) -> np.ndarray:
    return np.float32(mean) + np.float32(deviation) * generator.standard_normal(shape, np.float32)


def _one_by_one(x: np.ndarray, change: Callable[[Image.Image], Image.Image]) -> np.ndarray:
    images = np.rint(255 * x).astype(np.uint8)
    return np.stack([np.asarray(change(Image.fromarray(image))) for image in images]) / np.float32(255)


def _upsampling(fine: int, coarse: int) -> np.ndarray:
    """The matrix [fine, coarse] of linear interpolation that keeps the end points."""
    place = np.linspace(0, coarse - 1, fine)
    return np.maximum(0, 1 - np.abs(place[:, None] - np.arange(coarse))).astype(np.float32)


def _smeared(layers: np.ndarray, angles: np.ndarray, radius: int, deviation: float) -> np.ndarray:
    """Layers [B, H, W], each averaged along its angle with one half of a Gaussian, 2 radius + 1 steps of one pixel, the
    edge continued: motion blur."""
    n, height, width = layers.shape
    steps = np.arange(2 * radius + 1)
    weights = np.exp(-(steps**2) / (2 * deviation**2)).astype(np.float32)
    result, index = np.zeros_like(layers), np.arange(n)[:, None, None]
    for step, weight in zip(steps, weights / weights.sum(), strict=True):
        down = np.rint(step * np.sin(angles)).astype(int)[:, None, None]
        along = np.rint(step * np.cos(angles)).astype(int)[:, None, None]
        rows = np.clip(np.arange(height)[:, None] + down, 0, height - 1)
        columns = np.clip(np.arange(width) + along, 0, width - 1)
        result += weight * layers[index, rows, columns]
    return result


def _plasma(n: int, size: int, decay: float, generator: np.random.Generator) -> np.ndarray:
    """n height maps [n, size, size] in [0, 1] on the torus by midpoint displacement: at each scale the centres of squares,
    then of diamonds, are the mean of their four neighbours plus noise, whose strength falls by `decay` per scale."""
    heights, step, strength = np.zeros((n, size, size), np.float32), size, np.float32(1)
    while step > 1:
        half = step // 2
        noise = strength * (2 * generator.random((3, n, size // step, size // step), np.float32) - 1)
        corners = heights[:, ::step, ::step]
        pairs = corners + np.roll(corners, -1, axis=1)
        centres = (pairs + np.roll(pairs, -1, axis=2)) / 4 + noise[0]
        heights[:, half::step, half::step] = centres
        beside = corners + np.roll(corners, -1, axis=2) + centres + np.roll(centres, 1, axis=1)
        below = corners + np.roll(corners, -1, axis=1) + centres + np.roll(centres, 1, axis=2)
        heights[:, ::step, half::step] = beside / 4 + noise[1]
        heights[:, half::step, ::step] = below / 4 + noise[2]
        step, strength = half, strength / np.float32(decay)
    low, high = (extreme(axis=(1, 2), keepdims=True) for extreme in (heights.min, heights.max))
    return (heights - low) / (high - low)


def _interpolated(x: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Images [B, H, W, C] at places [B, H, W, 2] (row, column), bilinear, mirrored about the edge pixels."""
    index = np.arange(len(x))[:, None, None]
    floor = np.floor(places).astype(int)
    share = (places - floor).astype(np.float32)
    rows, columns = (
        [np.abs((floor[..., axis] + one + last) % (2 * last) - last) for one in (0, 1)]
        for axis, last in enumerate(side - 1 for side in x.shape[1:3])
    )
    down, right = share[..., :1], share[..., 1:]
    above = (1 - right) * x[index, rows[0], columns[0]] + right * x[index, rows[0], columns[1]]
    under = (1 - right) * x[index, rows[1], columns[0]] + right * x[index, rows[1], columns[1]]
    return (1 - down) * above + down * under
