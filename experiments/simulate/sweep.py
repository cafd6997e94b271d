"""Sweeps: --sweep NAME=START:STOP:COUNT, ...:log, or NAME=V1,V2,...; several make a grid."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from contrastive_claims.experiments.simulate.model import WHOLE, Model, with_value

MOST_POINTS = 100_000


@dataclass(frozen=True)
class Point:
    """One model of a sweep, and the values of the swept parameters that made it (none without a sweep)."""

    values: dict[str, float]
    model: Model


def parsed(text: str) -> tuple[str, list[float]]:
    """(name, values) of one sweep. Raises ValueError, one sentence, for what is not so written."""
    name, equals, rest = text.partition("=")
    if not equals or not name or not rest:
        raise ValueError(f"--sweep {text!r}: write NAME=START:STOP:COUNT, NAME=START:STOP:COUNT:log or NAME=V1,V2,...")
    try:
        if ":" not in rest:
            values = [float(one) for one in rest.split(",")]
        else:
            start, stop, count, *kind = rest.split(":")
            if kind not in ([], ["log"]):
                raise ValueError
            ends, number = (float(start), float(stop)), int(count)
            if number < 1 or (kind and min(ends) <= 0):
                raise ValueError
            values = [float(v) for v in (np.geomspace if kind else np.linspace)(*ends, number)]
            if name in WHOLE:
                values = [float(round(value)) for value in values]
    except ValueError:
        raise ValueError(
            f"--sweep {text!r}: {rest!r} is neither START:STOP:COUNT (log: both above 0) nor a list of numbers"
        ) from None
    if ":" in rest and len(values) == 1:
        raise ValueError(f"--sweep {text!r}: a range needs two points or more; one value is {name}={values[0]:g}")
    if not all(map(math.isfinite, values)):
        raise ValueError(f"--sweep {text!r}: values must be finite")
    if len(set(values)) < len(values):
        raise ValueError(f"--sweep {text!r}: a value comes twice")
    return name, values


def points(model: Model, sweeps: Sequence[str]) -> tuple[list[str], list[Point]]:
    """The swept names, and every point of their grid, the last name fastest.

    Raises ValueError for a sweep that is not so written, a name that comes twice or that the model lacks, a value that it cannot
    have, and more than MOST_POINTS points.
    """
    read = [parsed(text) for text in sweeps]
    names = [name for name, _ in read]
    if doubled := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"--sweep {doubled}: is swept twice")
    if (count := math.prod(len(values) for _, values in read)) > MOST_POINTS:
        raise ValueError(f"--sweep: {count:,} points, more than {MOST_POINTS:,}")
    made = []
    for combination in itertools.product(*(values for _, values in read)):
        changed = model
        for name, value in zip(names, combination, strict=True):
            changed = with_value(changed, name, value)
        made.append(Point(dict(zip(names, combination, strict=True)), changed))
    return names, made
