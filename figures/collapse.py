"""Figures of paper B's block model: limits, closed forms, and the published panels beside ours."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from figures.style import BLUE, DIVERGING, GREEN, GREY, ORANGE, PURPLE, RED, SKY, label, new_figure


def vanishing_minority(
    shares: np.ndarray, alphas: np.ndarray, cosines: np.ndarray, limits: np.ndarray, gaps: np.ndarray
) -> Figure:
    """B4: cos(h1,h2) and cos(h2,h3) against the minority's share. shares [S], alphas [A], cosines [A, S, 2], limits [A]."""
    figure, axes = new_figure(columns=2)
    for colour, alpha, curve, limit in zip((BLUE, ORANGE, GREEN, PURPLE), alphas, cosines, limits, strict=False):
        axes[0].plot(shares, curve[:, 0], ".-", color=colour, label=f"alpha = {alpha:g}")
        axes[0].axhline(limit, color=colour, lw=0.8, ls="--")
        apart = 1 + curve[:, 1]
        axes[1].plot(shares, np.where(apart > 1e-14, apart, np.nan), ".-", color=colour)  # below: rounding
    for ax in axes:
        ax.set_xscale("log")
        ax.invert_xaxis()
    axes[1].set_yscale("log")
    axes[0].legend(frameon=False, fontsize=8)
    label(axes[0], "B4: minority and the block it is tied to", "share of the minority", "cosine (dashed: its limit)")
    label(
        axes[1], f"majorities become antipodal (gaps <= {gaps.max():.0e})", "share of the minority", "1 + cos(h2, h3)"
    )
    return figure


def uniform_connections(
    ratios: np.ndarray, temperatures: np.ndarray, cosines: np.ndarray, closed: np.ndarray
) -> Figure:
    """B6: certified cosines (dots) on the closed form (lines), four blocks. ratios [R], temperatures [T], others [T, R]."""
    figure, (ax,) = new_figure(width=5.2)
    for colour, temperature, dots, line in zip((BLUE, ORANGE, GREEN), temperatures, cosines, closed, strict=False):
        ax.plot(ratios, line, color=colour, lw=1)
        ax.plot(ratios, dots, ".", color=colour, label=f"tau = {temperature:g}")
    ax.set_xscale("log")
    ax.legend(frameon=False, fontsize=8)
    label(ax, "B6: clip(1 + tau log(alpha/p), -1/(K-1), 1), K = 4", "alpha / p", "cosine between blocks")
    return figure


def published_panels(
    published: np.ndarray, cosines: np.ndarray, low: np.ndarray, high: np.ndarray, sizes: np.ndarray
) -> Figure:
    """P1: published block cosines beside ours. published [S, 3]; cosines [S, seeds, 3]; low, high [S, 3]; sizes [S]."""
    return _panels(
        published,
        cosines.mean(axis=1),
        [f"n1 = {size}" for size in sizes],
        [[f"{a:.3f}..{b:.3f}" for a, b in zip(*rows, strict=True)] for rows in zip(low, high, strict=True)],
        "certified optima, five graphs",
    )


def _panels(published: np.ndarray, ours: np.ndarray, names: list[str], notes: list[list[str]], title: str) -> Figure:
    """Two heat maps side by side on one colour scale: rows are panels, columns the pairs (1,2), (1,3), (2,3)."""
    figure, axes = new_figure(columns=2, width=4.0, height=3.0)
    for ax, values, head, cells in (
        (axes[0], published, "published", [[f"{v:.2f}" for v in row] for row in published]),
        (
            axes[1],
            ours,
            title,
            [[f"{v:.3f}\n{n}" for v, n in zip(*rows, strict=True)] for rows in zip(ours, notes, strict=True)],
        ),
    ):
        ax.imshow(values, cmap=DIVERGING, vmin=-1, vmax=1, aspect="auto")
        ax.set_xticks(range(3), ["cos 12", "cos 13", "cos 23"])
        ax.set_yticks(range(len(names)), names)
        ax.tick_params(length=0)
        for (i, j), value in np.ndenumerate(values):
            colour = "white" if abs(value) > 0.6 else "black"
            ax.text(j, i, cells[i][j], ha="center", va="center", fontsize=8, color=colour)
        ax.set_title(head, loc="left", fontsize=10)
    return figure


def published_population(
    shares: np.ndarray,
    published: np.ndarray,
    scripted: np.ndarray,
    wrong_optimum: np.ndarray,
    right_optimum: np.ndarray,
    grid: np.ndarray,
    wrong_curve: np.ndarray,
    right_curve: np.ndarray,
    limit: np.ndarray,
) -> Figure:
    """P2: cos(h1,h2) as printed, from the wrong-axis loss (after the script's steps, and optimal), and of the right loss.

    shares, published, scripted, wrong_optimum, right_optimum: [3]; grid, wrong_curve, right_curve: [G]; limit: B5's.
    """
    figure, (ax,) = new_figure(width=5.6, height=3.6)
    ax.plot(grid, right_curve, color=BLUE, label="population loss, certified optimum")
    ax.plot(grid, wrong_curve, color=RED, label="shares on the wrong axis, certified optimum")
    ax.plot(shares, scripted, "x", color=ORANGE, ms=8, label="wrong axis after the script's 1,000 steps")
    ax.plot(shares, published, "o", mfc="none", color="black", ms=9, label="published")
    ax.plot(shares, right_optimum, ".", color=BLUE)
    ax.plot(shares, wrong_optimum, ".", color=RED)
    ax.axhline(float(limit), color=SKY, lw=1, ls="--")
    ax.text(grid.max(), float(limit) + 0.005, "limit of the population loss (B5)", fontsize=8, color=GREY)
    ax.set_xscale("log", base=2)
    ax.invert_xaxis()
    ax.legend(frameon=False, fontsize=8, loc="lower right")
    label(ax, "P2: the published drift to 1 is an artefact", "share of the minority, pi_1", "cos(h1, h2), alpha = .4")
    return figure
