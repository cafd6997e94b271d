"""Theorems of the block model as certificates for theory.certify. All proofs are ours.

The population loss is convex in the Gram matrix G; its gradient is tau D_kl = pi_k pi_l e^{G_kl/tau}/Z_k - W_kl,
symmetrised, with Z_k = sum_m pi_m e^{G_km/tau}, W_kl = pi_k alpha_kl pi_l/d_k. At a feasible G with multipliers
lambda_k = (D G)_kk, S = D - Diag(lambda) psd proves G globally optimal (theory.certify.duality has the proof).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from contrastive_claims.theory.certify.expression import symbols
from contrastive_claims.theory.certify.steps import certificate, combination


def uniform_connections(wrong: bool = False) -> dict[str, Any]:
    """B6. All alpha_kl = a, alpha_kk = p; E = e^(1/tau), s = pi_k, t = pi_l, g the common cosine, x = e^(g/tau).

    Inside the clip x = (a/p) E, Z_k = (E/p) d_k, so D = 0 for any shares: optimal by convexity (G is psd for
    -1/(K-1) <= g <= 1). Upper end (a >= p, G = all ones): S has nonpositive off-diagonal entries and zero row sums, a
    graph Laplacian, psd, for any shares. Lower end (balanced, g = -1/(K-1)): S = delta J with
    tau K delta = x/(E + (K-1) x) - a/(p + (K-1) a), whose sign is that of x p - a E, nonnegative iff
    1 + tau log(a/p) <= g.

    `wrong`: the clip without tau, cos = 1 + log(a/p), which at tau = 1/2 gives x = (a/p)^2 E.
    """
    s, t, a, p, e, d, x, k = symbols("s t a p E d x K")
    degree = p * s + a * (1 - s)
    rows = (e + (k - 1) * x) * (p + (k - 1) * a)
    witnesses = {
        "upper end": {"combination": combination(("1", [a - p, s, 1 / degree]))},
        "lower end": {"combination": combination(("1", [x * p - a * e, 1 / rows]))},
    }
    power = (a / p) * (a / p) * e
    slips = {
        "row sums inside the clip": {"left": s * e + (1 - s) * power},
        "off the diagonal inside the clip": {"left": s * t * power / ((e / p) * d) - s * a * t / d},
    }
    return certificate("B6", witnesses, slips if wrong else {})


def population_duality(
    proportions: np.ndarray, connectivity: np.ndarray, temperature: float, vectors: np.ndarray, gap: str
) -> dict[str, Any]:
    """A duality step: the cosines of `vectors` [K, d] lie within `gap` (a rational, as text) of the population minimum.

    A finite graph is a population of n blocks with shares 1/n and its adjacency for connectivity: the same step proves the gap
    of minimise_on_graph's embeddings, in O(n^3) interval operations (seconds at n = 200).
    """
    return {
        "proportions": [float(share) for share in proportions],
        "connectivity": [[float(entry) for entry in row] for row in connectivity],
        "temperature": float(temperature),
        "vectors": [[float(entry) for entry in row] for row in vectors],
        "gap": gap,
    }


def disconnected_blocks(duality_steps: list[dict[str, Any]]) -> dict[str, Any]:
    """B7. B6 with a = 0: tau K delta = x/(E + (K-1) x) > 0, so S = delta J is psd at the simplex ETF, and <S, G> = 0
    with G psd makes the rows of every optimal G sum to zero; with it, certificates of single optima."""
    x, e, k = symbols("x E K")
    witnesses = {"delta": {"combination": combination(("1", [x, 1 / (e + (k - 1) * x)]))}}
    return certificate("B7", witnesses, optima=duality_steps)
