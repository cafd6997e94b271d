"""The way from afar: it descends, ends near a stationary point, and costs no more than plain L-BFGS to the same loss."""

import time
from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from scipy.optimize import minimize as scipy_minimize

from contrastive_claims.theory.blockmodel import Graph, minimise_on_graph
from contrastive_claims.theory.blockmodel.graph import graph_objective
from contrastive_claims.theory.elliptope import random_vectors
from contrastive_claims.theory.elliptope.quasi_newton import approach
from contrastive_claims.theory.elliptope.trust_region import Tally

SPARSE = nx.barabasi_albert_graph(300, 4, seed=1)


def plain(graph, dimension, seed=0):
    """scipy's L-BFGS over unnormalised rows: the loss at every evaluation."""
    objective, n = graph_objective(graph), len(graph)
    losses = []

    def loss(flat):
        rows = flat.reshape(n, dimension)
        length = np.linalg.norm(rows, axis=1, keepdims=True)
        here = objective.at(rows / length)
        gradient = 2 * n * here.product
        unit = rows / length
        losses.append(here.value)
        return n * here.value, ((gradient - (gradient * unit).sum(1, keepdims=True) * unit) / length).ravel()

    options = {"maxiter": 3000, "maxfun": 6000, "ftol": 1e-15, "gtol": 1e-8, "maxcor": 12}
    scipy_minimize(loss, random_vectors(n, dimension, seed).ravel(), jac=True, method="L-BFGS-B", options=options)
    return losses


@pytest.mark.parametrize("dimension", [3, 10])
def test_it_takes_about_as_many_evaluations_as_plain_lbfgs_to_the_same_loss(dimension):
    """The mean over starts of the ratio of evaluations; both find local minima of their own."""
    n, ratios = len(SPARSE), []
    objective, weights = graph_objective(SPARSE), np.full(len(SPARSE), 1 / len(SPARSE))
    for seed in range(5):
        losses, ours, tally = plain(SPARSE, dimension, seed), [], Tally()

        def observe(tally, here, ours=ours):
            ours.append((tally.evaluations, here.expansion.value))
            return False

        found = approach(objective, random_vectors(n, dimension, seed), weights, 1e-6, 3000, tally, observe)
        assert all(after <= before for (_, before), (_, after) in pairwise(ours))
        assert found.relative_norm < 1e-2
        target = max(min(losses), found.expansion.value) + 1e-6
        needed = next(count for count, loss in enumerate(losses, 1) if loss <= target)
        ratios.append(next(count for count, loss in ours if loss <= target) / needed)
    assert np.exp(np.mean(np.log(ratios))) < 1.4


def test_a_search_without_labels_ends_where_newton_alone_would_be_stationary():
    found = minimise_on_graph(SPARSE, 1.0, 3)
    assert found.gradient_norm < 1e-10 and found.status == "stationary"
    adjacency = nx.to_scipy_sparse_array(SPARSE)
    labelled = minimise_on_graph(Graph(adjacency, np.zeros(300, dtype=int)), 1.0, 3)  # from one point, by Newton alone
    assert labelled.gradient_norm < 1e-10


def test_tolerance_seconds_progress_and_no_certificate():
    told = []

    def observe(tally, here):
        told.append((tally.iterations, here.expansion.value, here.relative_norm))
        return False

    rough = minimise_on_graph(SPARSE, 1.0, 3, tolerance=1e-3, certify=False, observe=observe)
    fine = minimise_on_graph(SPARSE, 1.0, 3)
    assert rough.gap == np.inf and rough.gradient_norm <= 1e-3 and rough.iterations < fine.iterations
    assert [count for count, *_ in told] == list(range(1, len(told) + 1)) and told[-1][1] == rough.loss
    assert rough.loss == pytest.approx(fine.loss, abs=1e-2)
    start = time.monotonic()
    short = minimise_on_graph(SPARSE, 1.0, 3, max_seconds=1e-9)
    assert short.status == "not converged" and short.iterations == 1 and np.isfinite(short.gap)
    assert time.monotonic() - start < 30
    for message, options in (
        ("tolerance = 0 must be positive", {"tolerance": 0}),
        ("max_seconds = -1 must be positive", {"max_seconds": -1}),
    ):
        with pytest.raises(ValueError, match=message):
            minimise_on_graph(SPARSE, 1.0, 3, **options)
