"""Embeddings, labels, blocks and weights as this package takes them: what is converted, what is refused and by which name."""

import numpy as np
import pandas
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from contrastive_claims.theory.harms.samples import (
    as_classes,
    as_matrix,
    as_rows,
    group_means,
    of_unit_size,
    whole_or_names,
)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.int32])
def test_a_matrix_from_a_tensor_is_float64_and_has_left_the_graph(dtype):
    tensor = torch.tensor([[1, -2, 3]]).to(dtype)
    found = as_matrix(tensor.requires_grad_() if tensor.is_floating_point() else tensor)
    assert isinstance(found, np.ndarray) and found.dtype == np.float64
    np.testing.assert_array_equal(found, [[1, -2, 3]])


def test_one_number_is_a_matrix_and_less_or_more_axes_are_none():
    assert as_matrix([[5]]).tolist() == [[5.0]]
    for wrong in (5.0, [1.0], [], [[]], np.zeros((0, 3)), np.ones((1, 1, 1))):
        with pytest.raises(ValueError, match=r"head: must be a matrix \[N, D\]"):
            as_matrix(wrong, "head")


def test_the_first_row_that_is_not_finite_is_named():
    for bad in (np.nan, np.inf, -np.inf):
        with pytest.raises(ValueError, match="embeddings: row 1 holds NaN or infinity"):
            as_matrix([[0.0, 1], [bad, 1], [bad, bad], [0, 0]])
        with pytest.raises(ValueError, match="within: row 0"):
            as_matrix([[0.0, bad]], "within")


@pytest.mark.parametrize(
    "labels",
    [
        [2, 0, 1],
        np.array([2, 0, 1], np.uint8),
        np.array([2.0, 0, 1], np.float32),
        np.array([2, 0, 1], object),
        torch.tensor([2, 0, 1]),
        ["c", "a", "b"],
        np.array(["c", "a", "b"], object),
        np.array([b"c", b"a", b"b"]),
        pandas.Series(["c", "a", "b"]),
    ],
    ids=lambda labels: f"{type(labels).__name__} of {getattr(labels, 'dtype', type(labels[0]).__name__)}",
)
def test_classes_are_numbers_or_the_places_of_sorted_names(labels):
    for count in (3, None):
        found = as_classes(labels, count)
        assert found.tolist() == [2, 0, 1] and np.issubdtype(found.dtype, np.integer)


def test_booleans_are_two_classes():
    for labels in ([False, True], np.array([False, True], object), torch.tensor([False, True])):
        assert as_classes(labels, 2).tolist() == [0, 1]


def test_every_class_must_occur_unless_told_otherwise():
    assert as_classes([0], 1).tolist() == [0] and as_classes([1, 3], 2, complete=False).tolist() == [1, 3]
    for labels, absent in (([0, 2], 1), ([1, 1], 0), ([0, 1, 3], 2), ([3, 2, 1], 0), ([0, 0, 10**15], 1)):
        with pytest.raises(ValueError, match=f"labels: must use every class from 0 to the largest; {absent} is absent"):
            as_classes(labels, None)


@pytest.mark.parametrize(
    ("labels", "count", "message"),
    [
        ([0, 1], 3, r"group: must be 3 integers, got int64 of shape \(2,\)"),
        ([], None, "group: must be some integers"),
        ([], 0, "group: must be some integers"),
        (np.array([], str), None, "group: must be some integers"),
        (3, None, r"group: must be 1 integers, got int64 of shape \(\)"),
        ([[0, 1]], None, r"group: must be 2 integers, got int64 of shape \(1, 2\)"),
        ([["a", "b"]], None, r"group: must be 2 integers, got <U1 of shape \(1, 2\)"),
        ([0.5, 1], 2, "group: must be 2 integers, got float64"),
        (torch.tensor([0.0, 1.0]), 2, "group: must be 2 integers, got float32"),
        (np.array([1j, 0]), 2, "group: must be 2 integers, got complex128"),
        ([0, -1], 2, "group: must be 0 or larger, got -1"),
        (np.array(["a", 1], object), 2, "group: cannot be compared with each other"),
    ],
)
def test_labels_that_are_no_classes_are_named(labels, count, message):
    with pytest.raises(ValueError, match=message):
        as_classes(labels, count, "group", complete=False)


@pytest.mark.parametrize("missing", [None, float("nan"), pandas.NA, pandas.NaT], ids=str)
def test_a_missing_label_is_named_by_its_place(missing):
    for labels, place in ((["a", missing, "b"], 1), ([0, 1, missing], 2), ([missing, missing], 0)):
        array = np.empty(len(labels), object)
        array[:] = labels
        with pytest.raises(ValueError, match=rf"names\[{place}\] is missing"):
            whole_or_names(array, "names")
    with pytest.raises(ValueError, match=r"labels\[2\] is missing \(NaN\)"):
        whole_or_names([0.0, 1.5, np.nan, np.nan])


def test_whole_numbers_become_integers_and_others_stay():
    for labels in ([0.0, 2.0], [0, 2], np.array([np.int8(0), 2], object), np.array([False, 2], object)):
        assert whole_or_names(labels).dtype == np.int64 and whole_or_names(labels).tolist() == [0, 2]
    assert whole_or_names([True, False]).dtype == np.int64
    assert whole_or_names([0.0, 0.5]).tolist() == [0, 0.5]
    assert whole_or_names(torch.tensor([0.0, 1.0])).dtype == np.float32  # a tensor says itself what it holds
    for labels in (["a", "b"], [0, "a"], [0, 0.5]):
        kept = whole_or_names(np.array(labels, object))
        assert kept.dtype == object and kept.tolist() == labels
    assert whole_or_names(np.array([], object)).dtype == object


def test_rows_come_with_groups_and_blocks():
    points, groups, blocks = as_rows(np.ones((3, 2), np.float32), ["b", "a", "b"], [2, 0, 0])
    assert points.dtype == np.float32 and groups.tolist() == [1, 0, 1] and blocks.tolist() == [2, 0, 0]
    assert as_rows([[1]], [0], [1])[2].tolist() == [1]  # one row may lie in the second of two blocks
    assert as_rows(np.array([[2]], np.uint8), [0], [0])[0].dtype == np.uint8
    assert as_rows([[np.nextafter(1e150, 0)]], [0], [0])[0].shape == (1, 1)


@pytest.mark.parametrize(
    ("points", "groups", "blocks", "message"),
    [
        ([1.0], [0], [0], r"points: must be a matrix \[N, D\] of numbers, got float64 of shape \(1,\)"),
        (np.ones((1, 1, 1)), [0], [0], "points: must be a matrix"),
        (np.ones((2, 0)), [0, 0], [0, 0], "points: must be a matrix"),
        ([["a"]], [0], [0], "points: must be a matrix"),
        ([[True]], [0], [0], "points: must be a matrix"),
        ([[1j]], [0], [0], "points: must be a matrix"),
        ([[np.nan]], [0], [0], "points: must be finite, and below 1e150"),
        ([[1e150]], [0], [0], "points: must be finite, and below 1e150"),
        ([[-1e150]], [0], [0], "points: must be finite, and below 1e150"),
        (np.array([[np.inf]], np.float32), [0], [0], "points: must be finite, and below 1e150"),
        (np.ones((2, 1)), [0, 2], [0, 1], "kinds: must use every class from 0 to the largest; 1 is absent"),
        (np.ones((2, 1)), [0], [0, 1], "kinds: must be 2 integers"),
        (np.ones((2, 1)), [0, 0], [0], "blocks: must be 2 integers"),
        (np.ones((3, 1)), [0, 0, 0], [0, 1, 3], "blocks: numbers must lie below the number of rows, 3, got 3"),
        ([[1.0]], [0], [2], "blocks: numbers must lie below the number of rows, 1, got 2"),
    ],
)
def test_rows_that_do_not_fit_are_named(points, groups, blocks, message):
    with pytest.raises(ValueError, match=message):
        as_rows(points, groups, blocks, "kinds")


def test_groups_are_called_so_by_default():
    with pytest.raises(ValueError, match="groups: must use every class"):
        as_rows(np.ones((2, 1)), [0, 2], [0, 1])


@settings(deadline=None, max_examples=20)
@given(arrays(np.float64, (2, 3), elements=st.floats(-1e100, 1e100, allow_subnormal=False)))
def test_unit_size_is_a_power_of_two_away(points):
    found = of_unit_size(points)
    if not points.any():
        assert not found.any()
        return
    largest = np.abs(points).argmax()
    assert 0.5 <= np.abs(found).max() < 1
    power = found.ravel()[largest] / points.ravel()[largest]
    assert np.frexp(power)[0] == 0.5
    seen = np.abs(points) > 1e-150 * np.abs(points).max()
    np.testing.assert_array_equal(found[seen], (points * power)[seen])


def test_unit_size_of_ones_halves_and_nothing():
    assert of_unit_size(np.array([1.0, -0.5])).tolist() == [0.5, -0.25]
    assert of_unit_size(np.array([0.1, -0.2])).tolist() == [0.4, -0.8]
    assert of_unit_size(np.zeros((0, 2))).shape == (0, 2)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_group_means_are_weighted_sums_in_every_resample(seed):
    generator = np.random.default_rng(seed)
    values, groups = generator.normal(size=(7, 2)), generator.integers(3, size=7)
    weights = generator.integers(0, 3, size=(2, 3, 7))
    found = group_means(values, groups, 4, weights)
    assert found.shape == (2, 3, 4, 2)
    plain = group_means(values, groups, 4)
    for k in range(4):
        here = groups == k
        np.testing.assert_allclose(plain[k], values[here].mean(axis=0) if here.any() else [np.nan] * 2)
        for index in np.ndindex(2, 3):
            total = weights[index][here].sum()
            expected = weights[index][here] @ values[here] / total if total else [np.nan] * 2
            np.testing.assert_allclose(found[index][k], expected, atol=1e-14)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (1.0, r"weights: must be \[..., 2\], one number per sample, got shape \(\)"),
        ([1.0], r"weights: must be \[..., 2\], one number per sample, got shape \(1,\)"),
        (np.ones((2, 3)), r"weights: must be \[..., 2\]"),
        ([1.0, -1e-300], "weights: must be finite and nonnegative"),
        ([1.0, np.inf], "weights: must be finite and nonnegative"),
        ([1.0, np.nan], "weights: must be finite and nonnegative"),
    ],
)
def test_weights_that_are_none_are_named(weights, message):
    with pytest.raises(ValueError, match=message):
        group_means(np.ones((2, 1)), np.array([0, 0]), 1, weights)
