"""Figures of paper B's block model: limits, closed forms, and the published panels beside ours."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from contrastive_claims.figures.closed_forms import uniform_cosine
from contrastive_claims.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    explain,
    intervals,
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
DIGITS = 2  # of the published cosines
ROUNDED = 0.5 * 10.0**-DIGITS  # how far a published cosine may lie from what it was rounded from


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
    share = r"share $\pi_1$ of the minority (falling)"
    label(axes[0], f"Minority and its block (optimal to {small(gaps.max())} nats)", share, PAIRS[0])
    label(axes[1], r"The two majorities (not drawn: below $10^{-14}$)", share, r"$1 + \cos(h_2, h_3)$")
    limit = sign(r"limit for $\pi_1 \to 0$ (B5), in the colour of its $\alpha$", color=GREY, ls="--", lw=0.9)
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
    label(ax, "$K = 4$ blocks (lines: closed form)", r"$\alpha/p$", "cosine between blocks")
    explain(figure, 3)
    error = np.abs(cosines - closed).max()
    met = "lie on it" if error <= 1e-5 else f"lie up to {small(error)} from it"
    say(figure, rf"The cosine is $1 + \tau\,\log(\alpha/p)$, cut at $-1/(K-1)$ and 1; certified optima (marks) {met}")
    return figure


def published_panels(
    published: np.ndarray, cosines: np.ndarray, low: np.ndarray, high: np.ndarray, sizes: np.ndarray
) -> Figure:
    """P1: block cosines of certified optima on graphs, and their prediction intervals, less the published ones.

    published [S, 3]; cosines [S, seeds, 3]; low, high [S, 3]; sizes [S].
    """
    figure, (ax,) = new_figure(height=3.6)
    rows = np.arange(published.size)
    off = (cosines - published[:, None]).swapaxes(0, 1).reshape(cosines.shape[1], -1)  # [seeds, rows]
    ax.axvspan(-ROUNDED, ROUNDED, color="#DDDDDD", lw=0, label="published, rounded")
    intervals(
        ax, rows, (low - published).ravel(), (high - published).ravel(), across=True, color=BLUE, lw=1.6,
        label="95 % prediction interval",
    )  # fmt: skip
    ax.plot(off.ravel(), np.tile(rows + 0.28, len(off)), ".", ms=2.5, color=RED, label="optimum of a graph")
    ax.plot(off.mean(axis=0), rows, "o", ms=3.5, color=BLACK, label=f"mean of {len(off)} graphs")
    names = [f"$n_1 = {size}$, {pair}" for size in sizes for pair in PAIRS]
    told = [f"{name}: {number(value, DIGITS)}" for name, value in zip(names, published.ravel(), strict=True)]
    ax.set_yticks(rows, told)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    label(ax, "", "cosine less the published", "")
    explain(figure, 2)
    within = (low - ROUNDED <= published) & (published <= high + ROUNDED)
    count = f"all {within.size}" if within.all() else f"only {within.sum()} of {within.size}"
    say(
        figure,
        f"To its rounding, {count} published cosines of finite graphs lie within the prediction interval over graphs",
    )
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
    figure, (ax,) = new_figure(height=4.0)
    ax.axhline(float(limit), color=GREY, lw=0.9, ls="--", label=rf"limit as defined (B5): {limit:.3f}")
    ax.plot(grid, right_curve, color=BLUE, label="as defined (columns), certified optimum")
    ax.plot(grid, wrong_curve, "-.", color=RED, label="shares weight rows, certified optimum")
    ax.plot(shares, right_optimum, ".", color=BLUE)
    ax.plot(shares, wrong_optimum, ".", color=RED)
    ax.plot(shares, scripted, "x", color=ORANGE, ms=7, mew=1.5, label="rows, after the released script's 1,000 steps")
    ax.plot(shares, published, "o", mfc="none", color=BLACK, ms=8, label="published")
    ax.set_xscale("log", base=2)
    ax.invert_xaxis()
    label(ax, r"Minority and its block, $\alpha = 0.4$", r"share $\pi_1$ of the minority (falling)", PAIRS[0])
    explain(figure, 1)
    wrong, right = (float(np.abs(found - published).max()) for found in (scripted, right_optimum))
    if wrong < right:
        text = (
            f"The published drift to {published[-1]:.2f} is that of a loss whose shares weight the rows, not the columns, after "
            f"the script's steps (within {wrong:.3f}); the loss as defined "
            f"{'stays below' if right_curve.max() <= limit else 'passes'} its limit {limit:.3f}"
        )
    else:
        text = f"The loss as defined gives the published cosines (within {right:.3f})"
    say(figure, text)
    return figure
