"""Figures of paper A's debiasing on Biased-MNIST: accuracies beside the published ones, and gains by rho (A18, A24, A29)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from contrastive_claims.figures.methods import LOOKS, NAMES, said_of
from contrastive_claims.figures.style import (
    BLACK,
    GREY,
    INTERVAL,
    LEVEL,
    PURPLE,
    SECOND_LOOK,
    explain,
    intervals,
    label,
    listed,
    listed_numbers,
    new_figure,
    number,
    ordered,
    say,
    sign,
)

BASE = "eps-sup-infonce"  # what penalties are added to


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
    """A18, A24m: accuracy on the unbiased test set, and of its worst group, of a method without and with a penalty, by rho,
    beside the published accuracy; and what each seed gains by the penalty.

    accuracy, low, high [2, M, R] with intervals; by_seed [M, R, S, 2], a seed stands for the same data in both methods and at
    every rho; published [M, R], NaN where nothing is printed; pairs [P, 2] names: the methods'; adjusted [P, R] p-values after
    Holm's correction.
    """
    figure, axes = new_figure(columns=2, height=3.3, width_ratios=(1.25, 1))
    places = np.arange(len(rhos))
    for m, method in enumerate(methods):
        at = places + 0.28 * (m - (len(methods) - 1) / 2)
        colour, marker = LOOKS[str(method)]
        for k in (0, 1):
            beside = at - 0.05 + 0.1 * k
            intervals(axes[0], beside, low[k, m], high[k, m], color=colour, lw=1.4)
            seeds = by_seed[m, :, :, k]
            axes[0].plot(np.repeat(beside + 0.05, seeds.shape[1]), seeds.ravel(), ".", ms=2.5, color=colour)
            name, face = (None, "white") if k else (NAMES[str(method)], colour)
            axes[0].plot(beside, accuracy[k, m], marker, ms=5, color=colour, mfc=face, label=name)
        axes[0].plot(at - 0.05, published[m], "D", ms=5.5, mfc="none", color=BLACK)
    label(axes[0], "Accuracy on the unbiased test set", r"strength of the bias $\rho$", "accuracy")
    axes[0].set_ylim(min(0, low.min()) - 0.03, 1.03)
    gain = by_seed[1, :, :, 0] - by_seed[0, :, :, 0]
    axes[1].axhline(0, color=GREY, lw=0.8)
    axes[1].plot(places, gain, ".-", ms=4, lw=0.7, color=PURPLE)
    axes[1].plot(places + 0.13, gain.mean(axis=1), "_", ms=12, mew=2, color=BLACK)
    edge = 0.08 * np.ptp(np.append(gain, 0)) or 0.01  # no gain at all has no range
    axes[1].set_ylim(min(0, gain.min()) - edge, max(0, gain.max()) + edge)
    row = _row(pairs, methods)
    label(
        axes[1], "Gain by the penalty", r"$\rho$, and $p$ of no gain (paired $t$-test, Holm)", "difference of accuracy"
    )
    axes[0].set_xticks(places, [f"{rho:g}" for rho in rhos])
    axes[1].set_xticks(places, [f"{rho:g}\n{_p_value(p)}" for rho, p in zip(rhos, adjusted[row], strict=True)])
    for ax in axes:
        ax.set_xlim(-0.4, len(rhos) - 0.6)
    signs = [
        sign("hollow: worst group (class and colour)", marker="h", mfc="white", ms=5),
        sign(SECOND_LOOK, ls="-", lw=1.4),
        sign("a seed", marker=".", ms=2.5),
        sign("gain of a seed", marker=".", ls="-", lw=0.7, color=PURPLE),
        sign("mean gain", marker="_", ms=11, mew=2, color=BLACK),
    ]
    if np.isfinite(published).any():
        signs.append(sign("published, full size", marker="D", mfc="none", ms=5.5, color=BLACK))
    explain(figure, 4, *signs)
    text = gains(methods, rhos, accuracy[0], adjusted[row])
    best = gain.argmax(axis=0)
    if (adjusted[row] <= LEVEL).all():
        if len(set(best.tolist())) == 1:
            text += rf", most at $\rho = {rhos[best[0]]:g}$ for every seed"
        else:
            text += "; seeds disagree where most"
    if np.isfinite(published[1]).all():
        text += f"; it reaches {listed_numbers(accuracy[0, 1])}, published {listed_numbers(published[1])}"
    say(figure, f"{text}; its worst group stays at {listed_numbers(accuracy[1, 1])}")
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
    """A24: accuracy and worst group of many methods at every rho, and at how many rhos each is told from eps-SupInfoNCE.

    Arrays as in debiased_accuracy, whose pairs are all those of the methods; the last method is the one of the claim.
    """
    figure, axes = new_figure(columns=2, height=4.2, sharey=True)
    rows = np.arange(len(methods))
    for k, ax in enumerate(axes):
        for r, (rho, colour, marker) in enumerate(zip(rhos, ordered(len(rhos)), "os^", strict=False)):
            at = rows + 0.28 * (r - (len(rhos) - 1) / 2)
            intervals(ax, at, low[k, :, r], high[k, :, r], across=True, color=colour, lw=1.2)
            seeds = by_seed[:, r, :, k]
            ax.plot(seeds.ravel(), np.repeat(at + 0.1, seeds.shape[1]), ".", ms=2, color=colour)
            ax.plot(accuracy[k, :, r], at, marker, ms=3.5, color=colour, label=rf"$\rho = {rho:g}$")
            if k == 0:
                ax.plot(published[:, r], at, marker, ms=5.5, mfc="none", color=colour)
        ax.set_xlim(min(0, low.min()) - 0.03, 1.03)
    label(axes[0], "Unbiased test set", "accuracy", "")
    label(axes[1], "Its worst group (class and colour)", "accuracy", "")
    told = {
        next(str(one) for one in pair if one != BASE): int((values <= LEVEL).sum())
        for pair, values in zip(pairs, adjusted, strict=True)
        if BASE in pair
    }
    names = [f"{NAMES[name]} ({told[name]})" if name in told else NAMES[name] for name in methods.tolist()]
    axes[0].set_yticks(rows, names)
    axes[0].set_ylim(len(rows) - 0.5, -0.5)
    signs = (
        sign("hollow: published, full size", marker="o", mfc="none", ms=5.5),
        sign("a seed", marker=".", ms=2.5),
        sign(SECOND_LOOK, ls="-", lw=1.2),
        sign(
            rf"(n): differs from {NAMES[BASE]} at n values of $\rho$ (paired $t$-test, Holm, $p \leq {LEVEL:g}$)",
            marker="None",
        ),
    )
    explain(figure, 3, *signs)
    judged, first = len(methods) - 1, methods.tolist().index(BASE)
    row = next(k for k, pair in enumerate(pairs) if set(pair.tolist()) == {BASE, str(methods[judged])})
    worst = [listed_numbers(accuracy[1, m]) for m in (judged, first)]
    text = gains(methods[[first, judged]], rhos, accuracy[0][[first, judged]], adjusted[row])
    say(figure, f"{text}; the worst group's accuracy is {worst[0]} with it, {worst[1]} without")
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
        return rf"{name}: no gain over {than} is told from 0 at any $\rho$ (differences {every})"
    if (gain[found] < 0).any():
        return f"{name} loses unbiased accuracy against {than}: {values} at {at(found)}"
    if found.all():
        return rf"{name} raises unbiased accuracy over {than} at every $\rho$, by {values}"
    return f"{name} raises unbiased accuracy over {than} at {at(found)} (by {values}), and is undecided at {at(~found)}"


def _row(pairs: np.ndarray, methods: np.ndarray) -> int:
    """Which pair is that of the two methods."""
    return next(k for k, pair in enumerate(pairs) if set(pair) == set(methods[:2]))


def _p_value(p: float) -> str:
    return "p < 0.0001" if p < 1e-4 else f"p = {p:.2g}" if p < 0.995 else "p = 1"


def beside_published(
    arms: np.ndarray,
    accuracy: np.ndarray,
    by_seed: np.ndarray,
    published: np.ndarray,
    tuned: np.ndarray,
    tuning: np.ndarray,
) -> Figure:
    """A29h: unbiased accuracy of each method here, beside the published one; and what its weight was chosen by.

    arms [M], the first one judged; accuracy [M, 3]: value, low, high; by_seed [M, S]; published [M], NaN where unknown; tuned [W]
    methods and tuning [W, 2]: a weight and the accuracy on images left out, of one encoder each.
    """
    figure, (ax, right) = new_figure(columns=2, height=3.2, width_ratios=(1.2, 1))
    rows = np.arange(len(arms))
    kinds = list(dict.fromkeys(tuned.tolist()))
    looks = dict(zip(kinds, zip(ordered(len(kinds)), "os^", strict=False), strict=False))
    for row, name in enumerate(arms.tolist()):
        colour, marker = looks.get(name, (GREY, "X"))
        intervals(ax, np.array([row]), accuracy[[row], 1], accuracy[[row], 2], across=True, color=colour, lw=1.4)
        ax.plot(accuracy[row, 0], row, marker, ms=5, color=colour)
        ax.plot(by_seed[row], np.full(by_seed.shape[1], row + 0.22), ".", ms=2.5, color=colour)
    ax.plot(published, rows - 0.22, "D", ms=5, mfc="none", color=BLACK)
    ax.set_yticks(rows, [NAMES[str(name)].replace("+ released", f"{NAMES[BASE]}\n+ released") for name in arms])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xlim(0, 1)
    label(ax, "Unbiased accuracy, here and published", "accuracy on the unbiased test set", "")
    for name in kinds:
        weight, value = tuning[tuned == name].T
        colour, marker = looks[name]
        right.plot(weight, value, f"{marker}-", lw=1, color=colour, label=NAMES[name])
    right.set_xscale("log")
    right.minorticks_off()
    label(right, "Choice of the weights (one seed)", "weight of the penalty", "accuracy, images left out")
    printed = int(np.isfinite(published).sum())
    signs = (
        sign("without a weight", marker="X", ms=5),
        sign(INTERVAL, ls="-", lw=1.4),
        sign("a seed", marker=".", ms=2.5),
        sign(f"published, full size ({printed} of {len(arms)} known)", marker="D", ms=5, mfc="none", color=BLACK),
    )
    explain(figure, 3, *signs)
    first = NAMES[str(arms[0])].removeprefix("+ ")
    best = 1 + int(accuracy[1:, 0].argmax())
    mine, other = number(accuracy[0, 0]), f"{NAMES[str(arms[best])]} reaches {number(accuracy[best, 0])}"
    lead = "is ahead of every baseline" if accuracy[0, 0] > accuracy[best, 0] else "is behind the best baseline"
    text = f"{NAMES[BASE]} with the {first} ({mine}) {lead}: {other}"
    known = np.isfinite(published) & (np.arange(len(arms)) > 0)
    if known.any():
        others = listed([NAMES[str(name)] for name in arms[known]])
        same = all((accuracy[0, 0] > accuracy[known, 0]) == (published[0] > published[known]))
        text += f"; against {others} {'the order is the published one' if same else 'the published order is not kept'}"
    say(figure, text)
    return figure


def published_table(
    arms: np.ndarray, rhos: np.ndarray, accuracy: np.ndarray, by_seed: np.ndarray, published: np.ndarray
) -> Figure:
    """A29: our table beside the published one: unbiased accuracy of each method at each rho.

    arms [M], the first one judged; accuracy [M, R, 3]: value, low, high; by_seed [M, R, S]; published [M, R], NaN where unknown.
    """
    figure, axes = new_figure(columns=2, height=3.3, sharey=True, width_ratios=(1.3, 1))
    places = np.arange(len(rhos))
    for m, name in enumerate(arms.tolist()):
        colour, marker = LOOKS[name]
        at = places + 0.13 * (m - (len(arms) - 1) / 2)
        intervals(axes[0], at, accuracy[m, :, 1], accuracy[m, :, 2], color=colour, lw=1.2)
        axes[0].plot(np.repeat(at + 0.04, by_seed.shape[2]), by_seed[m].ravel(), ".", ms=2, color=colour)
        text = f"{NAMES[BASE]} {NAMES[name]}" if name == "released" else NAMES[name]
        axes[0].plot(at, accuracy[m, :, 0], marker, ms=5, color=colour, label=text)
        axes[1].plot(places, published[m], f"{marker}-", ms=5, lw=0.8, color=colour)
    label(axes[0], "Here", r"strength of the bias $\rho$", "accuracy on the unbiased test set")
    printed = [name for name, row in zip(arms.tolist(), published, strict=True) if np.isfinite(row).any()]
    label(axes[1], f"Published, full size ({len(printed)} of {len(arms)} known)", r"$\rho$", "")
    for ax in axes:
        ax.set_xticks(places, [f"{rho:g}" for rho in rhos])
        ax.set_xlim(-0.5, len(rhos) - 0.5)
        ax.set_ylim(0, 1)
    explain(figure, 3, sign(INTERVAL, ls="-", lw=1.2), sign("a seed", marker=".", ms=2))
    lead = accuracy[0, :, 0] - accuracy[1:, :, 0].max(axis=0)
    best = 1 + accuracy[1:, :, 0].argmax(axis=0)
    which = listed([f"{NAMES[str(arms[m])]} at {_named(rhos[best == m])}" for m in dict.fromkeys(best.tolist())])
    where = (
        "at every" if (lead > 0).all() else "at no" if (lead <= 0).all() else f"only at {_named(rhos[lead > 0])} of the"
    )
    first = f"{NAMES[BASE]} with the {NAMES[str(arms[0])].removeprefix('+ ')} ({listed_numbers(accuracy[0, :, 0])})"
    say(figure, rf"{first} is ahead of all baselines {where} $\rho$; the best of them: {which}")
    return figure


def _named(rhos: np.ndarray) -> str:
    return listed([f"{rho:g}" for rho in rhos])
