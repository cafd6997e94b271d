"""Closed forms that figures draw as smooth curves, as the claims of the same id state them; a test holds each to theory's own."""

from __future__ import annotations

import numpy as np


def vanishing_ratio(cosine: np.ndarray, temperature: float) -> np.ndarray:
    """B5: the alpha/p at which a vanishing minority's limit cosine is `cosine`, ``tanh(c/tau) + sinh(c/tau)/cosh(1/tau) - 1``."""
    scaled = np.asarray(cosine) / temperature
    return np.tanh(scaled) + np.sinh(scaled) / np.cosh(1 / temperature) - 1


def collapse_threshold(temperature: np.ndarray) -> np.ndarray:
    """B5, B8: the least alpha/p of full collapse beside two majorities, ``max(0, 2 tanh(1/tau) - 1)``."""
    return np.maximum(0.0, 2 * np.tanh(1 / np.asarray(temperature)) - 1)


def many_majorities_threshold(majorities: int, temperature: float) -> float:
    """B18: the same beside M, ``max(0, (u - M - 1)/(u + M - 1))`` with ``u = e^{M/((M - 1) tau)}``; 1 beside one (B25)."""
    if majorities == 1:
        return 1.0
    u = np.exp(majorities / ((majorities - 1) * temperature))
    return float(max(0.0, (u - majorities - 1) / (u + majorities - 1)))


def uniform_cosine(blocks: int, ratio: np.ndarray, temperature: float) -> np.ndarray:
    """B6: the cosine between blocks, ``1 + tau log(alpha/p)`` cut at -1/(K - 1) and 1."""
    return np.clip(1 + temperature * np.log(ratio), -1 / (blocks - 1), 1)


def merging_ratio(
    share: np.ndarray | float, tied: float = 0.5, own: np.ndarray | float = 1.0, temperature: float = 1.0
) -> np.ndarray:
    """B17: the least alpha/p =: r at which a minority of the given share, of inner connection own * p, merges with the majority
    that holds the part `tied` of the rest: the positive root of ``r (1/d_1 + 1/d_2) = B``, ``d_1 = pi_1 own + pi_2 r`` and
    ``d_2 = pi_1 r + pi_2`` (in units of p), ``B = 2/Z - (pi_3/(pi_1 + pi_2)) e^{-2/tau} (1/Z + 1/Z_3)``.
    """
    first, own = np.asarray(share, float), np.asarray(own, float)
    second = (1 - first) * tied
    joint, bond = first + second, _sums(first, second, temperature)[0]
    square = joint - bond * first * second
    linear = own * first + second - bond * (own * first**2 + second**2)
    constant = -bond * own * first * second
    return (-linear + np.sqrt(linear**2 - 4 * square * constant)) / (2 * square)


def spreading_own(ratio: np.ndarray, share: float, tied: float = 0.5, temperature: float = 1.0) -> np.ndarray:
    """B24: the p_11/p below which a merged minority spreads, at ``alpha/p = r``: ``d_1`` where ``(pi_2 r/2)(1/d_1 - 1/d_2)`` is
    ``pi_3 e^{-2/tau} (3/(2Z) + 1/(2 Z_3))``, less ``pi_2 r``, over pi_1; negative where it never does."""
    first, second = share, (1 - share) * tied
    push = _sums(np.asarray(first), np.asarray(second), temperature)[1]
    degree = 1 / (1 / (first * ratio + second) + 2 * push / (second * ratio))
    return (degree - second * ratio) / first


def _sums(first: np.ndarray, second: np.ndarray, temperature: float) -> tuple[np.ndarray, np.ndarray]:
    """B of merging_ratio and the right side of spreading_own; Z and Z_3 in units of e^{1/tau}."""
    joint, rest, decay = first + second, 1 - first - second, np.exp(-2 / temperature)
    z, third = joint + rest * decay, joint * decay + rest
    bond = 2 / z - rest / joint * decay * (1 / z + 1 / third)
    return bond, rest * decay * (1.5 / z + 0.5 / third)
