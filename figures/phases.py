"""Figures of the block model's limits and thresholds: where a vanishing minority collapses fully, partly, or not."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from contrastive_claims.figures.closed_forms import collapse_threshold, vanishing_ratio
from contrastive_claims.figures.sparse import slope
from contrastive_claims.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    MARKERS,
    ORANGE,
    RED,
    explain,
    hatched,
    label,
    new_figure,
    number,
    ordered,
    say,
    sign,
    small,
    ticks_at,
)

TAU, SHARE = r"temperature $\tau$", r"share $\pi_1$ of the minority"
MERGED = 1e-6  # 1 - cosine up to which two blocks count as one point
LINES = ("-", "--", "-.", ":")


def vanishing_limit(
    ratios: np.ndarray, temperatures: np.ndarray, limits: np.ndarray, cosines: np.ndarray, boxes: np.ndarray
) -> Figure:
    """B5: certified cosines at a tiny share on the limit, and the interval enclosures. limits, cosines [T, R]; boxes [N, 6]."""
    figure, axes = new_figure(columns=2, height=3.3)
    fine = np.linspace(0, 1, 400)
    for colour, marker, tau, dots in zip(ordered(len(temperatures)), MARKERS, temperatures, cosines, strict=False):
        line = vanishing_ratio(fine, float(tau))
        axes[0].plot([*line, 1.05], [*fine, 1], color=colour, lw=1)
        axes[0].plot(ratios, dots, marker, color=colour, label=rf"$\tau = {tau:g}$")
    axes[0].set_xlim(0, 1.05)
    axes[0].set_ylim(min(cosines.min(), 0.4), 1.03)
    axes[0].legend(loc="lower right")
    first, last = np.unique(boxes[:, 0])[[2, -4]]
    for colour, hatch, left in ((BLUE, "////", first), (ORANGE, "\\\\\\\\", last)):
        row = boxes[(boxes[:, 0] == left) & (boxes[:, 2] > 0)]
        edges, low, high = _enclosures(row)
        name = f"enclosures for $\\alpha/p$\nfrom {left:g} to {row[0, 1]:g}"
        axes[1].fill_between(
            edges, np.append(low, low[-1]), np.append(high, high[-1]), step="post", facecolor="none",
            edgecolor=colour, lw=0.6, hatch=hatch, label=name,
        )  # fmt: skip
        tau, cosine = np.meshgrid(np.linspace(edges[0], edges[-1], 200), np.linspace(0.2, 1, 200))
        middle = (left + row[0, 1]) / 2
        levels = tau.copy()
        for k in range(tau.shape[1]):
            levels[:, k] = vanishing_ratio(cosine[:, k], float(tau[0, k]))
        axes[1].contour(tau, cosine, levels, levels=[middle], colors=[BLACK], linewidths=1.2)
    axes[1].set_ylim(0.35, 1.03)
    axes[1].plot([], [], color=BLACK, label="root at the middle")
    axes[1].legend(loc="lower right")
    label(axes[0], r"Root (lines), certified optima at $\pi_1 = 10^{-5}$", r"$\alpha/p$", r"$\cos(h_1, h_2)$")
    label(axes[1], "Proved: the root lies in every enclosure", TAU, r"$\cos(h_1, h_2)$")
    merged = 1 - cosines < MERGED
    agrees = merged == (ratios >= collapse_threshold(temperatures)[:, None])
    rule = r"$\alpha/p \geq 2\,\tanh(1/\tau) - 1$"
    where = f"collapses fully exactly where {rule}"
    if not agrees.all():
        where = f"does not collapse as {rule} says at {(~agrees).sum()} of {agrees.size} points"
    distance = np.abs(limits - cosines).max()
    say(
        figure,
        f"A vanishing minority {where}; below, it stops at the equation's root, which certified optima meet within "
        f"{small(distance)}",
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
    axes[0].fill_between(temperatures, thresholds, 1, facecolor="none", edgecolor=GREY, hatch="////", lw=0)
    axes[0].plot(temperatures, thresholds, color=RED)
    axes[0].set_xlim(temperatures[0], temperatures[-1])
    label(axes[0], "Where a minority collapses fully", TAU, r"$\alpha/p$")
    for colour, line, alpha, cosine, ratio in zip(ordered(len(alphas)), LINES, alphas, cosines, harm, strict=False):
        axes[1].plot(temperatures, cosine, line, color=colour, label=rf"$\alpha = {alpha:g}$")
        axes[2].plot(temperatures, ratio, line, color=colour)
    label(axes[1], r"Limit of the cosine, $\pi_1 \to 0$", TAU, r"$\cos(h_1, h_2)$")
    label(axes[2], "Representation harm", TAU, "RH (1: none, 0: merged)")
    signs = (
        sign(r"threshold $2\,\tanh(1/\tau) - 1$", color=RED, ls="-"),
        hatched("full collapse", "////"),
    )
    explain(figure, 6, *signs)
    falls = "falls" if (np.diff(thresholds) <= 1e-12).all() else "does not fall throughout"
    turns = "is not monotone" if (np.diff(cosines).min() < 0 < np.diff(cosines).max()) else "is monotone"
    protects = "protects" if (np.diff(harm) <= 1e-9).all() else "does not always protect"
    say(
        figure,
        rf"The threshold of full collapse {falls} with $\tau$; the minority's cosine {turns}, but by RH a lower temperature "
        f"{protects}",
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
    label(axes[1], r"Two majorities, of shares $w$ (tied) and $1 - w$", TAU, threshold)
    any_tie = [m for m, curve in zip(counts, thresholds, strict=True) if np.interp(0.5, temperatures, curve) <= 1e-9]
    falls = (np.diff(thresholds, axis=0) <= 1e-12).all()
    says = f"Beside more majorities {'a weaker tie suffices' if falls else 'not always a weaker tie suffices'} for full collapse"
    if any_tie:
        says += rf"; from $M = {min(any_tie)}$ on any tie does at $\tau = 0.5$"
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
    label(ax, "Lines: limit, marks: certified optima", r"connection of the majorities, $\beta/p$", r"$\cos(h_1, h_2)$")
    explain(figure, 2)
    full = grid[np.array([(1 - curve < MERGED) for curve in curves]).any(axis=0)]
    apart = float(full.max()) if len(full) else 0.0
    say(
        figure,
        rf"Connecting the majorities prevents full collapse: none beyond $\beta/p = {number(apart)}$ in these models",
    )
    return figure


def biased_boundary(betas: np.ndarray, temperatures: np.ndarray, cosines: np.ndarray, curves: np.ndarray) -> Figure:
    """B22: a conflicting group's cosine with its class as beta passes gamma = .3, rho -> 1. cosines, curves [T, B]."""
    figure, (ax,) = new_figure(height=3.0)
    for colour, marker, tau, dots, line in zip(
        (BLUE, ORANGE, GREEN), "os^", temperatures, cosines, curves, strict=False
    ):
        ax.plot(betas, line, color=colour, lw=1)
        ax.plot(betas, dots, marker, ms=3.5, color=colour, label=rf"$\tau = {tau:g}$")
    ax.axvline(0.3, color=GREY, lw=0.9, ls="--", label=r"$\beta = \gamma$")
    ax.axhline(0, color=GREY, lw=0.6)
    label(
        ax, r"Lines: limit $\rho \to 1$, marks: certified optima", r"tie $\beta$ to its bias ($\gamma = 0.3$ to its class)",
        "cosine with its own class",
    )  # fmt: skip
    explain(figure, 4)
    agrees = (0.3 - betas) * cosines >= -1e-6
    where = "exactly where" if agrees.all() else f"at {agrees.sum()} of {agrees.size} points as if"
    say(
        figure,
        rf"A bias-conflicting group leaves its class for its bias {where} $\beta > \gamma$, at every temperature",
    )
    return figure


def slip(shares: np.ndarray, slipped: np.ndarray, right: np.ndarray) -> Figure:
    """P3: cos(h1, h2) at alpha = .1 of the wrong-axis loss and of the population loss, [S]."""
    figure, (ax,) = new_figure(height=2.8)
    ax.plot(shares, right, "o-", ms=3.5, color=BLUE, label="loss as defined")
    ax.plot(shares, slipped, "s-.", ms=3.5, color=RED, label="shares on the wrong axis")
    ax.axhline(0, color=GREY, lw=0.6)
    ax.set_xscale("log")
    ax.invert_xaxis()
    label(ax, r"Certified optima, $\alpha = 0.1$", SHARE, r"$\cos(h_1, h_2)$")
    explain(figure, 2)
    wrong, moved = float(slipped[np.argmin(shares)]), float(right[np.argmin(shares)])
    hides = "hides" if wrong < moved else "does not hide"
    says = rf"The slip {hides} the collapse at $\alpha = 0.1$: the cosine ends at {number(wrong)} in place of {number(moved)}"
    say(figure, says)
    return figure


def spread(parts: np.ndarray, distances: np.ndarray) -> Figure:
    """B16b: distance of the means' squared lengths from the law, against the parts per block. distances [models, parts]."""
    figure, (ax,) = new_figure(height=2.8)
    for k, (colour, marker, row) in enumerate(zip((BLUE, ORANGE, GREEN), "os^", distances, strict=False)):
        ax.loglog(parts, row, f"{marker}-", color=colour, label=f"model {k + 1}")
    guide = distances.max() * 1.25 * parts[0] / parts
    ax.loglog(parts, guide, "--", color=GREY, lw=1, label="guide: 1/parts")
    ticks_at(ax.xaxis, parts)
    ticks_at(ax.yaxis, [0.03, 0.1, 0.3])
    label(ax, "Certified optima of split models", "parts of each block", "distance in squared length")
    explain(figure, 4)
    slowest = max(slope(parts[-2:], row[-2:]) for row in distances)
    near = "approach the spread law" if slowest < 0 else "do not approach the spread law"
    says = f"The blocks' means {near} as nodes are added, at order {number(-slowest)} or faster"
    say(figure, says)
    return figure


def rates(shares: np.ndarray, measured: np.ndarray, predicted: np.ndarray) -> Figure:
    """B20: three rates measured at small shares and predicted at zero. measured [C, S, 3], predicted [C, 3]."""
    figure, axes = new_figure(columns=2, height=3.3)
    names = (
        r"slope $(\cos(h_1, h_2) - c)/\pi_1$",
        r"bend $(1 + \cos(h_2, h_3))/\pi_1^2$",
        r"multiplier $\lambda_1/\pi_1^2$",
    )
    least = int(np.argmin(shares))
    reach = 1.3 * max(abs(predicted).max(), abs(measured[:, least]).max())
    axes[0].plot([-reach, reach], [-reach, reach], color=GREY, lw=0.9, ls="--", label="equal")
    for k, (colour, marker, name) in enumerate(zip((BLUE, ORANGE, GREEN), "os^", names, strict=True)):
        axes[0].plot(predicted[:, k], measured[:, least, k], marker, color=colour, label=name, mfc="none", mew=1.2)
        errors = np.abs(measured[:, :, k] - predicted[:, [k]])
        axes[1].plot(shares, errors.T, f"{marker}-", ms=3, lw=0.6, color=colour, mfc="none")
    for ax_set in (axes[0].set_xscale, axes[0].set_yscale):
        ax_set("symlog", linthresh=1)
    for axis in (axes[0].xaxis, axes[0].yaxis):
        ticks_at(axis, [-10, -1, 0, 1, 10])
    guide = shares / shares.max() * np.abs(measured - predicted[:, None]).max() * 1.8
    axes[1].plot(shares, guide, color=BLACK, lw=1, ls=":", label=r"guide: $\pi_1$")
    axes[1].set_xscale("log")
    axes[1].set_yscale("log")
    ticks_at(axes[1].xaxis, np.sort(shares))
    label(axes[0], rf"{len(predicted)} models at $\pi_1 = {shares[least]:g}$", "predicted", "measured")
    label(axes[1], "Distance from the prediction (line: a model)", SHARE, "|measured $-$ predicted|")
    explain(figure, 3)
    order = slope(shares, np.abs(measured - predicted[:, None]).mean(axis=(0, 2)))
    spreads = int((predicted[:, 2] > 0).sum())
    say(
        figure,
        rf"Measured rates approach the predicted ones like $\pi_1^{{{number(order)}}}$; in {spreads} of {len(predicted)} models "
        "the multiplier is positive, and the minority spreads",
    )
    return figure


def two_minorities(shares: np.ndarray, cosines: np.ndarray, predicted: np.ndarray) -> Figure:
    """B21: cosine between two minorities (dots) and its limit (dashed). cosines [C, S], predicted [C]."""
    figure, (ax,) = new_figure(height=2.9)
    for k, (dots, line) in enumerate(zip(cosines, predicted, strict=True)):
        ax.plot(shares, dots, "o-", lw=0.7, color=BLUE, label=None if k else "certified optima, a line for each pair")
        ax.axhline(line, color=GREY, lw=0.9, ls="--", label=None if k else "closed form")
    ax.set_xscale("log")
    ax.invert_xaxis()
    label(ax, f"{len(predicted)} pairs of minorities", "share of the first minority", "cosine between the two")
    explain(figure, 2)
    error = np.abs(cosines[:, np.argmin(shares)] - predicted).max()
    says = f"Two vanishing minorities stand where the closed form says, at cosines from {number(predicted.min())} to "
    say(figure, f"{says}{number(predicted.max())} (met within {number(error, 3)})")
    return figure
