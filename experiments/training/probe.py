"""What frozen embeddings are good for: a linear probe, nearest neighbours, and the heads of paper B's mediation analysis.

No function here sees labels of the samples that it is judged on: hyper-parameters are chosen by cross-validation within the
training samples, and `evaluate` comes afterwards. Which samples train and which judge is the caller's choice: training and
validation sets of its own, the test set only at the end; or `test_set_split`, the protocol that paper B published.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, train_test_split
from threadpoolctl import threadpool_limits

from contrastive_claims.experiments.data.bias import undersample
from contrastive_claims.theory.harms import balanced_accuracy, worst_group_accuracy
from contrastive_claims.theory.sphere import normalise

PENALTIES = (1.0, 0.1, 0.01)  # paper B's grid of C
FOLDS = 3
# Largest entry of the gradient of the mean loss at which L-BFGS stops. At 1e-6 no prediction differed from those at 1e-9; at
# 1e-4 three in 2,500 did, good enough to choose C by, in half the iterations.
FINAL, CHOOSING = 1e-6, 1e-4
ITERATIONS = 5000
SIMILARITIES = 16_000_000  # in memory at once, in float32: 64 MB


@dataclass(frozen=True, eq=False)
class Head:
    """A linear classifier of unit vectors: class of the largest weights [K, D] z + offsets [K]; C as chosen or given."""

    weights: np.ndarray
    offsets: np.ndarray
    penalty: float

    def predict(self, embeddings: np.ndarray) -> np.ndarray:
        """Classes [N] of embeddings [N, D], which are normalised here."""
        return (_unit(embeddings) @ self.weights.T + self.offsets).argmax(axis=1)


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Predictions [N] and how good they are; the worst group is over (class, bias) pairs, or classes where there is no bias."""

    predictions: np.ndarray
    accuracy: float
    balanced_accuracy: float
    worst_group_accuracy: float


def evaluate(predictions: np.ndarray, labels: np.ndarray, bias: np.ndarray | None = None) -> Evaluation:
    """Accuracies of predictions [N] against labels [N], groups given by the bias attribute [N] if there is one.

    Raises ValueError for shapes that do not fit, or a class without a sample (theory.harms.group_accuracies).
    """
    worst = float(worst_group_accuracy(predictions, labels, bias))
    balanced = float(balanced_accuracy(predictions, labels))
    return Evaluation(predictions, float(np.mean(predictions == labels)), balanced, worst)


def linear_probe(embeddings: np.ndarray, labels: np.ndarray, seed: int, penalties: Sequence[float] = PENALTIES) -> Head:
    """Multinomial logistic regression on unit vectors: min_{W, b} sum_a -log softmax(W z_a + b)_{y_a} + |W|^2 / (2 C);
    for two classes |W|^2 counts twice (scikit-learn penalises the difference of the two rows).

    `embeddings` [N, D] are normalised here, `labels` [N] use every class 0 .. K-1. C is the one of `penalties` with the best
    mean accuracy over a stratified 3-fold cross-validation of these samples, folds drawn from `seed`; the first of equals. The
    final fit is on all samples. One thread and float64, so the thread count changes nothing (more are slower at this size).

    Raises ValueError for a zero row, a class with fewer than 3 samples (none for some fold), labels that do not fit;
    RuntimeError if L-BFGS does not converge.
    Source: paper B's protocol, without its cap of 100 iterations and ignored warnings.
    """
    points, counts = _checked(embeddings, labels)
    if len(penalties) == 1:
        return _fit(points, labels, penalties[0], FINAL)
    if counts.min() < FOLDS:
        raise ValueError(
            f"labels: {FOLDS}-fold cross-validation needs {FOLDS} samples of each class, "
            f"class {counts.argmin()} has {counts.min()}"
        )
    folds = list(StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(points, labels))
    scores = [
        np.mean([(_fit(points[a], labels[a], c, CHOOSING).predict(points[b]) == labels[b]).mean() for a, b in folds])
        for c in penalties
    ]
    return _fit(points, labels, penalties[int(np.argmax(scores))], FINAL)


def _fit(points: np.ndarray, labels: np.ndarray, penalty: float, tolerance: float) -> Head:
    # The offsets are not penalised, so taking off the mean changes nothing but the condition: features behind a ReLU share
    # a large mean, and converge in two thirds of the iterations without it.
    centre = points.mean(axis=0)
    model = LogisticRegression(C=penalty, tol=tolerance, max_iter=ITERATIONS)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        try:
            model.fit(points - centre, labels)
        except ConvergenceWarning as warning:
            raise RuntimeError(
                f"linear probe: L-BFGS has not converged at C = {penalty}, after at most {ITERATIONS} iterations "
                f"({len(points)} samples, {points.shape[1]} dimensions)"
            ) from warning
    weights, offsets = model.coef_, model.intercept_
    if len(weights) == 1:  # two classes: scikit-learn keeps the difference of the two rows only
        weights, offsets = np.vstack([-weights, weights]) / 2, np.concatenate([-offsets, offsets]) / 2
    return Head(weights, offsets - weights @ centre, penalty)


def head_predictions(
    training: np.ndarray,
    labels: np.ndarray,
    evaluation: np.ndarray,
    seed: int,
    undersampled: int | None = None,
    factor: float = 1.0,
) -> np.ndarray:
    """Predictions [M] of a linear probe trained on `training` [N, D] with `labels`, for the embeddings `evaluation` [M, D].

    With `undersampled`, the head sees that class thinned `factor` times (t = 1 of theory.harms.mediation), else all (t = 0).
    The encoder that made both embeddings is m. Which samples stay depends on the labels and the seed only, so that heads on
    either encoder miss the same ones. Raises as `linear_probe` and `undersample` do.
    """
    if undersampled is not None:
        kept = undersample(labels, undersampled, factor, seed)
        training, labels = training[kept], labels[kept]
    return linear_probe(training, labels, seed).predict(evaluation)


def test_set_split(labels: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Sorted indices (for the head, for judging it) of a 75/25 split of the TEST set [N]: paper B's published protocol.

    The encoder saw none of these, but its settings may have been chosen on them. Stratified, where the released code draws
    freely. Raises ValueError for a class with fewer than 2 samples.
    """
    counts = np.bincount(labels)
    if counts.min() < 2:
        raise ValueError(f"labels: a split needs 2 samples of each class, class {counts.argmin()} has {counts.min()}")
    head, judge = train_test_split(np.arange(len(labels)), test_size=0.25, stratify=labels, random_state=seed)
    return np.sort(head), np.sort(judge)


def nearest_neighbours(
    bank: np.ndarray, labels: np.ndarray, queries: np.ndarray, k: int = 20, temperature: float | None = None
) -> np.ndarray:
    """Classes [M] of `queries` [M, D] by vote of the k samples of `bank` [N, D] with the largest cosine s.

    Each votes for its label with weight e^{s/temperature}, or 1 without a temperature; the lowest class of equals wins.
    Cosines are in float32, on one thread. Raises ValueError for k not in 1 .. N, a temperature that is not positive, a zero
    row, labels that do not fit. Source: Wu et al. 2018 (k = 200, temperature 0.07 there).
    """
    points, counts = _checked(bank, labels)
    if not 1 <= k <= len(points):
        raise ValueError(f"k: must lie between 1 and the {len(points)} samples of the bank, got {k}")
    if temperature is not None and not temperature > 0:
        raise ValueError(f"temperature: must be positive, got {temperature}")
    stored, asked = points.astype(np.float32).T, _unit(queries, "queries").astype(np.float32)
    classes = np.empty(len(asked), np.int64)
    rows = max(1, SIMILARITIES // len(points))
    with threadpool_limits(1):
        for start in range(0, len(asked), rows):
            cosines = asked[start : start + rows] @ stored
            # ten times faster than numpy's partition
            largest, nearest = (part.numpy() for part in torch.topk(torch.from_numpy(cosines), k, dim=1))
            votes = np.zeros((len(cosines), len(counts)))
            weights = np.ones(nearest.shape)
            if temperature is not None:  # relative to the nearest, so that nothing over- or underflows
                weights = np.exp((largest - largest[:, :1].astype(float)) / temperature)
            np.add.at(votes, (np.arange(len(votes))[:, None], labels[nearest]), weights)
            classes[start : start + rows] = votes.argmax(axis=1)
    return classes


def _unit(embeddings: np.ndarray, name: str = "embeddings") -> np.ndarray:
    return normalise(np.asarray(embeddings, np.float64), name=name)


def _checked(embeddings: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unit rows, and the number of samples of each class."""
    points = _unit(embeddings)
    if points.ndim != 2 or labels.shape != points.shape[:1] or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            f"embeddings, labels: must be [N, D] and N integers, got {points.shape} and {labels.dtype} {labels.shape}"
        )
    if not len(labels) or labels.min() < 0 or len(counts := np.bincount(labels)) < 2 or not counts.all():
        raise ValueError("labels: must use every class from 0 to the largest, and two or more")
    return points, counts
