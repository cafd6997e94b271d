"""The problem that a duality step solves, read strictly: finite numbers only, every shape and sign checked, in balls.

A population problem is a block model at a temperature; a supervised one is a list of labels with a loss over free embeddings.
Whatever is not exactly that is malformed: NaN, infinities, booleans, text, labels other than whole numbers from 0 on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from flint import arb, fmpq

from contrastive_claims.theory.certify.expression import rational

Matrix = list[list[arb]]
GAP = fmpq(1, 10**8)  # the largest gap that counts as an optimum, in nats
LARGEST = 64  # vectors, and their dimensions: the claims need 36
LOSSES = ("eps_sup_infonce", "eps_sup_con")


def number(value: Any) -> arb:
    """A finite float as the dyadic number that it is, or an int. Raises ValueError on anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{value!r:.40} is not a finite number")
    return arb(value)


def table(value: Any, columns: int | None = None) -> list[list[Any]]:
    """A nonempty list of equally long nonempty lists."""
    if not isinstance(value, list) or not value or not all(isinstance(row, list) and row for row in value):
        raise ValueError("not a table of numbers")
    if len({len(row) for row in value}) > 1 or (columns and len(value[0]) != columns):
        raise ValueError("a table with rows of other lengths")
    return value


@dataclass(frozen=True)
class Problem:
    """shares [n] of sum 1; gram [n, n] of the given vectors; connectivity [n, n] or labels [n], epsilon and loss."""

    shares: list[arb]
    gram: Matrix
    temperature: arb
    gap: fmpq
    key: Any  # equal for problems that agree to three digits, up to the order of blocks: those are not counted twice
    connectivity: Matrix = field(default_factory=list)
    labels: tuple[int, ...] = ()
    epsilon: arb = arb(0)  # noqa: RUF009 - balls are immutable
    loss: str = ""
    errors: Matrix = field(default_factory=list)  # [n, n]: how far the optimum's cosines may lie from the vectors'

    @classmethod
    def read(cls, step: Any, largest: fmpq = GAP) -> Problem:
        """From a step's data, whose gap may be `largest`. Raises ValueError or TypeError if it is no such problem."""
        temperature, gap = number(step["temperature"]), rational(step["gap"])
        vectors = table(step["vectors"])
        if max(len(vectors), len(vectors[0])) > LARGEST:
            raise ValueError(
                f"holds {len(vectors)} vectors in {len(vectors[0])} dimensions, of either at most {LARGEST}"
            )
        if not (temperature > 0 and 0 < gap <= largest):
            raise ValueError(f"needs a positive temperature and a gap in (0, {largest}], not {step['gap']!r:.40}")
        if step["problem"] == "supervised":
            labels, epsilon, loss = step["labels"], number(step["epsilon"]), step["loss"]
            if (
                not isinstance(labels, list)
                or len(labels) != len(vectors)
                or any(type(label) is not int for label in labels)
            ):
                raise ValueError(f"labels must be a list of {len(vectors)} whole numbers, one for each vector")
            if (
                sorted(set(labels)) != list(range(len(set(labels))))
                or len(set(labels)) < 2
                or min(map(labels.count, labels)) < 2
            ):
                raise ValueError("labels must be 0, 1, ...: two classes or more, each of two samples or more")
            if not epsilon >= 0 or loss not in LOSSES:
                raise ValueError(f"epsilon must not be negative, and the loss one of {', '.join(LOSSES)}")
            size, key = len(labels), (tuple(labels), *rounded([step["temperature"], step["epsilon"]]), loss)
            shares, connectivity = [arb(1) / size] * size, []
        else:
            given = [number(share) for share in step["proportions"]]
            total = sum(given, arb(0))
            if not (all(share > 0 for share in given) and abs(total - 1) < arb("1e-9")):
                raise ValueError("proportions must be positive and sum to 1")
            size, labels, epsilon, loss = len(given), (), arb(0), ""
            rows = table(step["connectivity"], size)
            connectivity = [[number(entry) for entry in row] for row in rows]
            if len(rows) != size or any(
                rows[k][m] != rows[m][k] or not 0 <= connectivity[k][m] <= 1 for k in range(size) for m in range(k + 1)
            ):
                raise ValueError(f"connectivity must be {size} x {size}, symmetric and within [0, 1]")
            if any(not max(row) > 0 for row in rows):
                raise ValueError("a block is isolated: it has no connection")
            shares = [share / total for share in given]
            key = (*rounded([step["temperature"]]), *described(shares, connectivity))
        if len(vectors) != size:
            raise ValueError(f"needs {size} vectors")
        return cls(shares, gram_of(vectors), temperature, gap, key, connectivity, tuple(labels), epsilon, loss)

    @property
    def size(self) -> int:
        return len(self.shares)


def rounded(values: list[float]) -> tuple[str, ...]:
    """Numbers to three digits."""
    return tuple(f"{value:.3g}" for value in values)


def described(shares: list[arb], connectivity: Matrix) -> list[tuple[Any, ...]]:
    """What a block model looks like from each block, to three digits: its share, and those of its connections in its degree,
    as the loss knows no others. In an order of its own, so that renumbered blocks and rescaled connections look alike."""
    seen = []
    for k, row in enumerate(connectivity):
        degree = sum((a * share for a, share in zip(row, shares, strict=True)), arb(0))
        others = [rounded([float(shares[m]), float(row[m] * shares[m] / degree)]) for m in range(len(row)) if m != k]
        seen.append((*rounded([float(shares[k]), float(row[k] * shares[k] / degree)]), *sorted(others)))
    return sorted(seen)


def gram_of(vectors: list[list[Any]]) -> Matrix:
    """Cosines of the given vectors: normalising inside makes the Gram matrix exactly feasible."""
    rows = [[number(entry) for entry in row] for row in vectors]
    norms = [sum((entry * entry for entry in row), arb(0)).sqrt() for row in rows]
    if not all(norm > 0 for norm in norms):
        raise ValueError("a vector has no direction")
    size = len(rows)
    gram = [[arb(1)] * size for _ in range(size)]
    for k in range(size):
        for m in range(k):
            inner = sum((a * b for a, b in zip(rows[k], rows[m], strict=True)), arb(0))
            gram[k][m] = gram[m][k] = inner / (norms[k] * norms[m])
    return gram
