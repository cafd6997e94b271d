"""Rows to audit: unit vectors with classes, groups and bias as numbers, checked once; and how a few of them are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from contrastive_claims.theory.harms.samples import whole_or_names
from contrastive_claims.theory.sphere import is_tensor, normalise

MOST_GROUPS, WIDEST = 2000, 4096
_ROWS = 1 << 16


@dataclass(frozen=True, eq=False)
class Factor:
    """One column: numbers [N] from 0 on, their names in order, and what errors call the column."""

    codes: np.ndarray
    names: tuple[str, ...]
    column: str

    @property
    def sizes(self) -> np.ndarray:
        """[K] rows of each."""
        return np.bincount(self.codes, minlength=len(self.names))


@dataclass(frozen=True, eq=False)
class Sample:
    """points [N, D] float32 on the unit sphere; labels, groups (the labels, unless given) and bias of each row."""

    name: str
    points: np.ndarray
    labels: Factor
    groups: Factor
    bias: Factor | None


def sample_of(
    name: str,
    vectors: Any,
    labels: Any,
    groups: Any = None,
    bias: Any = None,
    columns: tuple[str, str, str] = ("labels", "groups", "bias"),
    least: int = 0,
    vectors_name: str = "embeddings",
    may_overwrite: bool = False,
) -> Sample:
    """The sample of arrays or tensors; groups with fewer than `least` rows are left out, labels' and bias's too.

    may_overwrite: float32 vectors may be normalised where they lie. Raises ValueError, naming column and row, for a row with NaN,
    infinity or zeros only, columns of another length, a missing or single label, too many groups, or one of a single row.
    """
    unit = unit_rows(vectors, f"{name}: column {vectors_name!r}", may_overwrite)
    factors = [
        None if values is None else factor_of(values, len(unit), f"{name}: column {column!r}")
        for column, values in zip(columns, (labels, groups, bias), strict=True)
    ]
    kept = np.ones(len(unit), bool)
    for factor in factors:
        if factor is not None:
            kept &= (factor.sizes >= least)[factor.codes]
    if not kept.all():
        if not kept.any():
            raise ValueError(f"{name}: no group has {least} rows")
        unit = unit[kept]
        factors = [None if factor is None else _without(factor, kept) for factor in factors]
    for factor in factors:
        if factor is not None:
            _check(factor)
    own, parts, attribute = factors
    assert own is not None
    return Sample(name, unit, own, parts or own, attribute)


def _check(factor: Factor) -> None:
    first, *others = factor.names
    if not others:
        raise ValueError(f"{factor.column} holds one value only, {first!r}: there is nothing to compare")
    if factor.sizes.min() < 2:
        lone = int(factor.sizes.argmin())
        raise ValueError(
            f"{factor.column}: {factor.names[lone]!r} has one row (number {int((factor.codes == lone).argmax())}), so nothing is "
            "known of its noise; --least 2 leaves such groups out"
        )


def unit_rows(vectors: Any, what: str, may_overwrite: bool = False) -> np.ndarray:
    """[N, D] float32 unit rows of an array or tensor; ValueError for another shape or kind, and the first bad row."""
    if is_tensor(vectors):
        vectors = vectors.detach().cpu().float().numpy()
    vectors = np.asarray(vectors)
    if vectors.ndim != 2 or vectors.dtype.kind not in "fiu" or not vectors.size:
        raise ValueError(f"{what} must be a matrix of numbers, got {vectors.dtype} of shape {vectors.shape}")
    if vectors.shape[-1] > WIDEST:
        raise ValueError(f"{what} has {vectors.shape[-1]} numbers a row; up to {WIDEST} are audited")
    overwrite = may_overwrite and vectors.dtype == np.float32 and vectors.flags.writeable
    found = vectors if overwrite else np.empty(vectors.shape, np.float32)
    for start in range(0, len(vectors), _ROWS):
        part = vectors[start : start + _ROWS]
        part = part if part.dtype == np.float64 else part.astype(np.float32)
        largest = np.abs(part).max(axis=1)
        bad = ~((largest > 0) & (largest < np.inf))
        if bad.any():
            row = int(np.argmax(bad))
            kind = "all zeros, which has no direction" if largest[row] == 0 else "NaN or infinity"
            raise ValueError(f"{what}, row {start + row}: {kind}")
        found[start : start + len(part)] = normalise(part, validate=False)
    return found


def factor_of(values: Any, count: int, column: str) -> Factor:
    """A column of whole numbers, booleans or text, numbered by the order of its values.

    Raises ValueError for another length or kind, a missing entry, and more than MOST_GROUPS values.
    """
    try:
        array = whole_or_names(values, column)
    except ValueError as error:
        raise ValueError(str(error).replace("[", ", row ", 1).replace("]", ":", 1)) from None
    if array.shape != (count,):
        raise ValueError(f"{column} has shape {array.shape}, but there are {count} rows")
    if array.dtype.kind == "f":
        row = int((array != np.floor(array)).argmax())
        raise ValueError(f"{column}, row {row}: {array[row]} is no class; whole numbers or text are")
    if array.dtype.kind not in "iubUS":
        if array.dtype.kind == "O" and all(isinstance(entry, str) for entry in array):
            array = array.astype(str)
        else:
            raise ValueError(f"{column} must hold whole numbers or text, got {array.dtype}")
    head = np.unique(array[: 50 * MOST_GROUPS])  # an id is told from a class without sorting millions
    names, codes = (head, None) if len(head) > MOST_GROUPS else np.unique(array, return_inverse=True)
    if len(names) > MOST_GROUPS or codes is None:
        raise ValueError(
            f"{column} holds more than {MOST_GROUPS:,} different values, too many to compare in pairs: is it an id?"
        )
    return Factor(codes.reshape(-1), tuple(_text(name) for name in names.tolist()), column)


def _text(name: Any) -> str:
    return name.decode("utf-8", "backslashreplace") if isinstance(name, bytes) else str(name)


def _without(factor: Factor, kept: np.ndarray) -> Factor:
    codes = factor.codes[kept]
    present = np.flatnonzero(np.bincount(codes, minlength=len(factor.names)))
    number = np.full(len(factor.names), -1)
    number[present] = np.arange(len(present))
    return Factor(number[codes], tuple(factor.names[k] for k in present), factor.column)


def even_rows(codes: np.ndarray, total: int, generator: np.random.Generator) -> np.ndarray:
    """Sorted row numbers, at most `total`, from every group as evenly as their sizes allow, at random within each."""
    sizes = np.bincount(codes)
    cap = int(np.max(sizes))
    if len(codes) > total:
        ordered = np.sort(sizes)
        taken = np.concatenate([[0], np.cumsum(ordered)])[:-1]
        fits = (total - taken) // np.arange(len(ordered), 0, -1)  # what each of the larger ones may have
        cap = max(1, int(fits[int(np.argmax(fits < ordered))]))
    order = generator.permutation(len(codes))
    order = order[np.argsort(codes[order], kind="stable")]
    place = np.arange(len(codes)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.sort(order[place < cap])
