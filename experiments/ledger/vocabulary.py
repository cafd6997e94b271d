"""The ledger's vocabulary and its one judgement: claims, evidence, criteria, and the pure function `verdict`.

A check returns measured evidence and never chooses the verdict. The control is the same check told to be wrong, in the way
that the claim's label says; a claim whose control is not refuted is INCONCLUSIVE, whatever its own numbers say.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

CERTIFIED, HOLDS, REFUTED, INCONCLUSIVE = "CERTIFIED", "HOLDS", "REFUTED", "INCONCLUSIVE"
NOT_RUN, ERROR = "NOT_RUN", "ERROR"
SCALES = ("quick", "standard", "paper")
PROOF, NUMERICAL, STATISTICAL, READING = "proof", "numerical", "statistical", "reading"

RELATIONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Quantity:
    """A measured number with its interval; an exact number has low = value = high.

    Raises ValueError if a field is not finite or the value lies outside [low, high].
    """

    value: float
    low: float
    high: float
    unit: str = ""

    def __post_init__(self) -> None:
        if not all(math.isfinite(x) for x in (self.value, self.low, self.high)):
            raise ValueError(f"quantity must be finite, got {self.value} [{self.low}, {self.high}]")
        if not self.low <= self.value <= self.high:
            raise ValueError(f"quantity {self.value} lies outside its interval [{self.low}, {self.high}]")

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
        return f"{self.quantity} {self.relation} {self.bound:g}"


def met(*texts: str) -> tuple[Criterion, ...]:
    """Criteria from "quantity relation bound" texts. Raises ValueError for what Criterion refuses."""
    parts = [text.split() for text in texts]
    return tuple(Criterion(quantity, relation, float(bound)) for quantity, relation, bound in parts)


@dataclass(frozen=True)
class Form:
    """How a claim is decided at the standard scale, where that is more than a larger run of the same check: fields as in
    Claim, which they replace there."""

    hypotheses: str
    criteria: tuple[Criterion, ...]
    check: str
    control: str
    figure: str
    data: tuple[str, ...]
    presets: tuple[str, ...]


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
    figure: str = ""  # "module:function"
    data: tuple[str, ...] = ()
    presets: tuple[str, ...] = ()
    share: float = 1.0  # seconds of one core that the quick scale may cost, for the longest-first order
    pending: str = "no check yet"
    standard: Form | None = None

    def at(self, scale: str) -> Claim:
        """The claim as it is decided at a scale: without a check where it has no form there."""
        if scale == "quick":
            return self
        if scale == "standard" and (form := self.standard) is not None:
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
    data: Mapping[str, str] = field(default_factory=dict)  # data set -> checksum
    models: tuple[str, ...] = ()  # the records of trained models that it was drawn from, by file name


@dataclass(frozen=True)
class Run:
    """What a check is told: whether to be wrong (as the control), how large, where, and how to report.

    `store` is a folder where costly parts (trained models) may be kept between runs; `progress(done, total, what)`.
    """

    control: bool = False
    scale: str = "quick"
    device: str = "cpu"
    store: Path | None = None
    progress: Callable[[int, int, str], None] = lambda done, total, what: None


def verdict(
    claim: Claim,
    numbers: Mapping[str, Quantity],
    control: Mapping[str, Quantity],
    recheck: bool | None,
    control_recheck: bool,
) -> tuple[str, str, bool]:
    """(verdict, reason, control rejected) from what was measured, and from nothing else.

    `recheck`: what theory.certify said of the stored certificate, None if there is none; `control_recheck`: whether it
    accepted the control's certificate. A claim is refuted when one criterion is broken on its whole interval; it is decided
    only if the same criteria refute its control, which may leave out numbers that do not tell it apart; it is CERTIFIED only by
    a re-checked certificate, and nothing at all is decided beside a certificate that fails.
    """
    judged = {str(criterion): criterion.judge(numbers) for criterion in claim.criteria}
    of_control = [criterion.judge(control) for criterion in claim.criteria if criterion.quantity in control]
    rejected = not control_recheck and False in of_control
    if not rejected:
        return INCONCLUSIVE, f"the control {claim.control!r} was not rejected", False
    if recheck is False:
        return INCONCLUSIVE, "the stored certificate failed its re-check", True
    if broken := [name for name, met in judged.items() if met is False]:
        return REFUTED, "broken: " + ", ".join(broken) + (" (witness re-checked)" if recheck else ""), True
    if undecided := [name for name, met in judged.items() if met is None]:
        return INCONCLUSIVE, "undecided: " + ", ".join(undecided), True
    if claim.method != PROOF:
        return HOLDS, "every criterion met", True
    if not recheck:
        return HOLDS, "every criterion met, without a stored certificate", True
    return CERTIFIED, "certificate re-checked", True


def weakened(claim: Claim, before: str, now: str) -> bool:
    """Whether a recorded verdict weakened or flipped.

    CERTIFIED may not become anything else, nor may a numerical HOLDS or REFUTED, except by being CERTIFIED; a statistical
    claim may drift to INCONCLUSIVE, or not be run where its data is absent, but not flip.
    """
    if before not in (CERTIFIED, HOLDS, REFUTED) or now == before or (before, now) == (HOLDS, CERTIFIED):
        return False
    return not (claim.method == STATISTICAL and now in (INCONCLUSIVE, NOT_RUN))
