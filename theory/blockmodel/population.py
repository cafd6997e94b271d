"""The population problem: one unit vector per block, for the expected graph (paper B, equation of the population loss).

    minimise over unit h_1..h_K   -(1/tau) sum_kl W_kl <h_k, h_l> + sum_k pi_k log sum_l pi_l e^{<h_k, h_l>/tau},
    W_kl = pi_k alpha_kl pi_l / sum_m alpha_km pi_m.

It is convex in the Gram matrix, so every optimum here comes with a certificate (ours, claim B3).
"""

from dataclasses import dataclass

import numpy as np

from contrastive_claims.theory.blockmodel.model import BlockModel
from contrastive_claims.theory.elliptope import minimise
from contrastive_claims.theory.elliptope.contrastive import ContrastiveObjective, check_temperature

_GAP_TOLERANCE = 1e-10
_EPS = float(np.finfo(float).eps)
COSINE_TOLERANCE = 1e-6
GEOMETRY_OPEN = "loss certified, geometry not"
_FEW_BLOCKS = 10  # up to which a multiplier's sign in doubt is worth extended precision
MOST_REFINED = 16  # beyond, one of its steps, a linear system of order K (K + 1) / 2, takes minutes


@dataclass(frozen=True, eq=False)
class PopulationOptimum:
    """Certified optimum over one unit vector per block.

    vectors: [K, K] rows h_k (not unique: only their Gram matrix is). gram: [K, K] cosines. loss: the minimum, in nats.
    gap: bound on how far the loss lies above the global minimum. multipliers: [K] scaled diagonal multipliers
    ``lambda_k / pi_k``, ``lambda_k = <(D V)_k, v_k>``. multiplier_errors: [K] estimates of their errors.
    cosine_errors: [K, K] bounds on how far each cosine lies from the optimum's (theory.elliptope.geometry; 2: nothing is known).
    gradient_norm: as in theory.elliptope.Minimum. status: "certified" (gap and cosine errors within their tolerances), "loss
    certified, geometry not" (the gap alone: forces are too weak for what computed it), "stationary", "not converged". refined:
    whether doubles did not do, and the rest is theory.blockmodel.refine's optimum rounded to doubles; its gap and
    gradient_norm are those before rounding.
    """

    vectors: np.ndarray
    gram: np.ndarray
    loss: float
    gap: float
    multipliers: np.ndarray
    multiplier_errors: np.ndarray
    cosine_errors: np.ndarray
    gradient_norm: float
    status: str
    refined: bool = False

    @property
    def spreads(self) -> np.ndarray:
        """[K] whether a block's nodes want different vectors: a multiplier that is positive beyond its error."""
        return self.multipliers > self.multiplier_errors

    @property
    def collapse_is_exact(self) -> bool:
        """Whether one vector per block is optimal for the expected graph too, every node being free in a dimension above the rank
        of G (claims B2 and B3b); `collapse_is_exact_in` answers for any dimension.

        Statement. Iff every ``lambda_k <= 0``. Proof: by Jensen (each log-sum-exp is convex in the other nodes' vectors, and
        jointly in G) the node-level loss is at least the population loss at the blocks' means, which fill the unit ball;
        the ball's problem ``G_kk <= 1`` has the same KKT conditions as the sphere's with multipliers ``-lambda_k >= 0``. The
        spare dimension is what a spreading block needs: without one the means fill the ball, but their nodes may have no room.
        A multiplier within its error counts as zero: at exact equality (the PMI law) rounding has no say.
        """
        return not self.spreads.any()

    def collapse_is_exact_in(self, dimension: int) -> bool | None:
        """The same for nodes in that dimension; None where neither half of the statement answers: a block would spread, and G
        (rank counted above eigenvalues of 1e-6) leaves it no spare dimension. Raises ValueError for a dimension below that rank.
        """
        rank = int((np.linalg.eigvalsh(self.gram) > 1e-6).sum())
        if dimension < rank:
            raise ValueError(f"dimension: the optimum needs {rank}, got {dimension}")
        if not self.spreads.any():
            return True
        return False if dimension > rank else None


def population_objective(model: BlockModel, temperature: float = 1.0) -> ContrastiveObjective:
    """The population loss, as a convex function of the blocks' Gram matrix."""
    return ContrastiveObjective(model.pair_weights, model.proportions, model.proportions[None, :], temperature)


def row_weighted_objective(model: BlockModel, temperature: float = 1.0) -> ContrastiveObjective:
    """The loss that the published simulation really minimised: shares weight row i instead of column j in both terms.

    ``-(1/tau) sum_ij (pi_i^2 alpha_ij / degree_i) G_ij + sum_i pi_i log sum_j pi_i e^{G_ij/tau}`` (paper B's released
    node2vec script; claims P2 and P3). Only for reproducing that figure.
    """
    shares = model.proportions
    pair_weights = (shares**2 / model.degrees)[:, None] * model.connectivity
    return ContrastiveObjective(pair_weights, shares, shares[:, None], temperature)


def minimise_population(
    model: BlockModel, temperature: float = 1.0, cosine_tolerance: float = COSINE_TOLERANCE
) -> PopulationOptimum:
    """Global minimum of the population loss, its cosines known to `cosine_tolerance`. Deterministic.

    Found in doubles; where they leave a cosine open (low temperature, tiny shares), or in few blocks the gap or a multiplier's
    sign (the PMI law), in extended precision. At a temperature below about .0005 that leaves cosines open too: the status says
    so. Raises ValueError for a temperature that is not positive.
    """
    found = minimise_blocks(population_objective(model, temperature), model.proportions, cosine_tolerance)
    clear = found.gap <= _GAP_TOLERANCE and (np.abs(found.multipliers) > found.multiplier_errors).all()
    settled = found.status == "certified" and (clear or model.blocks > _FEW_BLOCKS)
    if settled or model.blocks == 1:
        return found
    if model.blocks > MOST_REFINED:
        return found
    from contrastive_claims.theory.blockmodel.refine import (
        refine_population,  # imported late: most models never need it
    )

    finest = refine_population(model, temperature, found.gram, cosine_tolerance)
    if finest.gap >= found.gap and found.gap > 0 and finest.cosine_errors.max() >= found.cosine_errors.max():
        return found
    gram = np.array([[float(entry) for entry in row] for row in finest.gram.tolist()])
    multipliers = np.array([float(multiplier) for multiplier in finest.multipliers])
    errors = finest.cosine_errors + _EPS * (1 - np.eye(model.blocks))
    return PopulationOptimum(
        vectors=_rows(gram),
        gram=gram,
        loss=float(finest.loss),
        gap=finest.gap,
        multipliers=multipliers,
        multiplier_errors=finest.multiplier_errors + _EPS * np.abs(multipliers),
        cosine_errors=errors,
        gradient_norm=finest.gradient_norm,
        status=_status("stationary", finest.gap, errors, cosine_tolerance),
        refined=True,
    )


def refined_vectors(shares: np.ndarray, pair_weights: np.ndarray, temperature: float, start: np.ndarray) -> np.ndarray:
    """[K, K] unit rows of the optimum with these pair weights W [K, K], in extended precision, from cosines near it."""
    from contrastive_claims.theory.blockmodel.balls import PairModel
    from contrastive_claims.theory.blockmodel.refine import refine_population

    finest = refine_population(PairModel(shares, pair_weights), temperature, start)
    return _rows(np.array([[float(entry) for entry in row] for row in finest.gram.tolist()]))


def _rows(gram: np.ndarray) -> np.ndarray:
    """Unit rows of this Gram matrix, up to rounding."""
    square, directions = np.linalg.eigh(gram)
    vectors = directions * np.sqrt(square.clip(0))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _status(otherwise: str, gap: float, errors: np.ndarray, tolerance: float) -> str:
    if gap > _GAP_TOLERANCE:
        return otherwise
    return "certified" if errors.max() <= tolerance else GEOMETRY_OPEN


def multiplier_errors(gap: np.ndarray | float, proportions: np.ndarray, temperature: np.ndarray | float) -> np.ndarray:
    """[..., K] errors to expect of scaled multipliers in doubles, at a gap [...] and shares [..., K]: an estimate from above.

    ``sqrt(gap / pi_k) (1 + 1/tau)``, of cosines where strict complementarity fails (a gap below rounding counts as rounding),
    plus gap and rounding over ``pi_k``. Not a bound: measured on random models with shares down to 1e-10.
    """
    stiffness = 1 + 1 / np.asarray(temperature)
    flat = np.sqrt(np.maximum(gap, _EPS)[..., None] / proportions)
    return stiffness[..., None] * flat + (4 * np.asarray(gap) + 64 * _EPS * stiffness)[..., None] / proportions


def minimise_blocks(
    objective: ContrastiveObjective, proportions: np.ndarray, cosine_tolerance: float = COSINE_TOLERANCE
) -> PopulationOptimum:
    """Global minimum of any ContrastiveObjective over K block vectors, in the metric of their shares [K], in doubles only.

    The search starts from orthonormal vectors and uses all K dimensions, where no spurious minimum exists.
    """
    shares = np.asarray(proportions)
    if shares.shape != (len(objective.anchor_weights),) or not (shares > 0).all() or abs(shares.sum() - 1) > 1e-9:
        raise ValueError(f"proportions: must be {len(objective.anchor_weights)} positive numbers of sum 1")
    found = minimise(objective, np.eye(len(shares)), shares, gap_tolerance=_GAP_TOLERANCE)
    gram = found.vectors @ found.vectors.T
    errors = objective.cosine_errors(found.vectors)
    return PopulationOptimum(
        vectors=found.vectors,
        gram=(gram + gram.T) / 2,
        loss=found.loss,
        gap=found.gap,
        multipliers=found.multipliers,
        multiplier_errors=multiplier_errors(found.gap, shares, objective.temperature),
        cosine_errors=errors,
        gradient_norm=found.gradient_norm,
        status=_status(found.status, found.gap, errors, cosine_tolerance),
    )


def population_loss(
    model: BlockModel,
    gram: np.ndarray | None = None,
    *,
    vectors: np.ndarray | None = None,
    temperature: float = 1.0,
) -> float:
    """The population loss at a Gram matrix [K, K], or at block vectors [K, d] (inside the unit ball: block means, say).

    Raises ValueError unless exactly one of them is given, with K rows.
    """
    if (gram is None) == (vectors is None):
        raise ValueError("give either gram or vectors")
    check_temperature(temperature)
    if vectors is not None:
        vectors = np.asarray(vectors, dtype=float)
        gram = vectors @ vectors.T
    gram = np.asarray(gram, dtype=float)
    if gram.shape != (model.blocks, model.blocks):
        raise ValueError(f"gram has shape {gram.shape} for {model.blocks} blocks")
    return population_objective(model, temperature).loss(gram)


def published_descent(
    objective: ContrastiveObjective, *, start: np.ndarray, steps: int = 1000, step: float = 0.2, decay: float = 0.1
) -> np.ndarray:
    """The published optimiser: plain gradient descent through the normalisation, step length ``step * (t + 1)^-decay``.

    start: [K, d] vectors (normalised first). Returns the unit vectors [K, d] after ``steps`` steps; neither converged nor
    certified (paper B's released scripts: 1,000 steps of .2 with decay .1 for blocks; 5,000 of 10 with decay .2 for graphs).
    """
    start = np.asarray(start, dtype=float)
    sound = bool(
        (np.isfinite(start).all(-1) & (np.abs(start) > 1e-150).any(-1) & (np.abs(start) < 1e150).all(-1)).all()
    )
    if start.ndim != 2 or len(start) != len(objective.anchor_weights) or not sound:
        raise ValueError(
            f"start: must be {len(objective.anchor_weights)} finite rows other than zero, got shape {start.shape}"
        )
    if not (0 < step <= 1e6 and abs(decay) <= 10):
        raise ValueError(f"step, decay: must be positive up to 1e6, and at most 10, got {step} and {decay}")
    vectors = start / np.linalg.norm(start, axis=1, keepdims=True)
    for t in range(steps):
        gradient = 2 * objective.at(vectors).product
        gradient -= (gradient * vectors).sum(-1, keepdims=True) * vectors
        vectors = vectors - step * (t + 1) ** -decay * gradient
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors
