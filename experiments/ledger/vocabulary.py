"""The ledger's vocabulary: claims, criteria, evidence, and what each word of the table says. Plain data.

A check returns measured evidence and never chooses the verdict (experiments.ledger.judgement derives it).
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

PROVED, CERTIFIED, HOLDS, SUPPORTED = "PROVED", "CERTIFIED", "HOLDS", "SUPPORTED"
REFUTED, OPEN, NOT_RUN, ERROR = "REFUTED", "OPEN", "NOT_RUN", "ERROR"
VERDICTS: dict[str, str] = {  # what each word says, for README, table and help
    PROVED: "the whole statement is a theorem that a proof kernel has checked (`claims prove`)",
    CERTIFIED: "a stored certificate, re-checked at every run, concludes what its specification demands",
    HOLDS: "at the points tried: an optimum with its duality gap, an identity within tolerance, an interval",
    SUPPORTED: "a paper's empirical claim, seen here in a smaller setting",
    REFUTED: "an exact witness or certified optima against it; for a claim of ours, an interval may be",
    OPEN: "not decided, for the reason given",
    NOT_RUN: "no check yet, or its data, a package or a GPU is not here",
    ERROR: "the check raised",
}
SEEN, NOT_SEEN, REVERSED = "SEEN", "NOT SEEN", "REVERSED"
HERE: dict[str, str] = {  # what each word says of a paper's empirical claim in the setting named beside it
    SEEN: "every criterion is met",
    NOT_SEEN: "the intervals leave out every published size, and the same check finds a planted effect of that size",
    REVERSED: "an interval lies beyond no effect, on the other side",
    OPEN: "not decided",
}
SCALES = ("quick", "standard", "paper")
PROOF, NUMERICAL, STATISTICAL, EMPIRICAL, READING = "proof", "numerical", "statistical", "empirical", "reading"
NO_EFFECT = (
    0.0,
    1.0,
)  # the bounds of empirical criteria that mean no effect: of a difference, and of a ratio such as RH
LEVEL = 0.05  # of all criteria and all looks of a claim together

RELATIONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Quantity:
    """A measured number with its interval; an exact number has low = value = high.

    `noise`, of a mean over seeds: its variance over seeds, that over shared test points, degrees of freedom; with it several
    criteria are judged together. Raises ValueError if a field is not finite, the value lies outside [low, high], a variance is
    negative or there is no degree of freedom.
    """

    value: float
    low: float
    high: float
    unit: str = ""
    noise: tuple[float, float, int] | None = None  # of a mean over seeds: see theory.harms.intervals.p_value

    def __post_init__(self) -> None:
        if not all(math.isfinite(x) for x in (self.value, self.low, self.high)):
            raise ValueError(f"quantity must be finite, got {self.value} [{self.low}, {self.high}]")
        if not self.low <= self.value <= self.high:
            raise ValueError(f"quantity {self.value} lies outside its interval [{self.low}, {self.high}]")
        if self.noise is not None and not (all(0 <= v < math.inf for v in self.noise[:2]) and self.noise[2] >= 1):
            raise ValueError(f"noise must be two variances and degrees of freedom, got {self.noise}")

    @classmethod
    def exact(cls, value: float, unit: str = "") -> Quantity:
        """A number without an interval (a measured optimum, a count)."""
        return cls(float(value), float(value), float(value), unit)


@dataclass(frozen=True)
class Criterion:
    """`quantity relation bound`: met when the whole interval satisfies it, broken when none of it does."""

    quantity: str
    relation: str
    bound: float

    def __post_init__(self) -> None:
        if self.relation not in RELATIONS:
            raise ValueError(f"relation must be one of {', '.join(RELATIONS)}, got {self.relation!r}")

    def judge(self, numbers: Mapping[str, Quantity]) -> bool | None:
        """True (met), False (broken) or None (the interval straddles the bound)."""
        quantity, relation = numbers[self.quantity], RELATIONS[self.relation]
        ends = (relation(quantity.low, self.bound), relation(quantity.high, self.bound))
        return ends[0] if ends[0] == ends[1] else None

    def __str__(self) -> str:
        short = f"{self.bound:g}"  # two bounds that differ have two texts: criteria are judged and declared by theirs
        return f"{self.quantity} {self.relation} {short if float(short) == self.bound else repr(float(self.bound))}"


def met(*texts: str) -> tuple[Criterion, ...]:
    """Criteria from "quantity relation bound" texts. Raises ValueError for what Criterion refuses."""
    parts = [text.split() for text in texts]
    return tuple(Criterion(quantity, relation, float(bound)) for quantity, relation, bound in parts)


@dataclass(frozen=True)
class Form:
    """How a claim is decided at the standard scale, or at the papers' own size: fields as in Claim, which they replace
    there."""

    hypotheses: str
    criteria: tuple[Criterion, ...]
    check: str
    control: str
    figure: str
    data: tuple[str, ...]
    presets: tuple[str, ...]
    setting: str = ""
    planted: str = ""
    looks: int = 1
    published: tuple[Criterion, ...] = ()


@dataclass(frozen=True)
class Claim:
    """One claim of a paper (or of ours), and how it is decided. A claim without a check is listed, never run."""

    id: str
    source: str
    statement: str
    hypotheses: str = ""
    method: str = NUMERICAL
    criteria: tuple[Criterion, ...] = ()
    check: str = ""  # "module:function"
    control: str = ""  # what is wrong about the control, in words: the same check must refute it
    setting: str = ""  # where an empirical claim was looked at, in about five words
    planted: str = ""  # the positive control: what is planted, in words; the same check must find it
    looks: int = 1  # how often the interval was looked at, as seeds were added: they share LEVEL
    published: tuple[
        Criterion, ...
    ] = ()  # the size that the source prints: never decides, says "smaller than published"
    figure: str = ""  # "module:function"
    data: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()  # distributions beside this one's own that decide it; NOT_RUN where one is absent
    presets: tuple[str, ...] = ()
    share: float = 1.0  # seconds of one core that the quick scale may cost, for the longest-first order
    drift: float = 1e-6  # up to which a number counts as the committed one on another processor: see `moved`
    pending: str = "no check yet"
    standard: Form | None = None
    paper: Form | None = None

    def at(self, scale: str) -> Claim:
        """The claim as it is decided at a scale: without a check where it has no form there."""
        if scale == "quick":
            return self
        form = {"standard": self.standard, "paper": self.paper}[scale]
        if form is not None:
            return replace(self, **{part.name: getattr(form, part.name) for part in fields(form)})
        return replace(self, check="", pending=f"no form at scale {scale}")

    @property
    def scales(self) -> tuple[str, ...]:
        """The scales at which the claim has a form."""
        return tuple(scale for scale in SCALES if self.at(scale).check)


@dataclass(frozen=True)
class Evidence:
    """What a check measured. `certificate` is strict JSON for theory.certify; `witness` says what refutes, if any."""

    numbers: Mapping[str, Quantity]
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    seeds: tuple[int, ...] = ()
    certificate: dict[str, Any] | None = None
    witness: str = ""
    data: Mapping[str, str] = field(default_factory=dict)  # beside the claim's own: data set -> checksum or version
    models: tuple[str, ...] = ()  # the records of trained models that it was drawn from, by file name


@dataclass(frozen=True)
class Run:
    """What a check is told: whether to be wrong (as the control), whether to plant the effect (as the
    positive control), how large, where, and how to report.

    `store` is a folder where costly parts (trained models) may be kept between runs; `progress(done, total, what)`; `stop`:
    asked between the steps of a training, which True ends behind a checkpoint (training.stopping.Stopped).
    """

    control: bool = False
    planted: bool = False
    scale: str = "quick"
    device: str = "cpu"
    store: Path | None = None
    progress: Callable[[int, int, str], None] = lambda done, total, what: None
    stop: Callable[[], bool] = lambda: False


class NotRunHere(Exception):
    """What a check needs is more than this machine gives; the message says what, and what it would cost (NOT_RUN)."""
