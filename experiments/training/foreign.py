"""Encoders that are not ours: a function of the user's own, or a model of torchvision or timm, where these are installed."""

from __future__ import annotations

import difflib
import hashlib
import importlib
import inspect
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from contrastive_claims.experiments.training.presets import ENCODERS, Encoder


@dataclass(frozen=True)
class Foreign:
    """A network images [B, C, H, W] -> features [B, width]. centred: whether it wants pixel values about zero, as ours do;
    a user's own function gets them in [0, 1] and does what it does."""

    module: nn.Module
    width: int
    centred: bool


def check_encoder(spec: Encoder) -> str:
    """Digest of the file that an encoder's function stands in, "" for an encoder by name.

    Raises ValueError for a name that nobody here knows (with the nearest), a module that cannot be imported, no such function.
    """
    if spec.name in ENCODERS:
        return ""
    if ":" in spec.name:
        file = inspect.getsourcefile(_function(spec.name))
        return hashlib.sha256(Path(file).read_bytes()).hexdigest() if file else ""
    known = _known()
    if spec.name not in known:
        near = difflib.get_close_matches(spec.name, [*ENCODERS, *known], n=3, cutoff=0.5) or ENCODERS
        others = "torchvision's or timm's" if known else "torchvision's or timm's, which are not installed"
        raise ValueError(
            f"encoder.name: {spec.name!r} is none of ours and none of {others}; nearest: {', '.join(near)}; an encoder of "
            "your own is module:function"
        )
    return ""


def foreign_encoder(name: str, shape: tuple[int, int, int], generator: torch.Generator) -> Foreign:
    """The encoder called `name` for images of `shape` (C, H, W), tried on two of them.

    module:function is called with (C, H, W), or without anything if it takes nothing; weights that it draws come from
    `generator`, and the global generator stays as it was. Models by name lose their classifier.
    Raises ValueError in one sentence for whatever goes wrong, and for features that are not [B, F] finite floats.
    """
    seed = int(torch.randint(2**62, (), generator=generator))
    with torch.random.fork_rng(devices=[]), _asking(name):
        torch.manual_seed(seed)
        own = ":" in name
        module = _called(_function(name), shape) if own else _named(name, shape[0])
        if not isinstance(module, nn.Module):
            raise ValueError(f"encoder.name: {name} gave a {type(module).__name__}, no torch.nn.Module")
        module.eval()
        with _asking(f"{name}, given images of {' x '.join(map(str, shape))}"), torch.no_grad():
            features: Any = module(torch.full((2, *shape), 0.5))
    if not isinstance(features, Tensor) or features.ndim != 2 or len(features) != 2 or not features.is_floating_point():
        got = f"{list(features.shape)} {features.dtype}" if isinstance(features, Tensor) else type(features).__name__
        raise ValueError(f"encoder.name: {name} makes {got} of 2 images, not features [2, F]")
    if not bool(torch.isfinite(features).all()):
        raise ValueError(f"encoder.name: {name} makes features that are not finite of grey images")
    return Foreign(module.train(), features.shape[1], centred=not own)


def _called(function: Any, shape: tuple[int, int, int]) -> Any:
    takes = [
        p
        for p in inspect.signature(function).parameters.values()
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    return function(shape) if takes and takes[0].default is inspect.Parameter.empty else function()


def _named(name: str, channels: int) -> nn.Module:
    """torchvision's or timm's model of this name without pretrained weights and classifier."""
    if name in _torchvision_names():
        if channels != 3:
            raise ValueError(f"torchvision's models want 3 channels, and these images have {channels}")
        model: Any = _imported("torchvision.models").get_model(name, weights=None)
        for last in ("fc", "classifier", "heads", "head"):  # what torchvision calls it, by architecture
            if isinstance(getattr(model, last, None), nn.Module):
                setattr(model, last, nn.Identity())
                return model
        raise ValueError("this model of torchvision has no classifier to take off; use module:function")
    return _imported("timm").create_model(name, pretrained=False, num_classes=0, in_chans=channels)


def _known() -> list[str]:
    timm = _imported("timm")
    return [*_torchvision_names(), *(timm.list_models() if timm else [])]


def _torchvision_names() -> list[str]:
    models = _imported("torchvision.models")
    return models.list_models(module=models) if models else []


def _imported(name: str) -> Any:
    """A library, None where it is not installed, or is built for another torch (which raises what it will)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(name)
    except Exception:  # noqa: BLE001
        return None


def _function(name: str) -> Any:
    """The function of "module:function"; modules are looked for in the current folder too."""
    module_name, _, function_name = name.partition(":")
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        with _asking(name):
            module: ModuleType = importlib.import_module(module_name)
    finally:
        sys.path.remove(here)
    function = getattr(module, function_name, None)
    if not callable(function):
        known = [each for each in vars(module) if callable(getattr(module, each)) and not each.startswith("_")]
        near = difflib.get_close_matches(function_name, known, n=1)
        raise ValueError(
            f"encoder.name: {module_name} has no function {function_name!r}" + (f"; nearest: {near[0]}" if near else "")
        )
    return function


@contextmanager
def _asking(name: str) -> Iterator[None]:
    """What somebody else's code raises, as one sentence. name: the encoder's, and what it was asked of it."""
    try:
        yield
    except Exception as error:
        said = " ".join(str(error).split()) or "no message"
        prefix = "" if said.startswith("encoder.name") else f"encoder.name: {name}: "
        kind = "" if isinstance(error, ValueError) else f"{type(error).__name__}: "
        raise ValueError(f"{prefix}{kind if prefix else ''}{said}") from error
