"""Figures of paper B's block model: limits, closed forms, and the published panels beside ours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from contrastive_claims.figures.closed_forms import uniform_cosine
from contrastive_claims.figures.style import (
    BLACK,
    BLUE,
    DIVERGING,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    explain,
    ink,
    label,
    listed,
    new_figure,
    number,
    say,
    sign,
    small,
    ticks_at,
)

PAIRS = (r"$\cos(h_1, h_2)$", r"$\cos(h_1, h_3)$", r"$\cos(h_2, h_3)$")
ROUNDING = 1e-14  # a distance below it is not told from 0


def vanishing_minority(
    shares: np.ndarray, alphas: np.ndarray, cosines: np.ndarray, limits: np.ndarray, gaps: np.ndarray
) -> Figure:
    """B4: cos(h1,h2) and cos(h2,h3) against the minority's share. shares [S], alphas [A], cosines [A, S, 2], limits [A]."""
    figure, axes = new_figure(columns=2, height=3.0)
    said = []
    for colour, marker, alpha, curve, limit in zip(
        (BLUE, ORANGE, GREEN, PURPLE), "os^D", alphas, cosines, limits, strict=False
    ):
        how = {"marker": marker, "ms": 3, "color": colour}
        axes[0].plot(shares, curve[:, 0], **how, label=rf"$\alpha = {alpha:g}$")
        axes[0].axhline(limit, color=colour, lw=0.9, ls="--")
        apart = 1 + curve[:, 1]
        axes[1].plot(shares, np.where(apart > ROUNDING, apart, np.nan), **how)
        arrives = 1 - curve[-1, 0] < 1e-6
        said.append(rf"{'arrives at 1' if arrives else f'stops at {limit:.3f}'} for $\alpha = {alpha:g}$")
    for ax in axes:
        ax.set_xscale("log")
        ax.invert_xaxis()
    axes[1].set_yscale("log")
    share = r"share $\pi_1$ of the minority"
    label(axes[0], rf"Minority and its block (gaps $\leq$ {small(gaps.max())})", share, PAIRS[0])
    label(axes[1], r"Majorities (not drawn: below $10^{-14}$)", share, r"$1 + \cos(h_2, h_3)$")
    limit = sign(r"limit for $\pi_1 \to 0$ (B5)", color=GREY, ls="--", lw=0.9)
    explain(figure, 3, limit)
    say(figure, f"As the minority's share vanishes, its cosine with the block it is tied to {listed(said)}")
    return figure


def uniform_connections(
    ratios: np.ndarray, temperatures: np.ndarray, cosines: np.ndarray, closed: np.ndarray
) -> Figure:
    """B6: certified cosines (dots) on the closed form (lines), four blocks. ratios [R], temperatures [T], others [T, R]."""
    figure, (ax,) = new_figure(height=2.9)
    fine = np.geomspace(ratios.min(), ratios.max(), 300)
    for colour, marker, temperature, dots in zip((BLUE, ORANGE, GREEN), "os^", temperatures, cosines, strict=False):
        ax.plot(fine, uniform_cosine(4, fine, float(temperature)), color=colour, lw=1)
        ax.plot(ratios, dots, marker, ms=3.5, color=colour, label=rf"$\tau = {temperature:g}$")
    ax.set_xscale("log")
    ticks_at(ax.xaxis, [0.03, 0.1, 0.3, 1])
    label(ax, "Four blocks (lines: closed form)", r"$\alpha/p$", "cosine between blocks")
    explain(figure, 3)
    error = np.abs(cosines - closed).max()
    met = "lie on it" if error <= 1e-5 else f"lie up to {small(error)} from it"
    say(figure, rf"The cosine is $1 + \tau\,\log(\alpha/p)$, cut at $-1/(K-1)$ and 1: certified optima (marks) {met}")
    return figure


def published_panels(
    published: np.ndarray, cosines: np.ndarray, low: np.ndarray, high: np.ndarray, sizes: np.ndarray
) -> Figure:
    """P1: published block cosines beside ours. published [S, 3]; cosines [S, seeds, 3]; low, high [S, 3]; sizes [S]."""
    figure, axes = new_figure(columns=2, height=2.9, width_ratios=(1, 1.5), sharey=True)
    ends = [
        [f"{number(a, 3)} to {number(b, 3)}" for a, b in zip(*rows, strict=True)]
        for rows in zip(low, high, strict=True)
    ]
    ours = cosines.mean(axis=1)
    _cells(axes[0], published, [[number(v) for v in row] for row in published], PAIRS)
    _cells(
        axes[1],
        ours,
        [[f"{number(v, 3)}\n{n}" for v, n in zip(*rows, strict=True)] for rows in zip(ours, ends, strict=True)],
        PAIRS,
    )
    axes[0].set_yticks(range(len(sizes)), [f"$n_1 = {size}$" for size in sizes])
    axes[0].set_title("Published", loc="left")
    axes[1].set_title(f"Ours: mean of {cosines.shape[1]} graphs, prediction interval", loc="left")
    figure.colorbar(axes[1].images[0], ax=axes, label="cosine", shrink=0.9)
    within = (low - 0.005 <= published) & (published <= high + 0.005)  # up to half a unit of the last printed digit
    count = f"All {within.size}" if within.all() else f"Only {within.sum()} of {within.size}"
    say(figure, f"{count} published cosines of finite graphs lie within the interval over graphs of certified optima")
    return figure


def _cells(ax: Axes, values: np.ndarray, cells: Sequence[Sequence[str]], names: Sequence[str]) -> None:
    """A heat map of cosines with a text in every cell."""
    ax.imshow(values, cmap=DIVERGING, vmin=-1, vmax=1, aspect="auto")
    ax.set_xticks(range(len(names)), names)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    for i, row in enumerate(values.tolist()):
        for j, value in enumerate(row):
            ax.text(j, i, cells[i][j], ha="center", va="center", fontsize=7.5, color=ink(ax, value))


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
    figure, (table, ax) = new_figure(columns=2, height=3.2, width_ratios=(1, 1.25))
    columns = np.stack([published, scripted, wrong_optimum, right_optimum], axis=1)
    digits = (2, 3, 3, 3)
    cells = [[number(v, d) for v, d in zip(row, digits, strict=True)] for row in columns]
    _cells(table, columns, cells, ("published", "wrong axis,\nscript", "wrong axis,\noptimum", "as defined,\noptimum"))
    table.set_yticks(range(len(shares)), [rf"$\pi_1 = 1/{1 / share:.0f}$" for share in shares])
    table.set_title(rf"{PAIRS[0]} of the three panels", loc="left")
    ax.axhline(float(limit), color=GREY, lw=0.9, ls="--", label=rf"limit of the loss as defined (B5): {limit:.3f}")
    ax.plot(grid, right_curve, color=BLUE, label="loss as defined, certified optimum")
    ax.plot(grid, wrong_curve, "-.", color=RED, label="shares on the wrong axis, certified optimum")
    ax.plot(shares, right_optimum, ".", color=BLUE)
    ax.plot(shares, wrong_optimum, ".", color=RED)
    ax.plot(shares, scripted, "x", color=ORANGE, ms=7, mew=1.5, label="wrong axis after the script's 1,000 steps")
    ax.plot(shares, published, "o", mfc="none", color=BLACK, ms=8, label="published")
    ax.set_xscale("log", base=2)
    ax.invert_xaxis()
    label(ax, r"Along the share ($\alpha = 0.4$)", r"share $\pi_1$ of the minority", PAIRS[0])
    explain(figure, 2)
    wrong, right = (float(np.abs(found - published).max()) for found in (scripted, right_optimum))
    if wrong < right:
        text = (
            f"The published drift to {published[-1]:.2f} is that of a loss with its shares on the wrong axis (within "
            f"{wrong:.3f}); the loss as defined {'stays below' if right_curve.max() <= limit else 'passes'} its limit {limit:.3f}"
        )
    else:
        text = f"The loss as defined gives the published cosines (within {right:.3f})"
    say(figure, text)
    return figure
