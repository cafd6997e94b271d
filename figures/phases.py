"""Figures of the block model's limits and thresholds: where a vanishing minority collapses fully, partly, or not."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from contrastive_claims.figures.closed_forms import collapse_threshold, vanishing_ratio
from contrastive_claims.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    MARKERS,
    ORANGE,
    RED,
    explain,
    label,
    new_figure,
    number,
    ordered,
    say,
    sign,
    small,
)

TAU, SHARE = r"temperature $\tau$", r"share $\pi_1$ of the minority (falling)"
MERGED = 1e-6  # 1 - cosine up to which two blocks count as one point
LINES = ("-", "--", "-.", ":")


def vanishing_limit(
    ratios: np.ndarray, temperatures: np.ndarray, limits: np.ndarray, cosines: np.ndarray, boxes: np.ndarray
) -> Figure:
    """B5: certified cosines at a tiny share on the limit, and the interval enclosures. limits, cosines [T, R]; boxes [N, 6]."""
    figure, axes = new_figure(columns=2, height=3.5)
    fine = np.linspace(0, 1, 400)
    looks = zip(ordered(len(temperatures)), MARKERS, temperatures, cosines, strict=False)
    for k, (colour, marker, tau, dots) in enumerate(looks):
        line = vanishing_ratio(fine, float(tau))
        axes[0].plot([*line, 1.05], [*fine, 1], color=colour, lw=1)
        # larger ones behind, so that all are seen where they meet
        size = 9 - 1.3 * k
        axes[0].plot(ratios, dots, marker, color=colour, ms=size, mfc="none", label=rf"$\tau = {tau:g}$")
        axes[0].axvline(float(collapse_threshold(tau)), color=colour, lw=0.9, ls=":")
    axes[0].plot([], [], ":", color=GREY, lw=0.9, label="threshold")
    axes[0].set_xlim(0, 1.05)
    axes[0].set_ylim(min(cosines.min(), 0.4), 1.03)
    first, last = np.unique(boxes[:, 0])[[2, -4]]
    for colour, left in (("#7FB2D6", first), ("#FBE3A8", last)):
        row = boxes[(boxes[:, 0] == left) & (boxes[:, 2] > 0)]
        edges, low, high = _enclosures(row)
        name = rf"enclosures, $\alpha/p$ from {left:g} to {row[0, 1]:g}"
        axes[1].fill_between(
            edges, np.append(low, low[-1]), np.append(high, high[-1]), step="post", facecolor=colour, lw=0, label=name,
        )  # fmt: skip
        tau, cosine = np.meshgrid(np.linspace(edges[0], edges[-1], 200), np.linspace(0.2, 1, 200))
        middle = (left + row[0, 1]) / 2
        levels = tau.copy()
        for k in range(tau.shape[1]):
            levels[:, k] = vanishing_ratio(cosine[:, k], float(tau[0, k]))
        axes[1].contour(tau, cosine, levels, levels=[middle], colors=[BLACK], linewidths=1.2)
    axes[1].set_ylim(0.35, 1.03)
    axes[1].plot([], [], color=BLACK, label="root at the middle of these")
    label(axes[0], r"Root (lines), certified optima at $\pi_1 = 10^{-5}$ (marks)", r"$\alpha/p$", r"$\cos(h_1, h_2)$")
    label(axes[1], r"Proved for every $\alpha/p$ and $\tau$: the root is enclosed", TAU, r"$\cos(h_1, h_2)$")
    explain(figure, 5)
    merged = 1 - cosines < MERGED
    agrees = merged == (ratios >= collapse_threshold(temperatures)[:, None])
    rule = r"$\alpha/p \geq 2\,\tanh(1/\tau) - 1$"
    where = f"collapses fully exactly where {rule}"
    if not agrees.all():
        where = f"does not collapse as {rule} says at {(~agrees).sum()} of {agrees.size} points"
    distance = np.abs(limits - cosines).max()
    say(
        figure,
        f"A vanishing minority {where}; below, its cosine with its block is the root of an equation, which certified optima meet "
        f"within {small(distance)}",
    )
    return figure


def _enclosures(row: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Temperatures at the edges of boxes (q = e^{-2/tau}), [N + 1], and the least and largest cosine in each, [N]."""
    ends = -2 / np.log(row[:, 2:4])
    low = np.minimum(1, 1 + np.where(row[:, 4] < 1, ends[:, 1], ends[:, 0]) * np.log(row[:, 4]))
    high = np.minimum(1, 1 + np.where(row[:, 5] < 1, ends[:, 0], ends[:, 1]) * np.log(row[:, 5]))
    return np.append(ends[:, 0], ends[-1, 1]), low, high


def temperature(
    temperatures: np.ndarray, thresholds: np.ndarray, alphas: np.ndarray, cosines: np.ndarray, harm: np.ndarray
) -> Figure:
    """B8: threshold, limit cosine and RH against the temperature. thresholds [T]; cosines, harm [A, T]."""
    figure, axes = new_figure(columns=3, height=2.8)
    axes[0].fill_between(temperatures, thresholds, 1, facecolor="#D0D0D0", lw=0)
    axes[0].plot(temperatures, thresholds, color=RED)
    axes[0].text(0.97 * temperatures[-1], 0.97, "full collapse", ha="right", va="top", fontsize=8)
    axes[0].set_xlim(temperatures[0], temperatures[-1])
    axes[0].set_ylim(0, 1)
    label(axes[0], "Where a minority collapses fully", TAU, r"$\alpha/p$")
    for colour, line, alpha, cosine, ratio in zip(ordered(len(alphas)), LINES, alphas, cosines, harm, strict=False):
        axes[1].plot(temperatures, cosine, line, color=colour, label=rf"$\alpha/p = {alpha:g}$")
        axes[2].plot(temperatures, ratio, line, color=colour)
    label(axes[1], r"Limit of the cosine, $\pi_1 \to 0$", TAU, r"$\cos(h_1, h_2)$")
    label(axes[2], "RH: distance kept", TAU, "RH (1: all, 0: merged)")
    explain(figure, 5, sign(r"threshold $2\,\tanh(1/\tau) - 1$", color=RED, ls="-"))
    falls = "falls" if (np.diff(thresholds) <= 1e-12).all() else "does not fall throughout"
    turns = "is not monotone" if (np.diff(cosines).min() < 0 < np.diff(cosines).max()) else "is monotone"
    protects = "protects" if (np.diff(harm) <= 1e-9).all() else "does not always protect"
    say(
        figure,
        rf"The threshold of full collapse {falls} with $\tau$; the minority's cosine {turns}, but by RH, its distance from its "
        f"block relative to a balanced one's, a lower temperature {protects}",
    )
    return figure


def majorities(
    counts: np.ndarray, temperatures: np.ndarray, thresholds: np.ndarray, shares: np.ndarray, unequal: np.ndarray
) -> Figure:
    """B18: thresholds of full collapse. thresholds [M, T] for M equal majorities, unequal [W, T] for a tied share W of two."""
    figure, axes = new_figure(columns=2, height=3.1)
    for ax, names, curves, colours in (
        (axes[0], [f"$M = {m}$" for m in counts], thresholds, ordered(len(counts))),
        (axes[1], [f"$w = {w:g}$" for w in shares], unequal, ordered(len(shares), "inferno")),
    ):
        for k, (colour, name, curve) in enumerate(zip(colours, names, curves, strict=True)):
            ax.plot(temperatures, curve, LINES[k % 2], color=colour, label=name)
    axes[0].axvline(0.5, color=GREY, lw=0.9, ls="-.", label=r"$\tau = 0.5$")
    for ax in axes:
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    threshold = r"least $\alpha/p$ of full collapse"
    label(axes[0], "$M$ equal majorities", TAU, threshold)
    label(axes[1], r"Two majorities: share $w$ (tied), $1 - w$", TAU, threshold)
    any_tie = [m for m, curve in zip(counts, thresholds, strict=True) if np.interp(0.5, temperatures, curve) <= 1e-9]
    falls = (np.diff(thresholds, axis=0) <= 1e-12).all()
    says = f"Beside more majorities {'a weaker tie suffices' if falls else 'not always a weaker tie suffices'} for full collapse"
    if any_tie:
        says += rf", and at $M = {min(any_tie)}$ and $\tau = 0.5$ any tie does"
    if (np.diff(unequal, axis=0) >= -1e-12).all():
        says += "; beside two, the larger the one it is tied to, the stronger a tie it takes"
    say(figure, says)
    return figure


def connected(
    betweens: np.ndarray, settings: np.ndarray, cosines: np.ndarray, grid: np.ndarray, curves: np.ndarray
) -> Figure:
    """B19: certified cosines (dots) on the limit (lines) as the majorities join. settings [S, 2] of (tau, alpha/p)."""
    figure, (ax,) = new_figure(height=3.0)
    for colour, marker, (tau, ratio), dots, line in zip(
        (BLUE, ORANGE, GREEN), "os^", settings, cosines, curves, strict=False
    ):
        ax.plot(grid, line, color=colour, lw=1)
        ax.plot(betweens, dots, marker, color=colour, label=rf"$\tau = {tau:g}$, $\alpha/p = {ratio:g}$")
    full = grid[np.array([(1 - curve < MERGED) for curve in curves]).any(axis=0)]
    apart = float(full.max()) if len(full) else 0.0
    ax.axvline(apart, color=GREY, lw=0.9, ls="--", label=rf"$\beta/p = {number(apart)}$")
    label(ax, "Lines: limit, marks: certified optima", r"connection of the majorities, $\beta/p$", r"$\cos(h_1, h_2)$")
    explain(figure, 2)
    say(
        figure,
        rf"Connecting the majorities prevents full collapse: none beyond $\beta/p = {number(apart)}$ in these models",
    )
    return figure


def slip(shares: np.ndarray, slipped: np.ndarray, right: np.ndarray) -> Figure:
    """P3: cos(h1, h2) at alpha = .1 of the wrong-axis loss and of the population loss, [S]."""
    figure, (ax,) = new_figure(height=2.8)
    ax.plot(shares, right, "o-", ms=3.5, color=BLUE, label="as defined (columns)")
    ax.plot(shares, slipped, "s-.", ms=3.5, color=RED, label="shares weight rows")
    ax.axhline(0, color=GREY, lw=0.6)
    ax.set_xscale("log")
    ax.invert_xaxis()
    label(ax, r"Certified optima: minority and its block, $\alpha = 0.1$", SHARE, r"$\cos(h_1, h_2)$")
    explain(figure, 2)
    wrong, moved = float(slipped[np.argmin(shares)]), float(right[np.argmin(shares)])
    parts = "stays apart from" if wrong < moved else "nears"
    says = f"With shares that weight rows, not columns (P2's slip), a small minority {parts} its block: its cosine ends at "
    says += f"{number(wrong)}, as defined at {number(moved)}"
    say(figure, says)
    return figure
