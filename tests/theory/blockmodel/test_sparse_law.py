"""The sparse-graph law: its closed form, its invariances, and graphs on both sides of it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.theory.blockmodel import BlockModel, minimise_on_graph, minimise_population, minority_model
from contrastive_claims.theory.blockmodel.sparse_law import critical_degree, simplex_force, slack_edge, thinned


@pytest.mark.parametrize("blocks", [2, 3, 5])
@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_simplex_force_is_the_optimums_and_gives_the_degree(blocks, temperature):
    model = BlockModel(np.full(blocks, 1 / blocks), 0.3 * np.eye(blocks))
    force = simplex_force(blocks, temperature)
    np.testing.assert_allclose(-temperature * minimise_population(model, temperature).multipliers, force, atol=1e-8)
    assert critical_degree(model, temperature) == pytest.approx(4 / force**2, rel=1e-6)


@settings(deadline=None, max_examples=20)
@given(factor=st.floats(0.01, 1), share=st.floats(0.05, 0.6), temperature=st.sampled_from([0.7, 1.0, 2.0]))
def test_only_the_pattern_counts(factor, share, temperature):
    model = minority_model(share, 0.4)
    scaled = BlockModel(model.proportions, factor * model.connectivity)
    assert critical_degree(scaled, temperature) == pytest.approx(critical_degree(model, temperature), rel=1e-5)
    thin = thinned(model, 1000, 20.0)
    assert 1000 * thin.degrees @ thin.proportions == pytest.approx(20)


def test_colder_graphs_need_more_edges_and_failing_models_have_no_degree():
    model = minority_model(1 / 3, 0.4)
    degrees = [critical_degree(model, temperature) for temperature in (2.0, 1.0, 0.5, 0.3)]
    assert (np.diff(degrees) > 0).all()
    assert degrees[1] == pytest.approx(89.06, abs=0.01)
    assert critical_degree(BlockModel([0.5, 0.5], [[0.95, 0.3], [0.3, 0.5]])) == np.inf


def test_slack_edge_is_minus_the_gap_where_open_and_positive_where_closed(seed):
    model = minority_model(1 / 3, 0.4)
    for degree, closed in ((30.0, False), (90.0, True)):
        graph = thinned(model, 300, degree).sample(n=300, seed=seed + 1)
        optimum = minimise_on_graph(graph, dimension=2)
        edge = slack_edge(graph, optimum)
        assert (optimum.status == "certified") == closed
        assert edge > 1e-3 if closed else edge == pytest.approx(-optimum.gap, rel=1e-6)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="above 1"):
        thinned(minority_model(1 / 3, 0.4), 100, 50.0)
    with pytest.raises(ValueError, match="at least two"):
        simplex_force(1, 1.0)
    with pytest.raises(ValueError, match="temperature"):
        critical_degree(minority_model(1 / 3, 0.4), 0.0)
