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

from dataclasses import replace

from flint import arb, ctx

from contrastive_claims.theory.certify.problems import Matrix, Problem

HALVINGS = 40  # of the stated gap, in search of a smaller one that holds too: to 1e-20 nats


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


def gradient_of(problem: Problem) -> Matrix:
    """Symmetrised gradient of the problem's loss at its Gram matrix."""
    if problem.connectivity:
        return population_gradient(problem.gram, problem.shares, problem.connectivity, problem.temperature)
    return supervised_gradient(problem.gram, list(problem.labels), problem.temperature, problem.epsilon, problem.loss)


def multipliers(gradient: Matrix, gram: Matrix) -> list[arb]:
    """lambda_k = (D G)_kk."""
    return [
        sum((d * g for d, g in zip(row, column, strict=True)), arb(0))
        for row, column in zip(gradient, gram, strict=True)
    ]


def gap_holds(problem: Problem) -> bool:
    """Whether f(G) - min f <= gap at the problem's Gram matrix: S + gap Diag(shares) is positive definite."""
    before, ctx.prec = ctx.prec, 192
    try:
        gradient = gradient_of(problem)
        slack = [row[:] for row in gradient]
        for k, multiplier in enumerate(multipliers(gradient, problem.gram)):
            slack[k][k] = slack[k][k] - multiplier + arb(problem.gap) * problem.shares[k]
        return positive_definite(slack)
    finally:
        ctx.prec = before


def sharpened(problem: Problem) -> Problem:
    """The problem with its gap halved as often as that still holds, up to HALVINGS times."""
    low, high = 0, HALVINGS + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if gap_holds(replace(problem, gap=problem.gap / 2**middle)) else (low, middle)
    return replace(problem, gap=problem.gap / 2**low)


def distances_from_optimum(problem: Problem) -> Matrix:
    """How far the cosines of the one optimum G* of a block model may lie from those of vectors G within the gap, if
    each distance is less than tau/4; otherwise the gap does not tell.

    Statement. w_kl, proportional to pi_l e^{G_kl/tau}, are the softmax weights at G,
    c_km = pi_k w_kk w_km/(w_kk + w_km) + pi_m w_mm w_mk/(w_mm + w_mk), and e_km = tau sqrt(2 e gap/c_km). If every
    e_km < tau/4, then |G_km - G*_km| <= e_km.
    Proof. Let H = G - G* (zero diagonal), s <= 1 the largest with s max|H| <= tau/4, F = G - s H and phi(u) = f(F + u s H).
    phi is convex, phi'(0) >= 0 as f falls nowhere on the way from G* to G, phi(1) - phi(0) <= gap, and phi'' = s^2 sum_k pi_k
    Var_k(H_k.)/tau^2 at the weights of F + u s H. There e^{G_kl/tau} has changed by a factor within e^{+-(1-u)/4}, a weight by no
    less than e^{-(1-u)/2}, and a variance, half the sum of w_l w_m (H_kl - H_km)^2, by no less than e^{-(1-u)}. Hence
    gap >= Q times the integral of (1-u) e^{-(1-u)}, which exceeds 1/(2e), Q being phi'' at u = 1. As H_kk = 0, the members k and
    m alone give Var_k(H_k.) >= w_kk w_km/(w_kk + w_km) H_km^2: so s^2 H_km^2 c_km/tau^2 <= Q <= 2 e gap, that is
    s |H_km| <= e_km < tau/4 for all k and m, and s = 1. QED. Source: ours.
    """
    size, tau, shares = problem.size, problem.temperature, problem.shares
    halves: Matrix = []
    for k in range(size):
        weights = [shares[m] * (problem.gram[k][m] / tau).exp() for m in range(size)]
        total = sum(weights, arb(0))
        halves.append([shares[k] * weights[k] / total * w / (weights[k] + w) for w in weights])
    return [
        [
            arb(0) if k == m else tau * (2 * arb(1).exp() * problem.gap / (halves[k][m] + halves[m][k])).sqrt()
            for m in range(size)
        ]
        for k in range(size)
    ]
