"""Figures of what softens representation harm: the temperature (B14), and mitigations side by side (B27)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from contrastive_claims.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    HARM,
    INTERVAL,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    explain,
    intervals,
    label,
    listed,
    new_figure,
    note,
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
    figure, (ax, apart, raw) = new_figure(columns=3, height=4.3, width_ratios=(1.4, 1, 1))
    for one in (ax, apart):
        one.axhline(1, color=GREY, lw=0.8)
    ax.plot(
        temperatures,
        predicted,
        color=GREY,
        lw=1.2,
        ls="--",
        label=r"block model at these $\tau$, small share, $\alpha = 0.4$",
    )
    ax.plot(
        temperatures, rest, color=BLUE, lw=1, ls=":", marker="x", label="RH of boots towards the other classes (mean)"
    )
    for row in seeds:
        ax.plot(1.07 * temperatures, row, ".", ms=3, color=RED)
    value, low, high = interval
    intervals(ax, temperatures, low, high, color=RED, lw=1.4)
    ax.plot(temperatures, value, "o-", color=RED, lw=1.4, label="RH of boots towards sneakers")
    value, low, high = kept
    intervals(apart, temperatures, low, high, color=GREEN, lw=1.4)
    apart.plot(temperatures, value, "s-", color=GREEN, lw=1.4, label="separation of boots and sneakers")
    for tau, values, name, colour, marker in zip(
        published_temperatures, published, ("SimCLR", "BCL"), (ORANGE, PURPLE), "D^", strict=True
    ):
        # a little beside the temperature, so that our interval there stays visible
        text = rf"published, CIFAR-10 pairs, {name} ($\tau = {tau:g}$)"
        ax.plot(np.full(len(values), 1.14 * tau), values, marker, ms=4, mfc="none", color=colour, label=text)
    for part, (name, colour, marker, line) in enumerate(
        (("cosine, balanced encoders", SKY, "v", "--"), ("cosine, boots undersampled", BLACK, "P", "-"))
    ):
        raw.plot(np.repeat(1.07 * temperatures, cosines.shape[-1]), cosines[:, part].ravel(), ".", ms=3, color=colour)
        raw.plot(temperatures, cosines[:, part].mean(axis=-1), marker + line, color=colour, label=name)
    raw.set_ylim(top=1)
    for each in (ax, apart, raw):
        each.set_xscale("log")
        ticks_at(each.xaxis, temperatures)
    label(ax, "Ankle boots undersampled 100 times", r"temperature $\tau$", "representation harm RH")
    label(apart, "Separation kept", r"temperature $\tau$", "part of that in balanced encoders")
    label(raw, "What RH compares", r"temperature $\tau$", "cosine of boots and sneakers")
    apart.set_ylim(bottom=0)
    explain(figure, 2, sign("a seed", marker=".", ms=3), sign(INTERVAL, ls="-", lw=1.4), note(HARM))
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
    figure, axes = new_figure(columns=3, height=3.9, sharey=True)
    places = np.arange(len(mitigations))
    theirs = len(places) + 0.4 + np.arange(2)
    names = [*(str(name).replace("temperature .", r"temperature 0.") for name in mitigations)]
    names += ["CIFAR-10, SimCLR", "CIFAR-10, BCL"]
    panels = (
        (harm, "Boots towards sneakers", "representation harm RH", 1.0),
        (indirect, "NIE on boots", "change of boots' accuracy", 0.0),
        (accuracy, "All classes, balanced head", "balanced accuracy", accuracy[0, 0]),
    )
    for ax, (parts, title, unit, level) in zip(axes, panels, strict=True):
        ax.axvline(level, color=GREY, lw=0.8, ls="--" if parts is accuracy else "-")
        intervals(ax, places, parts[:, 1], parts[:, 2], across=True, color=BLUE, lw=1.6)
        ax.plot(parts[:, 0], places, "o", ms=5, color=BLUE)
        label(ax, title, unit, "")
    for place, row in zip(places, seeds, strict=True):
        axes[0].plot(row, np.full(len(row), place + 0.27), ".", ms=3.5, color=SKY)
    for ax, values, place in ((axes[0], published[0], 0), (axes[0], published[1], 1), (axes[1], published_indirect, 0)):
        ax.plot(values, np.full(len(values), theirs[place]), "D", ms=4, mfc="none", color=ORANGE)
    for ax, place, x, side in (
        (axes[1], theirs[1], 0.02, "left"),
        *((axes[2], place, 0.98, "right") for place in theirs),
    ):
        ax.text(x, place, "none published", transform=ax.get_yaxis_transform(), ha=side, va="center", fontsize=7)
    axes[0].set_yticks([*places, *theirs], names)
    axes[0].set_ylim(theirs[-1] + 0.5, -0.5)
    signs = (
        sign(INTERVAL, marker="o", ms=5, color=BLUE, ls="-", lw=1.6),
        sign("a seed", marker=".", ms=3.5, color=SKY),
        sign("published: a pair of classes, or a class", marker="D", mfc="none", color=ORANGE),
        sign("no effect of undersampling", ls="-", lw=0.8),
        sign("without mitigation", ls="--", lw=0.8),
        note("NIE: effect on accuracy through the representation"),
        note(HARM),
    )
    explain(figure, 2, *signs)
    raised = [
        f"{number(part[0])} ({name})"
        for name, part, row in zip(names[1:], harm[1:], seeds[1:], strict=False)
        if (row > seeds[0]).all()
    ]
    risen = f"Less harm for every seed: RH of undersampled boots rises from {number(harm[0, 0])} to {listed(raised)}"
    better = [name for name, part in zip(names[1:], accuracy[1:], strict=False) if part[1] > accuracy[0, 2]]
    if better:
        risen += f"; balanced accuracy rises beyond the intervals with {listed(better)}"
    say(figure, risen if raised else "No mitigation raises RH of undersampled boots for every seed")
    return figure
