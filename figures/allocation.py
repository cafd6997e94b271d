"""Figures of allocation harm and its mediation (paper B)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from figures.harms import frame_neighbours, matrix_of, side_by_side
from figures.style import BLUE, GREY, ORANGE, SKY, label, new_figure


def total_effects(
    names: np.ndarray,
    neighbours: np.ndarray,
    strong: np.ndarray,
    mean: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    published_names: np.ndarray,
    published: np.ndarray,
) -> Figure:
    """B10: TE of every undersampled class (rows): what it loses (diagonal), and who gains it; TE_ii beside the published.

    names [K]; neighbours [K], framed, bold for the `strong` classes; mean, low, high [K, K]; published [P] of
    published_names [P].
    """
    figure = Figure(figsize=(14, 6.6), layout="constrained")
    grid, side = figure.subplots(1, 2, width_ratios=(2.1, 1))
    shown = matrix_of(grid, names, mean, low, high, centre=0.0)
    frame_neighbours(grid, neighbours, strong)
    grid.set_yticks(range(len(names)), [str(name) for name in names])
    figure.colorbar(shown, ax=grid, shrink=0.7, label="TE (share of the row's class)")
    label(grid, "Change of P(predict column | row), row undersampled; declared neighbour framed", "", "")
    own = np.arange(len(names))
    parts = np.array([part[own, own] for part in (mean, low, high)])
    side_by_side(side, [str(name) for name in names], parts, published_names, published)
    side.axvline(0, color=GREY, lw=0.8)
    label(side, "TE of the undersampled class", "change of its accuracy", "")
    return figure


def indirect_effects(
    names: np.ndarray,
    total: np.ndarray,
    indirect: np.ndarray,
    adjusted: np.ndarray,
    published_names: np.ndarray,
    published_total: np.ndarray,
    published_indirect: np.ndarray,
) -> Figure:
    """B11: accuracy that each undersampled class loses in all (pale) and through the representation alone (NIE, with its
    interval), beside the published; above the bars the share NIE/TE.

    names [K]; total, indirect [3, K] (value, low, high); adjusted [K]: Holm's p-values of NIE = 0, starred up to .05;
    published_total, published_indirect [P] of published_names [P].
    """
    figure, (ours, theirs) = new_figure(columns=2, width=6.0, height=3.8)
    for ax, labels, te, nie in (
        (ours, names, total[0], indirect[0]),
        (theirs, published_names, published_total, published_indirect),
    ):
        places = np.arange(len(labels))
        pale, strong = (SKY, BLUE) if ax is ours else ("#F5D58A", ORANGE)
        ax.bar(places, te, width=0.75, color=pale, label="TE")
        ax.bar(places, nie, width=0.4, color=strong, label="NIE")
        ax.axhline(0, color=GREY, lw=0.8)
        ax.set_ylim(min(total[0].min(), published_total.min()) * 1.12, max(0.12, indirect[2].max() * 1.3 + 0.05))
        for place, whole, part in zip(places, te, nie, strict=True):
            share = f"{round(100 * float(part / whole))} %" if whole else ""
            ax.text(float(place), whole - 0.02, share, ha="center", va="top", fontsize=7)
        ax.legend(frameon=False, fontsize=8, ncols=2, loc="upper right")
    ours.vlines(np.arange(len(names)), indirect[1], indirect[2], color="black", lw=1.2)
    ours.vlines(np.arange(len(names)) + 0.3, total[1], total[2], color=GREY, lw=1.2)
    stars = [f"{name}{'*' if p <= 0.05 else ''}" for name, p in zip(names, adjusted, strict=True)]
    ours.set_xticks(range(len(names)), stars, rotation=40, ha="right", rotation_mode="anchor", fontsize=8)
    theirs.set_xticks(
        range(len(published_names)), [str(name) for name in published_names], rotation=40, ha="right",
        rotation_mode="anchor", fontsize=8,
    )  # fmt: skip
    label(ours, "Ours, Fashion-MNIST (percent: NIE/TE; *: NIE confirmed)", "", "change of accuracy")
    label(theirs, "Published, CIFAR-10", "", "")
    return figure


def shares(
    protocols: np.ndarray,
    shares: np.ndarray,
    seeds: np.ndarray,
    published_names: np.ndarray,
    published: np.ndarray,
) -> Figure:
    """B11b: the share NIE/TE of the allocation harm by each protocol of the heads, beside the published shares of the classes.

    protocols [P]; shares [P, 3] (value, low, high); seeds [P, S]; published [C] of published_names [C].
    """
    figure, (ax,) = new_figure(columns=1, width=6.4, height=3.6)
    places = np.arange(len(protocols))
    ax.hlines(places, shares[:, 1], shares[:, 2], color=BLUE, lw=2)
    ax.plot(shares[:, 0], places, "o", ms=6, color=BLUE, label="ours, Fashion-MNIST, 95 % interval")
    for place, row in zip(places, seeds, strict=True):
        ax.plot(row, np.full(len(row), place + 0.15), "o", ms=3, color=SKY)
    below = len(protocols) + 0.4 * np.arange(len(published))
    ax.plot(published, below, "D", ms=5, color=ORANGE, label="published, CIFAR-10")
    ax.axvline(0, color=GREY, lw=0.8)
    ax.set_yticks(
        [*places, *below], [*(str(name) for name in protocols), *(str(name) for name in published_names)], fontsize=8
    )
    ax.set_ylim(below[-1] + 0.4, -0.5)
    ax.legend(frameon=False, fontsize=8, loc="upper right")
    label(ax, "Part of the harm that passes through the representation", "NIE/TE", "")
    return figure
