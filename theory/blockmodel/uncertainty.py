"""How sure an estimated block model is, and what is read from it: a parametric bootstrap over the edges between groups (ours).

`BlockModel.from_graph` estimates alpha_kl by the weight between groups k and l over the number N_kl of their pairs. Under the
block model the x_kl pairs that are joined are a binomial number: a replicate draws it anew, ``Binomial(N_kl, x_kl / N_kl)``,
and gives each joined pair the weight of one of the x_kl that were seen, drawn with replacement (all 1 on an unweighted graph).
That is all of the graph that the estimate uses, so no graph is drawn. Labels are taken as given; groups keep their sizes,
unless nodes are drawn too, ``Multinomial(n, n_k / n)``, for nodes that are a sample from a larger population.

Intervals are percentiles of the replicates. What they do not know: whether the labels are right, whether the model is (in a
real graph edges of one pair of groups are not exchangeable), and pairs of groups between which no edge was seen, which stay
without one.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from contrastive_claims.theory.blockmodel.estimate import labelled_graph, shares_and_connections
from contrastive_claims.theory.blockmodel.groups import Undersampled, towards, undersampled_groups, vanishing_limits
from contrastive_claims.theory.blockmodel.model import BlockModel
from contrastive_claims.theory.blockmodel.neighbours import Neighbours
from contrastive_claims.theory.blockmodel.population import minimise_population

_DRAWS = 100  # of a multinomial's sizes, before a group is called too small to be drawn


@dataclass(frozen=True, eq=False)
class EdgeCounts:
    """What of a labelled graph the estimate uses. sizes: [K] nodes. joined: [K, K] joined pairs, each once. seen: for k <= l the
    weights of the joined pairs."""

    sizes: np.ndarray
    joined: np.ndarray
    seen: dict[tuple[int, int], np.ndarray]


class Spread(NamedTuple):
    """The graph's own estimate, and percentiles of the replicates, between which it need not lie."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class UndersampledSpread:
    """`Undersampled` of one group with its uncertainty.

    group, onto: as there, of the graph's own model. same_onto: share of the replicates in which the group falls onto that one
    too. now, limit, harm: of the cosine of these two, in every replicate (harm: where it is defined; None where the graph's own
    is not). replicates: how many count: those that have a model, in which the group has a link and the others can stand without
    it.
    """

    group: int
    onto: int
    same_onto: float
    now: Spread
    limit: Spread
    harm: Spread | None
    replicates: int


def edge_counts(graph: Any, labels: Any = None, groups: Sequence[Hashable] | None = None) -> EdgeCounts:
    """Joined pairs and their weights between the groups of a labelled graph; arguments and errors as BlockModel.from_graph."""
    from scipy.sparse import csr_array, triu

    taken, member, _ = labelled_graph(graph, labels, groups)
    adjacency = (
        taken.adjacency.to_scipy()
        if isinstance(taken.adjacency, Neighbours)
        else csr_array(taken.adjacency, dtype=float)
    )
    above = triu(adjacency, 1, format="coo")
    block, kept = member.argmax(1), above.data > 0
    first, second, weight = block[above.row[kept]], block[above.col[kept]], above.data[kept]
    low, high = np.minimum(first, second), np.maximum(first, second)
    count = member.shape[1]
    seen = {(k, m): weight[(low == k) & (high == m)] for k in range(count) for m in range(k, count)}
    joined = np.zeros((count, count), dtype=int)
    for (k, m), weights in seen.items():
        joined[k, m] = joined[m, k] = len(weights)
    return EdgeCounts(member.sum(0).astype(int), joined, seen)


def bootstrap_models(
    graph: Any,
    labels: Any = None,
    *,
    groups: Sequence[Hashable] | None = None,
    replicates: int = 200,
    seed: int,
    draw_nodes: bool = False,
) -> list[BlockModel | None]:
    """Models of `replicates` draws from the estimated block model; None for a draw that has no model, a group being left without
    edges. The same arguments give the same models.

    draw_nodes: the groups' sizes are drawn too, anew where one would be empty. Raises ValueError as BlockModel.from_graph, for
    fewer than one replicate, and for groups so small that their sizes cannot be drawn.
    """
    if replicates != int(replicates) or replicates < 1:
        raise ValueError(f"replicates = {replicates} must be a whole number, at least 1")
    BlockModel.from_graph(graph, labels, groups=groups)
    counts = edge_counts(graph, labels, groups)
    generator = np.random.default_rng(seed)
    return [_drawn(counts, generator, draw_nodes) for _ in range(int(replicates))]


def _drawn(counts: EdgeCounts, generator: np.random.Generator, draw_nodes: bool) -> BlockModel | None:
    sizes = _sizes(counts.sizes, generator) if draw_nodes else counts.sizes
    order = len(sizes)
    weight = np.zeros((order, order))
    for (k, m), seen in counts.seen.items():
        before, now = _pairs(counts.sizes, k, m), _pairs(sizes, k, m)
        number = generator.binomial(now, len(seen) / before) if before and len(seen) else 0
        total = float(seen[generator.integers(len(seen), size=number)].sum()) if number else 0.0
        weight[k, m] = weight[m, k] = total
    weight[np.diag_indices(order)] *= 2  # both ends lie in the group
    if not weight.any(1).all():
        return None
    return BlockModel(*shares_and_connections(weight, sizes))


def _pairs(sizes: np.ndarray, k: int, m: int) -> int:
    return int(sizes[k] * (sizes[k] - 1) // 2 if k == m else sizes[k] * sizes[m])


def _sizes(sizes: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    for _ in range(_DRAWS):
        drawn = generator.multinomial(sizes.sum(), sizes / sizes.sum())
        if drawn.all():
            return drawn
    raise ValueError(f"draw_nodes: a group is nearly always empty, with sizes {sizes.tolist()}")


def undersampled_intervals(
    graph: Any,
    labels: Any = None,
    temperature: float = 1.0,
    *,
    groups: Sequence[Hashable] | None = None,
    replicates: int = 200,
    seed: int,
    level: float = 0.95,
    draw_nodes: bool = False,
) -> list[UndersampledSpread]:
    """`undersampled_groups` of a labelled graph's block model, each number with a percentile interval of the parametric
    bootstrap.

    In the order of undersampled_groups. Raises ValueError as bootstrap_models and undersampled_groups, for a level outside (0,
    1), and where no replicate says anything of a group.
    """
    if not 0 < level < 1:
        raise ValueError(f"level = {level} must lie strictly between 0 and 1")
    found = undersampled_groups(BlockModel.from_graph(graph, labels, groups=groups), temperature)
    models = [
        model
        for model in bootstrap_models(
            graph, labels, groups=groups, replicates=replicates, seed=seed, draw_nodes=draw_nodes
        )
        if model is not None
    ]
    grams = [minimise_population(model, temperature).gram for model in models]
    return [_spread(own, models, grams, temperature, level) for own in found]


def _spread(
    own: Undersampled, models: list[BlockModel], grams: list[np.ndarray], temperature: float, level: float
) -> UndersampledSpread:
    drawn, same = [], 0
    for model, gram in zip(models, grams, strict=True):
        rest = np.delete(np.delete(model.connectivity, own.group, 0), own.group, 1)
        limits = vanishing_limits(model, own.group, temperature) if rest.any(1).all() else None
        if limits is not None:
            drawn.append(towards(own.group, own.onto, gram, limits))
            same += int(np.nanargmax(limits)) == own.onto
    if not drawn:
        raise ValueError(f"group {own.group} has no link in any replicate, or the others cannot stand without it")

    def spread(estimate: float, values: list[float]) -> Spread:
        low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
        return Spread(estimate, float(low), float(high))

    harms = [group.harm for group in drawn if group.harm is not None]
    return UndersampledSpread(
        group=own.group,
        onto=own.onto,
        same_onto=same / len(drawn),
        now=spread(own.now, [group.now for group in drawn]),
        limit=spread(own.limit, [group.limit for group in drawn]),
        harm=spread(own.harm, harms) if own.harm is not None and harms else None,
        replicates=len(drawn),
    )
