"""First-order corrections in the minorities' shares (claims B20 and B21, ours): derived by hand, verified numerically, not
proved."""

import math
from dataclasses import dataclass

from contrastive_claims.theory.blockmodel.limits.roots import check_ratio
from contrastive_claims.theory.blockmodel.limits.vanishing import vanishing_minority_cosine
from contrastive_claims.theory.elliptope.contrastive import check_temperature

_COLDEST = 170.0  # 1/tau up to which e^(4/tau) is a number


@dataclass(frozen=True)
class MinorityRate:
    """Leading terms at a small share s of the minority: ``cos12 = cosine + slope s``, ``1 + cos23 = bend s^2``, and the
    minority's multiplier ``lambda_1 = multiplier s^2`` (positive: the minority spreads)."""

    cosine: float
    slope: float
    bend: float
    multiplier: float


def minority_rate(ratio: float, temperature: float, own: float = 1.0) -> MinorityRate:
    """Rates at which B5's limit is approached (claim B20). ``ratio = alpha/p``; own = p_11/p, the minority's inner
    connection.

    Hypotheses: as in vanishing_minority_cosine, and its cosine c < 1 (checked). With r = ratio, H = cosh(1/tau),
    ``g = 1/(tau (e^{2/tau} + 1))``, ``sigma = (cosh(c/tau)/H - r)/(2 tau)``, ``s^2 = 1 - c^2``,
    ``R(c) = (2/tau)(p_11/alpha + r^2) c + E/cosh(c/tau) - cosh(2c/tau)/(2H^2) - sigma^2 s^2/(2g)`` and
    ``l'' = (sech^2(c/tau) + cosh(c/tau)/H)/tau^2``:

        slope = -R'/l'' - sigma s^2/(2g),   bend = sigma^2 s^2/(2 g^2),
        multiplier = (E/cosh(c/tau) - 2 p_11/alpha)/tau - sigma^2/(2g).

    Derivation. At share s the majorities bend by an angle of order s against the minority's pull sigma, with stiffness g
    (minimise the sum of both over the angle: bend, and the term ``-sigma^2 s^2/(2g)`` of R); R collects all other terms of
    second order in s, and c moves by ``-R'/l''``; the last term of the slope is the share of the bend that falls on h_2.
    Raises ValueError for a ratio, own or temperature that is not positive, a temperature below about .006, or where the limit is
    full collapse.
    """
    check_temperature(temperature)
    check_ratio(ratio)
    check_ratio(own, "own")
    c, tau = vanishing_minority_cosine(ratio, temperature), temperature
    if 1 / tau > _COLDEST:
        raise ValueError(f"temperature = {tau} is too low: e^(4/tau) overflows")
    if c == 1:
        raise ValueError(f"ratio = {ratio} at temperature {tau}: the limit is full collapse, the rates hold for c < 1")
    high = math.cosh(1 / tau)
    near, sine2 = math.cosh(c / tau), 1 - c * c
    stiffness = 1 / (tau * (math.exp(2 / tau) + 1))
    pull = (near / high - ratio) / (2 * tau)
    pull_slope = math.sinh(c / tau) / (2 * tau**2 * high)
    second = (
        2 / tau * (own / ratio + ratio**2)
        - math.exp(1 / tau) * math.sinh(c / tau) / (tau * near**2)
        - math.sinh(2 * c / tau) / (tau * high**2)
        - (pull * pull_slope * sine2 - pull**2 * c) / stiffness
    )
    curvature = (1 / near**2 + near / high) / tau**2
    return MinorityRate(
        cosine=c,
        slope=-second / curvature - pull * sine2 / (2 * stiffness),
        bend=pull**2 * sine2 / (2 * stiffness**2),
        multiplier=(math.exp(1 / tau) / near - 2 * own / ratio) / tau - pull**2 / (2 * stiffness),
    )


def two_minorities_cosine(
    ratio: float, other_ratio: float, joint: float, temperature: float, *, opposite: bool = False
) -> float:
    """Limit of the cosine between two vanishing minorities, tied to one majority or (opposite) to one each (claim B21).

    ratio, other_ratio: their alpha/p; joint: the connection between the minorities over p. At first order each takes B5's
    cosine c_i as if alone, and their mutual cosine is
    ``tau log[(w + tau sigma_1 sigma_2/g) / (sech(c_1/tau) + sech(c_2/tau))]``, ``w = 2 joint (1/ratio + 1/other_ratio)``,
    clipped to ``c_1 c_2 +- s_1 s_2`` (all that two unit vectors of cosines c_1, c_2 with one axis allow); sigma, g, s as in
    minority_rate. An argument that is not positive means the lower end. Equal shares of the minorities are not needed.
    Derivation: the mutual cosine enters at second order only, in the pair weight w, in both sums (Z_i = cosh(c_i/tau) times
    the majorities' share), and in the majorities' bend, against which both pull (a minority on the other side has c_2 < 0,
    all else is even in it).
    Raises ValueError for ratios or a temperature that are not positive, a negative joint, or a temperature below about .006.
    """
    check_temperature(temperature)
    check_ratio(ratio)
    check_ratio(other_ratio, "other_ratio")
    if not 0 <= joint < math.inf:
        raise ValueError(f"joint must be zero or positive, and finite, not {joint}")
    if 1 / temperature > _COLDEST:
        raise ValueError(f"temperature = {temperature} is too low: e^(4/tau) overflows")
    tau, high = temperature, math.cosh(1 / temperature)
    cosines = [vanishing_minority_cosine(each, tau) for each in (ratio, other_ratio)]
    pulls = [(math.cosh(c / tau) / high - r) / (2 * tau) for c, r in zip(cosines, (ratio, other_ratio), strict=True)]
    stiffness = 1 / (tau * (math.exp(2 / tau) + 1))
    middle = cosines[0] * cosines[1] * (-1 if opposite else 1)
    reach = math.sqrt((1 - cosines[0] ** 2) * (1 - cosines[1] ** 2))
    attraction = 2 * joint * (1 / ratio + 1 / other_ratio) + tau * pulls[0] * pulls[1] / stiffness
    if attraction <= 0:
        return middle - reach
    free = tau * math.log(attraction / sum(1 / math.cosh(c / tau) for c in cosines))
    return min(max(free, middle - reach), middle + reach)
