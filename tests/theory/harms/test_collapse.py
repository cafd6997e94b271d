"""Neural collapse and spread: zero at the simplex, unchanged by what should not matter, double loops as twins."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.theory.harms import (
    collapse_monitor,
    collapse_of_moments,
    effective_rank,
    feature_spread,
    neural_collapse,
)
from contrastive_claims.theory.sphere import normalise, simplex_etf

seeds = st.integers(0, 2**32 - 1)


def sample(seed, classes=3, dimension=5):
    """Random embeddings of unequal class sizes, shuffled; a random head."""
    generator = np.random.default_rng(seed)
    labels = generator.permutation(np.repeat(np.arange(classes), generator.integers(2, 6, classes)))
    return (
        generator.normal(size=(len(labels), dimension)),
        labels,
        generator.normal(size=(classes, dimension)),
        generator,
    )


@settings(deadline=None, max_examples=30)
@given(st.integers(2, 6), st.integers(0, 3), seeds, st.floats(0.1, 10))
def test_the_simplex_is_full_collapse(classes, spare, seed, scale):
    generator = np.random.default_rng(seed)
    frame = scale * simplex_etf(classes, classes - 1 + spare)
    labels = generator.permutation(np.repeat(np.arange(classes), generator.integers(1, 5, classes)))
    found = neural_collapse(frame[labels] + generator.normal(size=frame.shape[1]), labels, 7 * frame + 0.3)
    np.testing.assert_allclose(found, 0, atol=1e-10)


@settings(deadline=None, max_examples=50)
@given(seeds)
def test_rotation_translation_scale_order_and_duplication_change_nothing(seed):
    embeddings, labels, head, generator = sample(seed)
    rotation, _ = np.linalg.qr(generator.normal(size=(5, 5)))
    order = generator.permutation(np.tile(np.arange(len(labels)), 2))
    expected = neural_collapse(embeddings, labels, head)
    moved = 3 * embeddings @ rotation + generator.normal(size=5)
    shift = generator.normal(size=5)  # of all rows of the head: softmax does not see it
    found = neural_collapse(moved[order], labels[order], 2 * head @ rotation + shift)
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-12)
    turned = collapse_monitor((embeddings @ rotation)[order], labels[order])
    assert turned == pytest.approx(collapse_monitor(embeddings, labels), rel=1e-8)


@settings(deadline=None, max_examples=50)
@given(seeds, st.integers(2, 4), st.integers(1, 6))
def test_neural_collapse_is_its_formula(seed, classes, dimension):
    """Twin: explicit scatter matrices from loops over samples, numpy's pseudo-inverse, loops over pairs."""
    embeddings, labels, head, _ = sample(seed, classes, dimension)
    means = [embeddings[labels == k].mean(axis=0) for k in range(classes)]
    centre = sum(means) / classes
    within = np.zeros((dimension, dimension))
    between = np.zeros((dimension, dimension))
    for k in range(classes):
        members = embeddings[labels == k]
        for point in members:
            within += np.outer(point - means[k], point - means[k]) / len(members) / classes
        between += np.outer(means[k] - centre, means[k] - centre) / classes
    norms = [np.linalg.norm(mean - centre) for mean in means]
    angles = [
        abs((means[k] - centre) @ (means[j] - centre) / (norms[k] * norms[j]) + 1 / (classes - 1))
        for k in range(classes)
        for j in range(k)
    ]
    head_centred = head - head.mean(axis=0)
    stacked = np.stack(means) - centre
    expected = (
        np.trace(within @ np.linalg.pinv(between, rcond=1e-10, hermitian=True)) / classes,
        np.std(norms) / np.mean(norms),
        np.mean(angles),
        np.linalg.norm(head_centred / np.linalg.norm(head_centred) - stacked / np.linalg.norm(stacked)),
    )
    np.testing.assert_allclose(neural_collapse(embeddings, labels, head), expected, rtol=1e-6, atol=1e-10)


def test_each_part_sees_its_own_departure():
    frame, labels = simplex_etf(4), np.repeat(np.arange(4), 2)
    noise = 0.1 * np.tile([1.0, -1.0], 4)[:, None] * np.array([1.0, 0, 0])
    noisy = neural_collapse(frame[labels] + noise, labels)
    # S_B of K unit vectors of the simplex is I/(K-1), so NC1 = (K-1)/K |noise|^2
    assert noisy.nc1 == pytest.approx(3 / 4 * 0.01) and max(noisy.nc2_norms, noisy.nc2_angles) < 1e-10
    assert noisy.nc3 is None
    # orthogonal means of unequal lengths
    square = neural_collapse(np.diag([1.0, 1.0, 2.0]), [0, 1, 2])
    assert square.nc1 == 0 and square.nc2_norms > 0.1 and square.nc2_angles > 0.01
    against = neural_collapse(frame, [0, 1, 2, 3], -frame)
    assert against.nc3 == pytest.approx(2)


def test_merged_classes_are_not_collapse_onto_the_simplex():
    frame = simplex_etf(3)
    merged = np.stack([frame[0], frame[0], frame[2]])
    assert neural_collapse(merged, [0, 1, 2]).nc2_angles > 0.4


@settings(deadline=None, max_examples=50)
@given(seeds)
def test_spread_is_half_the_mean_squared_distance_of_pairs(seed):
    embeddings, labels, _, _ = sample(seed)
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    pairs = [((a - b) ** 2).sum() / 2 for a in unit for b in unit]
    assert feature_spread(embeddings) == pytest.approx(np.mean(pairs))
    within = [((a - unit[labels == k].mean(axis=0)) ** 2).sum() for a, k in zip(unit, labels, strict=True)]
    seen = collapse_monitor(embeddings, labels)
    assert seen["within_spread"] == pytest.approx(np.mean(within))
    assert seen["within_spread"] + seen["between_spread"] == pytest.approx(seen["feature_spread"])


def test_the_monitor_sees_each_collapse(seed):
    generator = np.random.default_rng([seed, 0])
    points = normalise(generator.normal(size=(200, 16)))
    healthy = collapse_monitor(points)
    assert healthy["effective_rank"] > 14 and healthy["feature_spread"] > 0.9
    line = collapse_monitor(np.outer(generator.choice([-1.0, 1.0], 200), points[0]))
    assert line["effective_rank"] == pytest.approx(1) and line["feature_spread"] > 0.9  # dimensions, not the spread
    point = collapse_monitor(points[:1] + 1e-9 * points)
    # the precision that 1 - |mean|^2 computed as such would not have
    assert point["feature_spread"] == pytest.approx(1e-18 * 15 / 16, rel=0.2, abs=0)
    assert point["effective_rank"] == pytest.approx(1, abs=1e-3)
    labels = generator.integers(3, size=200) + 4  # a batch may lack classes
    neural = collapse_monitor(simplex_etf(7)[labels], labels)
    assert neural["within_spread"] < 1e-30 and neural["between_spread"] == pytest.approx(neural["feature_spread"])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_tensors_within_a_training_loop_are_taken(dtype, seed):
    tensor = torch.randn(20, 4, generator=torch.Generator().manual_seed(seed)).to(dtype).requires_grad_()
    labels = torch.arange(20) % 3
    array = tensor.detach().double().numpy()
    assert collapse_monitor(tensor, labels) == collapse_monitor(array, labels.numpy())
    assert neural_collapse(tensor, labels) == neural_collapse(array, labels.numpy())
    assert all(type(value) is float for value in collapse_monitor(tensor, labels).values())
    assert effective_rank(tensor) == effective_rank(array)
    assert tensor.grad is None


@pytest.mark.gpu
def test_a_tensor_on_a_gpu_is_taken(seed):
    tensor = torch.randn(20, 4, generator=torch.Generator().manual_seed(seed))
    assert collapse_monitor(tensor.cuda(), torch.arange(20, device="cuda") % 3) == collapse_monitor(
        tensor, torch.arange(20) % 3
    )


@pytest.mark.parametrize(
    ("embeddings", "labels", "head", "message"),
    [
        (np.ones(3), [0, 1, 2], None, "embeddings: must be a matrix"),
        (np.eye(2), [0, 0], None, "labels: neural collapse needs at least two classes"),
        (np.eye(2), [0, 2], None, "labels: must use every class from 0 to the largest; 1 is absent"),
        ([[1.0, np.inf], [0, 1]], [0, 1], None, "embeddings: row 0 holds NaN or infinity"),
        (np.ones((4, 3)) / 3, [0, 0, 1, 1], None, "embeddings: the mean of class 0 is the centre"),
        ([[0.0], [-1], [1]], [0, 1, 2], None, "embeddings: the mean of class 0 is the centre"),
        (np.eye(2), [0, 1], np.eye(3), r"head: must be \[K, D\] = \(2, 2\)"),
        (np.eye(2), [0, 1], np.ones((2, 2)), "head: all rows are equal"),
    ],
)
def test_bad_input_is_named(embeddings, labels, head, message):
    with pytest.raises(ValueError, match=message):
        neural_collapse(embeddings, labels, head)


def test_a_zero_row_has_no_spread():
    with pytest.raises(ValueError, match="embeddings: row 1 is a zero vector"):
        feature_spread([[1.0, 0], [0, 0]])


def test_the_monitor_never_ends_a_run_for_what_the_network_has_become(seed):
    points = np.random.default_rng(seed).normal(size=(12, 4))
    labels = np.arange(12) % 3
    clean = collapse_monitor(points[2:], labels[2:])
    spoiled = points.copy()
    spoiled[0], spoiled[1, 2] = 0, np.nan
    seen = collapse_monitor(spoiled, labels)
    assert seen.pop("dead_rows") == pytest.approx(2 / 12) and "dead_rows" not in clean
    assert seen == pytest.approx(clean)
    unlabelled = np.where(np.arange(12) < 2, -1, labels)
    seen = collapse_monitor(points, unlabelled)
    for part in ("within_spread", "between_spread"):
        assert seen[part] == pytest.approx(clean[part])
    assert seen["feature_spread"] == collapse_monitor(points)["feature_spread"]
    dead = collapse_monitor(np.zeros((3, 4)), [0, 1, 2])
    assert dead.pop("dead_rows") == 1 and all(np.isnan(value) for value in dead.values())
    assert np.isnan(collapse_monitor(points, -np.ones(12, int))["within_spread"])


def test_the_monitor_takes_views_and_labels_of_any_kind(seed):
    generator = np.random.default_rng(seed)
    first, second = generator.normal(size=(2, 6, 4))
    labels = np.array([0, 1, 2, 0, 1, 2])
    rows = collapse_monitor(np.stack([first, second], 1).reshape(12, 4), labels.repeat(2))
    names = np.array(["a", "b", "c"])[labels]
    for embeddings in ((first, second), [torch.tensor(first), torch.tensor(second)], np.stack([first, second], 1)):
        for named in (
            labels,
            names,
            names.tolist(),
            names.astype(object),
            labels.astype(np.uint8),
            labels.astype(float),
        ):
            assert collapse_monitor(embeddings, named) == pytest.approx(rows)
    assert collapse_monitor((first, second), names, ignore_label="c") == pytest.approx(
        collapse_monitor((first, second), np.where(labels == 2, -1, labels))
    )
    for message, arguments in (
        ("labels: must be 6, one per row, got 5", ((first, second), labels[:5])),
        (r"labels\[2\] is missing", (first, ["a", "b", None, "a", "b", "c"])),
        ("embeddings: all views must have one shape", ((first, second[:3]),)),
        (r"embeddings: must be \[N, D\] or \[B, V, D\]", (first[0],)),
    ):
        with pytest.raises(ValueError, match=message):
            collapse_monitor(*arguments)


def test_names_number_the_classes_in_their_order(seed):
    points, labels = np.random.default_rng(seed).normal(size=(9, 4)), np.arange(9) % 3
    names = np.array(["ant", "bee", "cat"])[labels]
    assert neural_collapse(points, names) == neural_collapse(points, labels)
    assert neural_collapse(points, names.tolist()) == neural_collapse(points, labels.astype(float))


EPS = np.finfo(float).eps


def test_class_means_are_apart_from_their_centre_beyond_rounding():
    """The threshold is 8 eps sqrt(D) of the largest entry: 24 eps for D = 9; class 2 lies 2/3 of its entry from the centre."""
    for scale in (1.0, 2.0**20, -(2.0**-20)):
        means = np.zeros((3, 9))
        means[:2, 0] = scale, -scale
        means[2, 0] = 1.5 * 25 * EPS * scale
        assert collapse_of_moments(means, np.eye(9)).nc2_angles > 0.3
        assert neural_collapse(means, [0, 1, 2]).nc1 == 0
        means[2, 0] = 1.5 * 23 * EPS * scale
        for found in (lambda m=means: collapse_of_moments(m, np.eye(9)), lambda m=means: neural_collapse(m, [0, 1, 2])):
            with pytest.raises(ValueError, match="the mean of class 2 is the centre of all class means"):
                found()


def test_the_largest_entry_may_be_negative():
    means = np.array([[-1.0], [0.5], [0.5], [10 * EPS]])
    for found in (lambda: collapse_of_moments(means, [[1.0]]), lambda: neural_collapse(means, [0, 1, 2, 3])):
        with pytest.raises(ValueError, match="the mean of class 3 is the centre"):
            found()


def test_means_on_a_line_have_one_direction(seed):
    """Noise across the line counts nothing: NC1 is that along it, over K times the means' variance."""
    axis = normalise(np.random.default_rng([seed, 1]).normal(size=(1, 5)))[0]
    places = np.array([0.0, 1, 3])
    found = collapse_of_moments(np.outer(places, axis), np.eye(5) + np.outer(axis, axis))
    assert found.nc1 == pytest.approx(2 / 3 / places.var())
    assert found.nc2_norms == pytest.approx(np.std([4, 1, 5]) / np.mean([4, 1, 5]))
    assert found.nc2_angles == pytest.approx(np.mean([1.5, 0.5, 0.5])) and found.nc3 is None


def test_moments_and_heads_of_any_size():
    means, head = np.array([[1e150, 0], [0, 0], [0, 1e150]]), np.array([[1.0, 0], [0, 0], [0, 1]])
    assert collapse_of_moments(means, np.eye(2), head).nc3 == pytest.approx(0, abs=1e-12)
    for size in (1e200, 1e-200):
        assert neural_collapse(head, [0, 1, 2], size * head).nc3 == pytest.approx(0, abs=1e-12)
        assert neural_collapse(size * head, [0, 1, 2], -head).nc3 == pytest.approx(2)
    for beyond in (1.01e150, -1.01e150):
        with pytest.raises(ValueError, match="means: numbers beyond 1e150"):
            collapse_of_moments(np.array([[beyond], [0]]), [[1.0]])


@pytest.mark.parametrize(
    ("means", "within", "head", "message"),
    [
        ([1.0, 2], np.eye(2), None, r"means: must be a matrix \[N, D\]"),
        ([[np.nan], [1]], [[1.0]], None, "means: row 0 holds NaN"),
        ([[0.0], [1]], [[np.inf]], None, "within: row 0 holds NaN"),
        (np.eye(2, 3), np.eye(2), None, r"within: must be \[D, D\] for means \(2, 3\), got shape \(2, 2\)"),
        (np.eye(2, 3), np.eye(3, 2), None, "within: must be"),
        ([[1.0]], [[1.0]], None, "labels: neural collapse needs at least two classes"),
        (np.eye(2, 3), np.eye(3), np.eye(3), r"head: must be \[K, D\] = \(2, 3\)"),
        (np.eye(2, 3), np.eye(3), np.full((2, 3), 7.0), "head: all rows are equal"),
        (np.eye(2, 3), np.eye(3), [[np.nan] * 3] * 2, "head: row 0 holds NaN"),
    ],
)
def test_moments_that_do_not_fit_are_named(means, within, head, message):
    with pytest.raises(ValueError, match=message):
        collapse_of_moments(means, within, head)


def test_the_monitor_takes_rows_alone_and_one_view(seed):
    points = np.random.default_rng([seed, 2]).normal(size=(6, 4))
    seen = collapse_monitor(points, [0, 1, 2, 0, 1, 2])
    for same in (points.tolist(), [points], (points,), points[:, None], [torch.tensor(points)]):
        assert collapse_monitor(same, [0, 1, 2, 0, 1, 2]) == pytest.approx(seen)
    for wrong in (np.ones((0, 3)), np.ones((2, 2, 2, 2)), np.ones((2, 0)), []):
        with pytest.raises((ValueError, IndexError)):
            collapse_monitor(wrong)
    with pytest.raises(ValueError, match="labels: must be 2, one per row, got 3"):
        collapse_monitor(points.reshape(2, 3, 4), [0, 1, 2])
    with pytest.raises(ValueError, match="labels: must be 6, one per row, got 12"):
        collapse_monitor(points, np.zeros((6, 2)).ravel())


def test_infinite_rows_are_dead_and_left_out(seed):
    points = np.random.default_rng([seed, 3]).normal(size=(5, 4))
    spoiled = np.concatenate([points, np.full((1, 4), np.inf), [[-np.inf, 1, 2, 3]], np.zeros((1, 4))])
    seen = collapse_monitor(spoiled, [0, 1, 0, 1, 1, 0, 5, -1])
    assert seen.pop("dead_rows") == 3 / 8
    assert seen == pytest.approx(collapse_monitor(points, [0, 1, 0, 1, 1]))
    unlabelled = collapse_monitor(spoiled, [0, 1, -1, -1, -1, 0, 5, -1], ignore_label=-1)
    pair = collapse_monitor(points[:2], [0, 1])
    assert unlabelled["within_spread"] == 0 and unlabelled["between_spread"] == pytest.approx(pair["between_spread"])
