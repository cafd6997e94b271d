"""What a person sees while an encoder trains."""

from __future__ import annotations

import time
from typing import TextIO

from contrastive_claims.experiments.training.trainer import Progress

CLEAR = "\r\x1b[K"  # back to the start of a terminal's line, and empty it
WORDS = "rank: directions in use (1: one line); spread: 1 - |mean|^2 (0: one point)"


class TrainingDisplay:
    """A line per epoch; on a terminal also the step now, in place, elsewhere a line every ten seconds. Lines of progress
    take 79 columns or less."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._terminal = stream, stream.isatty()
        self._shown, self._explained, self._open = float("-inf"), False, False

    def say(self, text: str) -> None:
        """A line between those of progress."""
        self._print(text, "\n")

    def show(self, progress: Progress) -> None:
        """One step's news."""
        row, now = progress.metrics, time.monotonic()
        if row is None and now - self._shown < (0.2 if self._terminal else 10):
            return
        self._shown = now
        where = f"epoch {progress.epoch}/{progress.epochs}"
        if row is None:
            minutes, seconds = divmod(round(progress.seconds_left), 60)
            left = f"{minutes}:{seconds:02d}" if minutes < 100 else f"{minutes // 60} h"
            self._print(
                f"{where}  step {progress.step}/{progress.steps}  loss {progress.loss:.4g}  "
                f"{progress.images_per_second:,.0f} img/s  {left} left",
                "" if self._terminal else "\n",
            )
            return
        if not self._explained:
            self._explained = True
            self._print(WORDS, "\n")
        pace = f"{progress.images_per_second:,.0f} img/s"
        skipped = f"skipped {row['skipped_batches']:.0f} batches" if "skipped_batches" in row else pace
        self._print(
            f"{where}  loss {row['loss']:.4g}  rank {row['effective_rank']:.1f}  spread {row['feature_spread']:.3f}  "
            f"{skipped}",
            "\n",
        )

    def _print(self, text: str, end: str) -> None:
        begin = CLEAR if self._terminal and self._open else ""
        self._open = not end
        print(f"{begin}{text}", end=end, file=self._stream, flush=True)
