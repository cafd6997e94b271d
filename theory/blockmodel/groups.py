"""Which group of a block model would collapse onto which: the population optimum, read group by group."""

from dataclasses import dataclass

import numpy as np

from contrastive_claims.theory.blockmodel.limits.general import vanishing_cosines
from contrastive_claims.theory.blockmodel.model import BlockModel
from contrastive_claims.theory.blockmodel.population import minimise_population

_MERGED = 1e-6  # 1 - cosine up to which two groups count as one point


@dataclass(frozen=True)
class Nearest:
    """What happens to one group: the group nearest to it (None without another), their cosine, and whether they merge.

    merges: 1 - cosine within 1e-6. spreads: its own nodes want different vectors (a positive multiplier). cosine_error: bound on
    how far any of its cosines lies from the optimum's (2: nothing is known, so that `onto` is a guess).
    """

    group: int
    onto: int | None
    cosine: float
    merges: bool
    spreads: bool
    cosine_error: float = 0.0


def nearest_groups(model: BlockModel, temperature: float = 1.0) -> list[Nearest]:
    """For every block, onto which other block it would collapse at this temperature, at the certified population optimum.

    Where two merge, each names the other. Raises ValueError for a temperature that is not positive.
    """
    optimum = minimise_population(model, temperature)
    gram = optimum.gram - 3 * np.eye(model.blocks)
    found = []
    for k in range(model.blocks):
        onto = int(np.argmax(gram[k])) if model.blocks > 1 else None
        cosine = float(np.clip(gram[k, onto], -1, 1)) if onto is not None else 1.0
        found.append(
            Nearest(
                group=k,
                onto=onto,
                cosine=cosine,
                merges=onto is not None and 1 - cosine <= _MERGED,
                spreads=bool(optimum.spreads[k]),
                cosine_error=float(optimum.cosine_errors[k].max()),
            )
        )
    return found


@dataclass(frozen=True)
class Undersampled:
    """What happens to one group as its share goes to 0: the group it falls towards, their cosine now and in the limit, and
    ``harm = (1 - limit)/(1 - now)`` (RH: below 1 is harm; None where the two coincide already)."""

    group: int
    onto: int
    now: float
    limit: float
    harm: float | None


def undersampled_groups(model: BlockModel, temperature: float = 1.0) -> list[Undersampled]:
    """For every block, where it would go if it alone were undersampled without limit (claim B19's general law).

    `onto` is the block nearest to it in the limit. Blocks without a link to any other are left out: their limit depends on how
    fast they vanish. Raises ValueError for a temperature that is not positive, or if the others cannot stand without the block.
    """
    gram = minimise_population(model, temperature).gram
    found = []
    for k in range(model.blocks):
        others = [m for m in range(model.blocks) if m != k]
        links = model.connectivity[k, others]
        if not links.any():
            continue
        shares = model.proportions[others]
        rest = BlockModel(shares / shares.sum(), model.connectivity[np.ix_(others, others)])
        limits = vanishing_cosines(rest, links, temperature)
        onto = others[int(np.argmax(limits))]
        now, limit = float(gram[k, onto]), float(limits.max())
        harm = (1 - limit) / (1 - now) if now < 1 - _MERGED else None
        found.append(Undersampled(group=k, onto=onto, now=now, limit=limit, harm=harm))
    return found
