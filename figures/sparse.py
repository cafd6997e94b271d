"""Figures of finite graphs: convergence of the loss and of its minimisers, and the law of sparse graphs."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from contrastive_claims.figures.style import (
    BLUE,
    GREY,
    ORANGE,
    RED,
    SKY,
    explain,
    label,
    new_figure,
    number,
    ordered,
    say,
    sign,
    ticks_at,
)

SPREAD = r"spread $1 - \|\overline{v}\|^2$"


def slope(x: np.ndarray, y: np.ndarray) -> float:
    """Least-squares slope in log-log coordinates."""
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


def loss_convergence(sizes: np.ndarray, differences: np.ndarray, degrees: np.ndarray, relaxed: np.ndarray) -> Figure:
    """B1: |finite minimum - population minimum| in n, and the gain from relaxing in degree.

    sizes [S], differences [seeds, S], degrees [D], relaxed [seeds, D].
    """
    figure, axes = new_figure(columns=2, height=2.9)
    rms, mean = (differences**2).mean(axis=0) ** 0.5, relaxed.mean(axis=0)
    for ax, x, dots, line, name in (
        (axes[0], sizes, np.abs(differences), rms, "root mean square, or mean"),
        (axes[1], degrees, relaxed, mean, ""),
    ):
        ax.plot(x, dots.T, ".", color=GREY, ms=4, label="a graph" if name else None)
        ax.plot(x, line, "o-", color=BLUE, label=name or None)
        guide = line[-1] * x[-1] / x
        ax.plot(x, guide, "--", color=RED, lw=1, label=r"guides: $1/n$, 1/degree" if name else None)
        ax.set_xscale("log")
        ax.set_yscale("log")
        ticks_at(ax.xaxis, x)
    ticks_at(axes[1].yaxis, [4e-4, 7e-4, 1e-3, 1.4e-3], ["0.0004", "0.0007", "0.001", "0.0014"])
    label(axes[0], "Finite against population minimum", "nodes $n$, fixed connectivity", "difference (nats)")
    label(axes[1], "Gain of free nodes over blocks", "mean degree", "gain (nats)")
    explain(figure, 3)
    say(
        figure,
        rf"The finite graph's minimum approaches the population's like $n^{{{number(slope(sizes, rms))}}}$; what free nodes gain "
        rf"falls like degree$^{{{number(slope(degrees, mean))}}}$",
    )
    return figure


def printed_minimisers(sizes: np.ndarray, spreads: np.ndarray) -> Figure:
    """B2 as printed: the spread of the witness's second block does not fall. sizes [S], spreads [seeds, S]."""
    figure, (ax,) = new_figure(height=2.6)
    ax.plot(sizes, spreads.T, "o-", color=RED)
    ax.set_xscale("log")
    ax.set_ylim(0, 1)
    ticks_at(ax.xaxis, sizes)
    label(ax, "Block 2 of the witness (line: a graph)", "nodes", SPREAD)
    ends = spreads.mean(axis=0)
    stays = "never collapses" if slope(sizes, ends) > -0.5 else "collapses"
    say(
        figure,
        f"A block that {stays} to one vector: its spread goes from {ends[0]:.2f} to {ends[-1]:.2f} as graphs grow",
    )
    return figure


def minimisers(sizes: np.ndarray, spread: np.ndarray, failing_sizes: np.ndarray, failing: np.ndarray) -> Figure:
    """B2c: spread within blocks of certified optima. spread [seeds, S]; failing [2, seeds, F]: two witnesses."""
    figure, (ax,) = new_figure(height=3.1)
    means, failed = spread.mean(axis=0), failing.mean(axis=1)
    ax.plot(sizes, spread.T, "o", color=BLUE, ms=3)
    ax.plot(sizes, means, "o-", color=BLUE, ms=3, label="all multipliers negative")
    ax.plot(sizes, means[0] * sizes[0] / sizes, "--", color=GREY, lw=1, label="guide: $1/n$")
    for colour, marker, name, values, mean in zip(
        (RED, ORANGE), "s^", ("two blocks", "a hub"), failing, failed, strict=True
    ):
        ax.plot(failing_sizes, values.T, marker, color=colour, ms=3)
        ax.plot(failing_sizes, mean, f"{marker}-", color=colour, ms=3, label=f"one positive: {name}")
    ax.set_xscale("log")
    ax.set_yscale("log")
    ticks_at(ax.xaxis, [30, 60, 120, 200, 400])
    label(ax, "Certified optima on graphs", "nodes $n$", SPREAD)
    explain(figure, 2)
    fall, stays = slope(sizes, means), min(failed[:, -1])
    say(
        figure,
        rf"Blocks collapse like $n^{{{number(fall)}}}$ where every multiplier is negative; where one is positive a spread of "
        f"{stays:.2f} or more stays",
    )
    return figure


def sparse_law(
    law: np.ndarray,
    critical: np.ndarray,
    temperatures: np.ndarray,
    nodes: np.ndarray,
    sizes: np.ndarray,
    ranks: np.ndarray,
) -> Figure:
    """B23: measured critical degree against (2 / (tau mu))^2, and the rank of certified optima at half of it.

    law, temperatures [C]; critical [seeds, C]; nodes: of the first panel; sizes [S]; ranks [seeds, S].
    """
    figure, axes = new_figure(columns=2, height=3.1)
    ends = np.array([law.min() * 0.93, law.max() * 1.07])
    axes[0].plot(ends, ends, "--", color=GREY, lw=1, label="equal")
    known = np.unique(temperatures)
    for colour, marker, temperature in zip(ordered(len(known)), "os^DvPX", known, strict=False):
        here = temperatures == temperature
        axes[0].plot(
            np.repeat(law[here], len(critical)), critical[:, here].T.ravel(), marker, ms=4, color=colour,
            label=rf"$\tau = {temperature:g}$",
        )  # fmt: skip
    axes[1].plot(sizes, ranks.T, "o", color=SKY, ms=3.5)
    axes[1].plot(sizes, ranks.mean(axis=0), "o-", color=BLUE)
    for ax in axes:
        ax.set_xscale("log")
        ax.set_yscale("log")
    for axis in (axes[0].xaxis, axes[0].yaxis):
        ticks_at(axis, [20, 30, 40, 60, 90])
    ticks_at(axes[1].xaxis, sizes)
    ticks_at(axes[1].yaxis, np.arange(ranks.min(), ranks.max() + 1))
    label(
        axes[0], rf"Where collapse begins ($n = {int(nodes)}$, three graphs each)", r"$(2/(\tau\mu))^2$", "mean degree"
    )
    label(axes[1], "At half that degree (pale: graphs)", "nodes $n$", "rank of the certified optimum")
    explain(figure, len(known) + 3, sign("graph", color=SKY, marker="o"), sign("mean", color=BLUE, marker="o", ls="-"))
    ratio = critical.mean(axis=0) / law
    says = f"Collapse of sparse graphs begins at {number(ratio.min())} to {number(ratio.max())} times the degree "
    says += r"$(2/(\tau\mu))^2$"
    grows = ranks.mean(axis=0)
    says += f"; below, the rank {'grows' if grows[-1] > grows[0] else 'does not grow'} with $n$"
    say(figure, says)
    return figure
