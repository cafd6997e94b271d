"""MODEL.toml: a block model, or paper A's biased groups, with what to compute of it. Unknown keys are refused."""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from contrastive_claims.theory.blockmodel import BlockModel, biased_model

EXAMPLES = Path(__file__).parent / "examples"
SHARE, ALPHA = re.compile(r"share_(\d+)"), re.compile(r"alpha_(\d)(\d)|alpha_(\d+)_(\d+)")
OF_BIASED = ("rho", "within", "beta", "gamma", "delta")
OF_GRAPHS, OF_SUPERVISED = ("nodes", "dimension"), ("epsilon", "samples")
WHOLE = ("nodes", "dimension", "samples")

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Probability = Annotated[float, Field(ge=0, le=1)]
Whole = Annotated[int, Field(ge=0)]


class Section(BaseModel):
    """Unknown keys are refused, numbers are not guessed from text, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Biased(Section):
    """Paper A's groups (class y, bias b) in place of shares and connectivity: rho of each class has its own bias; nodes are
    joined with probability within (same class and bias), beta (same bias), gamma (same class), delta (neither)."""

    rho: Annotated[float, Field(gt=0, lt=1)]
    within: Probability
    beta: Probability
    gamma: Probability
    delta: Probability = 0.0
    classes: Annotated[int, Field(ge=2, le=8)] = 2


class Graphs(Section):
    """Finite graphs: so many nodes, in blocks of sizes nearest to the shares; a dimension; graphs of `seeds` seeds from
    `first_seed` on."""

    nodes: Annotated[int, Field(ge=2, le=100_000)]
    dimension: Annotated[int, Field(ge=2)] = 10
    seeds: Annotated[int, Field(ge=2)] = 5
    first_seed: Whole = 0


class Supervised(Section):
    """Paper A's losses of the classes (blocks, or the classes of biased groups) as labels, every embedding free."""

    loss: Literal["eps-sup-infonce", "eps-sup-con"] = "eps-sup-infonce"
    epsilon: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    samples: Annotated[int, Field(ge=4)] = 1000


class Model(Section):
    """One point: what MODEL.toml says, or what a sweep made of it. shares [K] and connectivity [K, K], or biased."""

    title: str = ""
    names: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()
    connectivity: tuple[tuple[float, ...], ...] = ()
    biased: Biased | None = None
    temperature: Positive = 1.0
    graphs: Graphs | None = None
    supervised: Supervised | None = None

    @field_validator("title", "names")
    @classmethod
    def _are_words(cls, texts: str | tuple[str, ...]) -> str | tuple[str, ...]:
        """A terminal obeys control characters, and no SVG may hold them."""
        if wrong := [text for text in ((texts,) if isinstance(texts, str) else texts) if not text.isprintable()]:
            raise ValueError(f"{wrong[0]!r} holds control characters")
        return texts

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.biased is None) == (not self.shares and not self.connectivity):
            raise ValueError("give either shares and connectivity, or a section [biased]")
        for k, row in enumerate(self.connectivity):
            if len(row) != len(self.shares):
                raise ValueError(f"connectivity: row {k + 1} has {len(row)} entries for {len(self.shares)} shares")
        try:
            blocks = self.block_model.blocks
        except ValueError as error:
            raise ValueError(str(error).replace("proportions", "shares")) from None
        if self.names and len(self.names) != blocks:
            raise ValueError(f"names: {len(self.names)} for {blocks} blocks")
        if len(set(self.names)) < len(self.names):
            raise ValueError("names: two blocks have one name")
        return self

    @property
    def block_model(self) -> BlockModel:
        """The blocks. Raises ValueError, naming the entry, as BlockModel."""
        if (b := self.biased) is not None:
            return biased_model(b.rho, b.within, b.beta, b.gamma, b.delta, b.classes)
        return BlockModel(self.shares, self.connectivity)

    @property
    def block_names(self) -> tuple[str, ...]:
        """The blocks' names: given, "class 1 bias 2", or numbers from 1."""
        if self.names:
            return self.names
        if self.biased is not None:
            k = range(self.biased.classes)
            return tuple(f"class {y + 1} bias {b + 1}" for y in k for b in k)
        return tuple(str(k + 1) for k in range(len(self.shares)))


def read(name: str) -> Model:
    """The model in a file, or an example by its name. Raises ValueError: one sentence that names the file and the field."""
    path = Path(name)
    if not path.exists():
        example = EXAMPLES / f"{name.removesuffix('.toml')}.toml"
        if not example.exists():
            examples = [one.stem for one in sorted(EXAMPLES.glob("*.toml"))]
            near = difflib.get_close_matches(name, examples, n=1, cutoff=0.5) or examples
            raise ValueError(f"{name}: no such file, nor an example ({', '.join(near)})")
        path = example
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"{path}: is no TOML file ({error})") from error
    except OSError as error:
        raise ValueError(f"{path}: cannot be read ({error.strerror})") from error
    if not content:
        raise ValueError(f"{path}: is empty")
    try:
        return Model.model_validate(_read_numbers(content))
    except OverflowError as error:
        raise ValueError(f"{path}: a whole number is too large for a float") from error
    except ValidationError as error:
        raise ValueError(
            f"{path}: {'; '.join(_sentence(fault) for fault in error.errors(include_url=False))}"
        ) from None


def summaries() -> list[tuple[str, str]]:
    """Every example with the first line of its header."""
    return [
        (path.stem, path.read_text("utf-8").partition("\n")[0].lstrip("# ")) for path in sorted(EXAMPLES.glob("*.toml"))
    ]


def parameters(model: Model) -> list[str]:
    """The names that a sweep may change in this model."""
    blocks = model.block_model.blocks
    names = ["temperature"]
    if model.biased is not None:
        names += OF_BIASED
    else:
        names += [f"share_{k + 1}" for k in range(blocks)]
        names += [alpha_name(k, m, blocks) for k in range(blocks) for m in range(k, blocks)]
    return names + list(OF_GRAPHS if model.graphs else ()) + list(OF_SUPERVISED if model.supervised else ())


def alpha_name(k: int, m: int, blocks: int) -> str:
    """The name of the connection of blocks k and m (from 0): alpha_12, or alpha_1_12 where blocks have two digits."""
    return f"alpha_{k + 1}{m + 1}" if blocks < 10 else f"alpha_{k + 1}_{m + 1}"


def with_value(model: Model, name: str, value: float) -> Model:
    """The model with one parameter changed: a share (the others keep their proportions), a connection both ways, or a field.

    Raises ValueError naming the parameter, for a name that this model lacks and for a value that it cannot have.
    """
    known = parameters(model)
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
        told = f"nearest: {', '.join(near)}" if near else f"it has: {', '.join(known)}"
        raise ValueError(f"{name}: this model has no such parameter; {told}")
    if name in WHOLE and value != int(value):
        raise ValueError(f"{name} = {value:g}: a whole number is needed")
    number: Any = int(value) if name in WHOLE else float(value)
    content: dict[str, Any] = model.model_dump()
    if found := SHARE.fullmatch(name):
        content["shares"] = _with_share(model.shares, int(found[1]) - 1, number)
    elif found := ALPHA.fullmatch(name):
        k, m = (int(digit) - 1 for digit in found.groups() if digit is not None)
        alpha = [list(row) for row in model.connectivity]
        alpha[k][m] = alpha[m][k] = number
        content["connectivity"] = tuple(map(tuple, alpha))
    elif name == "temperature":
        content["temperature"] = number
    else:
        section = "biased" if name in OF_BIASED else "graphs" if name in OF_GRAPHS else "supervised"
        content[section][name] = number
    try:
        return Model.model_validate(content)
    except ValidationError as error:
        raise ValueError(f"{name} = {value:g}: {_sentence(error.errors(include_url=False)[0])}") from None


def _with_share(shares: tuple[float, ...], k: int, share: float) -> tuple[float, ...]:
    if not 0 < share < 1:
        raise ValueError(f"share_{k + 1} = {share:g}: a share lies strictly between 0 and 1")
    rest = np.array(shares) * (1 - share) / (1 - shares[k])
    rest[k] = share
    return tuple(float(one) for one in rest / rest.sum())


def _read_numbers(value: Any, key: str = "") -> Any:
    """TOML's lists as tuples, and whole numbers as floats where a float is meant, which strict validation would refuse."""
    if isinstance(value, dict):
        return {name: _read_numbers(part, name) for name, part in value.items()}
    if isinstance(value, list):
        return tuple(_read_numbers(part, key) for part in value)
    whole = key in ("nodes", "dimension", "seeds", "first_seed", "samples", "classes")
    return float(value) if isinstance(value, int) and not isinstance(value, bool) and not whole else value


def _sentence(fault: Any) -> str:
    key = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "missing":
        return f"{key} is missing"
    if fault["type"] == "extra_forbidden":
        sections: dict[str, type[BaseModel]] = {"": Model, "biased": Biased, "graphs": Graphs, "supervised": Supervised}
        section, _, last = key.rpartition(".")
        near = difflib.get_close_matches(last, list(sections.get(section, Model).model_fields), n=1)
        return f"unknown key {key}" + (f" (did you mean {near[0]}?)" if near else "")
    if fault["type"] == "value_error":
        return f"{key}: {fault['ctx']['error']}" if key else str(fault["ctx"]["error"])
    return f"{key}: {fault['msg'][0].lower()}{fault['msg'][1:]}, got {fault['input']!r}"
