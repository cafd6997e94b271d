"""Figures of what softens representation harm: the temperature (B14), and mitigations side by side (B27)."""

from __future__ import annotations

import numpy as np
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
    listed,
    new_figure,
    number,
    say,
    sign,
    ticks_at,
)


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
    figure, (ax, raw) = new_figure(columns=2, height=3.9)
    ax.axhline(1, color=GREY, lw=0.8)
    ax.plot(
        temperatures, predicted, color=GREY, lw=1.2, ls="--", label=r"block model, vanishing minority, $\alpha = 0.4$"
    )
    ax.plot(temperatures, rest, color=BLUE, lw=1, ls=":", marker="x", label="RH towards the rest (mean)")
    for row in seeds:
        ax.plot(1.05 * temperatures, row, ".", ms=3, color=RED)
    value, low, high = interval
    intervals(ax, temperatures, low, high, color=RED, lw=1.4)
    ax.plot(temperatures, value, "o-", color=RED, lw=1.4, label="RH towards sneakers, 95 % interval")
    value, low, high = kept
    beside = 0.93 * temperatures
    intervals(ax, beside, low, high, color=GREEN, lw=1)
    ax.plot(beside, value, "s-", ms=3.5, color=GREEN, lw=1, label="separation from sneakers kept")
    for tau, values, name, colour, marker in zip(
        published_temperatures, published, ("SimCLR", "BCL"), (ORANGE, PURPLE), "D^", strict=True
    ):
        # a little beside the temperature, so that our interval there stays visible
        text = f"published, CIFAR-10 pairs, {name}"
        ax.plot(np.full(len(values), 1.12 * tau), values, marker, ms=4, mfc="none", color=colour, label=text)
    for part, (name, colour, marker, line) in enumerate(
        (("boots and sneakers: balanced encoders", SKY, "v", "--"), ("the same, boots undersampled", BLACK, "P", "-"))
    ):
        raw.plot(np.repeat(1.05 * temperatures, cosines.shape[-1]), cosines[:, part].ravel(), ".", ms=3, color=colour)
        raw.plot(temperatures, cosines[:, part].mean(axis=-1), marker + line, color=colour, label=name)
    raw.set_ylim(top=1)
    for each in (ax, raw):
        each.set_xscale("log")
        ticks_at(each.xaxis, temperatures)
    label(ax, "Ankle boots undersampled 100 times", r"temperature $\tau$", "RH (below 1: closer), or part kept")
    label(raw, "What RH compares", r"temperature $\tau$", "cosine of boots and sneakers")
    explain(figure, 3, sign("seed", marker=".", ms=3))
    order = np.argsort(temperatures)
    value, low, high = interval[:, order]
    worst, taus = int(np.argmin(value)), temperatures[order]
    if (np.diff(value) < 0).all():
        text = "RH rises throughout as the temperature falls"
    elif worst < len(taus) - 1 and high[worst] < low[-1]:
        text = (
            f"RH does not rise throughout as the temperature falls: it is {number(value[-1])} "
            rf"at $\tau = {taus[-1]:g}$ and least, {number(value[worst])}, at $\tau = {taus[worst]:g}$"
        )
    else:
        text = "No trend of RH with the temperature is told"
    say(figure, text)
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
    figure, axes = new_figure(columns=3, height=3.3, sharey=True)
    places = np.arange(len(mitigations))
    theirs = len(places) + 0.4 + np.arange(2)
    names = [*(str(name).replace("temperature .", r"temperature 0.") for name in mitigations)]
    names += ["CIFAR-10, SimCLR", "CIFAR-10, BCL"]
    panels = (
        (harm, "RH of boots towards sneakers", "RH (below 1: closer)", 1.0),
        (indirect, "NIE of boots", "change of their accuracy", 0.0),
        (accuracy, "All classes, balanced head", "balanced accuracy", accuracy[0, 0]),
    )
    for ax, (parts, title, unit, level) in zip(axes, panels, strict=True):
        ax.axvline(level, color=GREY, lw=0.8)
        intervals(ax, places, parts[:, 1], parts[:, 2], across=True, color=BLUE, lw=1.6)
        ax.plot(parts[:, 0], places, "o", ms=5, color=BLUE)
        label(ax, title, unit, "")
    for place, row in zip(places, seeds, strict=True):
        axes[0].plot(row, np.full(len(row), place + 0.27), ".", ms=3.5, color=SKY)
    for ax, values, place in ((axes[0], published[0], 0), (axes[0], published[1], 1), (axes[1], published_indirect, 0)):
        ax.plot(values, np.full(len(values), theirs[place]), "D", ms=4, mfc="none", color=ORANGE)
    axes[0].set_yticks([*places, *theirs], names)
    axes[0].set_ylim(theirs[-1] + 0.5, -0.5)
    signs = (
        sign("ours, 95 % interval", marker="o", ms=5, color=BLUE, ls="-", lw=1.6),
        sign("a seed", marker=".", ms=3.5, color=SKY),
        sign("published: pairs, or classes", marker="D", mfc="none", color=ORANGE),
        sign("no effect, or no mitigation", ls="-", lw=0.8),
    )
    explain(figure, 4, *signs)
    raised = [
        f"{number(part[0])} ({name})"
        for name, part, row in zip(names[1:], harm[1:], seeds[1:], strict=False)
        if (row > seeds[0]).all()
    ]
    risen = f"RH of undersampled boots rises from {number(harm[0, 0])} to {listed(raised)}, for every seed"
    say(figure, risen if raised else "No mitigation raises RH of undersampled boots for every seed")
    return figure
