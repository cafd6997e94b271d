"""Hold a loss to the laws: each on many batches, the smallest that breaks one kept, with a line of code that makes it again.

From Python ``hold(loss)`` (or ``check_loss``, which raises), from pytest ``parametrize_with_laws``, from a shell ``claims laws``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from contrastive_claims.theory.laws.cases import Case
from contrastive_claims.theory.laws.edges import Refused
from contrastive_claims.theory.laws.formulas import FORMS, VIEWS
from contrastive_claims.theory.laws.identity import Finding, identify
from contrastive_claims.theory.laws.laws import BY_NAME, LAWS, Law
from contrastive_claims.theory.laws.loss import Failure, Loss

HELD, BROKEN, NOT_CLAIMED = "held", "broken", "not claimed"
EXAMPLES = 50
ORDINARY = Case(((1, 0), (1, 1), (0, 1), (-1, 1), (-2, 1), (1, -3)), (0, 0, 1, 1, 2, 2))
ORDINARY_VIEWS = Case(ORDINARY.rows, (0, 1, 2, 0, 1, 2))


@dataclass(frozen=True)
class Outcome:
    """What became of a law.

    verdict: held, broken or not claimed. says: why it is not claimed; how it is broken; or, where it is held, that some batches
    were refused. slack: at the smallest batch that breaks it, None where the loss gave no number. case: that batch.
    """

    law: Law
    verdict: str
    says: str = ""
    slack: float | None = None
    case: Case | None = None


@dataclass(frozen=True)
class Report:
    """The loss with what was found of it, and the outcome of every law. declared: the form that it claims to be, if any."""

    loss: Loss
    finding: Finding
    outcomes: tuple[Outcome, ...]
    seed: int
    declared: str | None = None

    @property
    def broken(self) -> tuple[Outcome, ...]:
        """The outcomes of the laws that are broken."""
        return tuple(outcome for outcome in self.outcomes if outcome.verdict == BROKEN)

    @property
    def summary(self) -> str:
        """One line: which loss it is, or what comes nearest."""
        if self.finding.identity is None:
            claimed = f"not {_forms(self.loss)[self.declared].title}" if self.declared else "no loss known here"
            return f"this is {claimed}; {self.finding.nearest}"
        same = f" (on these batches the same as {', '.join(self.finding.others)})" if self.finding.others else ""
        return f"this is {self.finding.identity.summary()}{same}"

    def reproduced_by(self, outcome: Outcome) -> str:
        """The line of Python that tries the law on that batch again."""
        module, _, name = self.loss.name.rpartition(":")
        views = ", views=True" if self.loss.views else ""
        claimed = f", declared={self.declared!r}" if self.declared else ""
        imported = f"from {module} import {name}; " if module else ""
        return (
            f"{imported}from contrastive_claims.theory.laws import Case, replay; "
            f"print(replay({name}, {outcome.law.name!r}, {outcome.case!r}{views}{claimed}))"
        )


def prepare(loss: Loss | Callable[..., Any], views: bool = False, declared: str | None = None, seed: int = 0) -> Loss:
    """The loss, looked at: it gives one finite number on an ordinary batch, and which loss it is.

    declared: the form that it claims to be (a name of theory.laws.formulas.FORMS, or of VIEWS with views). Raises ValueError for
    another name, for what is not callable, and, naming the law "one number", for a loss that raises, or returns NaN or a vector.
    """
    made = loss if isinstance(loss, Loss) else Loss(loss, views)
    if declared is not None and declared not in _forms(made):
        raise ValueError(f"declared: one of {', '.join(_forms(made))}, got {declared!r}")
    ordinary = ORDINARY_VIEWS if made.views else ORDINARY
    try:
        made.gradient(ordinary.unit, ordinary)
        return made.known_as(identify(made, declared, seed))
    except Failure as failure:
        raise ValueError(f"law 'one number': {made.name} {failure} on an ordinary batch") from failure


def try_law(loss: Loss, law: Law, seed: int = 0, examples: int = EXAMPLES, shrink: bool = True) -> Outcome:
    """A law on `examples` batches drawn by Hypothesis from the seed; `loss` as `prepare` returns it. Without `shrink` the first
    batch that breaks it is told, and not the smallest: less to wait for."""
    if reason := law.unclaimed(loss):
        return Outcome(law, NOT_CLAIMED, reason)
    from contrastive_claims.theory.laws.strategies import BATCHES, Flaky, smallest

    refusals: list[str] = []

    def breaks(case: Case) -> bool:
        try:
            return not law.slack(loss, case) >= 0  # NaN breaks it too
        except Refused as refused:
            refusals.append(str(refused))
            return False
        except Failure:
            return True

    try:
        case = smallest(breaks, BATCHES[law.cases](loss.views), seed, examples, shrink)
    except Flaky:
        return Outcome(law, BROKEN, "one batch broke it once, and not again")
    if case is not None:
        try:
            slack = float(law.slack(loss, case))
        except Failure as failure:
            return Outcome(law, BROKEN, str(failure), None, case)
        return Outcome(law, BROKEN, f"by {-slack:.3g}", slack, case)
    return Outcome(law, HELD, f"refused: {refusals[-1]}" if refusals else "")


def hold(
    loss: Loss | Callable[..., Any],
    views: bool = False,
    declared: str | None = None,
    seed: int = 0,
    examples: int = EXAMPLES,
    shrink: bool = True,
    laws: Iterable[Law] = LAWS,
    report: Callable[[Outcome], None] = lambda outcome: None,
) -> Report:
    """Which loss it is, and every law tried: held, broken by its smallest batch, or not claimed. Deterministic in the seed.

    declared: the form that it claims to be; then it is compared with no other. shrink: as `try_law`. report: told each outcome.
    Raises ValueError as `prepare`.
    """
    looked_at = prepare(loss, views, declared, seed)
    outcomes = []
    if declared is not None and looked_at.identity is None:
        outcomes.append(Outcome(_DECLARED, BROKEN, looked_at.finding.nearest if looked_at.finding else ""))
    for law in laws:
        outcomes.append(try_law(looked_at, law, seed, examples, shrink))
        report(outcomes[-1])
    assert looked_at.finding is not None
    return Report(looked_at, looked_at.finding, tuple(outcomes), seed, declared)


def replay(
    loss: Callable[..., Any], law: str, case: Case, views: bool = False, declared: str | None = None, seed: int = 0
) -> float | str:
    """The slack of a law at one case (negative: broken), or what the loss did in place of giving a number."""
    if law not in BY_NAME:
        raise ValueError(f"law: one of {', '.join(BY_NAME)}, got {law!r}")
    try:
        return float(BY_NAME[law].slack(prepare(loss, views, declared, seed), case))
    except (Failure, Refused) as failure:
        return str(failure)


def check_loss(loss: Callable[..., Any], views: bool = False, declared: str | None = None, **options: Any) -> Report:
    """As `hold`; raises AssertionError, with a line for each, where laws are broken."""
    found = hold(loss, views, declared, **options)
    if found.broken:
        lines = [f"{one.law.name}: {one.says}\n    {found.reproduced_by(one)}" for one in found.broken]
        raise AssertionError("\n".join([f"{found.loss.name} breaks {len(lines)} laws; {found.summary}", *lines]))
    return found


def parametrize_with_laws(
    *losses: Callable[..., Any] | Loss, declared: str | None = None, seed: int = 0, examples: int = EXAMPLES
) -> Any:
    """A pytest decorator: one test for each loss and law, skipped where the law is not claimed of the loss.

        @parametrize_with_laws(my_loss, Loss(my_other, views=True))
        def test_it_keeps_the_laws(loss, law):
            law(loss)

    ``law(loss)`` raises AssertionError with the smallest batch and the line that makes it again.
    """
    import pytest

    cases = [
        pytest.param(one, _Check(law, declared, seed, examples), id=f"{made.name}-{law.name}")
        for one in losses
        for made in [one if isinstance(one, Loss) else Loss(one)]
        for law in LAWS
    ]
    return pytest.mark.parametrize(("loss", "law"), cases)


@dataclass(frozen=True)
class _Check:
    """A law as a function of a loss that passes, skips or fails."""

    law: Law
    declared: str | None
    seed: int
    examples: int

    def __call__(self, loss: Callable[..., Any] | Loss) -> None:
        import pytest

        looked_at = prepare(loss, declared=self.declared, seed=self.seed)
        outcome = try_law(looked_at, self.law, self.seed, self.examples)
        if outcome.verdict == NOT_CLAIMED:
            pytest.skip(f"not claimed: {outcome.says}")
        if outcome.verdict == BROKEN:
            assert looked_at.finding is not None
            line = Report(looked_at, looked_at.finding, (outcome,), self.seed, self.declared).reproduced_by(outcome)
            raise AssertionError(f"{looked_at.name} breaks {self.law.name} ({self.law.says}), {outcome.says}\n{line}")


def _forms(loss: Loss) -> Any:
    return VIEWS if loss.views else FORMS


_DECLARED = Law("declared form", "it is the form that it claims to be", "the caller", lambda loss, case: 0.0)
