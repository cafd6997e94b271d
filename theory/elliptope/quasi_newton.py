"""The way from afar: limited-memory BFGS on a product of spheres, before the trust region's last digits.

Newton steps pay where the quadratic model holds; far from there each costs dozens of Hessian products and is cut short at the
region's boundary. Directions are Nocedal's two-loop recursion in the metric of the shares, with differences of gradients carried
to the new point by projection onto its tangent space, steps by halving until the loss falls by Armijo's rule.
"""

from collections import deque

from contrastive_claims.theory.elliptope.arrays import Array
from contrastive_claims.theory.elliptope.trust_region import Iterate, Observe, Problem, Tally, normalise

_MEMORY = 12
_ARMIJO = 1e-4
_HALVINGS = 12
_REST = 1e-10  # relative decrease of the loss that ends it, met _PATIENCE times in a row
_PATIENCE = 5


def approach(
    problem: Problem,
    vectors: Array,
    weights: Array,
    tolerance: float,
    max_iterations: int,
    tally: Tally,
    observe: Observe | None = None,
) -> Iterate:
    """From unit rows ``vectors`` until the gradient is ``tolerance`` of the Euclidean one, or the loss hardly falls any more.

    Steps count in the tally like the trust region's; observe: as in theory.elliptope.minimise.
    """
    here = Iterate(problem, vectors, weights, tally)
    memory: deque[tuple[Array, Array, float]] = deque(maxlen=_MEMORY)
    idle = 0
    while here.relative_norm > tolerance and idle < _PATIENCE and tally.iterations < max_iterations:
        tally.iterations += 1
        direction = _direction(here, memory)
        slope = here.inner(direction, here.gradient)
        if not slope < 0:
            memory.clear()
            direction, slope = -here.gradient, -here.inner(here.gradient, here.gradient)
        length = 1.0 if memory else min(1.0, 0.5 / max(here.norm, 1e-300))
        value = here.expansion.value
        for _ in range(_HALVINGS):
            trial = Iterate(problem, normalise(here.vectors + length * direction), weights, tally)
            if trial.expansion.value <= value + _ARMIJO * length * slope:
                break
            length /= 2
        else:
            break  # rounding, or a model that has gone wrong: the trust region's turn
        step = trial.tangent(trial.vectors - here.vectors)
        change = trial.gradient - trial.tangent(here.gradient)
        bend = here.inner(step, change)
        if bend > 1e-12 * here.inner(change, change) ** 0.5 * here.inner(step, step) ** 0.5:
            memory.append((step, change, bend))
        idle = idle + 1 if value - trial.expansion.value <= _REST * max(1.0, abs(value)) else 0
        here = trial
        if observe is not None and observe(tally, here):
            tally.stopped = True
            break
    return here


def _direction(here: Iterate, memory: deque[tuple[Array, Array, float]]) -> Array:
    """Minus the inverse Hessian's estimate times the gradient, tangent at ``here``."""
    found, shares = -here.gradient, []
    for step, change, bend in reversed(memory):
        shares.append(here.inner(step, found) / bend)
        found = found - shares[-1] * change
    if memory:
        _, change, bend = memory[-1]
        found = found * (bend / here.inner(change, change))
    for (step, change, bend), share in zip(memory, reversed(shares), strict=True):
        found = found + (share - here.inner(change, found) / bend) * step
    return here.tangent(found)
