"""Presets: everything that one training run depends on besides its seed, from experiments/presets/*.toml."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

SHORT_NUMBER = re.compile(r"[+-]?(\.[0-9]+|[0-9]+\.)([eE][+-]?[0-9]+)?")
OWN = "own"  # the name of the data of presets for images of one's own, which need a path
CLASSIFIERS = ("cross-entropy", "bias-balanced")  # methods whose head is a linear classifier
LITE0 = "efficientnet-lite0"
RESIDUAL = ("resnet18", "resnet34", "resnet50")
ENCODERS = ("convnet", "simple-convnet", *RESIDUAL, LITE0)
FOLDER = Path(__file__).parent.parent / "presets"

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Size = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, lt=1)]
Probability = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]
Whole = Annotated[int, Field(ge=0)]


class Section(BaseModel):
    """Unknown keys are refused, numbers are not guessed from text, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Undersample(Section):
    """Of class `target` one sample in `factor` stays in the training set; of its samples with one `attribute` alone, where
    that is given (the number of a value of the bias)."""

    target: Whole
    factor: Annotated[float, Field(ge=1, allow_inf_nan=False)]
    attribute: Whole | None = None


class Bias(Section):
    """An attribute put on the training set on purpose: the class's own with probability `rho`, else another."""

    kind: Literal["colour", "corruption"]
    rho: Probability
    shuffled: bool = False  # control: the recorded attributes are permuted, the images stay


class Data(Section):
    """What is trained on: a known set's `name`, or images of one's own at `path` (experiments.data.own), whose columns
    `image`, `label` and `attribute` name where they are a table ("": the usual names; `bias` with plain text is `attribute`);
    `table` is the file of attributes beside class folders ("": the one in their folder).
    `held_out_per_class` belongs to sets without a test split of their own (digits)."""

    name: str
    path: str = ""
    image: str = ""
    label: str = ""
    attribute: str = ""
    table: str = ""
    size: Whole = 0  # side of the images in pixels, of one's own; 0: they have one size already
    fit: Literal["crop", "stretch"] = "crop"
    skip_corrupt: bool = False
    held_out_per_class: Whole = 0
    per_class: Whole = 0  # training samples kept of every class before undersampling; 0: all
    classes: tuple[Whole, ...] = ()  # the classes kept, renumbered from 0 in this order; none named: all
    undersample: Undersample | None = None
    bias: Bias | None = None
    # balanced: every class is drawn alike, rare ones repeatedly; stratified: every batch holds the classes in their shares
    sampling: Literal["uniform", "balanced", "stratified"] = "uniform"

    @model_validator(mode="before")
    @classmethod
    def _column(cls, content: Any) -> Any:
        if isinstance(content, dict) and isinstance(content.get("bias"), str):
            return {**content, "bias": None, "attribute": content["bias"]}
        return content

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (
            not self.path
            and self.name != OWN
            and (self.image or self.label or self.attribute or self.table or self.size or self.skip_corrupt)
        ):
            raise ValueError(
                "image, label, bias=COLUMN, table, size and skip_corrupt belong to images of your own: --data PATH"
            )
        if self.attribute and self.bias is not None:
            raise ValueError("either a column of attributes or a bias put on purpose, not both")
        rare = self.undersample
        if rare is not None and rare.attribute is not None and not self.attribute and self.bias is None:
            raise ValueError("undersample.attribute needs attributes: data.bias=COLUMN, or a bias put on purpose")
        return self


class Encoder(Section):
    """The network: one of ours, or module:function, or a name that torchvision or timm knows (experiments.training.foreign).
    `widths`, `dimension`: of the small ConvNet only, whose features they are; `head`: widths of the projection's layers, ()
    for none, so that the loss compares the features themselves. Of efficientnet-lite0 only (experiments.training.pretrained):
    `weights` that it begins from, "" for fresh ones; `size`, the side that images are resized to before it, 0 for none; `frozen`:
    how many of its 18 parts, from the front, stay as they begin. Of our residual networks only: `stem`, the first layers,
    small (3 x 3, stride 1, no pooling) or large (7 x 7, stride 2, max-pooling), or by the images' size (`encoders.LARGE`)."""

    name: str
    widths: tuple[Count, ...] = ()
    dimension: Whole = 0
    norm: Literal["batch", "group"] = "batch"
    head: tuple[Count, ...] = ()
    stem: Literal["by-size", "small", "large"] = "by-size"
    weights: Literal["", "imagenet"] = ""
    size: Whole = 0
    frozen: Annotated[int, Field(ge=0, le=18)] = 0

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.name == "convnet") != bool(self.widths) or (self.name == "convnet") != (self.dimension >= 2):
            raise ValueError("widths and dimension (2 or more) belong to the convnet, and it needs both")
        if self.name not in ENCODERS[:-1] and self.norm != "batch":
            raise ValueError(f"norm belongs to the encoders {', '.join(ENCODERS[:-1])}; {self.name} has its own")
        if self.name != LITE0 and (self.weights or self.size or self.frozen):
            raise ValueError(f"weights, size and frozen belong to {LITE0}, not to {self.name}")
        if self.stem != "by-size" and self.name not in RESIDUAL:
            raise ValueError(f"stem belongs to {', '.join(RESIDUAL)}, not to {self.name}")
        if self.frozen and not self.weights:
            raise ValueError("frozen wants weights to keep")
        return self


class Penalty(Section):
    """A debiasing regulariser, `weight` times theory.margins.fair_kl or .end in one of its variants, or .entangle_disentangle
    (both terms alike) or .bias_contrastive. `terms`: of fair_kl's released variant, those that count
    (theory.margins.released_terms), none named: all; `symmetric`: the KLs both ways (Jeffreys); `variance_floor`: of the KLs,
    where it is not theory's. `layer`: what it acts on, the vectors that the loss compares or the features before the head;
    `view`: all views of a sample, or the first."""

    name: Literal["end", "fair_kl", "entangle", "bias-contrast"]
    variant: Literal["paper", "batch", "released"] = "paper"
    weight: Size
    terms: tuple[
        Literal[
            "positive_means",
            "negative_means",
            "positive_spreads",
            "negative_spreads",
            "pull_conflicting",
            "push_aligned",
        ],
        ...,
    ] = ()
    symmetric: bool = False
    variance_floor: Size | None = None
    layer: Literal["compared", "features"] = "compared"
    view: Literal["all", "first"] = "all"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        released = self.variant == "released"
        if self.name in ("entangle", "bias-contrast") and self.variant != "paper":
            raise ValueError(f"variant belongs to end and fair_kl, not to {self.name}")
        if self.terms and not (self.name == "fair_kl" and released):
            raise ValueError(f"terms belong to the released fair_kl, not to {self.name} ({self.variant})")
        if self.variance_floor is not None and (self.name != "fair_kl" or released):
            raise ValueError(f"variance_floor belongs to a KL, not to {self.name} ({self.variant})")
        if self.symmetric and (self.name != "fair_kl" or released):
            raise ValueError(f"symmetric belongs to a KL, not to {self.name} ({self.variant})")
        return self


class Method(Section):
    """From views to a loss. `epsilon` belongs to the eps losses, `temperature` to all but cross-entropy, bias-balanced and
    SimSiam."""

    name: Literal[
        "cross-entropy", "bias-balanced", "simclr", "simsiam", "bcl", "sup-con", "eps-sup-con", "eps-sup-infonce"
    ]
    temperature: Positive = 0.1
    epsilon: Size = 0.0
    views: Annotated[int, Field(ge=1, le=2)] = 2
    weight: Positive = 1.0  # of the loss beside the penalty (paper A's alpha)
    memory: Share = 0.97  # BCL: how much of a sample's momentum loss stays from one epoch to the next
    class_weights: bool = False  # every class counts alike in the mean over anchors, however rare (reweighting)
    penalty: Penalty | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.name in ("simclr", "simsiam", "bcl") and self.views != 2:
            raise ValueError(f"{self.name} compares two views, so views must be 2")
        if self.epsilon and not self.name.startswith("eps"):
            raise ValueError(f"epsilon belongs to the eps losses, not to {self.name}")
        return self


class Optimiser(Section):
    """Steps. The rate rises linearly over `warm_up` of all steps, then follows a cosine down to `final_rate`, or is
    multiplied by `decay` at each of the epochs `milestones`, or stays."""

    name: Literal["sgd", "adam", "lars"] = "sgd"
    learning_rate: Positive
    momentum: Share = 0.9
    nesterov: bool = False
    weight_decay: Size = 0.0
    schedule: Literal["cosine", "step", "constant"] = "cosine"
    warm_up: Share = 0.0
    final_rate: Size = 0.0
    milestones: tuple[Count, ...] = ()
    decay: Positive = 0.1
    accumulate: Count = 1  # batches whose mean gradient makes one step; each is its own contrast set
    average: Share = 0.0  # the network is the moving average of its weights with this decay per step; 0: the weights

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if bool(self.milestones) != (self.schedule == "step"):
            raise ValueError("milestones belong to the step schedule, which needs them")
        return self


class Augmentation(Section):
    """Strengths of the random changes of a view; 0 switches one off."""

    crop: Share = 0.0  # random resized crop: its area is between this share and all of the image; 0: no crop
    pad: Whole = 0  # random crop of the full size after padding by this many black pixels on every side
    flip: Probability = 0.0  # of a horizontal mirror image
    jitter: Size = 0.0  # brightness, contrast, saturation by .8 of this either way, hue by .2, with probability .8
    grey: Probability = 0.0
    shift: Size = 0.0  # largest shift along each axis, in pixels
    rotation: Size = 0.0  # largest angle, in degrees, either way
    scale: Share = 0.0  # the size is multiplied by 1 - scale to 1 + scale
    shear: Size = 0.0  # largest horizontal shear, either way
    noise: Size = 0.0  # standard deviation of Gaussian noise, on values in [0, 1]


class Preset(Section):
    """One training run. last_batch: what becomes of an epoch's last batch where it is smaller. precision: of the encoder's passes
    (losses are always in float32 or better); "auto" is bfloat16 where the device has instructions for it
    (training.precision). probe: what the linear probe learns from, the training set, or three quarters of the held-out set as
    paper B published it (judged on the rest).
    """

    name: str
    data: Data
    encoder: Encoder
    method: Method
    optimiser: Optimiser
    augmentation: Augmentation = Augmentation()
    epochs: Count
    batch: Annotated[int, Field(ge=2)]
    last_batch: Literal["drop", "keep"] = "drop"
    precision: Literal["float32", "bfloat16", "auto"] = "float32"
    compile: bool = False
    probe: Literal["training-set", "test-split"] = "training-set"


def load_preset(name: str) -> Preset:
    """The preset called `name`. Raises ValueError: an unknown name (with the nearest ones), or anything wrong in the file."""
    known = sorted(path.stem for path in FOLDER.glob("*.toml"))
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.4) or known
        raise ValueError(f"unknown preset {name!r}; nearest: {', '.join(near)}")
    try:
        content = tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))
    except (ValueError, RecursionError) as error:  # no TOML, no UTF-8, too deep
        raise ValueError(f"preset {name!r} is not valid TOML: {error}") from None
    if "name" in content:
        raise ValueError(
            f"preset {name!r}: its name is that of its file; name = {content['name']!r} has no place in it"
        )
    return parse_preset({"name": name, **content})


def summaries() -> list[tuple[str, str]]:
    """Every preset with the first line of its header."""
    return [
        (path.stem, path.read_text("utf-8").partition("\n")[0].lstrip("# ")) for path in sorted(FOLDER.glob("*.toml"))
    ]


def parse_preset(content: dict[str, Any]) -> Preset:
    """A validated preset. Raises ValueError, one sentence with every unknown key, missing key and impossible value."""
    try:
        return Preset.model_validate(_tuples(content))
    except ValidationError as error:
        faults = "; ".join(_sentence(fault) for fault in error.errors(include_url=False))
        raise ValueError(f"preset {content.get('name', '?')!r}: {faults}") from None


def with_settings(preset: Preset, settings: Sequence[str]) -> Preset:
    """The preset with "key=value" settings applied ("augmentation.noise=0.1" reaches a section), validated again.

    Raises ValueError for a setting without "=", a value that is no TOML value, an unknown key, an impossible value.
    """
    content: dict[str, Any] = preset.model_dump()
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals or not key:
            raise ValueError(f"--set takes key=value, got {setting!r}")
        if key == "name":
            raise ValueError(f"--set {setting}: a preset's name is that of its file")
        try:
            value = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            # plain text needs no quotes; the preset's types decide whether it may be text. TOML wants 0.1 for .1 and 1.
            value = float(text) if SHORT_NUMBER.fullmatch(text) else text
        *sections, last = key.split(".")
        target = content
        for section in sections:
            if section in target and target[section] is None:
                target[section] = {}  # an optional section, begun here
            target = target.get(section)
            if not isinstance(target, dict):
                near = _nearest(key)
                raise ValueError(
                    f"--set {setting}: the preset has no section {section!r}"
                    + (f" (did you mean {near}?)" if near else "")
                )
        target[last] = value
        if key == "encoder.name" and value != "convnet":
            target |= {"widths": (), "dimension": 0}  # the convnet's own, which no other encoder has
    return parse_preset(content)


def _tuples(value: Any) -> Any:
    """TOML's lists as the tuples that strict validation wants."""
    if isinstance(value, dict):
        return {key: _tuples(part) for key, part in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list | tuple) else value


SECTIONS: dict[str, type[Section]] = {
    "": Preset, "data": Data, "data.undersample": Undersample, "data.bias": Bias, "encoder": Encoder, "method": Method,
    "method.penalty": Penalty, "optimiser": Optimiser, "augmentation": Augmentation,
}  # fmt: skip


def _nearest(key: str) -> str:
    """The whole key that is meant: the same last part in another section, else the nearest in the same section, else the
    nearest of all; "" for none."""
    known = [f"{section}.{name}".lstrip(".") for section, kind in SECTIONS.items() for name in kind.model_fields]
    section, _, last = key.rpartition(".")
    same = [name for name in known if name.rpartition(".")[2] == last and name not in SECTIONS]
    beside = [name for name in known if name.rpartition(".")[0] == section]
    parts = {name.rpartition(".")[2]: name for name in reversed(known)}
    near = difflib.get_close_matches(key, beside, n=1) or difflib.get_close_matches(last, parts, n=1, cutoff=0.75)
    return (same or [parts.get(name, name) for name in near] or [""])[0]


def _sentence(fault: Any) -> str:
    key = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "missing":
        return f"{key} is missing"
    if fault["type"] == "extra_forbidden":
        near = _nearest(key)
        return f"unknown key {key}" + (f" (did you mean {near}?)" if near else "")
    if fault["type"] == "value_error":
        return f"{key}: {fault['ctx']['error']}"
    return f"{key}: {fault['msg'][0].lower()}{fault['msg'][1:]}, got {fault['input']!r}"
