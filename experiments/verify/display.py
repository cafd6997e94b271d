"""What a person sees while claims run: a line per running claim on a terminal, plain lines otherwise."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from textwrap import fill
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

STYLES = {
    "PROVED": "bold green",
    "CERTIFIED": "bold green",
    "HOLDS": "green",
    "SUPPORTED": "green",
    "REFUTED": "bold yellow",
    "OPEN": "magenta",
    "NOT_RUN": "dim",
    "ERROR": "bold red",
}


def number(quantity: Mapping[str, Any]) -> str:
    """A quantity as text: the value, and its interval if it has one."""
    if quantity["low"] == quantity["high"]:
        return f"{quantity['value']:.4g}"
    return f"{quantity['value']:.4g} [{quantity['low']:.4g}, {quantity['high']:.4g}]"


def numbers(record: Mapping[str, Any]) -> str:
    """All quantities of a record on one line."""
    return ", ".join(f"{name} = {number(q)}" for name, q in record["numbers"].items())


class Display:
    """Progress of a run of claims. A context manager; `progress` and `done` are called as claims go, from two threads:
    a claim's last events may arrive after its result, and are dropped."""

    def __init__(self, console: Console, total: int) -> None:
        self.console, self.total, self.finished = console, total, 0
        self.lines: dict[str, TaskID] = {}
        self.ended: set[str] = set()
        self.lock = threading.Lock()
        self.bars = Progress(
            TextColumn("{task.fields[claim]:<5}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )

    def __enter__(self) -> Display:
        self.bars.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.bars.stop()

    def progress(self, claim_id: str, done: int, total: int, what: str) -> None:
        with self.lock:
            if claim_id in self.ended:
                return
            if claim_id not in self.lines:
                self.lines[claim_id] = self.bars.add_task(what, total=None, claim=claim_id)
                if not self.console.is_terminal:
                    self.console.print(f"{claim_id:<5} started", highlight=False)
            self.bars.update(self.lines[claim_id], completed=done, total=total or None, description=what)

    def done(self, record: Mapping[str, Any], reused: bool = False) -> None:
        with self.lock:
            self.ended.add(record["id"])
            if (line := self.lines.pop(record["id"], None)) is not None:
                self.bars.remove_task(line)
        self.finished += 1
        seconds = "reused" if reused else f"{record['provenance']['wall_seconds']:.1f} s"
        rejected = "control rejected" if record["control"]["rejected"] else "CONTROL NOT REJECTED"
        detail = f"{rejected}; {numbers(record)}" if record["numbers"] else record["reason"]
        head = f"[{self.finished:>2}/{self.total}] {record['id']:<5} "
        told = f"{head}{record['verdict']:<9} {seconds:>8}  {detail}"
        if self.console.is_terminal:
            told = fill(told, self.console.width, subsequent_indent=" " * 8)
        line = Text(told)
        line.stylize(STYLES[record["verdict"]], len(head), len(head) + len(record["verdict"]))
        self.console.print(line)
