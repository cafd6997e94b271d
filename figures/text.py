"""Figures of paper B's text half: what an undersampled group of documents does (B13 and what stands beside it)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from contrastive_claims.figures.matrices import arrow
from contrastive_claims.figures.style import (
    BLACK,
    BLUE,
    GREY,
    MARKERS,
    ORANGE,
    RED,
    explain,
    intervals,
    label,
    new_figure,
    number,
    ordered,
    say,
    sign,
)


def harm_of_groups(
    names: np.ndarray,
    own: np.ndarray,
    partners: np.ndarray,
    strong: np.ndarray,
    mean: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    kept: np.ndarray,
    looks: np.ndarray,
    course: np.ndarray,
) -> Figure:
    """B13: RH of each undersampled group towards its partner and towards the others, how much separation from the partner is
    kept, and RH towards the partner along the run.

    names [K]; own, partners [R]; strong: places of groups with a clear partner; mean, low, high [R, K], NaN at the group
    itself; kept [3, R] (value, low, high); looks [P] steps; course [P, R, S].
    """
    figure, (left, middle, right) = new_figure(columns=3, height=3.6, width_ratios=(1.2, 0.7, 1))
    places = np.arange(len(own))
    here = (places, partners)
    intervals(left, places + 0.12, low[here], high[here], across=True, color=RED, lw=1.5)
    left.plot(mean[here], places + 0.12, "s", ms=4.5, color=RED, label="towards the partner")
    others = [[j for j in range(len(names)) if j not in (own[r], partners[r])] for r in places]
    at = [(mean[r, j], r - 0.12) for r in places for j in others[r]]
    left.plot(*np.array(at).T, "o", ms=3.5, mfc="none", color=BLUE, label="towards another group")
    intervals(middle, places, kept[1], kept[2], across=True, color=ORANGE, lw=1.5)
    middle.plot(kept[0], places, "D", ms=4, color=ORANGE, label="separation from the partner kept")
    for ax in (left, middle):
        ax.axvline(1, color=GREY, lw=0.8)
        ax.set_ylim(len(own) - 0.5, -0.5)
    middle.set_yticks(places, [""] * len(own))
    pairs = [
        f"{names[k]} > {names[j]}{' *' if r in strong else ''}"
        for r, (k, j) in enumerate(zip(own, partners, strict=True))
    ]
    left.set_yticks(places, [arrow(pair) for pair in pairs])
    label(left, "Undersampled group", "RH", "")
    label(middle, "Separation kept", "part of it", "")
    for r, colour in zip(places, ordered(len(own)), strict=True):
        over = course[:, r].mean(axis=-1)
        right.plot(looks, over, MARKERS[r % len(MARKERS)] + "-", ms=3.5, lw=1, color=colour, label=str(names[own[r]]))
    right.axhline(1, color=GREY, lw=0.8)
    label(right, "Along the run, by group", "step", "RH towards the partner")
    stars = [sign("* its partner stands out", marker="None")] if len(strong) else []
    explain(
        figure,
        4,
        sign("95 % interval", color=BLACK, ls="-", lw=1.5),
        sign("as when balanced", color=GREY, ls="-", lw=0.8),
        *stars,
    )
    moved = high[here] < 1
    rest = np.array([mean[r, others[r]].mean() for r in places])
    more = int((moved & (mean[here] < rest)).sum())
    if moved.any():
        least, most = (number(end(kept[0][moved])) for end in (np.min, np.max))
        says = (
            f"{moved.sum()} of {len(own)} undersampled groups move towards their partner (RH below 1 by its interval), {more} "
            f"more than towards the rest, and keep {' to '.join(dict.fromkeys((least, most)))} of their separation from it"
        )
    else:
        says = f"none of {len(own)} undersampled groups moves towards its partner by its interval (RH below 1)"
    say(figure, says)
    return figure


def what_groups_lose(names: np.ndarray, kept: np.ndarray, indirect: np.ndarray) -> Figure:
    """B13k: how much of its separation from the partner each undersampled group keeps, and what balanced heads lose on it.

    names [R], "group > partner"; kept, indirect [3, R] (value, low, high).
    """
    figure, (left, right) = new_figure(columns=2, height=3.4, sharey=True)
    places = np.arange(len(names))
    for ax, part, none, colour, marker in ((left, kept, 1, ORANGE, "D"), (right, indirect, 0, BLUE, "o")):
        intervals(ax, places, part[1], part[2], across=True, color=colour, lw=1.5)
        ax.plot(part[0], places, marker, ms=4, color=colour)
        ax.axvline(none, color=GREY, lw=0.8)
    left.set_yticks(places, [arrow(name) for name in names])
    left.set_ylim(len(names) - 0.5, -0.5)
    label(left, "Separation from the partner", "part of what it is when balanced", "")
    label(right, "Balanced heads on it (NIE)", "change of accuracy", "")
    explain(figure, 1, sign("mean over five seeds, 95 % interval", marker="o", ms=4, ls="-", lw=1.5))
    say(
        figure,
        f"{int((kept[2] < 1).sum())} of {len(names)} undersampled groups of documents lose separation from their partner, and "
        f"{int((indirect[2] < 0).sum())} are recognised less",
    )
    return figure


def partners_of_groups(
    names: np.ndarray,
    predicted: np.ndarray,
    tied: np.ndarray,
    declared: np.ndarray,
    measured: np.ndarray,
    cosine: np.ndarray,
) -> Figure:
    """B13p: for each group the partner that the lexical graph predicts, the group it ties most, the nearest under balanced
    encoders, and the least RH measured.

    names [R]; predicted, tied, declared, measured [R] numbers of groups (-1: none); cosine [R]: of the predicted collapse.
    """
    figure, (ax,) = new_figure(height=4.4)
    rows = np.arange(len(names))
    named = np.flatnonzero(predicted >= 0)
    marks = (
        (
            predicted[named],
            named,
            {"marker": "o", "ms": 11, "mfc": "none", "mew": 1.4, "color": BLACK},
            "graph's partner",
        ),
        (tied, rows, {"marker": "s", "ms": 7, "mfc": "none", "mew": 1.0, "color": BLUE}, "most tied"),
        (declared, rows, {"marker": "x", "ms": 5, "mew": 1.2, "color": ORANGE}, "nearest when balanced"),
        (measured, rows, {"marker": ".", "ms": 6, "color": RED}, "least RH measured"),
    )
    for x, y, how, _ in marks:
        ax.plot(x, y, ls="none", **how)
    ax.set_xticks(rows, names, rotation=60, ha="right", rotation_mode="anchor")
    told = [f"{n} ({number(c)})" if np.isfinite(c) else str(n) for n, c in zip(names, cosine, strict=True)]
    ax.set_yticks(rows, told)
    ax.set_xlim(-0.6, len(names) - 0.4)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.grid(lw=0.3, color="#DDDDDD")
    label(ax, "Undersampled (predicted cosine)", "towards", "")
    explain(figure, 2, *(sign(name, **how) for _, _, how, name in marks))
    hits, ties = int((measured == predicted).sum()), int((measured == tied).sum())
    say(figure, f"A graph of words names where {hits} of {len(names)} groups move; the most tied group does for {ties}")
    return figure
