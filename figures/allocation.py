"""Figures of allocation harm and its mediation (paper B)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from contrastive_claims.figures.matrices import frame_neighbours, frames, matrix_figure, side_by_side
from contrastive_claims.figures.style import (
    BLACK,
    BLUE,
    GREY,
    INTERVAL,
    LEVEL,
    ORANGE,
    SKY,
    explain,
    intervals,
    label,
    listed,
    new_figure,
    note,
    number,
    say,
    sign,
)


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
    rows = [str(name) for name in names]
    figure, grid, side = matrix_figure(names, rows, mean, low, high, 0.0, "TE: total effect (share of the row's class)")
    frame_neighbours(grid, neighbours, strong)
    label(grid, "Change of P(predict column | row) if the row is undersampled, and half its interval", "", "")
    own = np.arange(len(names))
    parts = np.array([part[own, own] for part in (mean, low, high)])
    side_by_side(side, rows, parts, published_names, published)
    side.axhline(0, color=GREY, lw=0.8)
    label(side, "What the undersampled class loses", "", "TE on its accuracy")
    explain(figure, 2, *frames(strong), note(INTERVAL))
    gained = mean.copy()
    gained[own, own] = -np.inf
    led = int((gained.argmax(axis=1) == neighbours).sum())
    others = high.copy()
    others[own, own] = others[own, neighbours] = -np.inf
    clear = int((low[own, neighbours] > others.max(axis=1)).sum())
    lost = number(float(np.diag(mean).mean()))
    say(
        figure,
        f"An undersampled class loses accuracy (on average {lost}); for {led} of {len(names)} classes most of it goes to the "
        f"neighbour, for {clear} by more than the intervals",
    )
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
    interval), beside the published; below the bars the share NIE/TE.

    names [K]; total, indirect [3, K] (value, low, high); adjusted [K]: Holm's p-values of NIE = 0, starred up to .05;
    published_total, published_indirect [P] of published_names [P].
    """
    figure, (ours, theirs) = new_figure(columns=2, height=3.8, sharey=True)
    for ax, labels, te, nie in (
        (ours, names, total[0], indirect[0]),
        (theirs, published_names, published_total, published_indirect),
    ):
        places = np.arange(len(labels))
        ax.bar(places, te, width=0.75, color=SKY, label="TE: total effect")
        ax.bar(places, nie, width=0.36, color=BLUE, label="NIE: the part through the representation")
        ax.axhline(0, color=GREY, lw=0.8)
        lowest = np.minimum(te, total[1]) if ax is ours else te
        for place, end, part, whole in zip(places, lowest, nie, te, strict=True):
            share = f"{round(100 * float(part / whole))}%" if whole else ""
            ax.text(float(place), end - 0.02, share.replace("%", " %"), ha="center", va="top", fontsize=7)
    ours.set_ylim(min(total[1].min(), published_total.min()) - 0.1, max(0.03, indirect[2].max() + 0.02))
    intervals(ours, np.arange(len(names)), indirect[1], indirect[2], color=BLACK, lw=1.2)
    intervals(ours, np.arange(len(names)) + 0.28, total[1], total[2], color=GREY, lw=1.2)
    stars = [f"{name}{'*' if p <= LEVEL else ''}" for name, p in zip(names, adjusted, strict=True)]
    how = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"}
    ours.set_xticks(range(len(names)), stars, **how)
    theirs.set_xticks(range(len(published_names)), [str(name) for name in published_names], **how)
    label(ours, "Ours, Fashion-MNIST (percent: NIE of TE)", "", "change of accuracy")
    label(theirs, "Published, CIFAR-10", "", "")
    signs = (
        sign("interval of NIE", color=BLACK, ls="-"),
        sign("interval of TE", color=GREY, ls="-"),
        note(INTERVAL),
        note(f"*: NIE confirmed ($t$-test, Holm, $p \\leq {LEVEL:g}$)"),
    )
    explain(figure, 3, *signs)
    share, theirs_share = indirect[0].sum() / total[0].sum(), published_indirect.sum() / published_total.sum()
    confirmed = int((adjusted <= LEVEL).sum())
    say(
        figure,
        f"{100 * share:.0f} % of the allocation harm passes through the representation (published: {100 * theirs_share:.0f} %); "
        f"that part is confirmed for {confirmed} of {len(names)} classes",
    )
    return figure


def shares(
    protocols: np.ndarray,
    shares: np.ndarray,
    seeds: np.ndarray,
    published_names: np.ndarray,
    published: np.ndarray,
) -> Figure:
    """B11b: the share NIE/TE of the allocation harm by each protocol of the heads, beside the published shares of the classes,
    in percent.

    protocols [P]; shares [P, 3] (value, low, high); seeds [P, S]; published [C] of published_names [C].
    """
    figure, (ax,) = new_figure(height=4.7)
    places = 2.1 * np.arange(len(protocols))
    intervals(ax, places, 100 * shares[:, 1], 100 * shares[:, 2], across=True, color=BLUE, lw=2)
    for place, row in zip(places, 100 * seeds, strict=True):
        ax.plot(row, np.full(len(row), place + 0.3), ".", ms=4, color=SKY)
    ax.plot(100 * shares[:, 0], places, "o", ms=5, color=BLUE)
    below = places[-1] + 1.4 + 0.7 * np.arange(len(published))
    ax.plot(100 * published, below, "D", ms=4, color=ORANGE, label="published, a class of CIFAR-10")
    ax.axvline(0, color=GREY, lw=0.8)
    names = [str(name).replace("heads on ", "heads on\n").replace(", as", ",\nas") for name in protocols]
    ax.set_yticks([*places, *below], [*names, *(str(name) for name in published_names)])
    ax.set_ylim(below[-1] + 0.4, -0.7)
    label(ax, "Fashion-MNIST above, CIFAR-10 below", "NIE of TE (indirect of total effect), %", "")
    signs = (
        sign("ours, mean of all classes", marker="o", ms=5, color=BLUE, ls="-", lw=2),
        note(INTERVAL),
        sign("a seed", marker=".", ms=4, color=SKY),
    )
    explain(figure, 1, *signs)
    apart = shares[:, 2].max() < published.min()
    text = "less than in any published class" if apart else "as in published classes"
    parts = listed([f"{100 * share:.1f}" for share in shares[:, 0]])
    ends = f"{100 * shares[:, 1].min():.0f} to {100 * shares[:, 2].max():.0f} %"
    say(figure, f"Of the allocation harm {parts} % pass through the representation here (intervals: {ends}), {text}")
    return figure
