"""The solver on problems whose optimum is known, and its honesty where the dimension is too small."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.theory.elliptope import minimise, random_vectors
from contrastive_claims.theory.elliptope.contrastive import ContrastiveObjective


class Linear:
    """f(G) = <C, G>, the max-cut relaxation: the smallest problem of the kind."""

    def __init__(self, matrix):
        self.matrix = matrix

    def at(self, vectors):
        return LinearExpansion(self.matrix, vectors)


class LinearExpansion:
    def __init__(self, matrix, vectors):
        self.matrix = matrix
        self.product = matrix @ vectors
        self.value = float((self.product * vectors).sum())

    def hessian_product(self, direction):
        return self.matrix @ direction

    def dense_gradient(self):
        return np.asarray(self.matrix)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), order=st.integers(2, 25))
def test_staircase_certifies_the_max_cut_relaxation(seed, order):
    matrix = np.random.default_rng(seed).standard_normal((order, order))
    matrix = matrix + matrix.T
    # Rank one is a search over signs: almost always a wrong start, which only the staircase can leave.
    found = minimise(
        Linear(matrix),
        random_vectors(order, 1, seed),
        np.full(order, 1 / order),
        max_dimension=order,
        gap_tolerance=1e-7,
    )
    assert found.status == "certified"
    assert 0 <= found.gap <= 1e-7
    np.testing.assert_allclose((found.vectors**2).sum(-1), 1)
    for other in range(5):
        rows = random_vectors(order, order, seed + other)
        assert np.sum(matrix * (rows @ rows.T)) >= found.loss - found.gap


def test_triangle_needs_two_dimensions():
    # Three vectors as far apart as possible: -3 + 3*... = <C, G> = 2 (G_12 + G_13 + G_23) >= -3, attained at 120 degrees.
    triangle = Linear(np.ones((3, 3)) - np.eye(3))
    third = np.full(3, 1 / 3)
    signs = np.array([[1.0], [1.0], [-1.0]])
    stuck = minimise(triangle, signs, third)
    assert stuck.status == "stationary"
    assert stuck.loss == pytest.approx(-2)
    assert stuck.gap >= 1  # the true suboptimality
    raised = minimise(triangle, signs, third, max_dimension=3)
    assert raised.status == "certified"
    assert raised.loss == pytest.approx(-3, abs=1e-12)
    assert np.linalg.matrix_rank(raised.vectors, tol=1e-6) == 2
    np.testing.assert_allclose(raised.multipliers, [-3, -3, -3])


def test_without_certificate_nothing_is_claimed():
    found = minimise(Linear(np.eye(3)), np.eye(3), np.full(3, 1 / 3), certify=False)
    assert found.gap == np.inf
    assert found.status == "stationary"


def test_running_out_of_iterations_is_reported(seed):
    matrix = np.random.default_rng([seed, 0]).standard_normal((30, 30))
    found = minimise(Linear(matrix + matrix.T), random_vectors(30, 8, seed), np.full(30, 1 / 30), max_iterations=1)
    assert found.status == "not converged"
    assert found.iterations == 1


def test_torch_tensors_give_the_same_optimum(seed):
    generator = np.random.default_rng([seed, 3])
    order = 12
    pairs, kernel = generator.random((2, order, order))
    shares = generator.dirichlet(np.ones(order))
    start = random_vectors(order, order, seed)
    by_numpy = minimise(ContrastiveObjective(pairs / pairs.sum(), shares, kernel, 0.5), start, shares)
    tensors = [torch.from_numpy(x) for x in (pairs / pairs.sum(), shares, kernel)]
    by_torch = minimise(ContrastiveObjective(*tensors, 0.5), torch.from_numpy(start), tensors[1])
    assert by_numpy.status == by_torch.status == "certified"
    assert isinstance(by_torch.vectors, torch.Tensor)
    assert by_torch.loss == pytest.approx(by_numpy.loss, abs=1e-13)


def test_torch_tensors_climb_the_staircase():
    triangle = Linear(torch.ones(3, 3, dtype=torch.float64) - torch.eye(3, dtype=torch.float64))
    start = torch.tensor([[1.0], [1.0], [-1.0]], dtype=torch.float64)
    found = minimise(triangle, start, torch.full((3,), 1 / 3, dtype=torch.float64), max_dimension=3)
    assert found.loss == pytest.approx(-3, abs=1e-12)


@pytest.mark.parametrize(
    ("start", "weights", "message"),
    [
        (np.eye(3), np.full(2, 0.5), "start must be"),
        (np.zeros((2, 2)), np.full(2, 0.5), "no zero row"),
        (np.array([[np.nan, 1.0], [1.0, 0.0]]), np.full(2, 0.5), "finite"),
        (np.eye(2), np.array([1.5, -0.5]), "positive and sum to 1"),
    ],
)
def test_bad_input_is_refused(start, weights, message):
    with pytest.raises(ValueError, match=message):
        minimise(Linear(np.eye(len(start))), start, weights)
