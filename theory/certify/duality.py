"""Re-check of duality certificates in interval arithmetic: the population problem, and supervised losses over free embeddings.

Statement. For f convex on the elliptope {G psd, diag G = 1}, G feasible, D the symmetrised gradient of f at G,
lambda_i = (D G)_ii, S = D - Diag(lambda) and shares pi: if S + delta Diag(pi) is positive semidefinite, then
f(G) - min f <= delta.
Proof. <S, G> = sum_i (D G)_ii - lambda_i G_ii = 0. For feasible G', convexity gives f(G') >= f(G) + <D, G' - G>
= f(G) + <S, G'> (the diagonal of G' - G is 0) >= f(G) - delta <Diag(pi), G'> = f(G) - delta, as <S + delta Diag(pi), G'>
>= 0 for two positive semidefinite matrices and sum pi = 1.
Source: ours (theory of the convex reformulation); the pattern, search cheaply and certify, is that of SE-Sync.
"""

from __future__ import annotations

from typing import Any

from flint import arb, ctx

from theory.certify.expression import rational

Matrix = list[list[arb]]


def number(value: Any) -> arb:
    """A float as the dyadic number that it is, or an exact rational from its text."""
    return arb(value) if isinstance(value, float) else arb(rational(value))


def gram_of(vectors: list[list[Any]]) -> Matrix:
    """Cosines of the given vectors: normalising inside makes the Gram matrix exactly feasible."""
    rows = [[number(entry) for entry in row] for row in vectors]
    norms = [sum((entry * entry for entry in row), arb(0)).sqrt() for row in rows]
    size = len(rows)
    gram = [[arb(1)] * size for _ in range(size)]
    for k in range(size):
        for m in range(k):
            inner = sum((a * b for a, b in zip(rows[k], rows[m], strict=True)), arb(0))
            gram[k][m] = gram[m][k] = inner / (norms[k] * norms[m])
    return gram


def population_gradient(gram: Matrix, shares: list[arb], connectivity: Matrix, temperature: arb) -> Matrix:
    """Symmetrised gradient of -(1/tau) sum W_kl G_kl + sum_k pi_k log sum_l pi_l e^{G_kl/tau}, enclosed entrywise."""
    size = len(shares)
    raw: Matrix = []
    for k in range(size):
        degree = sum((connectivity[k][m] * shares[m] for m in range(size)), arb(0))
        weights = [shares[m] * (gram[k][m] / temperature).exp() for m in range(size)]
        total = sum(weights, arb(0))
        raw.append(
            [
                shares[k] * (weights[m] / total - connectivity[k][m] * shares[m] / degree) / temperature
                for m in range(size)
            ]
        )
    return [[(raw[k][m] + raw[m][k]) / 2 for m in range(size)] for k in range(size)]


def positive_definite(matrix: Matrix) -> bool:
    """Whether every matrix in the enclosure is positive definite: symmetric elimination with positive pivots."""
    work = [row[:] for row in matrix]
    size = len(work)
    for k in range(size):
        pivot = work[k][k]
        if not pivot > 0:
            return False
        for i in range(k + 1, size):
            factor = work[i][k] / pivot
            for j in range(k + 1, size):
                work[i][j] = work[i][j] - factor * work[k][j]
    return True


def supervised_gradient(gram: Matrix, labels: list[int], temperature: arb, epsilon: arb, loss: str) -> Matrix:
    """Symmetrised gradient of the mean over anchors i of
    eps_sup_infonce: mean over positives p of log(e^-eps + sum_j e^{(G_ij - G_ip)/tau}), j over the other classes;
    eps_sup_con: log(e^-eps sum_t e^{G_it/tau} + sum_j e^{G_ij/tau}) - mean_p G_ip/tau, t and p over the positives.
    Raises ValueError for another loss.
    """
    size, q = len(labels), (-epsilon).exp()
    raw: Matrix = [[arb(0)] * size for _ in range(size)]
    for i in range(size):
        positives = [p for p in range(size) if p != i and labels[p] == labels[i]]
        negatives = [j for j in range(size) if labels[j] != labels[i]]
        weight = 1 / (arb(size) * len(positives) * temperature)
        e = [(gram[i][k] / temperature).exp() for k in range(size)]
        repulsion = sum((e[j] for j in negatives), arb(0))
        if loss == "eps_sup_infonce":
            for p in positives:
                total = q * e[p] + repulsion
                raw[i][p] = raw[i][p] - weight * repulsion / total
                for j in negatives:
                    raw[i][j] = raw[i][j] + weight * e[j] / total
        elif loss == "eps_sup_con":
            total = q * sum((e[p] for p in positives), arb(0)) + repulsion
            for p in positives:
                raw[i][p] = weight * (len(positives) * q * e[p] / total - 1)
            for j in negatives:
                raw[i][j] = weight * len(positives) * e[j] / total
        else:
            raise ValueError(f"unknown loss {loss!r}")
    return [[(raw[k][m] + raw[m][k]) / 2 for m in range(size)] for k in range(size)]


def shares_of(step: dict[str, Any]) -> list[arb]:
    """Weights of the metric: the blocks' shares, made to sum to 1 exactly (floats do up to rounding), or 1/n each."""
    if step["problem"] == "supervised":
        labels = step["labels"]
        if not isinstance(labels, list) or len(set(labels)) < 2 or any(labels.count(label) < 2 for label in labels):
            raise ValueError("labels must be a list of two classes or more, each of two samples or more")
        if not number(step["epsilon"]) >= 0:
            raise ValueError("epsilon must not be negative")
        return [arb(1) / len(labels)] * len(labels)
    given = [number(share) for share in step["proportions"]]
    total = sum(given, arb(0))
    if not (all(share > 0 for share in given) and abs(total - 1) < arb("1e-9")):
        raise ValueError("proportions must be positive and sum to 1")
    return [share / total for share in given]


def connectivity_of(step: dict[str, Any], size: int) -> Matrix:
    """The block model's connectivity. Raises ValueError unless it is size x size, symmetric and not negative."""
    entries = step["connectivity"]
    if [len(row) for row in entries] != [size] * size:
        raise ValueError(f"connectivity must be {size} x {size}")
    matrix = [[number(entry) for entry in row] for row in entries]
    for k in range(size):
        for m in range(k + 1):
            if entries[k][m] != entries[m][k] or not matrix[k][m] >= 0:
                raise ValueError("connectivity must be symmetric and not negative")
    return matrix


def gap_holds(step: dict[str, Any]) -> bool:
    """Whether `step` proves f(G) - min f <= step["gap"] at the cosines G of its vectors, for the problem that it names.

    Raises LookupError, TypeError or ValueError on a malformed step.
    """
    before, ctx.prec = ctx.prec, 192
    try:
        shares, gram, temperature = shares_of(step), gram_of(step["vectors"]), number(step["temperature"])
        size, gap = len(shares), number(step["gap"])
        if len(gram) != size or not (temperature > 0 and temperature.is_finite()) or not gap.is_finite():
            raise ValueError(f"needs {size} vectors, a positive finite temperature and a finite gap")
        match step["problem"]:
            case "population":
                connectivity = connectivity_of(step, size)
                gradient = population_gradient(gram, shares, connectivity, temperature)
            case "supervised":
                gradient = supervised_gradient(gram, step["labels"], temperature, number(step["epsilon"]), step["loss"])
            case _:
                raise ValueError(f"unknown problem {step['problem']!r}")
        slack = [row[:] for row in gradient]
        for k in range(size):
            multiplier = sum((gradient[k][m] * gram[m][k] for m in range(size)), arb(0))
            slack[k][k] = slack[k][k] - multiplier + gap * shares[k]
        return positive_definite(slack)
    finally:
        ctx.prec = before
