"""Hypothesis strategies for contrastive losses and block models, with the ties, duplicates, singletons, extreme temperatures and
half precision that training meets; and the search for the smallest batch that breaks a law."""

from __future__ import annotations

import math
from collections.abc import Callable

import hypothesis
import numpy as np
from hypothesis import HealthCheck
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from contrastive_claims.theory.blockmodel.model import BlockModel
from contrastive_claims.theory.laws.cases import Case

cosines: st.SearchStrategy[float] = st.one_of(st.sampled_from([-1.0, 0.0, 0.5, 1.0]), st.floats(-1, 1))
temperatures: st.SearchStrategy[float] = st.floats(math.log(0.01), math.log(10)).map(math.exp)
epsilons: st.SearchStrategy[float] = st.one_of(st.just(0.0), st.floats(0, 20))
_FEW_TEMPERATURES = st.sampled_from([0.5, 1.0, 0.1, 3.0, 0.05, 0.02])
_FEW_EPSILONS = st.sampled_from([0.25, 0.0, 1.0, 4.0])
_entries = st.integers(-4, 4)  # few values: ties, duplicates and antipodes


@st.composite
def logits(draw: st.DrawFn, most_positives: int = 6, most_negatives: int = 12) -> tuple[np.ndarray, np.ndarray, float]:
    """(positives [P], negatives [N], temperature) of one anchor: cosines with ties and extremes, over .01 to 10."""
    tau = draw(temperatures)
    positives = draw(st.lists(cosines, min_size=1, max_size=most_positives))
    negatives = draw(st.lists(cosines, min_size=1, max_size=most_negatives))
    return np.array(positives) / tau, np.array(negatives) / tau, tau


@st.composite
def labels(
    draw: st.DrawFn, least_classes: int = 2, most_classes: int = 3, least: int = 2, most: int = 3
) -> tuple[int, ...]:
    """Labels 0, 1, ... of `least` to `most` samples each, in order."""
    sizes = draw(st.lists(st.integers(least, most), min_size=least_classes, max_size=most_classes))
    return tuple(k for k, size in enumerate(sizes) for _ in range(size))


@st.composite
def rows(draw: st.DrawFn, count: int, least_dimension: int = 2, most_dimension: int = 3) -> tuple[tuple[int, ...], ...]:
    """`count` vectors of small integers, none of them zero: with duplicates, ties and antipodes. As data."""
    dimension = draw(st.integers(least_dimension, most_dimension))
    drawn = [draw(st.lists(_entries, min_size=dimension, max_size=dimension)) for _ in range(count)]
    return tuple(tuple(row) if any(row) else (1, *row[1:]) for row in drawn)


@st.composite
def embeddings(draw: st.DrawFn, count: int, dimension: int) -> np.ndarray:
    """[count, dimension] rows as `rows` makes them, of lengths from 1/8 to 8."""
    drawn = np.array(draw(rows(count, dimension, dimension)), dtype=float)
    lengths = draw(st.lists(st.sampled_from([1.0, 0.125, 8.0]), min_size=count, max_size=count))
    return drawn * np.array(lengths)[:, None]


@st.composite
def batches(
    draw: st.DrawFn,
    views: bool = False,
    among: st.SearchStrategy[tuple[int, ...]] | None = None,
    temperature: st.SearchStrategy[float] = _FEW_TEMPERATURES,
    dimensions: tuple[int, int] = (2, 3),
    dtype: st.SearchStrategy[str] | None = None,
) -> Case:
    """A batch: with labels of `among` (at least two classes of two or more samples), or two views of two to four samples; every
    third or so with each class in one point."""
    classes = draw(_of_views(2, 4) if views else labels() if among is None else among)
    drawn = draw(rows(len(classes), *dimensions))
    gathered = draw(st.sampled_from([False, False, True]))
    return Case(
        tuple(drawn[k] for k in classes) if gathered else drawn,
        classes,
        draw(temperature),
        draw(_FEW_EPSILONS),
        draw(st.integers(0, 1000)),
        "float64" if dtype is None else draw(dtype),
    )


def _of_views(least: int, most: int) -> st.SearchStrategy[tuple[int, ...]]:
    return st.integers(least, most).map(lambda b: (*range(b), *range(b)))


@st.composite
def _with_singletons(draw: st.DrawFn) -> tuple[int, ...]:
    some = draw(labels())
    alone = draw(st.integers(1, 2))
    return (*some, *range(max(some) + 1, max(some) + 1 + alone))


def _balanced(views: bool) -> st.SearchStrategy[Case]:
    """Classes of one size, of which the simplex fits into the dimension."""
    made = st.tuples(st.integers(2, 4), st.integers(2, 3)).map(
        lambda kn: tuple(np.repeat(range(kn[0]), kn[1]).tolist())
    )
    return batches(views, made, dimensions=(3, 4))


def _in_parts(views: bool) -> st.SearchStrategy[Case]:
    """At least two classes of even and two of odd number."""
    if not views:
        return batches(False, labels(4, 5, 2, 3))
    four = st.just((0, 1, 2, 3, 0, 1, 2, 3))
    return batches(False, four)


@st.composite
def _with_a_zero(draw: st.DrawFn, views: bool) -> Case:
    case = draw(batches(views))
    at = draw(st.integers(0, len(case.rows) - 1))
    zero = tuple(0 for _ in case.rows[at])
    return Case((*case.rows[:at], zero, *case.rows[at + 1 :]), case.labels, case.temperature, case.epsilon, case.seed)


# Which batches a law is tried on, by name: a function of whether the loss takes two views.
BATCHES: dict[str, Callable[[bool], st.SearchStrategy[Case]]] = {
    "ordinary": batches,
    "balanced": _balanced,
    "in parts": _in_parts,
    "singleton": lambda views: batches(views, _with_singletons()),
    "no positives": lambda views: batches(views, st.integers(3, 6).map(lambda n: tuple(range(n)))),
    "one class": lambda views: batches(views, st.integers(2, 5).map(lambda n: (0,) * n)),
    "zero vector": _with_a_zero,
    "cold": lambda views: batches(views, None, st.sampled_from([0.05, 0.01, 0.001, 0.0001]), dtype=st.just("float32")),
    "half": lambda views: batches(
        views, None, st.sampled_from([0.5, 0.1]), dtype=st.sampled_from(["bfloat16", "float16"])
    ),
}


@st.composite
def block_models(draw: st.DrawFn) -> BlockModel:
    """Two to five blocks, shares down to about 1e-3, connections with ties and zeros."""
    blocks = draw(st.integers(2, 5))
    sizes = np.array(draw(st.lists(st.floats(0.005, 1), min_size=blocks, max_size=blocks)))
    alpha = np.zeros((blocks, blocks))
    for k in range(blocks):
        alpha[k, k] = draw(st.sampled_from([0.95, 0.5, 1.0]))
        for m in range(k):
            alpha[k, m] = alpha[m, k] = draw(st.sampled_from([0.0, 0.1, 0.4, 0.9]))
    return BlockModel(sizes / sizes.sum(), alpha)


__all__ = [
    "BATCHES",
    "Flaky",
    "batches",
    "block_models",
    "cosines",
    "embeddings",
    "epsilons",
    "labels",
    "logits",
    "rows",
    "smallest",
    "temperatures",
]


# Batches of several lists are drawn slowly beside what a law costs, and a test of the reader's own may draw them
SUPPRESSED = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.nested_given)


class _Broken(Exception):
    pass


def smallest(
    breaks: Callable[[Case], bool], among: st.SearchStrategy[Case], seed: int, examples: int, shrink: bool = True
) -> Case | None:
    """The smallest case that Hypothesis finds to break something, by its order of sizes (the first, unless `shrink`); None where
    it finds none.

    Raises hypothesis.errors.Flaky where a case breaks it once and not again.
    """
    found: list[Case] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=(hypothesis.Phase.generate, *([hypothesis.Phase.shrink] if shrink else [])),
        suppress_health_check=SUPPRESSED,
        report_multiple_bugs=False,
    )
    @hypothesis.given(among)
    def search(case: Case) -> None:
        if breaks(case):
            found.append(case)
            raise _Broken

    try:
        search()
    except _Broken:
        return found[-1]  # the last that Hypothesis runs is the smallest
    return None
