"""The nearest rows of an audit against a double loop, and their vote."""

import numpy as np

from contrastive_claims.experiments.audit.numbers import neighbours, voted


def test_neighbours_are_the_double_loop_and_no_row_is_its_own(seed):
    points = np.random.default_rng([seed, 600]).normal(size=(530, 3)).astype(np.float32)  # more than one piece of 512
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    found = neighbours(points, 4)
    for row in (0, 1, 511, 512, 529):
        cosines = [float(points[row] @ points[other]) if other != row else -2.0 for other in range(len(points))]
        np.testing.assert_allclose([cosines[k] for k in found[row]], sorted(cosines)[:-5:-1], atol=1e-6)
    assert (found != np.arange(530)[:, None]).all()


def test_the_lowest_of_equal_votes():
    near, codes = np.array([[0, 1, 2], [1, 2, 3], [0, 3, 3]]), np.array([2, 1, 1, 0])
    assert voted(near, codes, 3).tolist() == [1, 1, 0]
    assert voted(near[:1, :2], codes, 3).tolist() == [1]
