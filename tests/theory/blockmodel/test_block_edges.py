"""Block models at the ends of what they take: defaults, thresholds and errors, each with its argument's name."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from contrastive_claims.theory.blockmodel import (
    BlockModel,
    Graph,
    biased_model,
    bootstrap_models,
    minimise_blocks,
    minimise_population,
    minority_model,
    nearest_groups,
    population_loss,
    published_descent,
    row_weighted_objective,
    undersampled_groups,
    undersampled_intervals,
)
from contrastive_claims.theory.blockmodel.estimate import estimate_blocks, shares_and_connections
from contrastive_claims.theory.blockmodel.groups import towards, vanishing_limits
from contrastive_claims.theory.blockmodel.population import (
    _rows,
    _status,
    multiplier_errors,
    population_objective,
    refined_vectors,
)
from contrastive_claims.theory.blockmodel.sparse_law import critical_degree, simplex_force, slack_edge, thinned
from contrastive_claims.theory.blockmodel.uncertainty import _pairs, _sizes, edge_counts
from contrastive_claims.theory.elliptope import random_vectors

EPS = np.finfo(float).eps
PMI = BlockModel([0.2, 0.3, 0.5], 0.9 * np.array([[1, 0.6, 0.5], [0.6, 1, 0.55], [0.5, 0.55, 1]]))


# models


def test_shares_sum_to_one_up_to_rounding_and_connections_may_be_whole():
    assert BlockModel([0.5, 0.5 + 0.9e-9], np.eye(2)).blocks == 2
    with pytest.raises(ValueError, match=r"proportions sum to 1\.\d+, not 1"):
        BlockModel([0.5, 0.5 + 1.2e-9], np.eye(2))
    with pytest.raises(ValueError, match=r"proportions sum to 0\.\d+, not 1"):
        BlockModel([0.5, 0.5 - 1.2e-9], np.eye(2))
    whole = BlockModel([1], [[True]])
    assert whole.connectivity.dtype == whole.proportions.dtype == float and whole.connectivity.tolist() == [[1]]
    for k, wrong in ((0, math.inf), (1, -1e-9)):
        shares = [0.5, 0.5]
        shares[k] = wrong
        with pytest.raises(ValueError, match=rf"proportions\[{k}\] = .* is not a positive share"):
            BlockModel(shares, np.eye(2))
    with pytest.raises(ValueError, match=r"connectivity has shape \(3, 2\), not \(2, 2\)"):
        BlockModel([0.5, 0.5], np.ones((3, 2)))
    with pytest.raises(ValueError, match=r"connectivity\[1, 0\] = -0\.1 is not a probability"):
        BlockModel([0.5, 0.5], [[0.5, 0.5], [-0.1, 0.5]])
    with pytest.raises(ValueError, match="block 0 is isolated"):
        BlockModel([0.2, 0.3, 0.5], np.diag([0.0, 1, 1]))


def test_samples_are_of_n_nodes_or_of_given_sizes():
    model = BlockModel([0.25, 0.75], np.ones((2, 2)))
    assert np.bincount(model.sample(8, seed=0).labels).tolist() == [2, 6]
    assert np.bincount(model.sample(2, seed=0).labels).tolist() == [1, 1]
    assert np.bincount(model.sample(sizes=(3, 1), seed=0).labels).tolist() == [3, 1]
    assert np.bincount(model.sample(8.0, seed=0).labels).tolist() == [2, 6]
    for options, message in (
        ({}, "give either n or sizes"),
        ({"n": 8, "sizes": (2, 6)}, "give either n or sizes"),
        ({"n": 7.5}, r"n = 7\.5 must be a whole, positive number of nodes"),
        ({"n": 0}, "n = 0 must be a whole, positive number of nodes"),
        ({"n": 1}, r"sizes\[0\] = 0"),
        ({"sizes": (1, 2, 3)}, "sizes has 3 entries for 2 blocks"),
        ({"sizes": (1,)}, "sizes has 1 entries for 2 blocks"),
    ):
        with pytest.raises(ValueError, match=message):
            model.sample(**options, seed=0)


def test_published_models_by_default_and_at_the_ends():
    np.testing.assert_array_equal(minority_model(0.2, 0.4).connectivity, minority_model(0.2, 0.4, 0.95).connectivity)
    assert minority_model(0.2, 0.4, 0.7).connectivity[[0, 1, 2], [0, 1, 2]].tolist() == [0.7] * 3
    plain = biased_model(0.9, 0.8, 0.3, 0.2)
    assert plain.blocks == 4 and plain.connectivity[0].tolist() == [0.8, 0.2, 0.3, 0]
    three = biased_model(0.9, 0.8, 0.3, 0.2, 0.1, 3)
    assert three.connectivity[1].tolist() == [0.2, 0.8, 0.2, 0.1, 0.3, 0.1, 0.1, 0.3, 0.1]  # class 0, bias 1
    for classes in (101, 1, 0):
        with pytest.raises(ValueError, match=f"classes = {classes}: a biased graph needs at least two"):
            biased_model(0.5, 0.8, 0.3, 0.2, classes=classes)
    for aligned in (0.0, 1.0, -0.1, math.nan):
        with pytest.raises(ValueError, match=r"aligned = .* must lie strictly between 0 and 1"):
            biased_model(aligned, 0.8, 0.3, 0.2)


# estimates


def test_connections_are_weights_over_pairs_and_at_most_one():
    sizes = np.array([3, 1, 2])
    shares, alpha = shares_and_connections(np.array([[6.0, 1, 3], [1, 0, 2], [3, 2, 1]]), sizes)
    np.testing.assert_allclose(shares, [1 / 2, 1 / 6, 1 / 3])
    np.testing.assert_allclose(alpha, [[1, 1 / 3, 1 / 2], [1 / 3, 0, 1], [1 / 2, 1, 1 / 2]])
    _, heavy = shares_and_connections(np.array([[6.0, 1, 3], [1, 0, 2], [3, 2, 8]]), sizes)
    np.testing.assert_allclose(heavy, np.array([[1, 1 / 3, 1 / 2], [1 / 3, 0, 1], [1 / 2, 1, 4]]) / 4)
    _, light = shares_and_connections(np.array([[0.6, 0.1, 0], [0.1, 0, 0.2], [0, 0.2, 0.1]]), sizes)
    np.testing.assert_allclose(light, [[0.1, 1 / 30, 0], [1 / 30, 0, 0.1], [0, 0.1, 0.05]])
    wide = np.full((300, 300), 1 / 3) + np.triu(np.full((300, 300), 1e-17))
    _, alpha = shares_and_connections(wide, np.arange(1, 301))
    np.testing.assert_array_equal(alpha, alpha.T)


def test_a_graph_carries_its_labels_and_loops_do_not_count():
    adjacency = np.array([[5.0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 7, 1], [0, 0, 1, 0]])
    shares, alpha = estimate_blocks(Graph(adjacency, [1, 1, 0, 0]), None)
    np.testing.assert_allclose(shares, [0.5, 0.5])
    np.testing.assert_allclose(alpha, [[1, 0.25], [0.25, 1]])
    _, turned = estimate_blocks(Graph(adjacency, [1, 1, 0, 0]), ["b", "a", "a", "a"], ["b", "a"])
    np.testing.assert_allclose(turned, [[0, 1 / 3], [1 / 3, 2 / 3]])


# the population problem


def test_multiplier_errors_by_their_formula():
    shares, gaps, taus = np.array([0.1, 0.9]), np.array([1e-12, 0.0, 1e-9]), np.array([0.5, 1.0, 2.0])
    found = multiplier_errors(gaps, shares, taus)
    assert found.shape == (3, 2)
    for i, k in np.ndindex(3, 2):
        stiffness = 1 + 1 / taus[i]
        expected = math.sqrt(max(gaps[i], EPS) / shares[k]) * stiffness
        expected += (4 * gaps[i] + 64 * EPS * stiffness) / shares[k]
        assert found[i, k] == pytest.approx(expected, rel=1e-12, abs=0)
    np.testing.assert_allclose(multiplier_errors(1e-12, shares, 0.5), found[0], rtol=1e-12)


def test_a_status_says_what_is_known():
    small, large = np.array([[0, 1e-6], [1e-6, 0]]), np.array([[0, 1e-9], [1.1e-6, 0]])
    assert _status("stationary", 1e-10, small, 1e-6) == "certified"
    assert _status("stationary", 1e-10, large, 1e-6) == "loss certified, geometry not"
    assert _status("stationary", 1.1e-10, small, 1e-6) == "stationary"
    loose = minimise_population(minority_model(0.2, 0.4), 1.0, 1e-20)
    assert loose.status == "loss certified, geometry not" and loose.gap <= 1e-10
    assert minimise_blocks(population_objective(PMI), PMI.proportions, 1.0).status == "certified"


def test_shares_of_blocks_are_checked():
    objective = population_objective(PMI)
    near = np.array([0.2, 0.3, 0.5 + 0.9e-9])
    assert minimise_blocks(objective, near).status in ("certified", "loss certified, geometry not", "stationary")
    for wrong in (
        [0.5, 0.5],
        [0.2, 0.3, 0.5 + 2e-9],
        [0.2, 0.3, 0.5 - 2e-9],
        [0.5, 0.5, 0.0],
        [0.6, 0.5, -0.1],
        [[0.2, 0.3, 0.5]],
    ):
        with pytest.raises(ValueError, match="proportions: must be 3 positive numbers of sum 1"):
            minimise_blocks(objective, np.array(wrong))


def test_objectives_at_their_default_temperature_and_by_loops():
    gram = np.array([[1, 0.3, -0.2], [0.3, 1, 0.1], [-0.2, 0.1, 1]])
    shares, alpha, degrees = PMI.proportions, PMI.connectivity, PMI.degrees
    for objective, row, tau in (
        (population_objective(PMI), False, 1.0), (population_objective(PMI, 0.6), False, 0.6),
        (row_weighted_objective(PMI), True, 1.0), (row_weighted_objective(PMI, 0.6), True, 0.6),
    ):  # fmt: skip
        expected = 0.0
        for k in range(3):
            weights = [shares[k if row else m] * math.exp(gram[k, m] / tau) for m in range(3)]
            pairs = [shares[k] * alpha[k, m] * shares[k if row else m] / degrees[k] * gram[k, m] for m in range(3)]
            expected += shares[k] * math.log(sum(weights)) - sum(pairs) / tau
        assert objective.loss(gram) == pytest.approx(expected, rel=1e-12)
    assert population_loss(PMI, gram) == pytest.approx(population_objective(PMI, 1.0).loss(gram), rel=1e-14)
    assert minimise_population(PMI).loss == minimise_population(PMI, 1.0, 1e-6).loss
    vectors = np.array([[0.6, 0.8], [0.0, -0.5], [0.3, 0.1]])  # two coordinates, inside the ball
    of_vectors = population_loss(PMI, vectors=vectors, temperature=0.6)
    assert of_vectors == pytest.approx(population_loss(PMI, vectors @ vectors.T, temperature=0.6))
    with pytest.raises(ValueError, match="give either gram or vectors"):
        population_loss(PMI, gram, vectors=vectors)
    for wrong in (np.eye(2), np.ones((3, 4)), np.ones(3)):
        with pytest.raises(ValueError, match=r"gram has shape .* for 3 blocks"):
            population_loss(PMI, wrong)
    with pytest.raises(ValueError, match="for 3 blocks"):
        population_loss(PMI, vectors=np.ones((2, 3)))
    with pytest.raises(ValueError, match="temperature"):
        population_loss(PMI, gram, temperature=0.0)


def test_few_blocks_are_refined_where_a_sign_is_in_doubt_and_many_are_not():
    """Under the PMI law every multiplier is zero; with many blocks doubles must do, where the gap and cosines are certified."""
    law = minimise_population(PMI)
    assert law.refined and law.status == "certified"
    np.testing.assert_allclose(law.gram, 1 + np.log(PMI.connectivity / 0.9), atol=1e-12)
    np.testing.assert_allclose(np.diag(law.gram), 1, atol=1e-14)
    np.testing.assert_allclose(law.vectors @ law.vectors.T, law.gram, atol=1e-12)
    assert (law.multiplier_errors < 1e-9).all() and law.collapse_is_exact and not law.spreads.any()
    assert not minimise_population(minority_model(0.2, 0.4)).refined
    uniform = 0.9 * (0.6 + 0.4 * np.eye(11))
    many = minimise_population(BlockModel(np.full(11, 1 / 11), uniform))
    assert not many.refined and many.status == "certified"
    assert not minimise_population(BlockModel([1.0], [[0.5]])).refined


@pytest.mark.parametrize(("gap", "error", "taken"), [(2, 2, False), (1, 1, False), (2, 0.5, True), (0.5, 2, True)])
def test_what_is_refined_is_taken_where_it_is_better(gap, error, taken, monkeypatch):
    """In the gap or in the largest cosine error."""
    found = minimise_blocks(population_objective(PMI), PMI.proportions)
    assert found.gap > 0
    errors = found.cosine_errors * 1e-3
    errors[0, 1] = error * found.cosine_errors.max()
    finest = SimpleNamespace(
        gram=np.eye(3), multipliers=[-2.0, 1, 0], multiplier_errors=np.zeros(3), loss=0.5, gap=gap * found.gap,
        cosine_errors=errors, gradient_norm=0.0,
    )  # fmt: skip
    monkeypatch.setattr("contrastive_claims.theory.blockmodel.refine.refine_population", lambda *arguments: finest)
    chosen = minimise_population(PMI)
    assert chosen.refined == taken and chosen.loss == (0.5 if taken else found.loss)
    if taken:  # numbers rounded to doubles are as far off as those
        np.testing.assert_array_equal(chosen.multiplier_errors, [2 * EPS, EPS, 0])
        np.testing.assert_array_equal(chosen.cosine_errors, errors + EPS * (1 - np.eye(3)))


def test_refined_vectors_are_unit_rows_of_the_optimum():
    start = minimise_population(PMI, 0.8)
    found = refined_vectors(PMI.proportions, PMI.pair_weights, 0.8, start.gram)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-14)
    np.testing.assert_allclose(found @ found.T, start.gram, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(_rows(4 * start.gram), axis=1), 1, rtol=1e-14)


def test_a_multiplier_spreads_beyond_its_error_and_needs_a_spare_dimension():
    optimum = minimise_population(BlockModel([0.5, 0.5], [[0.95, 0.3], [0.3, 0.5]]))
    assert optimum.spreads.tolist() == [False, True] and not optimum.collapse_is_exact
    assert optimum.collapse_is_exact_in(2) is None and optimum.collapse_is_exact_in(3) is False
    with pytest.raises(ValueError, match="dimension: the optimum needs 2, got 1"):
        optimum.collapse_is_exact_in(1)
    merged = minimise_population(minority_model(0.05, 0.6))  # on one line
    assert merged.collapse_is_exact_in(1) is True
    with pytest.raises(ValueError, match="dimension: the optimum needs 1, got 0"):
        merged.collapse_is_exact_in(0)


def test_the_published_descent_step_by_step():
    objective = population_objective(PMI, 0.7)
    start = 3 * random_vectors(3, 4, seed=0)
    vectors = start / np.linalg.norm(start, axis=1, keepdims=True)
    for t in range(3):
        gradient = 2 * objective.gradient(vectors @ vectors.T) @ vectors
        for k in range(3):
            gradient[k] -= (gradient[k] @ vectors[k]) * vectors[k]
        vectors = vectors - 0.5 * (t + 1) ** -0.3 * gradient
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found = published_descent(objective, start=start, steps=3, step=0.5, decay=0.3)
    np.testing.assert_allclose(found, vectors, atol=1e-12)
    told = published_descent(objective, start=start, steps=3, step=0.2, decay=0.1)
    np.testing.assert_array_equal(published_descent(objective, start=start, steps=3), told)
    seen = []
    still = SimpleNamespace(anchor_weights=np.ones(3), at=lambda v: seen.append(v) or SimpleNamespace(product=0 * v))
    np.testing.assert_allclose(
        published_descent(still, start=start), start / np.linalg.norm(start, axis=1, keepdims=True)
    )
    assert len(seen) == 1000


def test_the_published_descent_is_refused_by_name():
    objective, start = population_objective(PMI), random_vectors(3, 2, seed=0)
    for options in ({"step": 1e6}, {"decay": 10}, {"decay": -10}, {"step": 1e-9}):
        assert published_descent(objective, start=start, steps=1, **options).shape == (3, 2)
    for options in (
        {"step": 1.1e6},
        {"step": 0.0},
        {"step": -1},
        {"decay": 10.1},
        {"decay": -10.1},
        {"decay": math.nan},
    ):
        with pytest.raises(ValueError, match="step, decay: must be positive up to 1e6, and at most 10, got"):
            published_descent(objective, start=start, steps=1, **options)
    assert published_descent(objective, start=[[1.1e-150, 0], [0, 9e149], [1, 0]], steps=0).shape == (3, 2)
    for row in ([0.0, 0], [9e-151, 0], [1, math.nan], [1.1e150, 0], [-1.1e150, 1], [0, -9e-151], [1, math.inf]):
        with pytest.raises(ValueError, match=r"start: must be 3 finite rows other than zero, got shape \(3, 2\)"):
            published_descent(objective, start=[[1, 0], row, [1, 1]], steps=1)
    for wrong in (np.ones((2, 2)), np.ones(3), np.ones((3, 2, 2))):
        with pytest.raises(ValueError, match="start: must be 3 finite rows other than zero, got shape"):
            published_descent(objective, start=wrong)


# groups


def test_two_groups_merge_within_a_millionth(monkeypatch):
    for off, merges in ((0.9e-6, True), (1.1e-6, False)):
        gram = np.array([[1, 0.2, 1 - off], [0.2, 1, 0.3], [1 - off, 0.3, 1]])
        optimum = SimpleNamespace(
            gram=gram, spreads=np.array([False, True, False]), cosine_errors=np.array([[0, 1, 2], [1, 0, 3], [2, 3, 0]])
        )
        monkeypatch.setattr(
            "contrastive_claims.theory.blockmodel.groups.minimise_population", lambda *given, o=optimum: o
        )
        found = nearest_groups(PMI)
        assert [group.onto for group in found] == [2, 2, 0] and [group.group for group in found] == [0, 1, 2]
        assert [group.merges for group in found] == [merges, False, merges]
        assert [group.cosine for group in found] == [1 - off, 0.3, 1 - off]
        assert [group.spreads for group in found] == [False, True, False]
        assert [group.cosine_error for group in found] == [2, 3, 3]
        fallen = towards(0, 2, gram, np.array([np.nan, 0.0, 0.5]))
        assert (fallen.group, fallen.onto, fallen.now, fallen.limit) == (0, 2, 1 - off, 0.5)
        assert fallen.harm is None if merges else fallen.harm == pytest.approx(0.5 / off)


def test_nearest_groups_of_one_block_of_opposites_and_by_default():
    alone = nearest_groups(BlockModel([1.0], [[0.5]]))[0]
    assert (alone.onto, alone.cosine, alone.merges) == (None, 1.0, False)
    assert [(g.onto, g.cosine) for g in nearest_groups(BlockModel([0.5, 0.5], 0.5 * np.eye(2)))] == [(1, -1), (0, -1)]
    model = minority_model(0.3, 0.3)
    assert nearest_groups(model) == nearest_groups(model, 1.0) and undersampled_groups(model) == undersampled_groups(
        model, 1.0
    )


def test_limits_of_an_undersampled_group_stand_in_its_row():
    model = BlockModel([0.2, 0.3, 0.5], [[0.5, 0.2, 0.6], [0.2, 0.8, 0], [0.6, 0, 0.9]])
    for group in range(3):
        limits = vanishing_limits(model, group, 0.7)
        assert np.isnan(limits[group]) and np.isfinite(np.delete(limits, group)).all()
    alpha = model.connectivity.copy()
    alpha[0, 2] = alpha[2, 0] = 0
    limits = vanishing_limits(BlockModel(model.proportions, alpha), 0, 0.7)
    assert limits[1] > 0 > limits[2]
    alpha[0, 1] = alpha[1, 0] = 0
    assert vanishing_limits(BlockModel(model.proportions, alpha), 0, 0.7) is None


# the bootstrap


def test_pairs_of_nodes_between_and_within():
    sizes = np.array([1, 4, 5])
    assert [_pairs(sizes, k, m) for k, m in ((0, 0), (1, 1), (2, 2), (0, 1), (1, 2), (2, 1))] == [0, 6, 10, 4, 20, 20]


def test_drawn_sizes_keep_the_sum_and_no_group_is_empty():
    generator = np.random.default_rng(0)
    drawn = np.array([_sizes(np.array([2, 3, 15]), generator) for _ in range(2000)])
    assert (drawn.sum(axis=1) == 20).all() and (drawn >= 1).all()
    np.testing.assert_allclose(
        drawn.mean(axis=0), [2.3, 3.0, 14.7], atol=0.15
    )  # none empty: a little more than their share


def labelled():
    """Three groups of four, all linked, of weights that differ."""
    adjacency = np.triu(
        np.random.default_rng(1).uniform(0.1, 1, (12, 12)) * (np.random.default_rng(2).random((12, 12)) < 0.7), 1
    )
    return adjacency + adjacency.T, np.repeat([0, 1, 2], 4)


def test_intervals_are_the_percentiles_of_the_replicates():
    adjacency, labels = labelled()
    for level, temperature, options in ((0.95, 1.0, {}), (0.6, 0.5, {"temperature": 0.5, "level": 0.6})):
        found = undersampled_intervals(adjacency, labels, replicates=3, seed=3, **options)
        models = [m for m in bootstrap_models(adjacency, labels, replicates=3, seed=3) if m is not None]
        grams = [minimise_population(model, temperature).gram for model in models]
        own = undersampled_groups(BlockModel.from_graph(adjacency, labels), temperature)
        for spread, group in zip(found, own, strict=True):
            falls = []
            for model, gram in zip(models, grams, strict=True):
                limits = vanishing_limits(model, group.group, temperature)
                falls.append((towards(group.group, group.onto, gram, limits), int(np.nanargmax(limits))))
            assert spread.replicates == len(falls) and spread.onto == group.onto
            assert spread.same_onto == np.mean([onto == group.onto for _, onto in falls])
            for name in ("now", "limit", "harm"):
                values = [getattr(fall, name) for fall, _ in falls if getattr(fall, name) is not None]
                ends = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
                assert getattr(spread, name) == pytest.approx((getattr(group, name), *ends), rel=1e-12)


def test_two_hundred_replicates_by_default_and_whole_numbers_of_them():
    adjacency, labels = labelled()
    assert len(bootstrap_models(adjacency, labels, seed=0)) == 200
    assert len(bootstrap_models(adjacency, labels, replicates=3.0, seed=0)) == 3
    assert len(bootstrap_models(adjacency, labels, replicates=1, seed=0)) == 1
    for wrong in (0, 2.5, -1):
        with pytest.raises(ValueError, match=rf"replicates = {wrong} must be a whole number, at least 1"):
            bootstrap_models(adjacency, labels, replicates=wrong, seed=0)
    for level in (0.0, 1.0, math.nan):
        with pytest.raises(ValueError, match=r"level = .* must lie strictly between 0 and 1"):
            undersampled_intervals(adjacency, labels, seed=0, level=level)
    for model in bootstrap_models(adjacency, labels, replicates=20, seed=0):
        assert (model.proportions == 1 / 3).all()  # sizes stay, unless they are to be drawn
    turned = bootstrap_models(adjacency, labels, groups=[2, 0, 1], replicates=1, seed=0)[0]
    assert turned.blocks == 3


def test_edges_are_counted_once_and_zeros_are_none():
    adjacency = np.array([[9.0, 2, 0, 3], [2, 0, 1, 0], [0, 1, 0, 4], [3, 0, 4, 0]])
    counts = edge_counts(adjacency, ["a", "a", "b", "b"])
    assert counts.sizes.tolist() == [2, 2] and counts.joined.tolist() == [[1, 2], [2, 1]]
    assert sorted(counts.seen) == [(0, 0), (0, 1), (1, 1)] and sorted(counts.seen[0, 1]) == [1, 3]
    assert counts.seen[0, 0].tolist() == [2] and counts.seen[1, 1].tolist() == [4]
    assert np.issubdtype(counts.sizes.dtype, np.integer) and np.issubdtype(counts.joined.dtype, np.integer)
    turned = edge_counts(Graph(adjacency, ["b", "a", "a", "b"]), groups=["b", "a"])
    assert turned.seen[0, 0].tolist() == [3] and turned.joined.tolist() == [[1, 2], [2, 1]]


# sparse graphs


def test_the_critical_degree_by_its_formula():
    model = minority_model(0.2, 0.4)
    for temperature, arguments in ((1.0, ()), (0.8, (0.8,))):
        multipliers = minimise_population(model, temperature).multipliers
        degrees = model.connectivity @ model.proportions
        mean = degrees @ model.proportions
        expected = max(
            (2 / (temperature * mu)) ** 2 * mean / degree for mu, degree in zip(multipliers, degrees, strict=True)
        )
        assert critical_degree(model, *arguments) == pytest.approx(expected, rel=1e-12)
    assert critical_degree(PMI) == math.inf  # multipliers of zero: no degree is enough
    for blocks in (2, 5):
        expected = blocks / (math.exp(blocks / ((blocks - 1) * 0.7)) + blocks - 1)
        assert simplex_force(blocks, 0.7) == pytest.approx(expected, rel=1e-14)
    with pytest.raises(ValueError, match="blocks = 1: a simplex needs at least two"):
        simplex_force(1, 1.0)
    with pytest.raises(ValueError, match="temperature"):
        simplex_force(3, -1.0)


def test_thinning_scales_up_to_a_connectivity_of_one():
    model = BlockModel([0.5, 0.5], [[0.5, 0.25], [0.25, 0.5]])
    full = thinned(model, 100, 75.0)  # a mean degree of .375 n, doubled
    np.testing.assert_allclose(full.connectivity, [[1, 0.5], [0.5, 1]])
    np.testing.assert_allclose(thinned(model, 1000, 75.0).connectivity, model.connectivity / 5)
    with pytest.raises(ValueError, match=r"degree = 76 on 100 nodes needs a connectivity of 1\.01, above 1"):
        thinned(model, 100, 76.0)


def test_the_slack_edge_is_the_least_eigenvalue_off_the_range():
    from contrastive_claims.theory.blockmodel import minimise_on_graph
    from contrastive_claims.theory.blockmodel.graph import graph_objective

    graph = minority_model(1 / 3, 0.4).sample(40, seed=0)
    for temperature, arguments in ((1.0, ()), (0.8, (0.8,))):
        optimum = minimise_on_graph(graph, temperature, 3)
        vectors = optimum.embeddings
        slack = 40 * graph_objective(graph, temperature).at(vectors).dense_gradient() - np.diag(optimum.multipliers)
        basis, sizes, _ = np.linalg.svd(vectors)
        free = basis[:, np.r_[sizes**2 <= 1e-8 * 40, np.ones(37, bool)]]
        expected = np.linalg.eigvalsh(free.T @ slack @ free)[0]
        assert slack_edge(graph, optimum, *arguments) == pytest.approx(expected, abs=1e-8)


class _Refined(Exception):
    """Extended precision was asked for."""


@pytest.mark.parametrize(
    ("blocks", "status", "gap", "multipliers", "refined"),
    [
        (3, "certified", 1e-10, (-1.0, 1.0, -1.0), False),
        (3, "certified", 1.1e-10, (-1.0, 1.0, -1.0), True),
        (3, "certified", 0.0, (-1.0, 1e-6, -1.0), True),  # one sign in doubt: no larger than its error
        (3, "certified", 0.0, (-1.0, -1.1e-6, -1.0), False),
        (3, "loss certified, geometry not", 0.0, (-1.0, 1.0, -1.0), True),
        (10, "certified", 1.0, (0.0,) * 10, True),
        (11, "certified", 1.0, (0.0,) * 11, False),
        (16, "stationary", 1.0, (0.0,) * 16, True),
        (17, "stationary", 1.0, (0.0,) * 17, False),
        (1, "stationary", 1.0, (0.0,), False),
    ],
)
def test_when_extended_precision_is_asked_for(blocks, status, gap, multipliers, refined, monkeypatch):
    room = "contrastive_claims.theory.blockmodel."
    found = SimpleNamespace(
        status=status,
        gap=gap,
        multipliers=np.array(multipliers),
        multiplier_errors=np.full(blocks, 1e-6),
        gram=np.eye(blocks),
    )

    def refine(*arguments):
        raise _Refined

    monkeypatch.setattr(room + "population.minimise_blocks", lambda *arguments: found)
    monkeypatch.setattr(room + "refine.refine_population", refine)
    model = BlockModel(np.full(blocks, 1 / blocks), np.eye(blocks))
    if refined:
        with pytest.raises(_Refined):
            minimise_population(model)
    else:
        assert minimise_population(model) is found
