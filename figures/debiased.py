"""Figures of paper A's debiasing on Biased-MNIST: accuracies beside the published ones (A18, A24), and gains by rho."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from contrastive_claims.figures.methods import LOOKS, NAMES, said_of
from contrastive_claims.figures.style import (
    BLACK,
    GREY,
    LEVEL,
    explain,
    intervals,
    label,
    listed,
    new_figure,
    number,
    ordered,
    say,
    sign,
)


def debiased_accuracy(
    methods: np.ndarray,
    rhos: np.ndarray,
    accuracy: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    by_seed: np.ndarray,
    published: np.ndarray,
    pairs: np.ndarray,
    adjusted: np.ndarray,
) -> Figure:
    """A18: accuracy on the unbiased test set, and of its worst group, of a method without and with a penalty, by rho, beside the
    published accuracy.

    accuracy, low, high [2, M, R] with intervals; by_seed [M, R, S, 2]; published [M, R], NaN where nothing is printed;
    pairs [P, 2] names: the methods'; adjusted [P, R] p-values after Holm's correction.
    """
    figure, axes = new_figure(columns=2, height=3.0)
    _accuracies(axes[0], methods, accuracy[0], low[0], high[0], by_seed[..., 0], published)
    label(axes[0], "Unbiased test accuracy", r"strength of the bias $\rho$", "accuracy")
    _accuracies(axes[1], methods, accuracy[1], low[1], high[1], by_seed[..., 1], np.full_like(published, np.nan))
    label(axes[1], "Accuracy of the worst group (class, colour)", r"strength of the bias $\rho$", "accuracy")
    _finish(figure, axes[:1], rhos, adjusted[_row(pairs, methods)])
    axes[1].set_xticks(range(len(rhos)), [f"{rho:g}" for rho in rhos])
    say(figure, gains(methods, rhos, accuracy[0], adjusted[_row(pairs, methods)]))
    return figure


def gain_by_rho(
    methods: np.ndarray,
    rhos: np.ndarray,
    accuracy: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    by_seed: np.ndarray,
    published: np.ndarray,
    pairs: np.ndarray,
    adjusted: np.ndarray,
) -> Figure:
    """A18m, A24m: accuracy on the unbiased test set without and with a penalty, and what each seed gains by it, by rho.

    Arrays as in debiased_accuracy; a seed stands for the same data in both methods and at every rho.
    """
    figure, axes = new_figure(columns=2, height=3.0)
    _accuracies(axes[0], methods, accuracy[0], low[0], high[0], by_seed[..., 0], published)
    label(axes[0], "Unbiased test accuracy", r"strength of the bias $\rho$", "accuracy")
    gain = by_seed[1, :, :, 0] - by_seed[0, :, :, 0]
    places = np.arange(len(rhos))
    axes[1].plot(places, gain, "-", lw=0.7, color=GREY)
    axes[1].plot(places, gain.mean(axis=1), "_", ms=22, mew=2, color=BLACK)
    label(axes[1], "Gain by the penalty", r"strength of the bias $\rho$", "difference of accuracy")
    axes[1].set_ylim(bottom=min(0, gain.min() - 0.02))
    signs = sign("gain of a seed", ls="-", lw=0.7), sign("mean gain", marker="_", ms=11, mew=2, color=BLACK)
    _finish(figure, axes[:1], rhos, adjusted[_row(pairs, methods)], *signs)
    axes[1].set_xticks(places, [f"{rho:g}" for rho in rhos])
    axes[1].set_xlim(-0.4, len(rhos) - 0.6)
    best, last = gain.argmax(axis=0), len(rhos) - 1
    name = said_of(methods[1])
    if (best == last).all():
        text = rf"{name} gains most at $\rho = {rhos[last]:g}$, for every seed"
    elif len(set(best.tolist())) == 1:
        text = rf"{name} gains most at $\rho = {rhos[best[0]]:g}$, not at ${rhos[last]:g}$, for every seed"
    else:
        text = rf"{name}: seeds disagree whether the gain is largest at $\rho = {rhos[last]:g}$"
    say(figure, f"{text} (mean gains {listed([number(value) for value in gain.mean(axis=1)])})")
    return figure


def penalties_compared(
    methods: np.ndarray,
    rhos: np.ndarray,
    accuracy: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    by_seed: np.ndarray,
    published: np.ndarray,
    pairs: np.ndarray,
    adjusted: np.ndarray,
) -> Figure:
    """A24: accuracy and worst group of many methods at every rho, and at how many rhos each two are told apart.

    Arrays as in debiased_accuracy, whose pairs are all those of the methods; the last method is the one of the claim.
    """
    figure, axes = new_figure(columns=3, height=4.6, sharey=True, width_ratios=(1, 1, 1.05))
    rows = np.arange(len(methods))
    for k, ax in enumerate(axes[:2]):
        for r, (rho, colour, marker) in enumerate(zip(rhos, ordered(len(rhos)), "os^", strict=False)):
            at = rows + 0.24 * (r - (len(rhos) - 1) / 2)
            intervals(ax, at, low[k, :, r], high[k, :, r], across=True, color=colour, lw=1.2)
            seeds = by_seed[:, r, :, k]
            ax.plot(seeds.ravel(), np.repeat(at, seeds.shape[1]), ".", ms=2.5, color=colour)
            ax.plot(accuracy[k, :, r], at, marker, color=colour, label=rf"$\rho = {rho:g}$")
            if k == 0:
                ax.plot(published[:, r], at, marker, ms=5.5, mfc="none", color=colour)
        ax.set_xlim(-0.03, 1.03)
    label(axes[0], "Unbiased test accuracy", "accuracy", "")
    label(axes[1], "Worst group (class, colour)", "accuracy", "")
    axes[0].set_yticks(rows, [NAMES[str(method)] for method in methods])
    axes[0].set_ylim(len(rows) - 0.5, -0.5)
    apart = np.full((len(rows), len(rows)), np.nan)
    place = {str(method): k for k, method in enumerate(methods)}
    for (one, other), values in zip(pairs, adjusted, strict=True):
        apart[max(place[one], place[other]), min(place[one], place[other])] = (values <= LEVEL).sum()
    axes[2].imshow(apart, cmap="Greys", vmin=0, vmax=2.4 * len(rhos), aspect="auto")
    for (i, j), count in np.ndenumerate(apart):
        if np.isfinite(count):
            axes[2].text(j, i, f"{count:.0f}", ha="center", va="center", fontsize=7.5)
    axes[2].set_xticks(rows[:-1], [NAMES[str(m)].removeprefix("+ ") for m in methods[:-1]], rotation=90)
    axes[2].set_xlim(-0.5, len(rows) - 1.5)
    axes[2].tick_params(length=0)
    axes[2].spines[:].set_visible(False)
    label(axes[2], r"Told apart at how many $\rho$ (Holm)", "", "")
    signs = (
        sign("hollow: published, full size", marker="o", mfc="none", ms=5.5),
        sign("seed", marker=".", ms=2.5),
        sign("95 % interval", ls="-", lw=1.2),
    )
    explain(figure, 6, *signs)
    base = place["eps-sup-infonce"]
    row = next(k for k, pair in enumerate(pairs) if set(pair) == {"eps-sup-infonce", str(methods[-1])})
    say(figure, gains(methods[[base, -1]], rhos, accuracy[0][[base, -1]], adjusted[row]))
    return figure


def gains(methods: np.ndarray, rhos: np.ndarray, accuracy: np.ndarray, adjusted: np.ndarray) -> str:
    """What the second method gains over the first, [2, R], and at which rhos that is told from nothing, p-values [R]."""
    gain, found = accuracy[1] - accuracy[0], adjusted <= LEVEL
    name, than = said_of(methods[1]), NAMES[str(methods[0])]

    def at(chosen: np.ndarray) -> str:
        return rf"$\rho$ = {listed([f'{rho:g}' for rho in rhos[chosen]])}"

    values = listed([number(value) for value in gain[found]])
    if not found.any():
        every = listed([number(value, 3) for value in gain])
        return rf"{name} gains nothing over {than} that is told from 0 at any $\rho$ (differences {every})"
    if (gain[found] < 0).any():
        return f"{name} loses unbiased accuracy against {than}: {values} at {at(found)}"
    if found.all():
        return rf"{name} raises unbiased accuracy over {than} at every $\rho$, by {values}"
    return f"{name} raises unbiased accuracy over {than} at {at(found)} (by {values}), and is undecided at {at(~found)}"


def _row(pairs: np.ndarray, methods: np.ndarray) -> int:
    """Which pair is that of the two methods."""
    return next(k for k, pair in enumerate(pairs) if set(pair) == set(methods[:2]))


def _accuracies(
    ax: Axes,
    methods: np.ndarray,
    accuracy: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    by_seed: np.ndarray,
    published: np.ndarray,
) -> None:
    """Accuracies [M, R] with intervals, seeds [M, R, S] and the published ones, side by side at every rho."""
    for m, method in enumerate(methods):
        at = np.arange(accuracy.shape[1]) + 0.22 * (m - (len(methods) - 1) / 2)
        colour, marker = LOOKS[str(method)]
        intervals(ax, at, low[m], high[m], color=colour, lw=1.4)
        ax.plot(np.repeat(at + 0.06, by_seed.shape[2]), by_seed[m].ravel(), ".", ms=2.5, color=colour)
        ax.plot(at, accuracy[m], marker, ms=5, color=colour, label=NAMES[str(method)])
        ax.plot(at, published[m], marker, ms=6, mfc="none", color=colour)
    ax.set_ylim(-0.03, 1.03)
    ax.set_xlim(-0.4, accuracy.shape[1] - 0.6)


def _finish(figure: Figure, axes: Sequence[Axes], rhos: np.ndarray, adjusted: np.ndarray, *signs: object) -> None:
    """Ticks with the p-values of the two methods' difference, and the legend."""
    for ax in axes:
        named = [f"{rho:g}\n{_p_value(p)}" for rho, p in zip(rhos, adjusted, strict=True)]
        ax.set_xticks(range(len(rhos)), named)
    hollow = [line for ax in axes for line in ax.get_lines() if line.get_markerfacecolor() == "none"]
    theirs = [line.get_marker() for line in hollow if np.isfinite(np.asarray(line.get_ydata(), float)).any()]
    shown = [sign("published, full size", marker=marker, mfc="none", ms=6) for marker in theirs]
    shown += [sign("seed", marker=".", ms=2.5), sign("95 % interval", marker="|", ms=9, mew=1.4), *signs]
    explain(figure, 6 if len(signs) == 0 else 4, *shown)


def _p_value(p: float) -> str:
    return "p < 0.0001" if p < 1e-4 else f"p = {p:.2g}" if p < 0.995 else "p = 1"


def beside_published(
    arms: np.ndarray, accuracy: np.ndarray, published: np.ndarray, tuned: np.ndarray, tuning: np.ndarray
) -> Figure:
    """A29h: unbiased accuracy of each method here, beside the published one; and what its weight was chosen by.

    arms [M], the first one judged; accuracy [M, 3]: value, low, high; published [M], NaN where unknown; tuned [W] methods and
    tuning [W, 2]: a weight and the accuracy on images left out, of one encoder each.
    """
    figure, (ax, right) = new_figure(columns=2, height=2.9, width_ratios=(1.2, 1))
    rows = np.arange(len(arms))
    intervals(ax, rows, accuracy[:, 1], accuracy[:, 2], across=True, color=BLACK, lw=1.4)
    ax.plot(accuracy[:, 0], rows, "o", ms=5, color=BLACK)
    ax.plot(published, rows, "o", ms=7, mfc="none", color=BLACK)
    ax.set_yticks(rows, [NAMES[str(name)] for name in arms])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xlim(0, 1)
    label(ax, "Here, and published at full size", "unbiased test accuracy", "")
    for name, colour, marker in zip(
        dict.fromkeys(tuned.tolist()), ordered(len(set(tuned.tolist()))), "os^", strict=False
    ):
        weight, value = tuning[tuned == name].T
        right.plot(weight, value, f"{marker}-", lw=1, color=colour, label=NAMES[name])
    right.set_xscale("log")
    label(right, "By the weight (one seed)", "weight of the penalty", "accuracy, images left out")
    signs = (
        sign("here, 95 % interval", marker="o", ms=5, color=BLACK, ls="-", lw=1.4),
        sign("published", marker="o", ms=7, mfc="none", color=BLACK),
    )
    explain(figure, 3, *signs)
    best = int(accuracy[:, 0].argmax())
    first = NAMES[str(arms[0])].removeprefix("+ ")
    value = number(accuracy[best, 0])
    lead = (
        f"The {first} has the highest accuracy here"
        if best == 0
        else f"{NAMES[str(arms[best])]} has the highest accuracy here"
    )
    say(figure, f"{lead}, {value}" + ("" if best == 0 else f"; the {first} {number(accuracy[0, 0])}"))
    return figure
