"""Block models of real graphs: estimates, refusals, and what they say of two graphs that networkx ships."""

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from contrastive_claims.theory.blockmodel import BlockModel, Graph, minority_model, nearest_groups, undersampled_groups
from contrastive_claims.theory.blockmodel.limits import vanishing_minority_cosine


def two_cliques():
    """Nodes 0 to 2 joined to each other, 3 and 4 too, and one edge between."""
    adjacency = np.zeros((5, 5))
    for a, b in ((0, 1), (0, 2), (1, 2), (3, 4), (2, 3)):
        adjacency[a, b] = adjacency[b, a] = 1
    return adjacency


def test_shares_and_connections_are_counts():
    model = BlockModel.from_graph(two_cliques(), ["a", "a", "a", "b", "b"])
    np.testing.assert_allclose(model.proportions, [0.6, 0.4])
    np.testing.assert_allclose(model.connectivity, [[1, 1 / 6], [1 / 6, 1]])
    turned = BlockModel.from_graph(csr_array(two_cliques()), np.array([7, 7, 7, 2, 2]), groups=[7, 2])
    np.testing.assert_allclose(turned.connectivity, model.connectivity)
    np.testing.assert_allclose(
        BlockModel.from_graph(7 * two_cliques(), [0, 0, 0, 1, 1]).connectivity, model.connectivity
    )


def test_groups_of_one_node_have_one_pair_between_and_none_within():
    model = BlockModel.from_graph(np.array([[0.0, 1], [1, 0]]), ["a", "b"])
    np.testing.assert_array_equal(model.connectivity, [[0, 1], [1, 0]])


def test_networkx_graphs_with_a_mapping_an_order_or_an_attribute():
    graph = networkx.from_numpy_array(two_cliques())
    model = BlockModel.from_graph(graph, {4: "b", 3: "b", 2: "a", 1: "a", 0: "a"})
    networkx.set_node_attributes(graph, {node: node // 3 for node in graph}, "block")
    for other in (BlockModel.from_graph(graph), BlockModel.from_graph(graph, list("aaabb"))):
        np.testing.assert_allclose(other.connectivity, model.connectivity)


@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 10**6))
def test_a_sampled_graph_gives_back_its_model(seed):
    model = minority_model(0.2, 0.4)
    found = BlockModel.from_graph(model.sample(600, seed=seed))
    np.testing.assert_allclose(found.proportions, model.proportions, atol=1e-9)
    np.testing.assert_allclose(found.connectivity, model.connectivity, atol=0.03)


def test_bad_graphs_and_labels_are_refused():
    good, labels = two_cliques(), [0, 0, 0, 1, 1]
    broken, negative, tangled = good.copy(), -good, good.copy()
    broken[0, 1] = broken[1, 0] = np.nan
    tangled[:3, 3:] = tangled[3:, :3] = tangled[3:, 3:] = 0
    for graph, given_labels, groups, message in (
        (broken, labels, None, "NaN"),
        (negative, labels, None, "negative"),
        (np.zeros((5, 5)), labels, None, "no edges"),
        (np.eye(5), labels, None, "no edges"),
        (good[:4], labels, None, "square"),
        (good, labels[:4], None, "4 entries for a graph of 5"),
        (good, labels, [0, 1, 2], "group 2 is empty"),
        (good, labels, [0], "not one of the groups"),
        (good, None, None, "labels is missing"),
        (tangled, labels, None, "group 1 has no edges"),
        (networkx.path_graph(3), {0: "a", 1: "a"}, None, "no entry for node 2"),
        (Graph(good), labels[:2], None, "2 entries"),
        (good, [0, 0, 0, 1, float("nan")], None, r"labels\[4\] = nan names no group"),
        (good, [0, 0, None, 1, 1], None, r"labels\[2\] = None names no group"),
        (good, [[0], [0], [0], [1], [1]], None, r"labels\[0\] = \[0\] names no group"),
        (good, [0, "a", 0, 1, 1], None, "cannot be sorted"),
        (good, labels, [0, 1, 1], "groups names 1 twice"),
    ):
        with pytest.raises(ValueError, match=message):
            BlockModel.from_graph(graph, given_labels, groups=groups)


def test_the_karate_club_s_factions_oppose_each_other_at_every_ordinary_temperature():
    graph = networkx.karate_club_graph()
    model = BlockModel.from_graph(graph, networkx.get_node_attributes(graph, "club"))
    for group in nearest_groups(model, temperature=1.0):
        assert group.onto == 1 - group.group
        assert group.cosine == pytest.approx(-1, abs=1e-6)
        assert not group.merges
    assert -0.1 < nearest_groups(model, temperature=0.5)[0].cosine < 0


def test_les_miserables_every_undersampled_community_falls_onto_valjean_s():
    graph = networkx.les_miserables_graph()
    communities = networkx.community.greedy_modularity_communities(graph, weight="weight")
    labels = {name: k for k, members in enumerate(communities) for name in members}
    model, home = BlockModel.from_graph(graph, labels), labels["Valjean"]
    cool, warm = undersampled_groups(model, temperature=0.2), undersampled_groups(model, temperature=2.0)
    for at_low, at_high in zip(cool, warm, strict=True):
        if at_low.group != home:
            assert at_low.onto == at_high.onto == home
            assert at_low.limit < 0.7 and at_high.limit > 0.95
            assert at_high.harm < 0.05 < 0.6 < at_low.harm < 1


def test_undersampling_is_the_limit_of_small_shares():
    model = minority_model(0.3, 0.4)
    groups = undersampled_groups(model)
    assert [group.group for group in groups] == [
        0,
        1,
    ]  # the third has no link: its limit depends on how fast it vanishes
    assert groups[0].onto == 1
    assert groups[0].limit == pytest.approx(vanishing_minority_cosine(0.4 / 0.95, 1.0), abs=1e-6)


def test_merging_and_spreading_are_told():
    merged = nearest_groups(minority_model(0.01, 0.8))
    assert merged[0].merges and merged[0].onto == 1 and merged[1].onto == 0
    assert not merged[2].merges
    spread = nearest_groups(BlockModel([0.5, 0.5], [[0.95, 0.3], [0.3, 0.5]]))
    assert [group.spreads for group in spread] == [False, True]
    assert nearest_groups(BlockModel([1.0], [[0.5]]))[0].onto is None
