"""The population optimum to hundreds of bits, where double precision cannot tell it (tiny shares, low temperature).

    minimise f(G) over {G psd, diag G = 1};  f: theory.blockmodel.population.

With D the symmetrised gradient of f, the optimum has a diagonal y with ``S = offdiag(D) + Diag(y)`` psd and ``S G = 0``: no
rank, no gauge. Newton's method on ``S G + G S = 2 sigma mu I``, mu = <S, G>/K, in the K(K-1)/2 cosines and y (the direction of
Alizadeh, Haeberly and Overton, 1998) goes as far as G and S stay positive definite; sigma is the part of the affine step that had
to be given up, so that steps grow ever bolder: quadratic convergence where strict complementarity holds, linear elsewhere.

Every iterate carries a rigorous bound. Its G is exactly feasible: dyadic cosines, diagonal 1, and positive definite because an
interval Cholesky factorisation says so; S(G) is enclosed in balls of python-flint (Arb), and so factorised too. By convexity
``f(G') >= f(G) + <D, G' - G> = f(G) + <S, G'> - <S, G> >= f(G) - <S, G>``, hence

    f(G) - min f <= <S, G>.      QED (ours; the statement in theory.blockmodel.batch, here without rounding)

The multipliers' errors are estimates (from the last change), not bounds.
"""

from dataclasses import dataclass
from math import log2

import numpy as np
from flint import arb, arb_mat, ctx

from contrastive_claims.theory.blockmodel.balls import BallLoss, PairModel, Point, positive_definite
from contrastive_claims.theory.blockmodel.model import BlockModel
from contrastive_claims.theory.elliptope.contrastive import check_temperature

_BITS = 256  # working precision at ordinary shares and temperatures
_MOST_BITS = 20000  # on top of it, for low temperatures
_ITERATIONS = 2000  # most Newton steps from all starts: at low temperature each moves a logit by less than one
_WORK = 3e6  # most work from one start, in units of about .1 microseconds (`affordable`): less than a second
_FEW = 60  # steps that are tried all the same, where they take less than five seconds
_GAP = 1e-20  # the largest gap that ends the search
_DIGITS = 1e-14  # relative change of a multiplier, absolute change of a cosine, that ends it
_BOLDEST = 0.05  # nearest to the boundary, as a part of the step, that a step may go while steps are long
_PARTS = (1e-30, 1e-20, 1e-14, 1e-10, 1e-7, 1e-5, 1e-3, 0.01, 0.03, 0.1, 0.3, 0.6, 0.9)  # of a step, to be given up


@dataclass(frozen=True, eq=False)
class RefinedOptimum:
    """gram: [K, K], exact and feasible. loss: enclosure, in nats. gap: rigorous bound on ``loss - min f``, rounded up.

    multipliers: K scaled multipliers ``lambda_k / pi_k``, enclosed at this gram; multiplier_errors: [K] estimates of how far the
    optimum's lie from them. cosine_errors: [K, K] rigorous bounds on how far each cosine lies from the optimum's.
    gradient_norm: as in theory.elliptope.Minimum. iterations: Newton steps.
    """

    gram: arb_mat
    loss: arb
    gap: float
    multipliers: list[arb]
    multiplier_errors: np.ndarray
    cosine_errors: np.ndarray
    gradient_norm: float
    iterations: int


def refine_population(
    model: BlockModel | PairModel,
    temperature: float = 1.0,
    start: np.ndarray | None = None,
    cosine_tolerance: float = 1e-6,
) -> RefinedOptimum:
    """Global minimum of the population loss in extended precision, until every cosine is known to `cosine_tolerance`.

    start: [K, K] cosines near the optimum, if known (an optimum in doubles); the search falls back on orthogonal vectors.
    Where strict complementarity fails the bits run out, or the steps, of which low temperatures (more bits) and many blocks (a
    larger system) can afford fewer (`affordable`): the gap then says how far the search came.
    Raises ValueError for a temperature that is not positive, or a single block.
    """
    check_temperature(temperature)
    if model.blocks < 2:
        raise ValueError("model has a single block, whose optimum is one point")
    bits = _BITS + int(2 * log2(1 / float(model.proportions.min())) + min(9 / temperature, _MOST_BITS))
    with ctx.workprec(bits):
        loss = BallLoss(model, temperature)
        best, steps, most = None, 0, affordable(model.blocks, bits)
        for point in loss.starts(start):
            left = min(most, _ITERATIONS - steps)
            last, changes, taken = _follow(loss, point, 2.0 ** (-0.4 * bits), cosine_tolerance, left)
            steps += taken
            if best is None or last.gap < best[0].gap:
                best = last, changes
            if best[0].gap <= _GAP and loss.cosine_errors(best[0]).max() <= cosine_tolerance:
                break
        assert best is not None  # the cold start always exists
        point, changes = best
        return RefinedOptimum(
            gram=point.gram,
            loss=loss.value(point.cosines),
            gap=_upper(point.gap),
            multipliers=point.multipliers,
            multiplier_errors=changes,
            cosine_errors=loss.cosine_errors(point),
            gradient_norm=loss.gradient_norm(point),
            iterations=steps,
        )


def affordable(blocks: int, bits: int) -> int:
    """Newton steps from one start, so that no call lasts: their number at ordinary temperatures; 0 where one takes a second."""
    each = blocks**4 * (bits / 64) ** 1.2  # measured, for 2 to 16 blocks and 440 to 18,000 bits, within a factor of 2
    few = _FEW if _FEW * each <= 5e7 else 0
    return min(_ITERATIONS, max(few, int(_WORK / each)))


def _follow(loss: BallLoss, point: Point, floor: float, tolerance: float, most: int) -> tuple[Point, np.ndarray, int]:
    """Newton's method from a positive definite pair: (last pair, estimated errors of its multipliers, steps)."""
    errors, pace = np.full(loss.blocks, np.inf), 1.0
    for step in range(most):
        if point.gap < floor:
            return point, errors, step
        try:
            both, curvature = loss.newton(point)
        except ZeroDivisionError:  # singular to working precision
            return point, errors, step
        given_up = _given_up(loss, point, [both[r, 0] for r in range(both.nrows())], curvature)
        sigma = arb(min(0.5, given_up) if pace > 0.5 else 0.5)  # after a short step, recentre
        direction = [both[r, 0] + sigma * both[r, 1] for r in range(both.nrows())]
        trial, pace = _advance(loss, point, direction, min(_BOLDEST, given_up))
        if trial is None:
            return point, errors, step
        ratio = float(trial.gap / point.gap)
        moved = np.array([float(abs(a - b)) for a, b in zip(trial.multipliers, point.multipliers, strict=True)])
        turned = max(float(abs(a - b)) for a, b in zip(trial.cosines, point.cosines, strict=True))
        point = trial
        # what is left of a geometric decrease, twice
        errors = 2 * moved * max(1.0, ratio / (1 - ratio)) if ratio < 1 else np.full(loss.blocks, np.inf)
        sizes = np.array([float(abs(multiplier)) for multiplier in point.multipliers])
        still = turned <= _DIGITS and (errors <= _DIGITS * sizes).all()
        if point.gap < _GAP and ratio < 0.5 and still and loss.cosine_errors(point).max() <= tolerance:
            return point, errors, step + 1
    return point, errors, most


def _given_up(loss: BallLoss, point: Point, affine: list[arb], curvature: arb_mat) -> float:
    """About the least part of the affine step (dS linear in it) that must be given up to stay positive definite."""
    edges, still = len(point.cosines), [arb(0)] * loss.blocks
    turned = (curvature * arb_mat([[x] for x in affine[:edges]])).entries()
    change, slack_change = loss.symmetric(affine[:edges], still), loss.symmetric(turned, affine[edges:])
    for part in _PARTS:
        taken = 1 - arb(part)
        if positive_definite(point.gram + change * taken) and positive_definite(point.slack + slack_change * taken):
            return part
    return 1.0


def _advance(loss: BallLoss, point: Point, direction: list[arb], margin: float) -> tuple[Point | None, float]:
    """The farthest pair tried along the direction that stays positive definite that much further on; and how far it went."""
    edges, short, pace = len(point.cosines), 1 - arb(margin), 1.0
    while pace > 1e-6:
        taken = arb(pace) * short
        beyond = [c + arb(pace) * x for c, x in zip(point.cosines, direction[:edges], strict=True)]
        if positive_definite(loss.symmetric(beyond, [arb(1)] * loss.blocks)):
            cosines = [(c + taken * x).mid() for c, x in zip(point.cosines, direction[:edges], strict=True)]
            diagonal = [(y + taken * x).mid() for y, x in zip(point.diagonal, direction[edges:], strict=True)]
            trial = loss.point(cosines, diagonal)
            if trial is not None and positive_definite(point.slack + (trial.slack - point.slack) / short):
                return trial, pace
        pace *= 0.8
    return None, 0.0


def _upper(ball: arb) -> float:
    """The least float known to exceed it (or equal it)."""
    return float(np.nextafter(float(ball.upper()), np.inf))
