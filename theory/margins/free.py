"""Supervised contrastive losses over free embeddings: convex in the Gram matrix, so their optima can be certified (ours).

n samples with labels, every embedding a free unit vector in any dimension; the anchors' losses are averaged. With
s = G/tau, N(i) the samples of other classes, P(i) the others of i's class, y_i = sum_{j in N(i)} e^s_ij:

    eps-SupInfoNCE   (1/n) sum_i (1/|P(i)|) sum_{p in P(i)} log(e^-eps + y_i e^-s_ip)
    eps-SupCon       (1/n) sum_i [ log(e^-eps sum_{t in P(i)} e^s_it + y_i) - mean_{p in P(i)} s_ip ]

Both are log-sum-exps of affine functions of G plus a linear term, hence convex; claims A12, A13 and A21 rest on it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from contrastive_claims.theory.elliptope import ContrastiveObjective, Minimum, minimise, random_vectors

LOSSES = ("eps_sup_infonce", "eps_sup_con")


def free_objective(labels: np.ndarray, temperature: float, epsilon: float, loss: str = "eps_sup_infonce"):  # noqa: ANN201
    """The loss as a problem for theory.elliptope. Raises ValueError for a singleton class, one class only, bad numbers."""
    labels = np.asarray(labels)
    same = labels[:, None] == labels[None, :]
    positives = same & ~np.eye(len(labels), dtype=bool)
    if same.all():
        raise ValueError("labels: one class only, so there are no negatives")
    if not positives.any(axis=1).all():
        raise ValueError(f"labels: class {labels[~positives.any(axis=1)][0]} has a single sample, hence no positive")
    if not 0 < temperature < np.inf or not 0 <= epsilon < np.inf:
        raise ValueError(f"temperature must be positive and epsilon >= 0, got {temperature} and {epsilon}")
    if loss == "eps_sup_infonce":
        return SupInfoNCEObjective(positives, ~same, temperature, epsilon)
    if loss != "eps_sup_con":
        raise ValueError(f"loss: one of {', '.join(LOSSES)}, got {loss!r}")
    count = len(labels)
    attraction = positives / positives.sum(axis=1, keepdims=True) / count
    kernel = np.where(positives, np.exp(-epsilon), (~same).astype(float))
    return ContrastiveObjective(attraction, np.full(count, 1 / count), kernel, temperature)


def class_objective(
    sizes: np.ndarray, temperature: float, epsilon: float, loss: str = "eps_sup_infonce"
) -> ContrastiveObjective:
    """The same loss with one vector per class, of sizes [K]: the Gram matrix [K, K] of the classes is its variable.

    By claim A12 its optimum is that over free embeddings, at the cost of K vectors in place of n: with a_k = 1 (eps-SupInfoNCE)
    or n_k - 1 (eps-SupCon) it is ``sum_k (n_k/n) [ log(a_k e^{G_kk/tau - eps} + sum_{l != k} n_l e^{G_kl/tau}) - G_kk/tau ]``.
    Raises ValueError for fewer than two classes, one of fewer than two samples, bad numbers, another loss.
    """
    sizes = np.asarray(sizes, dtype=float)
    if sizes.ndim != 1 or len(sizes) < 2:
        raise ValueError(f"sizes: at least two classes, got {sizes.tolist()}")
    if not (sizes >= 2).all():
        raise ValueError(f"sizes: a class needs two samples, got {sizes.min():g}")
    if not 0 < temperature < np.inf or not 0 <= epsilon < np.inf:
        raise ValueError(f"temperature must be positive and epsilon >= 0, got {temperature} and {epsilon}")
    if loss not in LOSSES:
        raise ValueError(f"loss: one of {', '.join(LOSSES)}, got {loss!r}")
    shares = sizes / sizes.sum()
    kernel = np.tile(sizes, (len(sizes), 1))
    np.fill_diagonal(kernel, np.exp(-epsilon) * (1.0 if loss == "eps_sup_infonce" else sizes - 1))
    return ContrastiveObjective(np.diag(shares), shares, kernel, temperature)


def minimise_free(
    labels: np.ndarray, temperature: float, epsilon: float, loss: str = "eps_sup_infonce", seed: int = 0
) -> Minimum:
    """Certified minimum over free embeddings, from a random start of full dimension. Errors as `free_objective`."""
    count = len(labels)
    start = random_vectors(count, count, seed)
    return minimise(free_objective(labels, temperature, epsilon, loss), start, np.full(count, 1 / count))


def merging_threshold(minority: int, majority: int, temperature: float, loss: str = "eps_sup_infonce") -> float:
    """The eps* from which on two classes of `minority` samples merge exactly beside one of `majority` (claim A21, ours).

    Statement. With E = e^{1/tau}, a_k = 1 (eps_sup_infonce) or n_k - 1 (eps_sup_con), Z_1 = a_1 E e^-eps + m E + M/E and
    Z_3 = a_3 E e^-eps + 2 m/E, the optimum over free embeddings has h_1 = h_2 = -h_3 iff 4 m E^2 <= M (1 + Z_1/Z_3).
    Proof. Classes collapse (A12), leaving f(G) = sum_k (n_k/n) log(a_k e^-eps + sum_{l != k} n_l e^{(G_kl - 1)/tau}),
    convex over 3 x 3 Gram matrices. At h = (1, 1, -1) its gradient has n tau D_12 = m^2 E/Z_1 and
    n tau D_13 = n tau D_23 = (m M/(2 E)) (1/Z_1 + 1/Z_3); S = D - Diag(lambda) has S h = 0, on the rest eigenvectors
    (1, -1, 0), form 2 (D_13 - 2 D_12), and (1, 1, 2), form 18 D_13 > 0. So S is psd iff D_13 >= 2 D_12. QED
    The condition is linear in e^-eps: with k = 4 m E^2/M - 1, e^-eps E (k a_3 - a_1) <= m E + M/E - 2 m k/E.

    Returns 0 if they merge at every eps >= 0 (k a_3 <= a_1: then k <= 1 as m <= M, and the right side is positive),
    infinity if at none. Raises ValueError unless 2 <= minority <= majority, for another
    loss, or a temperature that is not positive and finite.
    """
    if not 2 <= minority <= majority:
        raise ValueError(f"class sizes must satisfy 2 <= minority <= majority, got {minority} and {majority}")
    if loss not in LOSSES:
        raise ValueError(f"loss: one of {', '.join(LOSSES)}, got {loss!r}")
    if not 0 < temperature < np.inf:
        raise ValueError(f"temperature must be positive and finite, got {temperature}")
    e = np.exp(1 / temperature)
    first, third = (1, 1) if loss == "eps_sup_infonce" else (minority - 1, majority - 1)
    k = 4 * minority * e**2 / majority - 1
    slope, room = e * (k * third - first), minority * e + majority / e - 2 * minority * k / e
    if slope <= 0:
        return 0.0
    return float(max(0.0, -np.log(room / slope))) if room > 0 else float(np.inf)


@dataclass(frozen=True, eq=False)
class SupInfoNCEObjective:
    """eps-SupInfoNCE over free embeddings. positives, negatives: [n, n] boolean masks; temperature; epsilon in logits."""

    positives: np.ndarray
    negatives: np.ndarray
    temperature: float
    epsilon: float

    def at(self, vectors: np.ndarray) -> SupInfoNCEExpansion:
        """Value and derivatives at unit rows [n, d]."""
        return SupInfoNCEExpansion(self, vectors)


class SupInfoNCEExpansion:
    """Value and derivatives at one V. With b_ip = y_i e^-s_ip / (e^-eps + y_i e^-s_ip) the share of the negatives in the
    term (i, p) and nu_i the softmax of i's negatives, d term = b_ip (nu_i . dG_i - dG_ip)/tau."""

    def __init__(self, objective: SupInfoNCEObjective, vectors: np.ndarray) -> None:
        self._objective, self._vectors = objective, vectors
        positives, negatives, tau = objective.positives, objective.negatives, objective.temperature
        logits = vectors @ vectors.T / tau
        hidden = np.where(negatives, logits, -np.inf)
        top = hidden.max(axis=1, keepdims=True)
        kernel = np.exp(hidden - top)
        self._nu = kernel / kernel.sum(axis=1, keepdims=True)
        excess = top + np.log(kernel.sum(axis=1, keepdims=True)) - logits  # log y_i - s_ip
        term = np.logaddexp(-objective.epsilon, excess)
        self._weights = positives / positives.sum(axis=1, keepdims=True) / len(vectors)
        self._share = np.exp(excess - term)  # b; counts only where there is a weight
        self.value = float((self._weights * term).sum())
        pulled = self._weights * self._share
        raw = pulled.sum(axis=1, keepdims=True) * self._nu - pulled
        self._gradient = (raw + raw.T) / (2 * tau)
        self.product = self._gradient @ vectors

    def hessian_product(self, direction: np.ndarray) -> np.ndarray:
        """D U + dD[U] V."""
        tau, pulled = self._objective.temperature, self._weights * self._share
        change = direction @ self._vectors.T
        change = (change + change.T) / tau
        mean = (self._nu * change).sum(axis=1, keepdims=True)
        spread = pulled * (1 - self._share) * (mean - change)  # d(weights b)
        raw = (
            spread.sum(axis=1, keepdims=True) * self._nu
            + pulled.sum(axis=1, keepdims=True) * self._nu * (change - mean)
            - spread
        )
        return self._gradient @ direction + (raw + raw.T) @ self._vectors / (2 * tau)

    def dense_gradient(self) -> np.ndarray:
        """D, [n, n]."""
        return self._gradient
