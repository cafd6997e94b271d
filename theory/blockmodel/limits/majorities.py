"""A minority whose share goes to zero beside many, unequal or connected majorities (claims B18 and B19, ours).

Cosines; ``ratio = alpha / p``; tau the temperature. That the optimum at share s tends to the minimiser of the limit loss is
shown as in vanishing_minority_cosine: the majorities' own loss has one minimiser and outweighs everything of order s.
"""

import math

from contrastive_claims.theory.blockmodel.limits.roots import check_ratio, increasing_root
from contrastive_claims.theory.blockmodel.limits.vanishing import vanishing_minority_cosine
from contrastive_claims.theory.elliptope.contrastive import check_temperature

_COLDEST = 0.003  # e^(-2/tau) is a number


def many_majorities_cosine(majorities: int, ratio: float, temperature: float) -> float:
    """Limit cosine of a vanishing minority with the one of M majorities that it is tied to (claim B18).

    Hypotheses: M >= 2 equal majorities with connection p within and none between; the minority tied to one of them with a
    fixed alpha = ratio * p. With ``phi(x) = e^{x/tau} + (M-1) e^{-x/((M-1)tau)}`` and ``psi(x) = e^{x/tau} -
    e^{-x/((M-1)tau)}`` the limit c solves ``psi(c)/phi(c) + psi(c)/phi(1) = 1 + ratio``, cut at 1; c > 0.

    Proof. The majorities stand at their simplex ETF (B7), so their vectors sum to zero. The limit loss is convex in the
    minority's cosines g and symmetric in the majorities it is not tied to, so these may be averaged: all equal
    ``x = -c/(M-1)``, as the cosines sum to zero. Along c the loss is
    ``-(1 + ratio) c/tau + log(phi(c)/M) + phi(c)/phi(1)``, with derivative ``[psi(c)/phi(c) + psi(c)/phi(1) - 1 -
    ratio]/tau``, strictly increasing: with ``y = e^{Mc/((M-1)tau)}``, ``psi/phi = (y-1)/(y+M-1)`` and psi itself increase.
    At 0 it is ``-(1 + ratio)/tau < 0``. QED. M = 2 is B5.
    Raises ValueError for fewer than two majorities, a ratio that is not positive, or a temperature that is not.
    """
    check_temperature(temperature)
    check_ratio(ratio)
    exponent = _exponent(majorities, temperature)
    others = majorities - 1

    def excess(c: float) -> float:
        fade = math.exp(-exponent * c)  # 1/y
        pull = math.exp((c - 1) / temperature) * (1 - fade) / (1 + others * math.exp(-exponent))
        return (1 - fade) / (1 + others * fade) + pull - 1 - ratio

    return increasing_root(excess, 0.0, 1.0)


def many_majorities_threshold(majorities: int, temperature: float) -> float:
    """Least ``alpha/p`` of full collapse beside M majorities: ``max(0, (u-M-1)/(u+M-1))``, ``u = e^{M/((M-1)tau)}`` (claim
    B18).

    Hypotheses and errors as in many_majorities_cosine. Proof: at c = 1 its left side is ``2 psi(1)/phi(1) = 2(u-1)/(u+M-1)``;
    full collapse iff that is at most ``1 + ratio``. QED. It is 0 from ``tau = M/((M-1) log(M+1))`` on: 1.820 for M = 2, .489
    for M = 9: at the temperature .5 of ten-class studies any positive alpha collapses a vanishing minority.
    """
    check_temperature(temperature)
    fade = math.exp(-_exponent(majorities, temperature))  # 1/u
    return max(0.0, (1 - (majorities + 1) * fade) / (1 + (majorities - 1) * fade))


def unequal_majorities_cosine(share: float, ratio: float, temperature: float) -> float:
    """Limit cosine with the tied one of two unequal majorities, of shares w (tied) and 1 - w (claim B18).

    Hypotheses: both have connection p within and none between, ratio fixed. With ``Z_2 = wE + (1-w)/E``,
    ``Z_3 = w/E + (1-w)E``, ``a = w e^{c/tau}``, ``b = (1-w) e^{-c/tau}`` the limit solves
    ``(a-b)/(a+b) + a/Z_2 - b/Z_3 = 1 + ratio``, cut at +-1: a minority tied weakly to a large enough majority even has c < 0.

    Proof. Two disconnected blocks are antipodal at any shares. The limit loss
    ``-(1 + ratio) c/tau + log(a + b) + a/Z_2 + b/Z_3`` (the tied majority, of degree w p, draws the minority with weight
    ``w alpha/(w p)`` per unit of its share) has derivative ``[left - 1 - ratio]/tau``; the left side strictly increases: it
    is a Moebius function of ``a/b`` plus increasing terms. QED. w = 1/2 is B5.
    Raises ValueError for w outside (0, 1), a ratio that is not positive, or a temperature that is not.
    """
    check_temperature(temperature)
    check_ratio(ratio)
    return increasing_root(lambda c: _unequal_pull(share, c, temperature) - 1 - ratio, -1.0, 1.0)


def unequal_majorities_threshold(share: float, temperature: float) -> float:
    """Least ``alpha/p`` of full collapse onto a majority of share w beside one of share 1 - w (claim B18).

    ``max(0, (wE - (1-w)/E)/Z_2 + wE/Z_2 - (1-w)/(E Z_3) - 1)``: unequal_majorities_cosine's left side at c = 1, less 1.
    Errors as there.
    """
    check_temperature(temperature)
    return max(0.0, _unequal_pull(share, 1.0, temperature) - 1)


def connected_majorities_cosine(ratio: float, between: float, temperature: float) -> float:
    """Limit cosine of a vanishing minority with the tied one of two equal, *connected* majorities (claim B19).

    Hypotheses: within connection p; ``ratio = alpha/p`` to majority 2 only; ``between = beta/p`` in [0, 1) joins the
    majorities. If ``between <= e^{-2/tau}`` the majorities stay antipodal and the limit is B5's with ``ratio/(1 + between)``
    in place of ratio (the tied majority's degree is p + beta). Otherwise they sit at ``cos phi = 1 + tau log(between)``, and
    the minority lies in their plane, at an angle t in (0, pi) from majority 2 on the side away from majority 3: with g_2 =
    cos t, g_3 = cos(t + phi) and r = ratio/(1 + between), t is the one stationary point of

        L = -(1 + r) g_2/tau + log(e^{g_2/tau} + e^{g_3/tau}) + (e^{g_2/tau} + e^{g_3/tau}) / (E (1 + between)):

    full collapse never occurs. Proof. L is the limit loss, to be minimised over |h| <= 1; it is convex in g_2 = <h, h_2> and
    g_3 = <h, h_3>, and strictly increasing in g_3: so |h| = 1, in the plane, on the far side of h_3 (else reflect h at h_2:
    g_2 stays, g_3 falls). At t = 0 the derivative in t is ``-sin(phi) dL/dg_3 < 0``, at t = pi it is ``sin(phi) dL/dg_3 >
    0``. A stationary point between has gradient ``L_2 h_2 + L_3 h_3 = mu h``; there h = a h_2 - b h_3 with b > 0, so L_3 > 0
    gives mu < 0: the ball's KKT conditions hold, it is the global minimum, and there is only one. QED.
    Raises ValueError for a ratio that is not positive, between outside [0, 1), or a temperature below .003.
    """
    check_temperature(temperature)
    check_ratio(ratio)
    if not 0 <= between < 1:
        raise ValueError(f"between = {between} must lie in [0, 1): beta is smaller than p")
    if temperature < _COLDEST:
        raise ValueError(
            f"temperature = {temperature} is too low: below {_COLDEST} both forces are too small for doubles"
        )
    strength = ratio / (1 + between)
    if between <= math.exp(-2 / temperature):
        return vanishing_minority_cosine(strength, temperature)
    gap = math.acos(max(1 + temperature * math.log(between), -1.0))

    def slope(t: float) -> float:
        near = math.exp((math.cos(t) - 1) / temperature)  # e^{g_2/tau} / E
        far = math.exp((math.cos(t + gap) - 1) / temperature)
        in_g2 = near / (near + far) + near / (1 + between) - 1 - strength
        in_g3 = far / (near + far) + far / (1 + between)
        return -math.sin(t) * in_g2 - math.sin(t + gap) * in_g3

    return math.cos(increasing_root(slope, 0.0, math.pi))


def _exponent(majorities: int, temperature: float) -> float:
    if majorities < 2:
        raise ValueError(f"majorities = {majorities}: the formula needs at least two")
    return majorities / ((majorities - 1) * temperature)


def _unequal_pull(share: float, c: float, temperature: float) -> float:
    """``(a-b)/(a+b) + a/Z_2 - b/Z_3``, in factors that do not overflow for |c| <= 1."""
    if not 0 < share < 1:
        raise ValueError(f"share = {share} must lie strictly between 0 and 1")
    rest, decay = 1 - share, math.exp(-2 / temperature)
    near, far = math.exp((c - abs(c)) / temperature), math.exp((-c - abs(c)) / temperature)
    own = (share * near - rest * far) / (share * near + rest * far)
    pull = share * math.exp((c - 1) / temperature) / (share + rest * decay)
    push = rest * math.exp((-c - 1) / temperature) / (share * decay + rest)
    return own + pull - push
