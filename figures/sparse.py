"""Figures of finite graphs: convergence of the loss and of its minimisers, and the law of sparse graphs."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from figures.style import BLUE, GREEN, GREY, ORANGE, RED, label, new_figure


def loss_convergence(sizes: np.ndarray, differences: np.ndarray, degrees: np.ndarray, relaxed: np.ndarray) -> Figure:
    """B1: |finite minimum - population minimum| in n, and the gain from relaxing in degree.

    sizes [S], differences [seeds, S], degrees [D], relaxed [seeds, D].
    """
    figure, axes = new_figure(columns=2)
    rms = (differences**2).mean(axis=0) ** 0.5
    axes[0].plot(sizes, np.abs(differences).T, ".", color=GREY, ms=3)
    axes[0].plot(sizes, rms, "o-", color=BLUE, label="root mean square")
    axes[0].plot(sizes, rms[0] * sizes[0] / sizes, "--", color=RED, lw=1, label="1 / n")
    axes[1].plot(degrees, relaxed.T, ".", color=GREY, ms=3)
    axes[1].plot(degrees, relaxed.mean(axis=0), "o-", color=BLUE, label="mean")
    axes[1].plot(degrees, relaxed.mean(axis=0)[-1] * degrees[-1] / degrees, "--", color=RED, lw=1, label="1 / degree")
    for ax in axes:
        ax.set_xscale("log")
        ax.set_yscale("log")
        ax.legend(frameon=False, fontsize=8)
    label(axes[0], "B1: finite against population minimum", "nodes, fixed connectivity", "difference, nats")
    label(axes[1], "what free nodes gain over blocks", "mean degree", "nats")
    return figure


def printed_minimisers(sizes: np.ndarray, spreads: np.ndarray) -> Figure:
    """B2 as printed: the spread of the witness's second block does not fall. sizes [S], spreads [seeds, S]."""
    figure, (ax,) = new_figure()
    ax.plot(sizes, spreads.T, ".-", color=RED)
    ax.set_xscale("log")
    ax.set_ylim(0, 1)
    label(ax, "B2: a block that never collapses", "nodes", "1 - |mean vector|^2")
    return figure


def minimisers(sizes: np.ndarray, spread: np.ndarray, failing_sizes: np.ndarray, failing: np.ndarray) -> Figure:
    """B2c: spread within blocks of certified optima. spread [seeds, S]; failing [2, seeds, F]: two witnesses."""
    figure, (ax,) = new_figure(width=5.2)
    ax.plot(sizes, spread.T, ".", color=BLUE, ms=4)
    ax.plot(sizes, spread.mean(axis=0), "-", color=BLUE, label="every multiplier negative")
    ax.plot(sizes, spread.mean(axis=0)[0] * sizes[0] / sizes, "--", color=GREY, lw=1, label="1 / n")
    for colour, name, values in zip((RED, ORANGE), ("two blocks", "a hub"), failing, strict=True):
        ax.plot(failing_sizes, values.T, ".", color=colour, ms=4)
        ax.plot(failing_sizes, values.mean(axis=0), "-", color=colour, label=f"a positive one: {name}")
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.legend(frameon=False, fontsize=8)
    label(ax, "B2: blocks collapse where the multipliers say so", "nodes", "1 - |mean vector|^2")
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
    figure, axes = new_figure(columns=2)
    order = np.argsort(law)
    axes[0].plot(law[order], law[order], "-", color=GREY, lw=1, label="(2 / (tau mu))^2, no free constant")
    axes[0].plot(law, critical.T, ".", color=BLUE, ms=5)
    for x, y, temperature in zip(law, critical.mean(axis=0), temperatures, strict=True):
        axes[0].annotate(f"tau {temperature:g}", (x, y), xytext=(5, -9), textcoords="offset points", fontsize=7)
    axes[0].legend(frameon=False, fontsize=8)
    axes[1].plot(sizes, ranks.T, ".", color=GREEN, ms=4)
    axes[1].plot(sizes, ranks.mean(axis=0), "o-", color=GREEN)
    for ax in axes:
        ax.set_xscale("log")
        ax.set_yscale("log")
    label(axes[0], f"B23: degree at which collapse begins (n = {int(nodes)})", "law", "measured mean degree")
    label(axes[1], "rank at half that degree", "nodes", "rank of the certified optimum")
    return figure
