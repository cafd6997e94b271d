"""When a run is not a normal result although every number of it is finite: a loss that explodes, embeddings that collapse."""

from __future__ import annotations

from collections.abc import Mapping

from contrastive_claims.experiments.training.presets import Preset
from contrastive_claims.experiments.training.trainer import Diverged, Progress

# How many times its first size (plus 1) a loss may reach. A contrastive loss is at most 2/temperature + log N; a penalty
# divides by variances and may legitimately begin small and grow far.
ROOM, ROOM_OF_PENALTIES = 1e4, 1e8
SPREAD = 1e-3  # of unit vectors, below which they are one point for every purpose


class Watch:
    """Looks at each step's news. Raises Diverged when the loss has exploded; `warnings` is what a result must say."""

    def __init__(self, preset: Preset) -> None:
        self._room = ROOM if preset.method.penalty is None else ROOM_OF_PENALTIES
        self.warnings: list[str] = []

    def look(self, progress: Progress) -> str:
        """A warning that this step's news calls for, "" for none."""
        if abs(progress.loss) > self._room * (abs(progress.first_loss) + 1):
            raise Diverged(
                f"the loss is {progress.loss:.3g} at step {progress.step} of {progress.steps} and was "
                f"{progress.first_loss:.3g} at first: it explodes, though it is finite; a lower optimiser.learning_rate or a "
                "longer optimiser.warm_up helps, with --fresh"
            )
        return self._collapse(progress.metrics) if progress.metrics else ""

    def _collapse(self, row: Mapping[str, float]) -> str:
        if row["feature_spread"] >= SPREAD:
            self.warnings = []  # it came back
            return ""
        found = (
            f"collapse: at epoch {row['epoch']:.0f} all embeddings are one point (effective rank "
            f"{row['effective_rank']:.2f}, spread {row['feature_spread']:.1e})"
        )
        known, self.warnings = bool(self.warnings), [found]
        return "" if known else found
