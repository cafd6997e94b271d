"""Figures of paper A's biased data: margins against eps (A14), and the four distances (A15)."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.style import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, SKY, label, new_figure

MEASURES = (("training, worst", BLUE), ("training, mean", SKY), ("fresh, worst", RED), ("fresh, mean", ORANGE))
SETS = (("d+ aligned", BLUE), ("d+ conflicting", SKY), ("d- aligned", RED), ("d- conflicting", ORANGE))


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
    """A14: worst margins of certified optima against eps; below, what eps adds in trained encoders, with 95 % intervals.

    margins [T, R, E, seeds, 4] (cosine); difference, low, high [T, R, E - 1, 4]: paired differences to eps = 0 (cosine), in the
    order of MEASURES; free_margins [F] in logits; graph_ties [C, 2] (same bias, same class); graph_margins [C, G] in cosines.
    """
    figure, axes = new_figure(columns=2, rows=2, width=5.2, height=3.4)
    axes[0].plot(free_epsilons, free_margins, "o-", color=PURPLE, ms=4)
    label(axes[0], "Certified optima, free embeddings, 2 | 2 | 20 samples", "eps (logits)", "worst margin (logits)")
    for (same_bias, same_class), row, colour in zip(graph_ties, graph_margins, (GREEN, BLUE, RED), strict=False):
        text = f"same bias {same_bias:g}, same class {same_class:g}"
        axes[1].plot(graph_epsilons, row, "o-", color=colour, ms=4, label=text)
    axes[1].axhline(0, color=GREY, lw=0.8)
    axes[1].legend(frameon=False, fontsize=7, loc=(0.5, 0.25))
    label(axes[1], "Certified optima, biased block graph", "eps (logits)", "worst margin, conflicting (cosine)")
    edge = 0.05 * (high.max() - low.min())
    for ax, temperature, *values, level in zip(axes[2:], temperatures, difference, low, high, margins, strict=True):
        _differences(ax, float(temperature), rhos, epsilons, *values)
        ax.set_ylim(low.min() - edge, high.max() + edge)
        start = level[:, 0].mean(axis=(0, 1))
        title = f"Encoders, tau = {temperature:g} (eps = 0: {start[0]:.2f} training, {start[2]:.2f} fresh)"
        label(ax, title, "rho and eps", "difference to eps = 0 (cosine)")
    axes[3].legend(frameon=False, fontsize=7, loc=(0.55, 0.35))  # between the marks of eps tau and the dots
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
    ticks = []
    for place, (r, e) in enumerate(np.ndindex(difference.shape[:2])):
        for k, (name, colour) in enumerate(MEASURES):
            x = place + 0.16 * (k - 1.5)
            ax.plot([x, x], [low[r, e, k], high[r, e, k]], color=colour, lw=1.5)
            ax.plot(x, difference[r, e, k], "o", ms=4, color=colour, label=name if place == 0 else None)
        asked = float(epsilons[e + 1]) * temperature
        ax.plot(
            [place - 0.4, place + 0.4], [asked, asked], color=GREY, lw=1, ls="--", label=None if place else "eps tau"
        )
        ticks.append(f"{rhos[r]:g}\n{epsilons[e + 1]:g}")
    ax.axhline(0, color=GREY, lw=0.8)
    ax.set_xticks(range(len(ticks)), ticks)


def distance_ordering(
    rhos: np.ndarray, distances: np.ndarray, supcon: np.ndarray, stronger_class: np.ndarray, stronger_bias: np.ndarray
) -> Figure:
    """A15: the four mean squared distances of trained encoders against rho, and of certified optima.

    distances [2 losses, R, training | fresh, seeds, 4]; supcon, stronger_class, stronger_bias [cases, 4]: certified optima of
    SupCon over free embeddings, and of biased graphs whose class, or bias, ties more strongly. Order of SETS.
    """
    figure, axes = new_figure(columns=3, rows=2, width=4.0, height=3.2)
    panels = (axes[0], axes[1]), (axes[3], axes[4])
    for row, of_loss, loss in zip(panels, distances, ("SupCon", "eps-SupInfoNCE"), strict=True):
        for d, (ax, data) in enumerate(zip(row, ("training set", "fresh unbiased data"), strict=True)):
            for k, (name, colour) in enumerate(SETS):
                ax.plot(range(len(rhos)), of_loss[:, d, :, k].mean(axis=1), color=colour, lw=1, label=name)
                ax.plot(range(len(rhos)), of_loss[:, d, :, k], "o", ms=3, color=colour, mec="none", alpha=0.6)
            ax.set_xticks(range(len(rhos)), [f"{rho:g}" for rho in rhos])
            ax.set_ylim(0, 1.05 * distances.max())
            label(ax, f"{loss}, {data}", "rho", "mean squared distance")
    axes[0].legend(frameon=False, fontsize=7)
    for rows, colour, name in ((stronger_class, GREEN, "class ties more"), (stronger_bias, RED, "bias ties more")):
        axes[2].plot(rows[:, 1], rows[:, 2], "o", ms=5, color=colour, alpha=0.7, mec="none", label=name)
    end = 1.05 * max(stronger_class.max(), stronger_bias.max())
    axes[2].plot([0, end], [0, end], color=GREY, lw=0.8)
    axes[2].legend(frameon=False, fontsize=7)
    label(axes[2], "Biased graph, certified optima", "d+ conflicting", "d- aligned")
    for k, (name, colour) in enumerate(SETS):
        axes[5].plot(range(len(supcon)), supcon[:, k], "os^v"[k], ms=9 - 2 * k, mfc="none", color=colour, label=name)
    axes[5].set_xticks(range(len(supcon)))
    axes[5].set_ylim(-0.2, 1.1 * supcon.max())
    label(axes[5], "SupCon over free embeddings, certified optima", "case", "mean squared distance")
    return figure
