"""Figures of the parts of the released penalty (A22), and of the order of the losses on CIFAR-10 (A19)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from contrastive_claims.figures.methods import LOOKS, NAMES
from contrastive_claims.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    PURPLE,
    RED,
    SECOND_LOOK,
    SKY,
    explain,
    intervals,
    label,
    new_figure,
    number,
    say,
    sign,
)


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
    figure, axes = new_figure(columns=2, rows=2, height=6.8, height_ratios=(1.4, 1))
    rows = np.arange(len(methods))
    ax = axes[0]
    ax.axvline(accuracy[0, 0], color=GREY, lw=0.8)
    intervals(ax, rows, accuracy[:, 1], accuracy[:, 2], across=True, color=GREEN, lw=1.4)
    ax.plot(by_seed.ravel(), np.repeat(rows + 0.22, by_seed.shape[1]), ".", ms=3, color=GREY)
    ax.plot(accuracy[:, 0], rows, "o", ms=5, color=GREEN)
    ax.plot(published, rows, "p", ms=7, mfc="none", color=BLACK)
    ax.set_yticks(rows, [NAMES[str(method)] for method in methods])
    label(ax, r"At $\rho = 0.99$ (line: without a penalty)", "unbiased test accuracy", "")
    for d, (colour, marker) in enumerate(((BLUE, "s"), (PURPLE, "P"))):
        for k in (0, 1):
            at = rows + 0.15 * (2 * d + k - 1.5) + 0.08 * (2 * d - 1)
            centre, spread = mean[:, :, d, k].mean(axis=1), deviation[:, :, d, k].mean(axis=1)
            intervals(axes[1], at, np.maximum(centre - spread, 0), centre + spread, across=True, color=colour, lw=0.8)
            axes[1].plot(centre, at, marker, ms=4, color=colour, mfc=colour if k else "white")
    axes[1].set_yticks(rows, [])
    axes[1].set_xlim(left=-0.05)
    label(axes[1], "Positives: mean and deviation (cut at 0)", "squared distance", "")
    for one in axes[:2]:
        one.set_ylim(len(rows) - 0.5, -0.5)
        for row in rows[:-1] + 0.5:
            one.axhline(row, color=GREY, alpha=0.3, lw=0.5)
    for name in dict.fromkeys(dosed.tolist()):
        weight, right, aligned, conflicting = dose[dosed == name].T
        colour, marker = LOOKS[name]
        axes[2].plot(weight, right, f"{marker}-", lw=1, color=colour, label=NAMES[name])
        axes[3].plot(weight, conflicting, f"{marker}-", lw=1, color=colour)
        axes[3].plot(weight, aligned, f"{marker}:", mfc="white", lw=1, color=colour)
    axes[2].axhline(accuracy[0, 0], color=GREY, lw=0.8)
    for one in axes[2:]:
        one.set_xscale("log")
    label(axes[2], "By the weight: accuracy of one seed", "weight of the penalty", "unbiased test accuracy")
    label(axes[3], "By the weight: positives of the training set", "weight of the penalty", "mean squared distance")
    signs = (
        sign(f"accuracy, {SECOND_LOOK}", marker="o", ms=5, color=GREEN, ls="-", lw=1.4),
        sign("a seed", marker=".", ms=3),
        sign("published, full size", marker="p", ms=7, mfc="none", color=BLACK),
        sign("positives of the training set", marker="s", color=BLUE, ls="-", lw=0.8),
        sign("positives of the unbiased test set", marker="P", color=PURPLE, ls="-", lw=0.8),
        sign("filled, full line: two biases", marker="h", color=GREY, ls="-", lw=1),
        sign("white, dotted: one bias", marker="h", mfc="white", color=GREY, ls=":", lw=1),
    )
    explain(figure, 3, *signs)
    gain = {str(method): value for method, value in zip(methods, accuracy[:, 0] - accuracy[0, 0], strict=True)}
    parts = [f"{words} {number(gain[name])}" for name, words in PARTS.items() if name in gain]
    covered = [
        name for k, name in enumerate(methods.tolist()) if accuracy[k, 1] <= accuracy[0, 0] <= accuracy[k, 2] and k
    ]
    text = f"Of the released penalty's gain of {number(gain['released'])} in accuracy {'; '.join(parts)}"
    if {"pull", "push"} <= set(covered):
        text += " (both intervals reach the accuracy without it)"
    say(figure, text)
    return figure


PARTS = {
    "linear": "its two linear terms alone give",
    "matching": "its squared gaps",
    "pull": "pull alone",
    "push": "push alone",
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
    beside = places + 0.1
    intervals(axes[0], beside, 100 * interval[:, 1], 100 * interval[:, 2], color=BLUE, lw=1.6)
    axes[0].plot(beside, 100 * interval[:, 0], "o", ms=5, color=BLUE)
    axes[1].axhline(0, color=GREY, lw=0.8)
    axes[1].plot(beside, difference.mean(axis=1), "o", ms=5, color=BLUE)
    theirs = 100 * (published - published[0])
    axes[1].plot(places - 0.1, theirs, "D", ms=6, mfc="none", color=RED, label="published, full size (of two losses)")
    for ax in axes:
        ax.set_xticks(places, names)
        ax.set_xlim(-0.3, len(losses) - 0.7)
    label(axes[0], "CIFAR-10, small encoder", "", "test accuracy (%)")
    label(axes[1], f"The same seed's difference to {names[0]}", "", "percentage points")
    signs = (
        sign("ours, a seed", marker=".", ms=4, ls="-", lw=0.7, color=SKY),
        sign(f"ours, mean; left: {SECOND_LOOK}", marker="o", ms=5, ls="-", lw=1.6, color=BLUE),
    )
    explain(figure, 3, *signs)
    steps = [
        f"{names[k]} lies above {names[k - 1]} for {int((accuracy[k] > accuracy[k - 1]).sum())} of {accuracy.shape[1]} seeds "
        f"(by {number((difference[k] - difference[k - 1]).mean())} points on average)"
        for k in range(len(losses) - 1, 0, -1)
    ]
    say(figure, ", ".join(steps))
    return figure


def kl_mechanism(kl_weights: np.ndarray, kl: np.ndarray, means_weights: np.ndarray, means: np.ndarray) -> Figure:
    """A35e: what the weight of the KL, and of equal means, does to the positives' distances on the training set.

    kl, means [W, 4], one encoder a weight: gap of the means (conflicting less aligned), standard deviations of aligned and of
    conflicting distances, unbiased accuracy.
    """
    figure, axes = new_figure(columns=3, height=2.7)
    titles = ("Gap of the mean distances", "Spread of the conflicting", "Unbiased accuracy")
    units = ("squared distance", "standard deviation", "accuracy")
    for ax, part, title, unit in zip(axes, (0, 2, 3), titles, units, strict=True):
        ax.plot(kl_weights, kl[:, part], "^-", lw=1, color=RED, label=NAMES["paper"].removeprefix("+ "))
        ax.plot(means_weights, means[:, part], "s-", lw=1, color=BLUE, label=NAMES["end"].removeprefix("+ "))
        ax.set_xscale("log")
        label(ax, title, "weight of the penalty", unit)
    explain(figure, 2)
    widest = int(kl[:, 0].argmax())
    grows = kl[widest, 0] > kl[0, 0] and kl[widest, 2] > kl[0, 2]
    after = f", and is {number(kl[-1, 0])} at the largest weight" if kl[-1, 0] < kl[widest, 0] else ""
    says = (
        f"The KL widens the conflicting distances; their gap grows from {number(kl[0, 0])} to {number(kl[widest, 0])}{after}"
        if grows
        else "The KL does not widen both the conflicting distances and their gap"
    )
    shrinks = f"; equal means leave a gap of {number(means[:, 0].max())} at most"
    say(figure, says + (shrinks if means[:, 0].max() < kl[0, 0] else ""))
    return figure
