"""SIGINT and SIGTERM: a run that is asked to stop says what it kept, from its first second on."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


class Stopped(Exception):
    """A run that was asked to stop; the message says what was kept."""


class Stopping:
    """Before and after the training loop a signal ends the process at once with one line, what `kept()` says; in the loop
    the first one is answered behind the step, when a checkpoint is written, and the second at once.

    `status` is the exit status of the signal that came: 130 or 143, as shells count it.
    """

    def __init__(self) -> None:
        self.kept: Callable[[], str] = lambda: "nothing was kept: training had not begun"
        self.quiet = False  # of several ranks only the first one speaks
        self.waits = True  # with several ranks none may wait for its own step: the others would wait for it for ever
        self.status = 130
        self._asked = self._in_loop = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Stopping:
        self._before = {number: signal.signal(number, self._heard) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def __call__(self) -> bool:
        """Asked by the loop after each step: shall it stop?"""
        self._in_loop = self.waits
        return self._asked

    def loop_is_over(self) -> None:
        self._in_loop = False

    def _heard(self, number: int, frame: FrameType | None) -> None:
        self.status = 128 + number
        if self._in_loop and not self._asked:
            self._asked = True
            self._say("stopping behind this step; once more stops at once")
            return
        self._say(f"stopped; {self.kept()}")
        sys.stderr.flush()
        # no exception: raised within the import of a library, it would end as that library's own error
        os._exit(self.status)

    def _say(self, text: str) -> None:
        if not self.quiet:
            os.write(2, f"\nclaims: {text}\n".encode(errors="backslashreplace"))  # print may be what was interrupted
