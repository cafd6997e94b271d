"""The one judgement: from what was measured to the words of the table, by pure functions.

The control is the same check told to be wrong, in the way that the claim's label says; a claim whose control is not refuted is
OPEN, whatever its own numbers say. The positive control is the same check on data into which an effect was planted; it must
find it, or "not seen" would say nothing.

Two judgements. The verdict is on the claim as its source states it: a smaller setting can support a paper's empirical claim,
never refute it. `here` says what was seen in that setting.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from contrastive_claims.experiments.ledger.vocabulary import (
    CERTIFIED,
    EMPIRICAL,
    HOLDS,
    LEVEL,
    NO_EFFECT,
    NOT_RUN,
    NOT_SEEN,
    OPEN,
    PROOF,
    PROVED,
    REFUTED,
    RELATIONS,
    REVERSED,
    SEEN,
    STATISTICAL,
    SUPPORTED,
    Claim,
    Criterion,
    Quantity,
)
from contrastive_claims.theory.harms.intervals import holm, noise_p_value


@dataclass(frozen=True)
class Measured:
    """All that a verdict is derived from. `recheck`: what theory.certify said of the stored certificate, None without one;
    `control_recheck`: whether it accepted the control's; `planted`: the positive control's numbers, None where there is none;
    `proved`: whether a proof kernel checked the whole statement."""

    numbers: Mapping[str, Quantity]
    control: Mapping[str, Quantity]
    planted: Mapping[str, Quantity] | None = None
    recheck: bool | None = None
    control_recheck: bool = False
    proved: bool = False


@dataclass(frozen=True)
class Judgement:
    """The verdict with its reason; `rejected`: the control; `here`: of an empirical claim; `found`: the positive control."""

    verdict: str
    reason: str
    rejected: bool
    here: str = ""
    found: bool | None = None


def judge_together(
    criteria: tuple[Criterion, ...], numbers: Mapping[str, Quantity], looks: int = 1
) -> dict[str, bool | None]:
    """Each criterion by its text: met, broken, or None (undecided).

    Those on means over seeds are judged together: two-sided p-values against their bounds, Holm's adjustment over all of
    them, at LEVEL / looks. Any other is judged by its interval, which a check makes at the level that it states.
    """
    judged = {str(criterion): criterion.judge(numbers) for criterion in criteria}
    noisy = [criterion for criterion in criteria if numbers[criterion.quantity].noise is not None]
    if not noisy:
        return judged
    p_values = []
    for criterion in noisy:
        quantity = numbers[criterion.quantity]
        assert quantity.noise is not None
        p_values.append(float(noise_p_value(quantity.value - criterion.bound, *quantity.noise)))
    for criterion, adjusted in zip(noisy, holm(p_values), strict=True):
        on_its_side = RELATIONS[criterion.relation](numbers[criterion.quantity].value, criterion.bound)
        judged[str(criterion)] = on_its_side if adjusted <= LEVEL / looks else None
    return judged


def verdict(claim: Claim, measured: Measured) -> Judgement:
    """The judgement on a claim from what was measured, and from nothing else.

    A claim is decided only if the same criteria refute its control, which may leave out numbers that do not tell it apart, and
    nothing is decided beside a certificate that fails. It is refuted when a criterion is broken; an empirical claim of a paper
    never is. CERTIFIED needs a re-checked certificate, PROVED beside it a kernel's proof of the whole statement.
    """
    judged = judge_together(claim.criteria, measured.numbers, claim.looks)
    of_control = [criterion for criterion in claim.criteria if criterion.quantity in measured.control]
    broken_by_control = False in judge_together(tuple(of_control), measured.control, claim.looks).values()
    rejected = broken_by_control and not measured.control_recheck
    found = None
    if measured.planted is not None:
        told = tuple(criterion for criterion in claim.criteria if criterion.quantity in measured.planted)
        found = bool(told) and set(judge_together(told, measured.planted, claim.looks).values()) == {True}
    here = OPEN if claim.method == EMPIRICAL else ""
    if not rejected:
        return Judgement(OPEN, f"the control {claim.control!r} was not rejected", False, here, found)
    if measured.recheck is False:
        return Judgement(OPEN, "the stored certificate failed its re-check", True, here, found)
    if claim.method == EMPIRICAL:
        return _of_an_empirical_claim(claim, measured, judged, found)
    if broken := [name for name, met in judged.items() if met is False]:
        if found is False:
            return Judgement(OPEN, f"the positive control {claim.planted!r} was not found", True, here, found)
        reason = "broken: " + ", ".join(broken) + (" (witness re-checked)" if measured.recheck else "")
        return Judgement(REFUTED, reason + (", in the proof kernel too" if measured.proved else ""), True, here, found)
    if undecided := [name for name, met in judged.items() if met is None]:
        return Judgement(OPEN, "undecided: " + ", ".join(undecided), True, here, found)
    if claim.method != PROOF:
        return Judgement(HOLDS, "every criterion met", True, here, found)
    if not measured.recheck:
        return Judgement(HOLDS, "every criterion met, without a stored certificate", True, here, found)
    if measured.proved:
        return Judgement(PROVED, "proved in the kernel; certificate re-checked", True, here, found)
    return Judgement(CERTIFIED, "certificate re-checked", True, here, found)


def _of_an_empirical_claim(
    claim: Claim, measured: Measured, judged: Mapping[str, bool | None], found: bool | None
) -> Judgement:
    """SUPPORTED where it is seen, else OPEN; `here` says what was seen."""
    smaller = [str(size) for size in claim.published if size.judge(measured.numbers) is False]
    size = f"; smaller than published ({', '.join(smaller)})" if smaller else ""
    reversed_ = [
        str(criterion)
        for criterion in claim.criteria
        if judged[str(criterion)] is False
        and criterion.bound in NO_EFFECT
        and measured.numbers[criterion.quantity].noise is not None
    ]
    if reversed_:
        return Judgement(OPEN, "reversed here: " + ", ".join(reversed_), True, REVERSED, found)
    unmet = [name for name, met in judged.items() if not met]
    if not unmet:
        return Judgement(SUPPORTED, "every criterion met" + size, True, SEEN, found)
    if found and smaller and len(smaller) == len(claim.published):
        return Judgement(OPEN, "not seen here: " + ", ".join(unmet) + size, True, NOT_SEEN, found)
    return Judgement(OPEN, "undecided: " + ", ".join(unmet) + size, True, OPEN, found)


def moved(claim: Claim, before: Mapping[str, Quantity], now: Mapping[str, Quantity]) -> dict[str, float]:
    """Which numbers of a record differ from the committed one by more than claim.drift, and by how much: the largest difference
    of value and ends, as a share of the number's size or its interval's, 1 at least. A number that is new or gone is inf."""
    found = {}
    for name in dict.fromkeys((*before, *now)):
        if name not in before or name not in now:
            found[name] = math.inf
            continue
        old, new = before[name], now[name]
        size = max(1.0, abs(old.value), old.high - old.low)
        by = max(abs(a - b) for a, b in ((old.value, new.value), (old.low, new.low), (old.high, new.high))) / size
        if by > claim.drift:
            found[name] = by
    return found


def weakened(claim: Claim, before: str, now: str) -> bool:
    """Whether a recorded verdict weakened or flipped.

    PROVED and CERTIFIED may not become anything else (PROVED falls back on CERTIFIED where the proofs have changed and wait for
    the kernel), nor may a numerical HOLDS or REFUTED, except by being CERTIFIED or PROVED; a statistical or empirical claim may
    drift to OPEN, or not be run where its data is absent, but not flip. A claim about a package is not run where that is absent.
    """
    if before not in (PROVED, CERTIFIED, HOLDS, SUPPORTED, REFUTED) or now == before:
        return False
    if (before, now) in ((HOLDS, CERTIFIED), (HOLDS, PROVED), (CERTIFIED, PROVED), (PROVED, CERTIFIED)):
        return False
    if claim.packages and now == NOT_RUN:
        return False
    return not (claim.method in (STATISTICAL, EMPIRICAL) and now in (OPEN, NOT_RUN))


def flipped(before: str, now: str) -> bool:
    """Whether what was seen of an empirical claim was turned round."""
    return {before, now} == {SEEN, REVERSED}
