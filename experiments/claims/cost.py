"""What a form at scale *paper* says where its networks are not trained and no GPU is at hand: NOT_RUN, with hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contrastive_claims.experiments.ledger.vocabulary import NotRunHere, Run
from contrastive_claims.experiments.models.store import Measure, Model, missing


@dataclass(frozen=True)
class Cost:
    """steps of a network; measured seconds of one on an H100 and on a CPU core (experiments.paper_costs has the table)."""

    steps: int
    gpu: float
    core: float


def need(asked: Sequence[Model], measure: Measure, run: Run, cost: Cost) -> None:
    """Raises NotRunHere where some of `asked` have no record and the run's device is no GPU, with what they would cost."""
    left = missing(asked, measure, run)
    if left and not run.device.startswith("cuda"):
        steps = len(left) * cost.steps
        hours, days = (f"{float(f'{steps * seconds:.1e}'):,.3g}" for seconds in (cost.gpu / 3600, cost.core / 86_400))
        raise NotRunHere(
            f"{len(left)} of {len(asked)} networks are not trained; `python -m contrastive_claims.experiments.paper_scale` "
            f"trains them on a GPU: an estimated {hours} hours of an H100 from measured steps ({days} days of one CPU core)"
        )
