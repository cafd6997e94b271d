"""From files to reports: what the command does before it prints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from contrastive_claims.experiments.audit.reading import read_table
from contrastive_claims.experiments.audit.report import check_baseline, report_of
from contrastive_claims.experiments.audit.sample import sample_of, unit_rows


def audit_files(
    files: Sequence[Path],
    labels: str,
    groups: str = "",
    bias: str = "",
    baseline: Path | None = None,
    vectors: str = "",
    temperature: float = 0.1,
    level: float = 0.05,
    least: int = 0,
    seed: int = 0,
    tell: Callable[[str], None] = lambda step: None,
) -> list[dict[str, Any]]:
    """One report a file (`report_of`), the baseline beside each. Raises ValueError naming file, column and row."""
    reports = []
    for path in files:
        tell(f"reading {path}")
        table = read_table(path, [name for name in (labels, groups, bias) if name], vectors)
        before = None if baseline is None else _baseline(baseline, labels, vectors)
        if before is not None and least:
            raise ValueError("--least: with a baseline all groups are compared, so rows cannot be left out")
        sample = sample_of(
            str(path),
            table.vectors,
            table.columns[labels],
            table.columns[groups] if groups else None,
            table.columns[bias] if bias else None,
            (labels, groups, bias),
            least,
            table.vectors_name,
            may_overwrite=True,
        )
        if before is not None:
            check_baseline(sample, before[0], before[1], table.columns[labels], str(baseline))
        del table
        reports.append(report_of(sample, None if before is None else before[0], temperature, level, seed, tell))
    return reports


def _baseline(path: Path, labels: str, vectors: str) -> tuple[np.ndarray, Any]:
    """Unit rows of the baseline, and its labels where it has that column."""
    try:
        before = read_table(path, [labels], vectors)
    except ValueError as error:
        if f"no column {labels!r}" not in str(error):
            raise
        before = read_table(path, [], vectors)
    return unit_rows(before.vectors, f"{path}: column {before.vectors_name!r}", True), before.columns.get(labels)
