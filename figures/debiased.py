"""Figures of paper A's debiasing on Biased-MNIST: accuracies beside the published ones (A18), parts of the penalty (A22),
and the order of the losses on CIFAR-10 (A19)."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.style import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, SKY, label, new_figure

COLOURS = {
    "cross-entropy": GREY,
    "sup-con": PURPLE,
    "eps-sup-infonce": BLUE,
    "end": GREEN,
    "paper": ORANGE,
    "batch": SKY,
    "floored": "#000000",
    "released": RED,
}
NAMES = {
    "cross-entropy": "cross-entropy",
    "sup-con": "SupCon",
    "eps-sup-con": "eps-SupCon",
    "eps-sup-infonce": "eps-SupInfoNCE",
    "end": "+ equal means (9-a, 9-b)",
    "paper": "+ FairKL, per anchor",
    "batch": "+ FairKL, pooled",
    "floored": "+ FairKL, floor .1",
    "released": "+ released penalty",
    "linear": "+ its linear terms",
    "matching": "+ its squared gaps",
    "pull": "+ its pull alone",
    "push": "+ its push alone",
}
PUBLISHED_AS = "published, full size (hollow)"


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
    """A18: accuracy on the unbiased test set, and of its worst group, by method and rho, beside the published accuracy; which
    pairs of methods are told apart.

    accuracy, low, high [2, M, R] with intervals; by_seed [M, R, S, 2]; published [M, R], NaN where nothing is printed;
    pairs [P, 2] names; adjusted [P, R] p-values after Holm's correction.
    """
    figure, axes = new_figure(columns=3, width=4.6, height=3.6)
    for k, (ax, title) in enumerate(zip(axes, ("Unbiased test accuracy", "Worst group (class, colour)"), strict=False)):
        for m, method in enumerate(methods):
            at = np.arange(len(rhos)) + 0.11 * (m - (len(methods) - 1) / 2)
            colour = COLOURS[str(method)]
            ax.vlines(at, low[k, m], high[k, m], color=colour, lw=1.2)
            ax.plot(at, accuracy[k, m], "o", ms=5, color=colour, label=NAMES[str(method)])
            ax.plot(np.repeat(at, by_seed.shape[2]), by_seed[m, :, :, k].ravel(), ".", ms=3, color=colour, alpha=0.5)
            if k == 0:
                ax.plot(at, published[m], "D", ms=5, mfc="none", color=colour)
        ax.set_xticks(range(len(rhos)), [f"{rho:g}" for rho in rhos])
        ax.set_ylim(-0.02, 1.02)
        label(ax, title, "rho", "accuracy")
    axes[0].plot([], [], "D", ms=5, mfc="none", color=GREY, label=PUBLISHED_AS)
    axes[1].legend(*axes[0].get_legend_handles_labels(), frameon=False, fontsize=7, loc="upper right")
    _told_apart(axes[2], pairs, rhos, adjusted)
    return figure


def _told_apart(ax: Axes, pairs: np.ndarray, rhos: np.ndarray, adjusted: np.ndarray) -> None:
    """A table of adjusted p-values, those at most .05 in colour."""
    ax.imshow(adjusted <= 0.05, cmap="Blues", vmin=0, vmax=2, aspect="auto")
    size = 7 if len(pairs) <= 10 else 5.5
    for p, r in np.ndindex(adjusted.shape):
        ax.text(r, p, f"{adjusted[p, r]:.2g}", ha="center", va="center", fontsize=size)
    ax.set_xticks(range(len(rhos)), [f"{rho:g}" for rho in rhos])
    names = [" | ".join(NAMES[str(name)].removeprefix("+ ") for name in pair) for pair in pairs]
    ax.set_yticks(range(len(pairs)), names, fontsize=size)
    label(ax, "Accuracy differs: p after Holm", "rho", "")


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
    figure, axes = new_figure(columns=5, width=3.8, height=3.6)
    rows = np.arange(len(methods))[::-1]
    names = [NAMES[str(method)] for method in methods]
    axes[0].hlines(rows, accuracy[:, 1], accuracy[:, 2], color=BLUE, lw=1.5)
    axes[0].plot(accuracy[:, 0], rows, "o", ms=5, color=BLUE)
    axes[0].plot(by_seed.ravel(), np.repeat(rows, by_seed.shape[1]), ".", ms=4, color=SKY)
    axes[0].plot(published, rows, "D", ms=5, mfc="none", color=GREY, label="published")
    axes[0].legend(frameon=False, fontsize=7, loc="upper left", handletextpad=0.1)
    axes[0].axvline(accuracy[0, 0], color=GREY, lw=0.8)
    axes[0].set_yticks(rows, names, fontsize=8)
    label(axes[0], "Unbiased test accuracy", "accuracy", "")
    for d, (ax, data) in enumerate(zip(axes[1:3], ("training set", "unbiased test set"), strict=True)):
        for k, (name, colour) in enumerate((("aligned", BLUE), ("conflicting", ORANGE))):
            centre, spread = mean[:, :, d, k].mean(axis=1), deviation[:, :, d, k].mean(axis=1)
            at = rows + (0.15, -0.15)[k]
            ax.hlines(at, np.maximum(centre - spread, 0), centre + spread, color=colour, lw=1.2)
            ax.plot(centre, at, "o", ms=4, color=colour, label=f"{name} positives")
        ax.set_yticks(rows, [""] * len(rows))
        ax.set_xlim(left=0)
        ax.set_ylim(-1.3, len(methods) - 0.4)  # room for the legend
        label(ax, f"Distances, {data}", "squared distance, mean and deviation", "")
    axes[1].legend(frameon=False, fontsize=7, loc="lower right", ncols=2)
    for name in dict.fromkeys(dosed.tolist()):
        weight, right, aligned, conflicting = dose[dosed == name].T
        axes[3].plot(weight, right, "o-", ms=4, lw=1, color=COLOURS[name], label=NAMES[name])
        axes[4].plot(weight, conflicting, "o-", ms=4, lw=1, color=COLOURS[name])
        axes[4].plot(weight, aligned, "o:", ms=4, mfc="none", lw=1, color=COLOURS[name])
    axes[3].axhline(accuracy[0, 0], color=GREY, lw=0.8)
    axes[3].legend(frameon=False, fontsize=7)
    for ax in axes[3:]:
        ax.set_xscale("log")
    label(axes[3], "Accuracy by weight (one seed)", "weight of the penalty", "unbiased test accuracy")
    label(axes[4], "Training positives (dotted: aligned)", "weight of the penalty", "mean squared distance")
    return figure


def losses_in_order(losses: np.ndarray, accuracy: np.ndarray, interval: np.ndarray, published: np.ndarray) -> Figure:
    """A19: test accuracy of the three losses by seed, and their paired differences to the first, beside the published ones.

    accuracy [L, S]; interval [L, 3]: mean and its interval; published [L], NaN where nothing is printed.
    """
    figure, axes = new_figure(columns=2, width=4.2, height=3.2)
    places = np.arange(len(losses))
    names = [NAMES[str(loss)] for loss in losses]
    axes[0].vlines(places, interval[:, 1], interval[:, 2], color=BLUE, lw=1.5)
    axes[0].plot(places, interval[:, 0], "o", ms=5, color=BLUE)
    difference = 100 * (accuracy - accuracy[0])
    for s in range(accuracy.shape[1]):
        axes[0].plot(places, accuracy[:, s], ".-", ms=4, lw=0.7, color=SKY)
        axes[1].plot(places, difference[:, s], ".-", ms=5, lw=0.7, color=SKY, label=None if s else "ours, by seed")
    axes[1].plot(places, difference.mean(axis=1), "o", ms=6, color=BLUE, label="ours, mean")
    axes[1].plot(places, 100 * (published - published[0]), "D", ms=6, mfc="none", color=RED, label=PUBLISHED_AS)
    axes[1].axhline(0, color=GREY, lw=0.8)
    axes[1].legend(frameon=False, fontsize=7, loc="upper left", bbox_to_anchor=(1, 1))
    for ax in axes:
        ax.set_xticks(places, names)
        ax.set_xlim(-0.4, len(losses) - 0.6)
    label(axes[0], "CIFAR-10, small encoder", "", "test accuracy")
    label(axes[1], "Difference to SupCon", "", "percentage points")
    return figure
