"""What a person sees while an encoder trains."""

from __future__ import annotations

import time
from typing import TextIO

from experiments.training.trainer import Progress

CLEAR = "\r\x1b[K"  # back to the start of a terminal's line, and empty it


class TrainingDisplay:
    """A line per epoch; on a terminal also the step now, in place, elsewhere a line every ten seconds."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._terminal = stream, stream.isatty()
        self._shown = time.monotonic()

    def show(self, progress: Progress) -> None:
        """One step's news."""
        row = progress.metrics
        if row is None and time.monotonic() - self._shown < (0.2 if self._terminal else 10):
            return
        self._shown = time.monotonic()
        seconds = round(progress.seconds_left)
        text = (
            f"step {progress.step}/{progress.steps}  loss {progress.loss:.4f}  {progress.images_per_second:,.0f} images/s  "
            f"{seconds // 60}:{seconds % 60:02d} left"
        )
        if row is not None:
            text += f"  epoch {row['epoch']}  effective rank {row['effective_rank']:.1f}  spread {row['feature_spread']:.3f}"
        end = "" if self._terminal and row is None else "\n"
        print(f"{CLEAR if self._terminal else ''}{text}", end=end, file=self._stream, flush=True)
