"""A finished run in use: its encoder with all that images need to go through it, embeddings as a file, export."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor

from contrastive_claims.experiments.data import own, pixels
from contrastive_claims.experiments.ledger.files import write_durably
from contrastive_claims.experiments.training import runs
from contrastive_claims.experiments.training.checkpoint import FILE, latest_checkpoint
from contrastive_claims.experiments.training.embedding import embed
from contrastive_claims.experiments.training.encoders import Network, build_network
from contrastive_claims.experiments.training.presets import CLASSIFIERS, Preset, parse_preset
from contrastive_claims.experiments.training.streams import WEIGHTS, stream
from contrastive_claims.experiments.training.trainer import told

AT_ONCE = 1024  # images decoded before they go through the network


@dataclass(frozen=True)
class LoadedEncoder:
    """network: in evaluation mode, images [B, C, H, W] in [0, 1] -> (features [B, F], what the loss compares); the encoder
    alone is `network.encoder`. classes: names by number (() where the set has none). shape: (C, H, W)."""

    network: Network
    preset: Preset
    classes: tuple[str, ...]
    shape: tuple[int, int, int]

    def transform(self, image: Any) -> Tensor:
        """An image file (its path), a Pillow image or an array [H, W] or [H, W, C] of bytes -> [C, H, W] float32 in [0, 1], as
        the run's own images were prepared: eight bits, upright, opaque, resized.

        Raises ValueError for what is no image, or of another size where the run resized nothing.
        """
        return torch.from_numpy(self.prepared(image).astype(np.float32)).div_(255)

    def prepared(self, image: Any, name: str = "") -> np.ndarray:
        """The same as bytes, [C, H, W] uint8; `name` is what an error calls the image."""
        if isinstance(image, str):
            image = Path(image)
        if isinstance(image, Path):
            name = name or str(image)
        elif not isinstance(image, bytes):
            from PIL import Image

            if not isinstance(image, Image.Image):
                array = np.asarray(image)
                if array.dtype != np.uint8:
                    raise ValueError(f"image: an array must hold bytes (uint8), got {array.dtype}")
                image = Image.fromarray(array.squeeze())
            buffer = io.BytesIO()
            image.save(buffer, "TIFF" if image.mode in ("CMYK", "F", "I", *pixels.SIXTEEN) else "PNG")
            image = buffer.getvalue()
        name = name or "image"
        channels, height, width = self.shape
        opened = pixels.open_image(image, name, pixels.Notes())
        if self.preset.data.size:
            opened = pixels.fitted(opened, self.preset.data.size, self.preset.data.fit)
        if opened.size != (width, height):
            raise ValueError(f"{name}: {opened.width} x {opened.height} pixels, but the run took {width} x {height}")
        return pixels.as_array(opened.convert("L") if channels == 1 else opened, channels)


def load_encoder(run: str | Path) -> LoadedEncoder:
    """The encoder of a finished run's folder. Raises RunError or CheckpointError naming the file that is missing, damaged or
    of another run; ValueError for a folder without a finished run."""
    folder = Path(run)
    result = runs.load_result(folder)
    if result is None:
        raise ValueError(f"{folder}: no finished run (no {runs.RESULT}); `claims train` prints the folder at its end")
    preset = parse_preset(result["preset"])
    found = latest_checkpoint(folder / FILE, told)
    if found is None:
        raise runs.RunError(f"{folder / FILE}: missing")
    if found.state["key"] != result["key"] or found.state["epoch"] != preset.epochs:
        raise runs.RunError(f"{found.path}: not the checkpoint that {runs.RESULT} was made from")
    c, h, w = result["shape"]
    n_classes = _classes_of(found.tensors) if preset.method.name in CLASSIFIERS else 2
    network = build_network(preset.encoder, preset.method.name, (c, h, w), n_classes, stream(result["seed"], WEIGHTS))
    prefix = "memory.average." if preset.optimiser.average else "network."
    network.load_state_dict(
        {name.removeprefix(prefix): part for name, part in found.tensors.items() if name.startswith(prefix)}
    )
    return LoadedEncoder(network.eval(), preset, tuple(result["classes"]), (c, h, w))


def embed_images(
    run: Path,
    images: Path,
    file: Path,
    settings: Sequence[str] = (),
    skip_corrupt: bool = False,
    tell: Callable[[str], None] = lambda message: None,
) -> dict[str, Any]:
    """Embed `images` (any layout of `experiments.data.own`, or a folder of images without classes) with a run's encoder.

    Writes `file`: .npz with embeddings [N, D], features [N, F], and label, bias, group (both: "ant, f") and path [N] as text
    where there are some; .parquet with columns embedding and features (lists of float32) and the same.
    Raises ValueError, RunError and CheckpointError in one sentence, before anything is written.
    """
    if file.suffix not in (".npz", ".parquet"):
        raise ValueError(f"{file}: must end in .npz or .parquet")
    if not file.parent.is_dir():
        raise ValueError(f"{file.parent}: no such folder")
    loaded = load_encoder(run)
    rows = _rows(images, columns_of(settings), tell)
    waiting, parts, kept, faults = [], [], [], []

    def through() -> None:
        if waiting:
            parts.append(embed(loaded.network, np.stack(waiting), loaded.preset.method.name))
            waiting.clear()

    for k, (image, name) in enumerate(zip(rows.images, rows.names, strict=True)):
        try:
            if image is None:
                raise ValueError(f"{name}: holds no image")
            waiting.append(loaded.prepared(image, name))
            kept.append(k)
        except ValueError as error:
            if not skip_corrupt:
                raise ValueError(f"{error}; --skip-corrupt leaves such images out, and counts them") from None
            faults.append(str(error))
        if len(waiting) == AT_ONCE:
            through()
    through()
    if faults:
        tell(f"skipped {len(faults)} image{'s' if len(faults) > 1 else ''}: {faults[0]}")
    if not parts:
        raise ValueError(f"{images}: no image of it can be read")
    features, embeddings = (np.concatenate(column) for column in zip(*parts, strict=True))
    texts = {"path": [str(rows.images[k]) if isinstance(rows.images[k], Path) else rows.names[k] for k in kept]}
    for name, values in (("label", rows.labels), ("bias", rows.attributes)):
        if any(values[k] is not None for k in kept):
            texts[name] = [str(values[k]) for k in kept]
    if "label" in texts and "bias" in texts:
        texts["group"] = [f"{label}, {bias}" for label, bias in zip(texts["label"], texts["bias"], strict=True)]
    _write_embeddings(file, embeddings, features, texts)
    return {"file": str(file), "images": len(kept), "width": embeddings.shape[1], "skipped": len(faults)}


def columns_of(settings: Sequence[str]) -> own.Columns:
    """Columns from "data.image=img" and the like. Raises ValueError for another key."""
    names = {
        "data.image": "image",
        "data.label": "label",
        "data.bias": "attribute",
        "data.attribute": "attribute",
        "data.table": "table",
    }
    chosen = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if key not in names or not equals:
            raise ValueError(
                f"--set takes data.image, data.label, data.bias=COLUMN or data.table=FILE here, got {setting!r}"
            )
        chosen[names[key]] = value
    return own.Columns(**chosen)


def export_encoder(run: Path, file: Path) -> dict[str, Any]:
    """A run's encoder without its head: .safetensors holds its weights and, as metadata, preset, classes and shape; .pt2 is
    a program of torch.export that needs no code of ours (`torch.export.load(file).module()(images)`).

    Raises ValueError for another ending, and as `load_encoder` does.
    """
    if file.suffix not in (".safetensors", ".pt2"):
        raise ValueError(f"{file}: must end in .safetensors or .pt2")
    if not file.parent.is_dir():
        raise ValueError(f"{file.parent}: no such folder")
    loaded = load_encoder(run)
    encoder, shape = loaded.network.encoder.eval(), loaded.shape
    if file.suffix == ".safetensors":
        about = {
            "preset": loaded.preset.model_dump(mode="json"), "classes": loaded.classes, "shape": shape,
            "input": "images [B, C, H, W] in [0, 1]",
        }  # fmt: skip
        weights = {name: part.contiguous() for name, part in encoder.state_dict().items()}
        write_durably(file, save(weights, metadata={"contrastive-claims": json.dumps(about)}))
        holds = f"{len(weights)} tensors of {loaded.preset.encoder.name}"
    else:
        batch = torch.export.Dim("batch", min=1)
        with torch.no_grad():
            program = torch.export.export(encoder, (torch.zeros(2, *shape),), dynamic_shapes=({0: batch},))
        content = io.BytesIO()
        torch.export.save(program, content)
        write_durably(file, content.getvalue())
        holds = f"images [B, {', '.join(map(str, shape))}] in [0, 1] -> features [B, {loaded.network.feature_width}]"
    return {"file": str(file), "holds": holds}


def _classes_of(tensors: dict[str, Tensor]) -> int:
    return len(tensors["network.head.weight"])


def _rows(images: Path, columns: own.Columns, tell: Callable[[str], None]) -> own.Rows:
    """All splits one after another; a folder without class folders is its images, without labels."""
    if images.is_dir() and not any(path.is_dir() for path in images.iterdir() if not path.name.startswith(".")):
        files = sorted(path for path in images.iterdir() if path.suffix.lower() in own.SUFFIXES)
        tables = [path for path in images.iterdir() if path.suffix.lower() in (".parquet", ".csv", ".tsv", ".json")]
        if files and not tables:
            rows = own.Rows()
            for path in files:
                rows.add(path, None, None, str(path))
            return rows
    whole = own.Rows()
    for split in own.rows_at(images, columns, tell).values():
        whole.images += split.images
        whole.labels += split.labels
        whole.attributes += split.attributes
        whole.names += split.names
    return whole


def _write_embeddings(file: Path, embeddings: np.ndarray, features: np.ndarray, texts: dict[str, list[str]]) -> None:
    content = io.BytesIO()
    if file.suffix == ".npz":
        columns = {name: np.array(values) for name, values in texts.items()}
        np.savez_compressed(content, allow_pickle=False, embeddings=embeddings, features=features, **columns)
    else:
        import pyarrow as pa
        import pyarrow.parquet as pq

        vectors = {
            name: pa.FixedSizeListArray.from_arrays(pa.array(part.ravel()), part.shape[1])
            for name, part in (("embedding", embeddings), ("features", features))
        }
        pq.write_table(pa.table({**vectors, **{name: pa.array(values) for name, values in texts.items()}}), content)
    write_durably(file, content.getvalue())
