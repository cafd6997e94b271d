"""Figures of what softens representation harm: the temperature (B14), and mitigations side by side (B27)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from figures.style import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, label, new_figure


def harm_by_temperature(
    temperatures: np.ndarray,
    seeds: np.ndarray,
    interval: np.ndarray,
    kept: np.ndarray,
    rest: np.ndarray,
    predicted: np.ndarray,
    cosines: np.ndarray,
    published_temperatures: np.ndarray,
    published: np.ndarray,
) -> Figure:
    """B14: RH(boot, sneaker) against tau, with the block model's limit and the published values; and the cosines that it
    compares.

    cosines [T, 2, S]: of boots and sneakers, for balanced encoders and for those that saw few boots. seeds [S, T];
    interval, kept [3, T] (value, low, high): RH, and how much of the pair's separation is kept; rest [T]: mean of the rest
    of the row; predicted [T]: block model, alpha = .4; published [M, P] at published_temperatures [M]: SimCLR's pairs, and
    BCL's.
    """
    figure, (ax, raw) = new_figure(columns=2, width=5.0, height=3.8)
    ax.plot(temperatures, predicted, color=GREY, lw=1, ls="--", label="block model, vanishing minority, alpha = .4")
    ax.plot(temperatures, rest, color=BLUE, lw=1, ls=":", label="towards the rest of the classes (mean)")
    for row in seeds:
        ax.plot(temperatures, row, "o", ms=3.5, color=RED, alpha=0.5, mec="none")
    value, low, high = interval
    ax.plot(temperatures, value, color=RED, lw=1.6, label="towards sneakers, 95 % interval")
    ax.vlines(temperatures, low, high, color=RED, lw=1.6)
    value, low, high = kept
    beside = 0.95 * temperatures
    ax.plot(beside, value, "s-", ms=3.5, color=GREEN, lw=1, label="separation from sneakers that is kept")
    ax.vlines(beside, low, high, color=GREEN, lw=1)
    for tau, values, name, colour in zip(
        published_temperatures, published, ("SimCLR", "BCL"), (ORANGE, PURPLE), strict=True
    ):
        # a little beside the temperature, so that our interval there stays visible
        text = f"published, CIFAR-10 pairs, {name}"
        ax.plot(np.full(len(values), 1.06 * tau), values, "D", ms=4, color=colour, alpha=0.8, mec="none", label=text)
    ax.axhline(1, color=GREY, lw=0.8)
    for part, (name, colour) in enumerate((("balanced encoders", GREEN), ("boots undersampled", RED))):
        raw.plot(temperatures, cosines[:, part], "o", ms=3.5, color=colour, alpha=0.5, mec="none")
        raw.plot(temperatures, cosines[:, part].mean(axis=-1), color=colour, lw=1.6, label=name)
    raw.set_ylim(top=1)
    raw.legend(frameon=False, fontsize=8, loc="upper left")
    for each in (ax, raw):
        each.set_xscale("log")
        each.set_xticks(temperatures, [f"{tau:g}" for tau in temperatures])
        each.minorticks_off()
    ax.legend(frameon=False, fontsize=7, loc="lower left")
    label(ax, "B14: ankle boots undersampled 100 times", "temperature", "RH (below 1: closer)")
    label(raw, "What RH compares", "temperature", "cosine of boots and sneakers")
    return figure


def mitigations(
    mitigations: np.ndarray,
    harm: np.ndarray,
    seeds: np.ndarray,
    indirect: np.ndarray,
    accuracy: np.ndarray,
    published: np.ndarray,
    published_indirect: np.ndarray,
) -> Figure:
    """B27: RH(boot, sneaker), NIE of boots, and accuracy with a balanced head, under each mitigation, with 95 % intervals;
    below them what was published for CIFAR-10.

    mitigations [M], the first none; harm, indirect, accuracy [M, 3] (value, low, high); seeds [M, S]: RH of each seed;
    published [2, P]: RH of the pairs without a mitigation (SimCLR) and with one (BCL); published_indirect [K]: NIE of the
    classes without one.
    """
    figure, axes = new_figure(columns=3, width=4.0, height=3.8)
    places = np.arange(len(mitigations))
    theirs = len(places) + 0.3 + np.arange(2)
    names = [*(str(name) for name in mitigations), "CIFAR-10, SimCLR", "CIFAR-10, BCL"]
    panels = (
        (harm, "RH(boot, sneaker)", "RH (below 1: closer)", 1.0),
        (indirect, "NIE of boots", "change of their accuracy", 0.0),
        (accuracy, "All classes, balanced head", "balanced accuracy", accuracy[0, 0]),
    )
    for ax, (parts, title, unit, level) in zip(axes, panels, strict=True):
        ax.axvline(level, color=GREY, lw=0.8)
        ax.hlines(places, parts[:, 1], parts[:, 2], color=[GREY, *[GREEN] * (len(places) - 1)], lw=2)
        ax.plot(parts[:, 0], places, "o", ms=6, color=BLUE)
        ax.set_yticks([*places, *theirs], names if ax is axes[0] else [""] * len(names))
        ax.set_ylim(theirs[-1] + 0.5, -0.5)
        label(ax, title, unit, "")
    for place, row in zip(places, seeds, strict=True):
        axes[0].plot(row, np.full(len(row), place + 0.2), "o", ms=3, color=BLUE, alpha=0.5, mec="none")
    for ax, values, place in ((axes[0], published[0], 0), (axes[0], published[1], 1), (axes[1], published_indirect, 0)):
        ax.plot(
            values, np.full(len(values), theirs[place]), "D", ms=4, color=ORANGE, label=None if place else "published"
        )
    axes[0].legend(frameon=False, fontsize=7, loc="lower left", handletextpad=0.3)
    return figure
