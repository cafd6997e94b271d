"""Figures of paper A's biased data: margins against eps (A14), and the four distances (A15)."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from contrastive_claims.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    explain,
    intervals,
    label,
    new_figure,
    number,
    say,
    sign,
)

MEASURES = (  # name, colour, marker, filled
    ("training, worst", BLUE, "o", True),
    ("training, mean", SKY, "o", False),
    ("fresh, worst", RED, "s", True),
    ("fresh, mean", ORANGE, "s", False),
)
SETS = (  # positives and negatives, bias-aligned and bias-conflicting: name, colour, marker, line
    (r"$d^+_a$ (positives, aligned)", BLUE, "o", "-"),
    (r"$d^+_c$ (positives, conflicting)", SKY, "s", "--"),
    (r"$d^-_a$ (negatives, aligned)", RED, "^", "-."),
    (r"$d^-_c$ (negatives, conflicting)", ORANGE, "v", ":"),
)
EPSILON = r"$\varepsilon$ (logits)"


def margins_by_epsilon(
    temperatures: np.ndarray,
    rhos: np.ndarray,
    epsilons: np.ndarray,
    margins: np.ndarray,
    difference: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    free_epsilons: np.ndarray,
    free_margins: np.ndarray,
    graph_epsilons: np.ndarray,
    graph_ties: np.ndarray,
    graph_margins: np.ndarray,
) -> Figure:
    """A14: worst margins of certified optima against eps; above, what eps adds in trained encoders, with 95 % intervals.

    margins [T, R, E, seeds, 4] (cosine); difference, low, high [T, R, E - 1, 4]: paired differences to eps = 0 (cosine), in the
    order of MEASURES; free_margins [F] in logits; graph_ties [C, 2] (same bias, same class); graph_margins [C, G] in cosines.
    """
    figure, axes = new_figure(columns=2, rows=2, height=5.4)
    edge = 0.05 * (high.max() - low.min())
    for ax, temperature, *values, level in zip(axes[:2], temperatures, difference, low, high, margins, strict=True):
        _differences(ax, float(temperature), rhos, epsilons, *values)
        ax.set_ylim(low.min() - edge, high.max() + edge)
        start = level[:, 0].mean(axis=(0, 1))
        worst = rf"worst at $\varepsilon = 0$: {number(start[0])} training, {number(start[2])} fresh"
        label(ax, rf"Encoders, $\tau = {temperature:g}$", rf"$\rho$, and $\varepsilon$ ({worst})", "")
    axes[0].set_ylabel(r"change from $\varepsilon = 0$ (cosine)")
    axes[2].plot(free_epsilons, free_margins, "P-", color=BLACK, label="free embeddings")
    axes[2].axhline(0, color=GREY, lw=0.8)
    label(axes[2], "Certified optimum, classes of 2, 2 and 20", EPSILON, "worst margin (logits)")
    for (bias, same), row, colour, marker, line in zip(
        graph_ties, graph_margins, (GREEN, PURPLE, GREY), "^vX", ("-", "--", "-."), strict=False
    ):
        name = f"graph: ties {bias:g} by bias, {same:g} by class"
        axes[3].plot(graph_epsilons, row, f"{marker}{line}", color=colour, label=name)
    axes[3].axhline(0, color=GREY, lw=0.8)
    label(axes[3], "Certified optima, biased block graph", EPSILON, "worst margin (cosine)")
    marks = [
        sign(name, color=colour, marker=marker, mfc=colour if filled else "white", ls="-", lw=1.2)
        for name, colour, marker, filled in MEASURES
    ]
    asked = sign(r"$\varepsilon\tau$, what $\varepsilon$ asks for", color=BLACK, ls="--", lw=0.9)
    explain(figure, 3, *marks, asked)
    widened, fresh = (low[..., 0] > 0).sum(), (low[..., 2] > 0).sum()
    falls = free_margins.min() < free_margins[0] - 1e-6
    narrows = falls or (graph_margins.min(axis=1) < graph_margins[:, 0] - 1e-6).any()
    counts = [f"{count or 'none'} of {low[..., 0].size}" for count in (widened, fresh)]
    say(
        figure,
        rf"A larger $\varepsilon$ widens the worst margin on the training data in {counts[0]} settings, on fresh data in "
        f"{counts[1]}" + ("; that of a certified optimum it can also narrow" if narrows else ""),
    )
    return figure


def _differences(
    ax: Axes,
    temperature: float,
    rhos: np.ndarray,
    epsilons: np.ndarray,
    difference: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
) -> None:
    """Groups of (rho, eps) along x, the four measures in each; a dashed mark at eps * tau (where it fits)."""
    places = np.arange(difference.shape[0] * difference.shape[1])
    for k, (_, colour, marker, filled) in enumerate(MEASURES):
        at = places + 0.18 * (k - 1.5)
        intervals(ax, at, low[..., k].ravel(), high[..., k].ravel(), color=colour, lw=1.2)
        ax.plot(at, difference[..., k].ravel(), marker, ms=3.5, color=colour, mfc=colour if filled else "white")
    asked = np.tile(epsilons[1:] * temperature, len(rhos))
    intervals(ax, asked, places - 0.4, places + 0.4, across=True, color=BLACK, lw=0.9, ls="--")
    ax.axhline(0, color=GREY, lw=0.8)
    ax.set_xticks(places, [f"{rho:g}\n{epsilon:g}" for rho in rhos for epsilon in epsilons[1:]])


def distance_ordering(
    rhos: np.ndarray, distances: np.ndarray, supcon: np.ndarray, stronger_class: np.ndarray, stronger_bias: np.ndarray
) -> Figure:
    """A15: the four mean squared distances of trained encoders against rho, and of certified optima.

    distances [2 losses, R, training | fresh, seeds, 4]; supcon, stronger_class, stronger_bias [cases, 4]: certified optima of
    SupCon over free embeddings, and of biased graphs whose class, or bias, ties more strongly. Order of SETS.
    """
    figure, axes = new_figure(columns=3, height=3.3, width_ratios=(1.5, 1, 0.9))
    ticks, place = [], 0
    for loss, of_loss in zip(("SupCon", r"$\varepsilon$-SupInfoNCE"), distances, strict=True):
        for d, data in enumerate(("training", "fresh")):
            for rho, of_rho in zip(rhos, of_loss[:, d], strict=True):
                for k, (_, colour, marker, _) in enumerate(SETS):
                    at = place + 0.16 * (k - 1.5)
                    axes[0].plot(np.full(len(of_rho), at), of_rho[:, k], ".", ms=2.5, color=colour)
                    axes[0].plot(at, of_rho[:, k].mean(), marker, ms=5, color=colour, mfc="none")
                ticks.append(f"{data}\n{loss if d == 0 else ''}" if len(rhos) == 1 else f"{data}\n{loss} {rho:g}")
                place += 1
    axes[0].set_xticks(range(place), ticks)
    axes[0].set_ylim(bottom=0)
    label(axes[0], rf"Encoders, $\rho$ = {', '.join(f'{rho:g}' for rho in rhos)}", "", "mean squared distance")
    for rows, colour, marker, name in (
        (stronger_class, GREEN, "P", "graph whose class ties more"),
        (stronger_bias, PURPLE, "X", "graph whose bias ties more"),
    ):
        axes[1].plot(rows[:, 1], rows[:, 2], marker, color=colour, label=name)
    end = 1.05 * max(stronger_class[:, 1:3].max(), stronger_bias[:, 1:3].max())
    axes[1].plot([0, end], [0, end], color=GREY, lw=0.8, label=r"$d^-_a = d^+_c$")
    label(axes[1], "Certified optima, graphs", "$d^+_c$", "$d^-_a$")
    for k, (_, colour, marker, _) in enumerate(SETS):
        at = np.arange(len(supcon)) + 0.16 * (k - 1.5)
        axes[2].plot(at, supcon[:, k], marker, ms=5, mfc="none", color=colour)
    axes[2].set_xticks(range(len(supcon)), [f"{k + 1}" for k in range(len(supcon))])
    axes[2].set_ylim(-0.2, 1.1 * supcon.max())
    label(axes[2], "Certified optima, SupCon", "case of free embeddings", "")
    signs = [sign(name, color=colour, marker=marker, ms=5, mfc="none") for name, colour, marker, _ in SETS]
    explain(figure, 3, *signs, sign("seed", marker=".", ms=2.5))
    gaps = np.diff(distances.mean(axis=3), axis=-1)  # [losses, R, data, 3]
    middle = gaps[..., 1]
    text = "aligned pairs lie closer than conflicting ones of the same kind"
    if not (gaps[..., [0, 2]] > 0).all():
        text = "not all aligned pairs lie closer than conflicting ones of the same kind"
    sides = [
        "above" if (part > 0).all() else "below" if (part < 0).all() else "now above, now below"
        for part in (middle[:, :, 0], middle[:, :, 1])
    ]
    where = f"{sides[0]} $d^+_c$ on training data, {sides[1]} it on fresh data" if sides[0] != sides[1] else sides[0]
    say(figure, f"In trained encoders {text}; $d^-_a$ lies {where}")
    return figure
