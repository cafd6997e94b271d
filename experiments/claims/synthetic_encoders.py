"""What the checks on biased data measure: margins of conflicting pairs, distances of the four sets of pairs, and the
embeddings of encoders trained on synthetic features with an easy bias. A pair is conflicting when its biases differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np

from contrastive_claims.experiments.training import synthetic
from contrastive_claims.theory.margins import eps_sup_infonce, sup_con

SAMPLES, FRESH_SAMPLES = 192, 512
# Chosen on seeds 100 to 104, on which the whole grid was seen; the seeds of the claims were run afterwards, once.
# The first five from 21 on whose smallest training set, at rho = .99, holds a conflicting sample.
SEEDS, STEPS = (21, 22, 23, 24, 27), 50
MAIN_RHO, MAIN_TEMPERATURE, MAIN_EPSILON = 0.95, 0.1, 0.5
WITHIN, NEITHER = 0.95, 0.05  # connectivities of the biased graph: same class and same bias; neither
FREE_TEMPERATURE = 0.5  # of optima over free embeddings


@dataclass(frozen=True)
class Embedded:
    """Cosines [N, N] with labels (y) and bias (b) [N]."""

    gram: np.ndarray
    labels: np.ndarray
    bias: np.ndarray

    def exchanged(self) -> Embedded:
        """The same cosines, with the bias taken for the class and the class for the bias."""
        return Embedded(self.gram, self.bias, self.labels)


def conflicting_margins(data: Embedded) -> np.ndarray:
    """For every anchor with a conflicting positive: its smallest cosine with one minus its largest with any negative."""
    same = data.labels[:, None] == data.labels
    conflicting = same & (data.bias[:, None] != data.bias)
    lowest = np.where(conflicting, data.gram, np.inf).min(axis=1)
    hardest = np.where(same, -np.inf, data.gram).max(axis=1)
    return (lowest - hardest)[conflicting.any(axis=1)]


def set_distances(data: Embedded, weights: np.ndarray) -> np.ndarray:
    """Mean squared distances over ordered pairs under `weights` [N, N]: positives aligned and conflicting, negatives
    aligned and conflicting. Raises ValueError if one of the four sets is empty."""
    same, aligned = data.labels[:, None] == data.labels, data.bias[:, None] == data.bias
    sets = [same & aligned, same & ~aligned, ~same & aligned, ~same & ~aligned]
    totals = np.array([weights[chosen].sum() for chosen in sets])
    if not (totals > 0).all():
        raise ValueError("bias: one of the four sets of pairs is empty")
    return np.array([((2 - 2 * data.gram) * weights)[chosen].sum() for chosen in sets]) / totals


@lru_cache(maxsize=32)  # a claim and its control, one after the other in one process, look at the same encoders
def trained(loss: str, rho: float, temperature: float, epsilon: float, seed: int, steps: int) -> list[Embedded]:
    """The training set and fresh, unbiased data (as paper A's test sets), embedded by one trained encoder."""
    samples = (
        synthetic.draw(SAMPLES, rho, seed, synthetic.TRAINING),
        synthetic.draw(FRESH_SAMPLES, 1 / synthetic.CLASSES, seed, synthetic.FRESH),
    )
    options = {"temperature": temperature, "validate": False}
    chosen = partial(sup_con, **options) if loss == "sup_con" else partial(eps_sup_infonce, epsilon=epsilon, **options)
    encoder = synthetic.fit(samples[0], chosen, seed, steps)
    found = []
    for sample in samples:
        vectors = synthetic.embed(encoder, sample).numpy()
        found.append(Embedded(vectors @ vectors.T, sample.labels.numpy(), sample.bias.numpy()))
    return found
