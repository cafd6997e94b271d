"""From files to arrays: parquet files of encoded images, IDX files, folders of image files."""

from __future__ import annotations

import gzip
import io
import math
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from contrastive_claims.experiments.data.class_folders import WIDER

if TYPE_CHECKING:
    from PIL.Image import Image

BLOCK = 512  # images per task: large enough to drown the cost of a task, small enough to bound the encoded bytes held
SHORTER_SIDE = 256 / 224  # of what "crop" crops from, relative to the crop: the usual evaluation of ImageNet
BILINEAR = 2  # Pillow's number for it: Pillow is imported only where an image is decoded


def read_parquet(
    paths: Sequence[Path], columns: tuple[str, str], shape: tuple[int, ...], fit: str
) -> tuple[np.ndarray, np.ndarray]:
    """Images [N, C, H, W] uint8 and labels [N] int64 from the rows of `paths`, in order; `columns` names both columns.

    The image column is the hub's struct of `bytes` (an encoded image file) and `path`; `fit` is that of `read_images`.
    Raises ValueError naming the file if it is no such parquet file, is cut short, or holds a row without image or label.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    tables, n = [], 0
    for path in paths:
        try:
            tables.append(pq.ParquetFile(path))
        except (OSError, pa.ArrowException) as error:
            raise ValueError(f"{path}: not a readable parquet file ({_one_line(error)})") from error
        n += tables[-1].metadata.num_rows
        schema = tables[-1].schema_arrow
        missing = [column for column in columns if column not in schema.names]
        if missing:
            raise ValueError(f"{path}: has no column {missing[0]!r}, only {', '.join(schema.names)}")
        if not pa.types.is_struct(schema.field(columns[0]).type) or not pa.types.is_integer(
            schema.field(columns[1]).type
        ):
            raise ValueError(f"{path}: needs a column {columns[0]!r} of encoded images and integers in {columns[1]!r}")
    images, labels, done = np.empty((n, *shape), np.uint8), np.empty(n, np.int64), 0
    for path, table in zip(paths, tables, strict=True):
        first = done
        try:
            for batch in table.iter_batches(8 * BLOCK, columns=list(columns)):
                rows = slice(done, done + batch.num_rows)
                label = batch.column(columns[1])
                if label.null_count:
                    raise ValueError(f"{path}: a row has no label")
                labels[rows] = label.to_numpy()
                encoded = batch.column(columns[0]).field("bytes").to_pylist()
                _decode(encoded, images[rows], fit, [f"{path}, row {i - first}" for i in range(done, rows.stop)])
                done = rows.stop
        except (OSError, KeyError, pa.ArrowException) as error:
            raise ValueError(f"{path}: cut short or damaged ({_one_line(error)})") from error
    return images, labels


def count_rows(path: Path) -> int:
    """Rows of a parquet file, from its footer. Raises ValueError naming the file if it is none."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_metadata(path).num_rows
    except (OSError, pa.ArrowException) as error:
        raise ValueError(f"{path}: not a readable parquet file ({_one_line(error)})") from error


def read_idx(images: Path, labels: Path) -> tuple[np.ndarray, np.ndarray]:
    """Images [N, 1, H, W] uint8 and labels [N] int64 from two gzipped IDX files (LeCun's format of MNIST).

    Raises ValueError naming the file that is no such file or is cut short.
    """
    return _idx(images, 3)[:, None], _idx(labels, 1).astype(np.int64)


def read_images(paths: Sequence[Path], shape: tuple[int, ...], fit: str) -> np.ndarray:
    """Image files as [N, C, H, W] uint8, grey for C = 1, else RGB.

    An image of another size than `shape` = (C, H, W) is refused by fit "exact", resized to H x W by "stretch"; "crop"
    resizes it until its shorter side is 8/7 of H = W, then takes the central H x W. Both resize bilinearly with Pillow.
    Raises ValueError naming the file that is no image, or not of that size.
    """
    images = np.empty((len(paths), *shape), np.uint8)
    _decode(paths, images, fit, [str(path) for path in paths])
    return images


def _idx(path: Path, dimensions: int) -> np.ndarray:
    try:
        content = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{path}: not a whole gzip file ({_one_line(error)})") from error
    header = np.frombuffer(content[: 4 + 4 * dimensions].ljust(4 + 4 * dimensions, b"\0"), ">u4")
    shape = tuple(int(size) for size in header[1:])
    if header[0] != 0x0800 + dimensions:  # 08: unsigned bytes
        raise ValueError(f"{path}: not an IDX file of bytes in {dimensions} dimensions")
    if len(content) != 4 + 4 * dimensions + math.prod(shape):
        raise ValueError(
            f"{path}: holds {len(content)} bytes, which its header does not announce; cut short or damaged"
        )
    return np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape).copy()


def _decode(encoded: Sequence[bytes | Path | None], images: np.ndarray, fit: str, names: Sequence[str]) -> None:
    """Decode into `images`. Photographs several blocks at a time: Pillow lets go of the interpreter lock while it decodes,
    which small images of the exact size do not repay (CIFAR-10: 12 % on two cores)."""

    def decode_block(start: int) -> None:
        for i in range(start, min(start + BLOCK, len(encoded))):
            images[i] = _pixels(encoded[i], images.shape[1:], fit, names[i])

    with ThreadPoolExecutor(1 if fit == "exact" else None) as pool:
        list(pool.map(decode_block, range(0, len(encoded), BLOCK)))


def _pixels(encoded: bytes | Path | None, shape: tuple[int, ...], fit: str, name: str) -> np.ndarray:
    from PIL import Image

    if encoded is None:
        raise ValueError(f"{name}: holds no image")
    channels, height, width = shape
    try:
        with Image.open(encoded if isinstance(encoded, Path) else io.BytesIO(encoded)) as opened:
            if opened.mode.startswith(WIDER):  # conversion would cut them off at 255, in silence
                raise ValueError("more than eight bits a value")
            image = opened.convert("L" if channels == 1 else "RGB")
    except (OSError, SyntaxError, ValueError, zlib.error, Image.DecompressionBombError) as error:
        raise ValueError(f"{name}: not a readable image ({_one_line(error)})") from error
    if fit == "crop":
        image = _cropped(image, width)
    elif fit == "stretch":
        image = image.resize((width, height), resample=BILINEAR)
    elif image.size != (width, height):
        raise ValueError(f"{name}: an image of {image.width} x {image.height} pixels, not {width} x {height}")
    pixels = np.asarray(image)
    return pixels[None] if channels == 1 else pixels.transpose(2, 0, 1)


def _cropped(image: Image, size: int) -> Image:
    factor = round(size * SHORTER_SIDE) / min(image.size)
    wide, high = (max(size, round(side * factor)) for side in image.size)
    image = image.resize((wide, high), resample=BILINEAR)
    left, top = (wide - size) // 2, (high - size) // 2
    return image.crop((left, top, left + size, top + size))


def _one_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
