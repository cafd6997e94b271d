"""The searches on torch tensors against numpy: on the CPU to 1e-10, on a GPU where there is one."""

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from contrastive_claims.theory.blockmodel import Graph, minimise_on_graph, minority_model
from contrastive_claims.theory.blockmodel import graph as graph_module
from contrastive_claims.theory.blockmodel.kernel_sums import KernelExpansion, exact_sums
from contrastive_claims.theory.blockmodel.sparse_law import thinned
from contrastive_claims.theory.elliptope import random_vectors

PATTERN = minority_model(1 / 3, 0.4)


def agree(mine, other, tolerance=1e-10):
    assert mine.status == other.status
    assert mine.loss == pytest.approx(other.loss, abs=tolerance)
    assert mine.gap == pytest.approx(other.gap, abs=tolerance, rel=1e-6)
    np.testing.assert_allclose(mine.embeddings @ mine.embeddings.T, other.embeddings @ other.embeddings.T, atol=1e-6)
    np.testing.assert_allclose(mine.multipliers, other.multipliers, atol=1e-6)


@pytest.mark.parametrize("kind", ["dense", "sparse", "random start"])
def test_dense_path_on_the_cpu(kind, seed):
    graph = PATTERN.sample(n=120, seed=seed + 1)
    if kind == "sparse":
        graph = Graph(csr_array(graph.adjacency.astype(float)), graph.labels)
    if kind == "random start":
        graph = Graph(graph.adjacency)
    by_numpy = minimise_on_graph(graph)
    agree(minimise_on_graph(graph, device="cpu"), by_numpy)
    assert by_numpy.status == "certified"


@pytest.mark.parametrize("kind", ["index only", "sparse"])
def test_streamed_path_on_the_cpu(kind, monkeypatch, seed):
    monkeypatch.setattr(graph_module, "DENSE_ORDER", 100)
    if kind == "index only":
        graph = thinned(PATTERN, 2100, 400).sample(n=2100, seed=seed)  # beyond sampling's dense arrays
    else:
        dense = PATTERN.sample(n=300, seed=seed + 2)
        weights = np.random.default_rng([seed, 0]).uniform(1, 1.5, (300, 300))
        graph = Graph(csr_array(dense.adjacency * (weights + weights.T)), dense.labels)
    by_numpy = minimise_on_graph(graph, dimension=2)
    agree(minimise_on_graph(graph, dimension=2, device="cpu"), by_numpy)
    assert by_numpy.status == "certified"


def test_open_certificates_agree_too(monkeypatch, seed):
    graph = thinned(PATTERN, 200, 20).sample(n=200, seed=seed)
    for order in (3000, 100):
        monkeypatch.setattr(graph_module, "DENSE_ORDER", order)
        by_torch, by_numpy = (minimise_on_graph(graph, dimension=2, device=device) for device in ("cpu", None))
        assert by_torch.status == by_numpy.status == "stationary"
        assert by_torch.loss == pytest.approx(by_numpy.loss, abs=1e-10)
        assert by_torch.gap == pytest.approx(by_numpy.gap, rel=1e-6)


@pytest.mark.parametrize("dimension", [1, 2, 3, 4])
def test_kernel_sums_on_the_cpu(dimension, seed):
    points, weights = random_vectors(300, dimension, seed), np.random.default_rng([seed, 1]).standard_normal((300, 5))
    tensors = torch.from_numpy(points), torch.from_numpy(weights)
    expansion = KernelExpansion(dimension, 0.8, 1e-13)
    by_numpy, by_torch = expansion.sums(points, points, weights), expansion.sums(tensors[0], *tensors)
    np.testing.assert_allclose(by_torch.numpy(), by_numpy, atol=1e-11)
    np.testing.assert_allclose(expansion.among(tensors[0])(tensors[1]).numpy(), by_numpy, atol=1e-11)
    np.testing.assert_allclose(exact_sums(tensors[0], *tensors, 0.8).numpy(), by_numpy, atol=1e-10)


@pytest.mark.gpu
def test_solver_on_a_gpu(monkeypatch, seed):
    graph = PATTERN.sample(n=300, seed=seed)
    agree(minimise_on_graph(graph, device="cuda"), minimise_on_graph(graph))
    monkeypatch.setattr(graph_module, "DENSE_ORDER", 100)
    sparse = thinned(PATTERN, 2100, 400).sample(n=2100, seed=seed)
    agree(minimise_on_graph(sparse, dimension=2, device="cuda"), minimise_on_graph(sparse, dimension=2))


@pytest.mark.gpu
def test_kernel_sums_on_a_gpu(seed):
    points = random_vectors(20_000, 3, seed)
    weights = np.concatenate([np.ones((20_000, 1)), points], axis=1)
    expansion = KernelExpansion(3, 1.0, 1e-13)
    there = [torch.from_numpy(array).to("cuda") for array in (points, weights)]
    expected = expansion.sums(points, points, weights)
    largest = np.abs(expected).max()
    np.testing.assert_allclose(expansion.sums(there[0], *there).cpu().numpy(), expected, atol=1e-11 * largest)
