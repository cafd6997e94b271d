"""Laws of the unit sphere's helpers, for numpy arrays and torch tensors."""

import math
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from contrastive_claims.theory.sphere import gram, is_tensor, normalise, simplex_etf


@pytest.mark.parametrize("scale", [1e-300, 1e-30, 1.0, 1e30, 1e300])
@pytest.mark.parametrize("make", [np.asarray, torch.as_tensor])
def test_rows_become_unit_vectors_of_the_same_direction(make, scale, seed):
    rng = np.random.default_rng([seed, 0])
    vectors = rng.normal(size=(2, 5, 3))
    unit = normalise(make(vectors * scale))
    assert is_tensor(unit) == (make is torch.as_tensor)
    expected = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    np.testing.assert_allclose(np.asarray(unit), expected, rtol=1e-14)
    np.testing.assert_allclose(np.asarray(normalise(unit)), expected, rtol=1e-14)


def test_gradient_is_the_projection_on_the_tangent_space():
    vectors = torch.tensor([[3.0, 4.0], [1e-20, 0.0]], dtype=torch.float64, requires_grad=True)
    normalise(vectors)[:, 1].sum().backward()
    assert vectors.grad is not None
    np.testing.assert_allclose(vectors.grad.numpy(), [[-0.8 * 0.6 / 5, 0.6 * 0.6 / 5], [0.0, 1e20]], rtol=1e-12)


@pytest.mark.parametrize("make", [np.asarray, torch.as_tensor])
def test_bad_rows_are_named_unless_validation_is_off(make):
    for value, what in ((0.0, "zero vector"), (math.nan, "NaN or infinity"), (-math.inf, "NaN or infinity")):
        vectors = np.ones((4, 2))
        vectors[2] = value
        with pytest.raises(ValueError, match=f"anchors: row 2 .*{what}"):
            normalise(make(vectors), name="anchors")
        unit = np.asarray(normalise(make(vectors), validate=False))
        assert np.isnan(unit[2]).any() and np.isfinite(unit[[0, 1, 3]]).all()
    for empty in (np.ones((3, 0)), np.float64(1.0)):
        with pytest.raises(ValueError, match="vectors: needs a last axis"):
            normalise(make(empty))


def test_gram_of_a_stack(seed):
    rng = np.random.default_rng([seed, 1])
    vectors = rng.normal(size=(2, 4, 3))
    expected = np.einsum("bik,bjk->bij", vectors, vectors)
    # an inner product of three terms is off by 3 units in the last place of sum |a_k b_k|, which does not cancel as it does
    room = 3 * np.finfo(float).eps * np.einsum("bik,bjk->bij", abs(vectors), abs(vectors))
    for found in (gram(vectors), gram(torch.as_tensor(vectors)).numpy()):
        assert (abs(found - expected) <= room).all()


@given(points=st.integers(2, 12), extra=st.integers(0, 3))
def test_simplex_has_equal_cosines_and_no_mean(points, extra):
    frame = simplex_etf(points, points - 1 + extra)
    assert frame.shape == (points, points - 1 + extra)
    expected = np.full((points, points), -1 / (points - 1)) + np.eye(points) * points / (points - 1)
    np.testing.assert_allclose(gram(frame), expected, atol=1e-14)
    np.testing.assert_allclose(frame.sum(axis=0), 0, atol=1e-14)
    np.testing.assert_array_equal(frame[:, : points - 1], simplex_etf(points))


def test_simplex_refuses_what_does_not_exist():
    with pytest.raises(ValueError, match="points: a simplex needs at least 2, got 1"):
        simplex_etf(1)
    with pytest.raises(ValueError, match="dimension: 4 points need at least 3, got 2"):
        simplex_etf(4, 2)


def test_importing_the_sphere_does_not_import_torch():
    code = "import sys, numpy as np\nfrom theory.sphere import normalise\nnormalise(np.ones((2, 2)))\n"
    code += "sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
