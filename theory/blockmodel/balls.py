"""The population loss of one block model in ball arithmetic (python-flint's Arb), and Newton's system for its optimum.

Cosines are listed by edges k < l, row by row. With ``P_kl = pi_l e^{G_kl/tau} / Z_k``, ``Q = Diag(pi) P`` and W the pair weights,
``D = (sym(Q) - sym(W)) / tau``. Shares are the floats that they are over their exact sum, so that no rounding of the data touches
a multiplier that is zero by a law. The precision is that of flint's context; every result encloses the exact one.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from flint import arb, arb_mat

from contrastive_claims.theory.blockmodel.model import BlockModel
from contrastive_claims.theory.elliptope.geometry import OPEN, REACH

_INWARD = (1e-6, 1e-3)  # how far an optimum in doubles is moved inwards to start from


@dataclass(frozen=True, eq=False)
class Point:
    """A pair G and ``S = offdiag(D) + Diag(y)``, both positive definite: cosines [E] and y [K], exact; P and Q there; <S, G>; and
    the scaled multipliers ``lambda_k / pi_k``, ``lambda_k = (D G)_kk``."""

    cosines: list[arb]
    diagonal: list[arb]
    softmax: list[list[arb]]
    weighted: list[list[arb]]
    gram: arb_mat
    slack: arb_mat
    gap: arb
    multipliers: list[arb]


@dataclass(frozen=True, eq=False)
class PairModel:
    """Blocks of shares [K] whose pair weights W [K, K] are given, as those of a graph's blocks are; stands in for a
    BlockModel."""

    proportions: np.ndarray
    pair_weights: np.ndarray

    @property
    def blocks(self) -> int:
        """K."""
        return len(self.proportions)


class BallLoss:
    """f of one block model, its derivatives in the cosines (edges k < l, row by row), and Newton's system."""

    def __init__(self, model: BlockModel | PairModel, temperature: float) -> None:
        self.blocks = model.blocks
        given = [arb(float(share)) for share in model.proportions]
        total = sum(given, arb(0))
        self.shares, self.tau = [share / total for share in given], arb(float(temperature))
        if isinstance(model, PairModel):
            pairs = [[arb(float(entry)) for entry in row] for row in model.pair_weights]
            self._attraction = [[(pairs[k][m] + pairs[m][k]) / 2 for m in self._all] for k in self._all]
            return
        alpha = [[arb(float(entry)) for entry in row] for row in model.connectivity]
        degrees = [sum((a * share for a, share in zip(row, self.shares, strict=True)), arb(0)) for row in alpha]
        self._attraction = [
            [self.shares[k] * alpha[k][m] * self.shares[m] * (1 / degrees[k] + 1 / degrees[m]) / 2 for m in self._all]
            for k in self._all
        ]

    @property
    def _all(self) -> range:
        return range(self.blocks)

    def starts(self, gram: np.ndarray | None) -> "list[Point]":
        """The given cosines, moved inwards, where they make a positive definite pair; and orthogonal vectors."""
        found = []
        for inward in map(arb, _INWARD if gram is not None else ()):
            assert gram is not None
            cosines = [(arb(float(gram[k, m])) * (1 - inward)).mid() for k, m in _edges(self.blocks)]
            softmax, weighted = self._softmax(cosines)
            multipliers = self._multipliers(cosines, weighted)
            own = [self._gradient(weighted, k, k) for k in self._all]
            diagonal = [(d + (inward - x) * s).mid() for d, x, s in zip(own, multipliers, self.shares, strict=True)]
            found.append(self.point(cosines, diagonal, (softmax, weighted)))
        cosines = [arb(0)] * len(_edges(self.blocks))
        softmax, weighted = self._softmax(cosines)
        rows = [[abs(self._gradient(weighted, k, m)) for m in self._all if m != k] for k in self._all]
        diagonal = [(sum(row, arb(0)) + s / self.tau).mid() for row, s in zip(rows, self.shares, strict=True)]
        found.append(self.point(cosines, diagonal, (softmax, weighted)))  # S is diagonally dominant
        return [point for point in found if point is not None]

    def point(
        self, cosines: list[arb], diagonal: list[arb], known: tuple[list[list[arb]], list[list[arb]]] | None = None
    ) -> Point | None:
        """The pair at exact cosines and y; None unless it is positive definite for certain."""
        gram = self.symmetric(cosines, [arb(1)] * self.blocks)
        if not positive_definite(gram):
            return None
        softmax, weighted = known or self._softmax(cosines)
        slack = self.symmetric([self._gradient(weighted, k, m) for k, m in _edges(self.blocks)], diagonal)
        if not positive_definite(slack):
            return None
        gap = sum((a * b for a, b in zip(gram.entries(), slack.entries(), strict=True)), arb(0))
        return Point(cosines, diagonal, softmax, weighted, gram, slack, gap, self._multipliers(cosines, weighted))

    def symmetric(self, edges: list[arb], diagonal: list[arb]) -> arb_mat:
        """[K, K] from its entries above and on the diagonal."""
        place = _place(self.blocks)
        return arb_mat([[diagonal[k] if k == m else edges[place[k, m]] for m in self._all] for k in self._all])

    def value(self, cosines: list[arb]) -> arb:
        """f, enclosed."""
        gram = self.symmetric(cosines, [arb(1)] * self.blocks).tolist()
        linear = sum((self._attraction[k][m] * gram[k][m] for k in self._all for m in self._all), arb(0))
        sums = [
            sum((self.shares[m] * ((gram[k][m] - 1) / self.tau).exp() for m in self._all), arb(0)) for k in self._all
        ]
        logs = sum((share * total.log() for share, total in zip(self.shares, sums, strict=True)), arb(0))
        return logs + (1 - linear) / self.tau

    def gradient_norm(self, point: Point) -> float:
        """Largest row of ``2 S V / pi``, S with the multipliers on its diagonal: ``4 (S G S)_kk / pi_k^2`` squared."""
        own = [self._gradient(point.weighted, k, k) - point.multipliers[k] * self.shares[k] for k in self._all]
        slack = self.symmetric([self._gradient(point.weighted, k, m) for k, m in _edges(self.blocks)], own)
        square = slack * point.gram * slack
        rows = [float((abs(square[k, k]).sqrt() / self.shares[k]).mid()) for k in self._all]
        return 2 * max(np.inf if np.isnan(row) else row for row in rows)  # too wide a ball has no root

    def cosine_errors(self, point: Point) -> np.ndarray:
        """Bounds [K, K] on the distance of each cosine to the optimum's: theory.elliptope.geometry with S~ = S, so that R = 0."""
        found = np.full((self.blocks, self.blocks), OPEN)
        np.fill_diagonal(found, 0.0)
        root, tau = abs(point.gap).sqrt(), float(self.tau.mid())
        for reach in REACH:
            shrunk = found.copy()
            for k, m in _edges(self.blocks):
                curvature = point.weighted[k][m] * point.softmax[k][k] + point.weighted[m][k] * point.softmax[m][m]
                bound = root * self.tau * (2 / curvature).sqrt() * arb(2 * reach).exp()
                size = float(bound.upper()) if bound.is_finite() else np.inf
                shrunk[k, m] = shrunk[m, k] = np.nextafter(size, np.inf)
            if shrunk.max() < reach * tau:
                return shrunk
        return found

    def newton(self, point: Point) -> tuple[arb_mat, arb_mat]:
        """Newton's steps in (cosines, y) in two columns, to mu = 0 and what a unit of sigma adds; and dD/dg, [E, E]."""
        curvature = self._hessian(point)
        count, order = curvature.nrows(), curvature.nrows() + self.blocks
        by_slack = _anticommutator(point.gram.tolist())  # acts on dS
        by_gram = _anticommutator(point.slack.mid().tolist())  # acts on dG
        pushed = arb_mat([row[:count] for row in by_slack]) * curvature
        system = arb_mat(
            [[pushed[r, c] + by_gram[r][c] for c in range(count)] + by_slack[r][count:] for r in range(order)]
        )
        product, mu = (point.slack.mid() * point.gram).tolist(), 2 * point.gap.mid() / self.blocks
        right = [[-product[k][m] - product[m][k], mu if k == m else arb(0)] for k, m in _entries(self.blocks)]
        return system.mid().solve(arb_mat(right).mid(), algorithm="lu").mid(), curvature

    def _softmax(self, cosines: list[arb]) -> tuple[list[list[arb]], list[list[arb]]]:
        kernel = [((c - 1) / self.tau).exp() for c in cosines]
        place, softmax = _place(self.blocks), []
        for k in self._all:
            row = [self.shares[m] if m == k else self.shares[m] * kernel[place[k, m]] for m in self._all]
            total = sum(row, arb(0))
            softmax.append([entry / total for entry in row])
        return softmax, [[share * entry for entry in row] for share, row in zip(self.shares, softmax, strict=True)]

    def _gradient(self, weighted: list[list[arb]], k: int, m: int) -> arb:
        """D_km."""
        return ((weighted[k][m] + weighted[m][k]) / 2 - self._attraction[k][m]) / self.tau

    def _multipliers(self, cosines: list[arb], weighted: list[list[arb]]) -> list[arb]:
        """lambda_k / pi_k, ``lambda_k = (D G)_kk``."""
        place = _place(self.blocks)
        return [
            sum(
                (self._gradient(weighted, k, m) * (arb(1) if m == k else cosines[place[k, m]]) for m in self._all),
                arb(0),
            )
            / self.shares[k]
            for k in self._all
        ]

    def _hessian(self, point: Point) -> arb_mat:
        """dD_e / dg_e', [E, E]: as in theory.blockmodel.batch."""
        place, count = _place(self.blocks), len(_edges(self.blocks))
        rows = [[arb(0)] * count for _ in range(count)]
        scale = 1 / (2 * self.tau**2)
        for k in self._all:
            others = [m for m in self._all if m != k]
            for m in others:
                row, weight = rows[place[k, m]], point.weighted[k][m] * scale
                row[place[k, m]] += weight
                for j in others:
                    row[place[k, j]] -= weight * point.softmax[k][j]
        return arb_mat(rows).mid()


def positive_definite(matrix: arb_mat) -> bool:
    """Whether every symmetric matrix in the enclosure is positive definite: elimination with positive pivots."""
    rows = matrix.tolist()
    for k, pivot_row in enumerate(rows):
        if not pivot_row[k] > 0:
            return False
        for i in range(k + 1, len(rows)):
            factor = rows[i][k] / pivot_row[k]
            for j in range(k + 1, i + 1):
                rows[i][j] -= factor * rows[j][k]
    return True


def _anticommutator(matrix: list[list[arb]]) -> list[list[arb]]:
    """Matrix of ``X -> X M + M X`` on symmetric X, in the order of _entries."""
    count = len(_entries(len(matrix)))
    rows = [[arb(0)] * count for _ in range(count)]
    for row, column, k, m, twice in _anticommutator_terms(len(matrix)):
        rows[row][column] += 2 * matrix[k][m] if twice else matrix[k][m]
    return rows


@cache
def _anticommutator_terms(blocks: int) -> list[tuple[int, int, int, int, bool]]:
    """(row, column, k, m, twice): entry M_km goes there. X = e_a e_b^T + e_b e_a^T has X M's row a equal to M's row b."""
    place = {entry: r for r, entry in enumerate(_entries(blocks))}
    terms = []
    for (a, b), column in place.items():
        for row, source in {(a, b), (b, a)}:
            terms += [(place[min(row, j), max(row, j)], column, source, j, j == row) for j in range(blocks)]
    return terms


@cache
def _entries(blocks: int) -> list[tuple[int, int]]:
    """Edges first, then the diagonal."""
    return [*_edges(blocks), *((k, k) for k in range(blocks))]


@cache
def _edges(blocks: int) -> list[tuple[int, int]]:
    return [(k, m) for k in range(blocks) for m in range(k + 1, blocks)]


@cache
def _place(blocks: int) -> dict[tuple[int, int], int]:
    """Number of an edge, either way round."""
    return {pair: e for e, (k, m) in enumerate(_edges(blocks)) for pair in ((k, m), (m, k))}
