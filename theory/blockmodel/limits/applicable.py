"""Which closed form gives the optimum of a model; of each that does not, the hypothesis that fails (B6, B7, B15, B17, B25)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from contrastive_claims.theory.blockmodel.limits.exact import exact_collapse_margin, two_block_cosine
from contrastive_claims.theory.blockmodel.limits.uniform import pmi_gram, uniform_connection_cosine
from contrastive_claims.theory.blockmodel.model import BlockModel

_EQUAL = 1e-12  # connections and shares closer than this count as equal


@dataclass(frozen=True, eq=False)
class ClosedForm:
    """A closed form of the population optimum: the claim that states it, what it says, its cosines [K, K], or None and which
    hypothesis fails."""

    claim: str
    says: str
    gram: np.ndarray | None
    fails: str = ""


def closed_forms(model: BlockModel, temperature: float) -> tuple[ClosedForm, ...]:
    """Every closed form of the optimum at finite shares, in the order of their claims; those that apply have a gram.

    B6 and B7 (uniform connections), B15 (the PMI law), B17 (two of three blocks merge), B25 (two blocks). Where several apply
    they agree. Raises ValueError for a temperature that is not positive.
    """
    return tuple(_tried(model, temperature))


def _tried(model: BlockModel, temperature: float) -> Iterator[ClosedForm]:
    says = {
        "B6": "clip(1 + tau log(alpha/p), -1/(K-1), 1)",
        "B15": "1 + tau log(alpha_kl/p)",
        "B17": "1 between the connected two, -1 from the third",
        "B25": "clip(1 + tau log y, -1, 1), y the root of a quadratic",
    }
    for claim, form in (("B6", _uniform), ("B15", _pmi), ("B17", _merged), ("B25", _two)):
        try:
            gram, fails = form(model, temperature)
        except ValueError as error:  # what the law itself checks
            gram, fails = None, str(error)
        yield ClosedForm(claim, says[claim], gram, fails)


def _uniform(model: BlockModel, temperature: float) -> tuple[np.ndarray | None, str]:
    alpha, blocks = model.connectivity, model.blocks
    if blocks < 2:
        return None, "one block only"
    own, cross = np.diag(alpha), alpha[~np.eye(blocks, dtype=bool)]
    if np.ptp(own) > _EQUAL:
        return None, f"connections within blocks differ ({own.min():g} to {own.max():g})"
    if np.ptp(cross) > _EQUAL:
        return None, f"connections between blocks differ ({cross.min():g} to {cross.max():g})"
    if own[0] <= 0:
        return None, "no connection within blocks"
    cosine = uniform_connection_cosine(blocks, float(cross[0] / own[0]), temperature)
    if cosine <= -1 / (blocks - 1) and blocks > 2 and np.ptp(model.proportions) > _EQUAL:
        return None, "at the simplex it needs equal shares"
    gram = np.full((blocks, blocks), cosine)
    np.fill_diagonal(gram, 1.0)
    return gram, ""


def _pmi(model: BlockModel, temperature: float) -> tuple[np.ndarray | None, str]:
    return pmi_gram(model, temperature), ""


def _merged(model: BlockModel, temperature: float) -> tuple[np.ndarray | None, str]:
    joined = np.argwhere(np.triu(model.connectivity, 1) > 0)
    if model.blocks != 3 or len(joined) != 1:
        return None, "it takes three blocks of which just two are connected"
    first, second = map(int, joined[0])
    apart = 3 - first - second
    order = [first, second, apart]
    margin = exact_collapse_margin(
        BlockModel(model.proportions[order], model.connectivity[np.ix_(order, order)]), temperature
    )
    if margin < 0:
        return None, f"the connected two do not merge (the condition is missed by {-margin:.3g})"
    signs = np.ones(3)
    signs[apart] = -1
    return np.outer(signs, signs), ""


def _two(model: BlockModel, temperature: float) -> tuple[np.ndarray | None, str]:
    cosine = two_block_cosine(model, temperature)
    return np.array([[1.0, cosine], [cosine, 1.0]]), ""
