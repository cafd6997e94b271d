"""Presets: everything that one training run depends on besides its data and seed, from experiments/presets/*.toml."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

FOLDER = Path(__file__).parent.parent / "presets"

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Size = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, lt=1)]
Count = Annotated[int, Field(ge=1)]


class Section(BaseModel):
    """Unknown keys are refused, numbers are not guessed from text, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Augmentation(Section):
    """Strengths of the random changes of a view; 0 switches one off. No flip: a mirrored digit is no digit."""

    shift: Size  # largest shift along each axis, in pixels
    rotation: Size  # largest angle, in degrees, either way
    scale: Share  # the size is multiplied by 1 - scale to 1 + scale
    shear: Size  # largest horizontal shear, either way
    noise: Size  # standard deviation of Gaussian noise, on values in [0, 1]


class Preset(Section):
    """One training run. `width` and `dimension` are the encoder's channels and outputs; SGD with one warm-up and a cosine."""

    name: str
    data: Literal["digits"]
    held_out_per_class: Count
    width: Count
    dimension: Annotated[int, Field(ge=2)]
    temperature: Positive
    epochs: Count
    batch: Annotated[int, Field(ge=2)]
    learning_rate: Positive
    momentum: Share
    weight_decay: Size
    augmentation: Augmentation


def load_preset(name: str) -> Preset:
    """The preset called `name`. Raises ValueError: an unknown name (with the nearest ones), or anything wrong in the file."""
    known = sorted(path.stem for path in FOLDER.glob("*.toml"))
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.4) or known
        raise ValueError(f"unknown preset {name!r}; nearest: {', '.join(near)}")
    try:
        content = tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"preset {name!r} is not valid TOML: {error}") from None
    return parse_preset({"name": name, **content})


def parse_preset(content: dict[str, Any]) -> Preset:
    """A validated preset. Raises ValueError, one sentence with every unknown key, missing key and impossible value."""
    try:
        return Preset.model_validate(content)
    except ValidationError as error:
        faults = "; ".join(_sentence(fault) for fault in error.errors(include_url=False))
        raise ValueError(f"preset {content.get('name', '?')!r}: {faults}") from None


def _sentence(fault: Any) -> str:
    key = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "missing":
        return f"{key} is missing"
    if fault["type"] == "extra_forbidden":
        section = Augmentation if len(fault["loc"]) > 1 else Preset
        near = difflib.get_close_matches(str(fault["loc"][-1]), section.model_fields, n=1)
        return f"unknown key {key}" + (f" (did you mean {near[0]}?)" if near else "")
    return f"{key}: {fault['msg'][0].lower()}{fault['msg'][1:]}, got {fault['input']!r}"
