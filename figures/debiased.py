"""Figures of paper A's debiasing on Biased-MNIST: accuracies beside the published ones (A18, A24), parts of the penalty (A22),
and the order of the losses on CIFAR-10 (A19)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
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
    ordered,
    say,
    sign,
)

EPS = r"$\varepsilon$"
LOOKS = {  # colour and marker of each method
    "cross-entropy": (GREY, "X"),
    "sup-con": (PURPLE, "P"),
    "eps-sup-infonce": (BLUE, "o"),
    "end": (GREEN, "s"),
    "paper": (ORANGE, "^"),
    "batch": (SKY, "v"),
    "floored": (BLACK, "D"),
    "released": (RED, "*"),
}
NAMES = {
    "cross-entropy": "cross-entropy",
    "sup-con": "SupCon",
    "eps-sup-con": f"{EPS}-SupCon",
    "eps-sup-infonce": f"{EPS}-SupInfoNCE",
    "end": "+ equal means (9-a, 9-b)",
    "paper": "+ FairKL, per anchor",
    "batch": "+ FairKL, pooled",
    "floored": "+ FairKL, floor 0.1",
    "released": "+ released penalty",
    "linear": "+ its linear terms",
    "matching": "+ its squared gaps",
    "pull": "+ its pull alone",
    "push": "+ its push alone",
}
SAID = {
    "end": "FairKL by equal means",
    "paper": "FairKL as a Gaussian KL",
    "batch": "FairKL as a KL, pooled over the batch,",
    "floored": "FairKL as a KL with a floor",
    "released": "The released penalty",
}
LEVEL = 0.05  # of p-values after Holm's correction


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


def said_of(method: object) -> str:
    """How a title names a method."""
    return SAID.get(str(method), NAMES[str(method)])


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


def penalty_parts(
    methods: np.ndarray,
    accuracy: np.ndarray,
    by_seed: np.ndarray,
    published: np.ndarray,
    mean: np.ndarray,
    deviation: np.ndarray,
    dosed: np.ndarray,
    dose: np.ndarray,
) -> Figure:
    """A22: what each part of the released penalty does to the accuracy, and to the distances of positives, at one rho; and what
    the weight of a penalty does.

    accuracy [M, 3]: mean and its interval; by_seed [M, S]; published [M], NaN where nothing is printed; mean,
    deviation [M, S, 2, 4]: squared distances on the training set and held out, in the order positives aligned, conflicting,
    negatives alike; dosed [W] penalties and dose [W, 4] of one encoder each: weight, accuracy, mean distance of aligned and
    of conflicting positives.
    """
    figure, axes = new_figure(columns=2, rows=2, height=6.2, height_ratios=(1.25, 1))
    rows = np.arange(len(methods))
    ax = axes[0]
    ax.axvline(accuracy[0, 0], color=GREY, lw=0.8)
    intervals(ax, rows, accuracy[:, 1], accuracy[:, 2], across=True, color=BLACK, lw=1.4)
    ax.plot(by_seed.ravel(), np.repeat(rows + 0.22, by_seed.shape[1]), ".", ms=3, color=GREY)
    ax.plot(accuracy[:, 0], rows, "o", ms=5, color=BLACK)
    ax.plot(published, rows, "o", ms=7, mfc="none", color=BLACK)
    ax.set_yticks(rows, [NAMES[str(method)] for method in methods])
    label(ax, r"At $\rho = 0.99$ (line: without a penalty)", "unbiased test accuracy", "")
    for d, (colour, marker) in enumerate(((BLUE, "s"), (PURPLE, "v"))):
        for k in (0, 1):
            at = rows + 0.18 * (2 * d + k - 1.5)
            centre, spread = mean[:, :, d, k].mean(axis=1), deviation[:, :, d, k].mean(axis=1)
            intervals(axes[1], at, np.maximum(centre - spread, 0), centre + spread, across=True, color=colour, lw=0.8)
            axes[1].plot(centre, at, marker, ms=4, color=colour, mfc=colour if k else "white")
    axes[1].set_yticks([])
    axes[1].set_xlim(left=0)
    label(axes[1], "Distances of positives, mean and deviation", "squared distance", "")
    for one in axes[:2]:
        one.set_ylim(len(rows) - 0.5, -0.5)
    for name in dict.fromkeys(dosed.tolist()):
        weight, right, aligned, conflicting = dose[dosed == name].T
        colour, marker = LOOKS[name]
        axes[2].plot(weight, right, f"{marker}-", lw=1, color=colour, label=NAMES[name])
        axes[3].plot(weight, conflicting, f"{marker}-", lw=1, color=colour)
        axes[3].plot(weight, aligned, f"{marker}:", mfc="white", lw=1, color=colour)
    axes[2].axhline(accuracy[0, 0], color=GREY, lw=0.8)
    for one in axes[2:]:
        one.set_xscale("log")
    label(
        axes[2], "By the weight (one seed; line: without a penalty)", "weight of the penalty", "unbiased test accuracy"
    )
    label(axes[3], "By the weight: training positives", "weight of the penalty", "mean squared distance")
    signs = (
        sign("accuracy, 95 % interval", marker="o", ms=5, color=BLACK, ls="-", lw=1.4),
        sign("seed", marker=".", ms=3),
        sign("published, full size", marker="o", ms=7, mfc="none", color=BLACK),
        sign("training set", marker="s", color=BLUE, ls="-", lw=0.8),
        sign("unbiased test set", marker="v", color=PURPLE, ls="-", lw=0.8),
        sign("filled: conflicting", marker="o", color=GREY),
        sign("hollow: aligned positives", marker="o", mfc="white", color=GREY, ls=":", lw=1),
    )
    explain(figure, 4, *signs)
    gain = {str(method): value for method, value in zip(methods, accuracy[:, 0] - accuracy[0, 0], strict=True)}
    parts = [f"{words} {number(gain[name])}" for name, words in PARTS.items() if name in gain]
    say(figure, f"Of the released penalty's gain of {number(gain['released'])} in accuracy, {'; '.join(parts)}")
    return figure


PARTS = {
    "linear": "its two linear terms alone give",
    "matching": "its squared gaps",
    "pull": "the pull by itself",
    "push": "the push by itself",
}


def losses_in_order(losses: np.ndarray, accuracy: np.ndarray, interval: np.ndarray, published: np.ndarray) -> Figure:
    """A19: test accuracy of the three losses by seed, and their paired differences to the first, beside the published ones.

    accuracy [L, S]; interval [L, 3]: mean and its interval; published [L], NaN where nothing is printed.
    """
    figure, axes = new_figure(columns=2, height=3.0)
    places = np.arange(len(losses))
    names = [NAMES[str(loss)] for loss in losses]
    difference = 100 * (accuracy - accuracy[0])
    for ax, values in ((axes[0], 100 * accuracy), (axes[1], difference)):
        ax.plot(places, values, ".-", ms=4, lw=0.7, color=SKY)
    intervals(axes[0], places, 100 * interval[:, 1], 100 * interval[:, 2], color=BLUE, lw=1.6)
    axes[0].plot(places, 100 * interval[:, 0], "o", ms=5, color=BLUE, label="ours, mean (left: 95 % interval)")
    axes[1].axhline(0, color=GREY, lw=0.8)
    axes[1].plot(places, difference.mean(axis=1), "o", ms=5, color=BLUE)
    theirs = 100 * (published - published[0])
    axes[1].plot(places, theirs, "D", ms=6, mfc="none", color=RED, label="published, full size")
    for ax in axes:
        ax.set_xticks(places, names)
        ax.set_xlim(-0.3, len(losses) - 0.7)
    label(axes[0], "CIFAR-10, small encoder", "", "test accuracy (%)")
    label(axes[1], f"Difference to {names[0]}", "", "percentage points")
    explain(figure, 3, sign("ours, a seed", marker=".", ms=4, ls="-", lw=0.7, color=SKY))
    steps = [
        f"{names[k]} lies above {names[k - 1]} for {int((accuracy[k] > accuracy[k - 1]).sum())} of {accuracy.shape[1]} seeds"
        for k in range(len(losses) - 1, 0, -1)
    ]
    say(figure, ", ".join(steps))
    return figure
