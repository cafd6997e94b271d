"""The biased graph (same class gamma, same bias beta): when the PMI law applies, where conflicting groups go (B15, B22)."""

import math

import numpy as np

from contrastive_claims.theory.blockmodel.limits.roots import increasing_root
from contrastive_claims.theory.elliptope.contrastive import check_temperature


def biased_graph_margins(
    within: float, same_bias: float, same_class: float, neither: float, temperature: float
) -> np.ndarray:
    """Four eigenvalues of ``1 + tau log(alpha/p)`` for biased_model with two classes: none negative iff the PMI law holds.

    Claim B15. With b, c, d the entries of beta, gamma, delta: ``1+b+c+d, 1+b-c-d, 1-b+c-d, 1-b-c+d``. Proof: the matrix is
    that of a group of four elements, b, c, d on its three involutions; the group's characters are its eigenvectors. QED. Where
    it holds the optimum does not depend on rho at all: no harm by bias without a binding psd constraint.
    Raises ValueError for a connection that is not positive, or a temperature that is not.
    """
    check_temperature(temperature)
    for name, value in (
        ("within", within),
        ("same_bias", same_bias),
        ("same_class", same_class),
        ("neither", neither),
    ):
        if not (math.isfinite(value) and value > 0):
            raise ValueError(f"{name} must be positive and finite, not {value}")
    b, c, d = (1 + temperature * (math.log(value) - math.log(within)) for value in (same_bias, same_class, neither))
    return np.array([1 + b + c + d, 1 + b - c - d, 1 - b + c - d, 1 - b - c + d])


def biased_minority_cosine(
    within: float, same_bias: float, same_class: float, neither: float, temperature: float
) -> float:
    """Limit, as rho -> 1, of a conflicting group's cosine with its class; with its bias it is the opposite (claim B22).

    Hypotheses (checked): two classes; ``delta <= p e^{-2/tau}``, so that the aligned groups stay antipodal; beta + gamma > 0.
    The limit solves ``tanh(c/tau) + sinh(c/tau)/cosh(1/tau) = (gamma - beta)(1/(gamma+beta) + 1/(p+delta))``, cut at +-1.

    Proof. At rho = 1 two equal blocks remain with cosine ``max(-1, 1 + tau log(delta/p)) = -1`` (B6). A vanishing group tied by
    gamma to one and by beta to the other draws them with probabilities ``gamma, beta`` over their sum; each, of degree
    ``(p + delta)/2``, draws it with weights ``gamma, beta`` over ``p + delta``. With cosines c and -c the limit loss is
    ``-(gamma - beta)(1/(gamma+beta) + 1/(p+delta)) c/tau + log cosh(c/tau) + cosh(c/tau)/cosh(1/tau)``; the other conflicting
    group enters at second order of ``1 - rho`` only. Then as in vanishing_minority_cosine. QED. The sign of c is that of
    ``gamma - beta``: B22's boundary.
    How soon: the aligned groups are antipodal up to ``1 + cosine = O((1 - rho) / (p e^{-2/tau} - delta))``, the excess of what
    holds them there. Near the bound on delta, or at a low temperature, the limit is reached only at shares far below that excess:
    with p = .305, beta = .322, gamma = .407, delta = 5.76e-6 (.86 of the bound), tau = .186 it is .0769, and at 1 - rho =
    1e-5, 1e-7, 1e-9 the cosine is .3137, .0947, .0771.
    Raises ValueError if a hypothesis fails, or for a temperature that is not positive.
    """
    check_temperature(temperature)
    if not (within > 0 and same_bias >= 0 and same_class >= 0 and neither >= 0 and same_bias + same_class > 0):
        raise ValueError("within must be positive, no connection negative, and same_bias + same_class positive")
    if neither > within * math.exp(-2 / temperature):
        raise ValueError(f"neither = {neither} exceeds p e^(-2/tau): the aligned groups are not antipodal")
    pull = (same_class - same_bias) * (1 / (same_class + same_bias) + 1 / (within + neither))

    def excess(c: float) -> float:
        attraction = (math.exp((c - 1) / temperature) - math.exp(-(c + 1) / temperature)) / (
            1 + math.exp(-2 / temperature)
        )
        return math.tanh(c / temperature) + attraction - pull

    return increasing_root(excess, -1.0, 1.0)
