"""Laws of the representation harm, hand-placed angles, and a double loop as oracle."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.theory.harms import (
    class_cosines,
    class_separation,
    effective_rank,
    harm_of_cosines,
    kept_of_cosines,
    nearest_class,
    representation_harm,
    separation_kept,
    separation_of_cosines,
)

seeds = st.integers(0, 2**32 - 1)


def sample(seed, classes=3, dimension=4):
    """Random embeddings of unequal class sizes, shuffled."""
    generator = np.random.default_rng(seed)
    labels = generator.permutation(np.repeat(np.arange(classes), generator.integers(1, 5, classes)))
    return generator.normal(size=(len(labels), dimension)), labels, generator


def angles(*degrees):
    radians = np.radians(degrees)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1)


@settings(deadline=None, max_examples=50)
@given(seeds)
def test_class_cosines_are_the_double_loop(seed):
    embeddings, labels, _ = sample(seed)
    found = class_cosines(embeddings, labels)
    for i in range(3):
        for j in range(3):
            pairs = [
                a @ b / (np.linalg.norm(a) * np.linalg.norm(b))
                for a in embeddings[labels == i]
                for b in embeddings[labels == j]
            ]
            assert found[i, j] == pytest.approx(np.mean(pairs), abs=1e-12)


@settings(deadline=None, max_examples=50)
@given(seeds)
def test_rotation_length_and_order_do_not_matter(seed):
    first, labels, generator = sample(seed)
    second = generator.normal(size=first.shape)
    expected = representation_harm(first, second, labels)
    rotation, _ = np.linalg.qr(generator.normal(size=(4, 4)))
    lengths = generator.uniform(0.1, 10, (len(first), 1))
    order = generator.permutation(len(first))
    found = representation_harm((lengths * first @ rotation)[order], second[order], labels[order])
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@settings(deadline=None, max_examples=50)
@given(seeds)
def test_renaming_classes_permutes_rows_and_columns(seed):
    first, labels, generator = sample(seed)
    second = generator.normal(size=first.shape)
    names = generator.permutation(3)
    expected, found = (representation_harm(first, second, k) for k in (labels, names[labels]))
    np.testing.assert_allclose(found[np.ix_(names, names)], expected, rtol=1e-9)


@settings(deadline=None, max_examples=50)
@given(seeds)
def test_identical_embeddings_give_one_and_an_undefined_diagonal(seed):
    embeddings, labels, _ = sample(seed)
    harm = representation_harm(embeddings, embeddings, labels)
    assert np.isnan(np.diag(harm)).all()
    np.testing.assert_array_equal(harm[~np.eye(3, dtype=bool)], 1)


@settings(deadline=None, max_examples=50)
@given(seeds)
def test_swapping_the_encoders_inverts(seed):
    first, labels, generator = sample(seed)
    second = generator.normal(size=first.shape)
    product = representation_harm(first, second, labels) * representation_harm(second, first, labels)
    np.testing.assert_allclose(product[~np.eye(3, dtype=bool)], 1, rtol=1e-9)


def test_hand_placed_angles():
    labels = [0, 0, 1, 2]
    balanced, undersampled = angles(80, 100, 0, 180), angles(50, 70, 0, 180)
    # class 0 moves from 80 and 100 degrees to 50 and 70: towards class 1, away from class 2; 1 and 2 stay antipodal
    c01, c02 = (
        (np.cos(np.radians(50)) + np.cos(np.radians(70))) / 2,
        (np.cos(np.radians(130)) + np.cos(np.radians(110))) / 2,
    )
    expected = np.array([[np.nan, 1 - c01, 1 - c02], [1 - c01, np.nan, 1], [1 - c02, 1, np.nan]])
    np.testing.assert_allclose(representation_harm(undersampled, balanced, labels), expected, atol=1e-12)
    assert nearest_class(class_cosines(undersampled, labels), 0) == 1
    assert nearest_class(class_cosines(undersampled, labels), 2) == 0


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 6), st.floats(1e-3, 1e3))
def test_effective_rank_of_equal_singular_values_is_their_number(rank, scale):
    matrix = np.zeros((8, 6))
    matrix[:rank, :rank] = scale * np.eye(rank)
    assert effective_rank(matrix) == pytest.approx(rank)


def test_effective_rank_by_hand():
    # singular values 3 and 1: shares 3/4 and 1/4
    assert effective_rank(np.diag([3.0, 1.0])) == pytest.approx(4 / 3**0.75)


@pytest.mark.parametrize(
    ("embeddings", "labels", "message"),
    [
        (np.ones(3), [0, 1, 2], "embeddings: must be a matrix"),
        (np.ones((2, 2)), [0], "labels: must be 2 integers"),
        (np.ones((2, 2)), [0.5, 1.0], "labels: must be 2 integers"),
        (np.ones((2, 2)), [0, 2], "labels: must use every class"),
        (np.ones((2, 2)), [-1, 0], "labels: must be 0 or larger"),
        ([[1.0, 0], [0, 0]], [0, 1], "embeddings: row 1"),
        ([[np.nan, 0], [0, 1]], [0, 1], "embeddings: row 0"),
    ],
)
def test_bad_input_is_named(embeddings, labels, message):
    with pytest.raises(ValueError, match=message):
        class_cosines(embeddings, labels)


def test_coinciding_balanced_classes_are_refused():
    with pytest.raises(ValueError, match="balanced: classes 0 and 1"):
        representation_harm(angles(0, 90), angles(30, 30), [0, 1])
    with pytest.raises(ValueError, match="zero matrix has no effective rank"):
        effective_rank(np.zeros((2, 2)))


def classes_of_two_or_more(seed):
    generator = np.random.default_rng(seed)
    labels = generator.permutation(np.repeat(np.arange(3), generator.integers(2, 6, 3)))
    return generator.normal(size=(len(labels), 4)), labels, generator


@settings(deadline=None, max_examples=50)
@given(seeds)
def test_separation_is_fisher_s_ratio(seed):
    embeddings, labels, _ = classes_of_two_or_more(seed)
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    groups = [unit[labels == k] for k in range(3)]
    found = class_separation(embeddings, labels)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        gap = groups[i].mean(axis=0) - groups[j].mean(axis=0)
        expected = gap @ gap / (groups[i].var(axis=0).sum() + groups[j].var(axis=0).sum())
        assert found[i, j] == pytest.approx(expected, rel=1e-9) and found[j, i] == found[i, j]
    assert np.isnan(np.diag(found)).all()


@settings(deadline=None, max_examples=50)
@given(seeds, st.floats(0.1, 1.4))
def test_a_direction_that_all_share_moves_rh_and_not_what_is_kept(seed, angle):
    first, labels, generator = classes_of_two_or_more(seed)
    second = generator.normal(size=first.shape)
    unit = first / np.linalg.norm(first, axis=1, keepdims=True)
    mixed = np.hstack([np.cos(angle) * unit, np.full((len(unit), 1), np.sin(angle))])
    off = ~np.eye(3, dtype=bool)
    kept = separation_kept(first, second, labels)
    np.testing.assert_allclose(separation_kept(mixed, second, labels)[off], kept[off], rtol=1e-9)
    plain, moved = (representation_harm(each, second, labels)[off] for each in (first, mixed))
    np.testing.assert_allclose(moved, np.cos(angle) ** 2 * plain, rtol=1e-9)  # a "harm" without a merger


@settings(deadline=None, max_examples=50)
@given(seeds)
def test_what_is_kept_obeys_the_laws_of_rh(seed):
    first, labels, generator = classes_of_two_or_more(seed)
    second = generator.normal(size=first.shape)
    off = ~np.eye(3, dtype=bool)
    kept = separation_kept(first, second, labels)
    np.testing.assert_allclose((kept * separation_kept(second, first, labels))[off], 1, rtol=1e-9)
    rotation, _ = np.linalg.qr(generator.normal(size=(4, 4)))
    order = generator.permutation(len(first))
    found = separation_kept((3 * first @ rotation)[order], second[order], labels[order])
    np.testing.assert_allclose(found, kept, rtol=1e-8)
    counts = generator.integers(1, 4, len(first))
    twice = np.repeat(np.arange(len(first)), counts)
    found = separation_kept(first, second, labels, counts)
    np.testing.assert_allclose(found, separation_kept(first[twice], second[twice], labels[twice]), rtol=1e-8)


def test_merged_classes_keep_nothing_and_single_points_are_named():
    labels, wide = np.array([0, 0, 1, 1]), angles(0, 20, 100, 120)
    assert separation_kept(angles(0, 90, 90, 0), wide, labels)[0, 1] == pytest.approx(0, abs=1e-12)
    with pytest.raises(ValueError, match="embeddings: classes 0 and 1 are single points"):
        class_separation(angles(0, 0, 90, 90), labels)
    with pytest.raises(ValueError, match="balanced: classes 0 and 1 have one mean"):
        separation_kept(wide, angles(0, 90, 90, 0), labels)


EPS = np.finfo(float).eps


def cosines_of(classes, *entries):
    """Class cosines with diagonal 1/2, pairs 0, and these entries (i, j, value)."""
    found = np.eye(classes) / 2
    for i, j, value in entries:
        found[i, j] = found[j, i] = value
    return found


def test_ratios_are_defined_beyond_rounding():
    """The threshold is K eps, of a distance or of a spread."""
    for classes in (2, 3):
        for units, refused in ((classes - 1, True), (classes, False)):
            near = cosines_of(classes, (0, 1, 1 - units * EPS))
            single = cosines_of(classes, (0, 0, 1 - units * EPS / 2), (1, 1, 1 - units * EPS / 2))
            merged = cosines_of(classes, (0, 1, 0.5 - units * EPS / 2))
            fine = cosines_of(classes)
            for call, message in (
                (lambda a=near, b=fine: harm_of_cosines(b, a), "balanced: classes 0 and 1 have cosine 1"),
                (lambda a=single: separation_of_cosines(a), "embeddings: classes 0 and 1 are single points"),
                (lambda a=merged, b=fine: kept_of_cosines(b, a), "balanced: classes 0 and 1 have one mean"),
            ):
                if refused:
                    with pytest.raises(ValueError, match=message):
                        call()
                else:
                    assert np.isfinite(call()[0, 1])


def test_a_pair_without_a_ratio_is_named_in_any_resample():
    fine = np.stack([cosines_of(3)] * 2)
    for call, entries, message in (
        (lambda c: harm_of_cosines(fine, c), [(1, 2, 1.0)], "balanced: classes 1 and 2 have cosine 1"),
        (separation_of_cosines, [(1, 1, 1.0), (2, 2, 1.0)], "embeddings: classes 1 and 2 are single points"),
        (lambda c: kept_of_cosines(fine, c), [(1, 2, 0.5)], "balanced: classes 1 and 2 have one mean"),
    ):
        with pytest.raises(ValueError, match=message):
            call(np.stack([cosines_of(3), cosines_of(3, *entries)]))


@pytest.mark.parametrize("call", [harm_of_cosines, kept_of_cosines])
def test_cosines_that_do_not_fit_are_named(call):
    for wrong in (np.ones(2), np.ones((2, 3)), np.ones((0, 0)), 1.0, np.ones((2, 3, 2))):
        for arguments, name in (((wrong, np.eye(2)), "undersampled"), ((np.eye(2), wrong), "balanced")):
            with pytest.raises(ValueError, match=rf"{name}: must be class cosines \[..., K, K\], got shape"):
                call(*arguments)
        with pytest.raises(ValueError, match="cosines: must be class cosines"):
            separation_of_cosines(wrong)
    with pytest.raises(ValueError, match=r"undersampled \(2, 2\) and balanced \(3, 3\) do not fit"):
        call(np.eye(2) / 2, np.eye(3) / 2)


def test_ratios_of_several_resamples_are_those_of_each(seed):
    generator = np.random.default_rng([seed, 1])
    labels = np.repeat(np.arange(3), 4)
    first, second = generator.normal(size=(2, 12, 5))
    weights = generator.integers(1, 4, size=(2, 3, 12))
    for measure in (
        lambda w: representation_harm(first, second[:, :4], labels, w),
        lambda w: separation_kept(first, second[:, :4], labels, w),
        lambda w: class_separation(first, labels, w),
        lambda w: class_cosines(first, labels, w),
    ):
        found = measure(weights)
        assert found.shape == (2, 3, 3, 3)
        for index in np.ndindex(2, 3):
            np.testing.assert_allclose(found[index], measure(weights[index]), rtol=1e-12)
        assert measure(None).shape == (3, 3)
    with pytest.raises(ValueError, match="weights: every class needs a positive weight in every resample"):
        class_cosines(first, labels, np.where(np.arange(12) < 4, 0, weights[0]))


def test_the_input_stays_as_it_is():
    one, other = cosines_of(3, (0, 1, 0.2)), cosines_of(3, (0, 2, 0.1))
    kept = one.copy(), other.copy()
    harm_of_cosines(one, other)
    assert nearest_class(one, 0) == 1
    np.testing.assert_array_equal((one, other), kept)


def test_the_nearest_class_is_another_one_and_the_lowest_of_equals():
    cosines = [[1, -0.5, -0.7], [-0.5, 1, -0.5], [-0.7, -0.5, 1]]
    assert [nearest_class(cosines, row) for row in range(3)] == [1, 0, 1]
    assert nearest_class(np.eye(2), 0) == 1
    for wrong, row in ((cosines, 3), (cosines, -1), ([[1.0]], 0), (np.ones((1, 2, 2)), 0)):
        with pytest.raises(ValueError, match="row: must be one of two classes or more, got"):
            nearest_class(wrong, row)


def test_effective_rank_leaves_out_what_is_zero_and_does_not_see_the_size():
    for size in (1.0, 1e200, 1e-200):
        assert effective_rank(size * np.diag([3.0, 1.0, 0.0])) == pytest.approx(4 / 3**0.75)
    assert effective_rank([[-2.0]]) == 1
