"""A minority whose share goes to zero beside two equal majorities that are not connected to each other (claims B5, B8).

Cosines; ``ratio = alpha / p`` is the minority's connection over the connection within a majority; tau the temperature.
"""

import math

from contrastive_claims.theory.blockmodel.limits.roots import check_ratio, increasing_root
from contrastive_claims.theory.blockmodel.model import minority_model
from contrastive_claims.theory.blockmodel.population import minimise_population
from contrastive_claims.theory.elliptope.contrastive import check_temperature


def vanishing_minority_cosine(ratio: float, temperature: float) -> float:
    """Limit, as the minority's share goes to 0, of its cosine with the block that it is tied to (claim B5, ours).

    Hypotheses: three blocks; two majorities of equal share and connection p within, not connected to each other; the minority
    tied to one of them with a fixed alpha = ratio * p > 0. The limit is the root c of

        tanh(c/tau) + sinh(c/tau)/cosh(1/tau) = 1 + ratio,    or 1 where the left side at 1 is smaller.

    Proof. Write the loss at share s as M_s(h_2, h_3) + s R_s(h), M_s the majorities' own. (i) M_s is minimal at h_3 = -h_2 and
    exceeds its minimum by at least kappa (1 + <h_2, h_3>), kappa > 0 (its derivative there is positive, and it is convex);
    R_s is bounded, and Lipschitz, uniformly in s. Comparing the minimum with the competitor (c, -c, -1) gives
    ``1 + <h_2, h_3> = O(s)``, so h_3 -> -h_2 and the minimisers' limit points minimise R_0(g, -g), g = <h_1, h_2>.
    (ii) There the pair weights add ``-(1 + ratio) g / tau`` (the minority draws block 2 with probability -> 1, block 2, of share
    1/2, draws it with probability 2 s ratio), the anchor's own sum ``log cosh(g/tau)``, and the two majorities' sums
    ``(1/2)(e^{g/tau} + e^{-g/tau}) / cosh(1/tau)``. The derivative in g is
    ``(1/tau) [tanh(g/tau) + sinh(g/tau)/cosh(1/tau) - 1 - ratio]``, strictly increasing: R_0 is strictly convex, its minimiser on
    [-1, 1] is unique, and it is the limit. QED. With ``y = e^{(c-1)/tau}`` and ``q = e^{-2/tau}`` the equation is
    ``1 - 2q/(y^2 + q) + (y - q/y)/(1 + q) = 1 + ratio``, whose left side rises in y and falls in q: the root encloses on whole
    boxes of (ratio, tau) from their corners (theory.blockmodel.proofs).

    The limit does not commute with alpha -> 0: with alpha = a share, 1 + ratio is replaced by a/(a + 2p).
    Raises ValueError for a ratio that is not positive and finite, or such a temperature.
    """
    check_temperature(temperature)
    check_ratio(ratio)
    inverse = 1 / temperature

    def excess(c: float) -> float:
        # sinh(c/tau) / cosh(1/tau), written so that nothing overflows at low temperature
        attraction = (math.exp((c - 1) * inverse) - math.exp(-(c + 1) * inverse)) / (1 + math.exp(-2 * inverse))
        return math.tanh(c * inverse) + attraction - 1 - ratio

    return increasing_root(excess, 0.0, 1.0)  # excess(0) = -1 - ratio < 0


def collapse_threshold(temperature: float) -> float:
    """Least ``alpha / p`` from which a vanishing minority collapses fully: ``max(0, 2 tanh(1/tau) - 1)`` (claims B5, B8, ours).

    Hypotheses as in vanishing_minority_cosine. Proof: the left side of its equation at c = 1 is ``2 tanh(1/tau)``, so c = 1 iff
    ``2 tanh(1/tau) <= 1 + ratio``. QED. It falls in tau and is 0 from ``tau = 1/artanh(1/2) = 1.8205`` on: any positive alpha
    collapses the minority there. Raises ValueError for a temperature that is not positive and finite.
    """
    check_temperature(temperature)
    return max(0.0, 2 * math.tanh(1 / temperature) - 1)


def collapse_temperature(ratio: float) -> float:
    """Temperature from which on a vanishing minority collapses fully: ``2 / log((3 + ratio)/(1 - ratio))``; 0 if ratio >= 1 (B8).

    Hypotheses as in vanishing_minority_cosine. Proof: ``ratio >= 2 tanh(1/tau) - 1`` iff ``1/tau <= artanh((1 + ratio)/2)``, and
    ``artanh x = log((1 + x)/(1 - x)) / 2``; tanh < 1, so with ratio >= 1 every temperature will do. QED. It falls in ratio, from
    ``2/log 3 = 1.8205`` at 0. Raises ValueError for a ratio that is not positive and finite.
    """
    check_ratio(ratio)
    return 0.0 if ratio >= 1 else 2 / math.log((3 + ratio) / (1 - ratio))


def harm_in_the_limit(ratio: float, temperature: float) -> float:
    """RH of a vanishing minority: ``(1 - c) / (1 - c_0)``, c its limit, c_0 its cosine at three equal shares (claim B8).

    c_0 is the certified population optimum (no closed form). Values below 1 are harm, 0 is full collapse.
    Hypotheses and errors as in vanishing_minority_cosine; ValueError too where even equal shares collapse (RH is 0/0).
    """
    check_ratio(ratio)
    # the model's scale is free: only ratios of connections enter; both entries must be probabilities
    scale = max(1.0, ratio)
    balanced = minimise_population(minority_model(1 / 3, ratio / scale, 1 / scale), temperature).gram[0, 1]
    if balanced > 1 - 1e-9:
        raise ValueError(f"temperature = {temperature}: equal shares collapse too, so that RH is not defined")
    return (1 - vanishing_minority_cosine(ratio, temperature)) / (1 - float(balanced))
