"""The parametric bootstrap of estimated block models: its moments, what it cannot see, and whether its intervals cover."""

import networkx
import numpy as np
import pytest

from contrastive_claims.theory.blockmodel import (
    BlockModel,
    bootstrap_models,
    minority_model,
    undersampled_groups,
    undersampled_intervals,
)
from contrastive_claims.theory.blockmodel.uncertainty import edge_counts

MODEL = minority_model(0.3, 0.3, within=0.6)


def les_miserables():
    graph = networkx.les_miserables_graph()
    communities = networkx.community.greedy_modularity_communities(graph, weight="weight")
    return graph, {name: k for k, members in enumerate(communities) for name in members}


def test_counts_are_the_double_loop_s():
    graph, labels = les_miserables()
    graph.add_edge("Valjean", "Valjean", weight=5)  # left out
    counts = edge_counts(graph, labels)
    adjacency, of = networkx.to_numpy_array(graph), [labels[node] for node in graph]
    for k in range(len(counts.sizes)):
        assert counts.sizes[k] == of.count(k)
        for m in range(k, len(counts.sizes)):
            seen = [
                adjacency[i, j]
                for i in range(len(of))
                for j in range(i)
                if {of[i], of[j]} == {k, m} and adjacency[i, j] > 0
            ]
            assert counts.joined[k, m] == counts.joined[m, k] == len(seen)
            np.testing.assert_array_equal(np.sort(counts.seen[k, m]), np.sort(seen))


@pytest.mark.parametrize("weighted", [False, True])
def test_replicates_have_the_estimate_s_mean_and_the_model_s_variance(weighted):
    graph = MODEL.sample(60, seed=1)
    adjacency = graph.adjacency.astype(float)
    if weighted:
        heavy = 0.1 + 0.4 * np.random.default_rng(0).random(adjacency.shape)
        adjacency *= np.triu(heavy, 1) + np.triu(heavy, 1).T
    estimate = BlockModel.from_graph(adjacency, graph.labels)
    counts = edge_counts(adjacency, graph.labels)
    drawn = np.array([m.connectivity for m in bootstrap_models(adjacency, graph.labels, replicates=4000, seed=0)])
    for k, m in ((0, 0), (0, 1), (1, 1)):
        seen = counts.seen[k, m]
        pairs = counts.sizes[k] * (counts.sizes[k] - 1) / 2 if k == m else counts.sizes[k] * counts.sizes[m]
        share = len(seen) / pairs
        # a sum of Binomial(N, p) weights of mean w and mean square q has the variance N (p q - p^2 w^2)
        variance = (share * (seen**2).mean() - (share * seen.mean()) ** 2) / pairs
        assert drawn[:, k, m].mean() == pytest.approx(estimate.connectivity[k, m], abs=5 * np.sqrt(variance / 4000))
        assert drawn[:, k, m].var() == pytest.approx(variance, rel=0.15)
    assert (drawn[:, 0, 2] == 0).all()  # between which no edge was seen: what it cannot know


def test_a_graph_without_chance_has_no_spread():
    adjacency = np.kron(np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1.0]]), np.ones((4, 4))) - np.eye(12)
    labels = np.repeat([0, 1, 2], 4)
    estimate = BlockModel.from_graph(adjacency, labels)
    for model in bootstrap_models(adjacency, labels, replicates=5, seed=0):
        np.testing.assert_array_equal(model.connectivity, estimate.connectivity)
    for spread in undersampled_intervals(adjacency, labels, replicates=5, seed=0):
        assert spread.limit.low == spread.limit.estimate == spread.limit.high and spread.same_onto == 1
    sizes = {tuple(np.rint(12 * model.proportions)) for model in bootstrap_models(
        adjacency, labels, replicates=20, seed=0, draw_nodes=True
    )}  # fmt: skip
    assert len(sizes) > 3


def test_seeds_are_explicit_and_repeat():
    graph, labels = les_miserables()
    first, again, other = (
        bootstrap_models(graph, labels, replicates=3, seed=seed)[2].connectivity for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    with pytest.raises(TypeError, match="seed"):
        bootstrap_models(graph, labels)


def test_intervals_go_with_undersampled_groups():
    graph, labels = les_miserables()
    found = undersampled_intervals(graph, labels, 1.0, replicates=60, seed=0)
    own = undersampled_groups(BlockModel.from_graph(graph, labels), 1.0)
    for spread, group in zip(found, own, strict=True):
        assert (spread.group, spread.onto) == (group.group, group.onto)
        assert (spread.now.estimate, spread.limit.estimate) == (group.now, group.limit)
        assert spread.limit.low < spread.limit.high and 0 < spread.same_onto <= 1 and spread.replicates > 50
        assert spread.harm.estimate == group.harm
    home = labels["Valjean"]
    assert (
        found[home].same_onto < 0.8 < found[1 - home].same_onto
    )  # who falls onto Valjean's is sure, onto whom his is not
    wide = undersampled_intervals(graph, labels, 1.0, replicates=60, seed=0, level=0.99)
    assert all(w.limit.low <= f.limit.low and w.limit.high >= f.limit.high for w, f in zip(wide, found, strict=True))


def test_draws_without_a_model_are_left_out_and_counted():
    adjacency = np.zeros((9, 9))
    for i, j in ((0, 1), (1, 2), (0, 2), (3, 4), (4, 5), (3, 5), (2, 6), (6, 7)):
        adjacency[i, j] = adjacency[j, i] = 1
    adjacency[7, 8] = adjacency[8, 7] = 1
    labels = np.repeat([0, 1, 2], 3)
    models = bootstrap_models(adjacency, labels, replicates=200, seed=0)
    assert 0 < sum(model is None for model in models) < 20  # where the third group is left without an edge
    (first, last) = undersampled_intervals(adjacency, labels, replicates=200, seed=0)
    assert first.group == 0 and last.group == 2
    drawn = [model.connectivity for model in models if model is not None]
    usable = sum(
        alpha[0, 2] > 0 and alpha[2, 2] > 0 for alpha in drawn
    )  # linked, and the third can stand without the first
    assert first.replicates == usable < 150  # the one link between them is drawn in two of three


def test_refused_by_name():
    graph, labels = les_miserables()
    for options, message in (
        ({"level": 1.0}, "level = 1.0 must lie strictly between"),
        ({"replicates": 0}, "replicates = 0 must be a whole number"),
        ({"labels": None}, "labels is missing"),
    ):
        with pytest.raises(ValueError, match=message):
            undersampled_intervals(graph, **{"labels": labels, "seed": 0, **options})
    crowd = np.ones((250, 250)) - np.eye(250)
    with pytest.raises(ValueError, match="a group is nearly always empty"):
        bootstrap_models(crowd, np.arange(250) % 125, replicates=1, seed=0, draw_nodes=True)


@pytest.mark.slow
def test_intervals_cover():
    """Of 60 graphs drawn from a model, its own limit and present cosine lie in about 90 % of the 90 % intervals; not in halved
    ones. Percentile intervals of 21 nodes a group: the band allows for the two binomial errors and for their small bias."""
    true = undersampled_groups(MODEL, 1.0)[0]
    hits = {"now": 0, "limit": 0, "halved": 0}
    for seed in range(60):
        spread = undersampled_intervals(
            MODEL.sample(70, seed=seed), temperature=1.0, replicates=100, seed=seed, level=0.9
        )[0]
        for name in ("now", "limit"):
            found, value = getattr(spread, name), getattr(true, name)
            hits[name] += found.low <= value <= found.high
            quarter = (found.high - found.low) / 4
            hits["halved"] += found.low + quarter <= value <= found.high - quarter
    assert 0.8 <= hits["now"] / 60 <= 1 and 0.8 <= hits["limit"] / 60 <= 1
    assert hits["halved"] / 120 < 0.75
