"""Random anchors on which identities and inequalities are measured, and their exact values in ball arithmetic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from flint import arb, ctx

SEED = 20230501


@dataclass(frozen=True)
class Anchor:
    """One anchor's logits: positives [P], negatives [N], epsilon (logits) and the temperature they were made with."""

    positives: np.ndarray
    negatives: np.ndarray
    epsilon: float
    temperature: float


def anchors(count: int, most_positives: int = 1, most_negatives: int = 64) -> Iterator[Anchor]:
    """`count` anchors: temperatures .01 to 10, cosines over [-1, 1] with ties and extremes, eps from 0 to 10 logits."""
    generator = np.random.default_rng(SEED)
    for k in range(count):
        temperature = 10.0 ** generator.uniform(-2, 1)
        shape = 1 + int(generator.integers(most_positives)), 1 + int(generator.integers(most_negatives))
        positives, negatives = (generator.uniform(-1, 1, size) for size in shape)
        if k % 5 == 1:  # ties within and between the two sets
            negatives[:] = positives[0]
        if k % 5 == 2:  # the widest margin that the sphere allows
            positives[:], negatives[:] = 1, -1
        if k % 5 == 3:  # the worst one
            positives[0], negatives[0] = -1, 1
        epsilon = 0.0 if k % 7 == 0 else 10.0 ** generator.uniform(-2, 1)
        yield Anchor(positives / temperature, negatives / temperature, epsilon, temperature)


def exactly(formula: str, anchor: Anchor) -> float:
    """A loss by its definition, term by term in 400-bit balls, rounded once at the end: the oracle of the fast code.

    formula: eps_infonce (first positive only), eps_sup_infonce, sup_con (eps ignored) sincere (eps ignored), or
    eps_sup_con_terms: the LSE over {0, s-_j - s+_i + eps, s+_t - s+_i}, averaged over the positives.
    """
    before, ctx.prec = ctx.prec, 400
    try:
        x = [arb(float(s)).exp() for s in anchor.positives]
        y = sum((arb(float(s)).exp() for s in anchor.negatives), arb(0))
        q = (-arb(anchor.epsilon)).exp()
        terms: Sequence[arb]
        match formula:
            case "eps_infonce":
                terms = [-(x[0] / (x[0] * q + y)).log()]
            case "eps_sup_infonce":
                terms = [-(xi / (xi * q + y)).log() for xi in x]
            case "sup_con":
                terms = [-(xi / (sum(x, arb(0)) + y)).log() for xi in x]
            case "sincere":
                terms = [-(xi / (xi + y)).log() for xi in x]
            case "eps_sup_con_terms":
                terms = [(1 + y / (q * xi) + (sum(x, arb(0)) - xi) / xi).log() for xi in x]
            case _:
                raise ValueError(f"formula: unknown {formula!r}")
        return float((sum(terms, arb(0)) / len(terms)).mid())
    finally:
        ctx.prec = before


def relative_error(value: float, exact: float) -> float:
    """|value - exact| / max(1, |exact|): relative for large losses, absolute near a zero of the loss."""
    return abs(value - exact) / max(1.0, abs(exact))
