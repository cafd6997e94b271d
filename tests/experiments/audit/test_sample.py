"""Rows and columns as an audit takes them: any labels, refusals by column and row, and even draws."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from contrastive_claims.experiments.audit.sample import MOST_GROUPS, even_rows, sample_of

X = np.random.default_rng(0).normal(size=(6, 4))
Y = np.array(["a", "b"] * 3)


def refused(message, vectors=X, labels=Y, **more):
    with pytest.raises(ValueError, match=message) as caught:
        sample_of("file", vectors, labels, **more)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "labels",
    [
        ["é", "ß"] * 3,
        [3, -7] * 3,
        np.array([1.0, 2.0] * 3),
        [True, False] * 3,
        torch.tensor([0, 1] * 3),
        np.array([b"x", b"y"] * 3),
        np.array(["a", "b"] * 3, dtype=object),
        np.array([2**63 + 1, 5] * 3, np.uint64),
    ],
)
def test_labels_of_any_plain_kind(labels):
    found = sample_of("file", X, labels)
    assert len(found.labels.names) == 2 and found.labels.sizes.tolist() == [3, 3] and found.groups is found.labels
    assert all(isinstance(name, str) for name in found.labels.names)


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, np.int8])
def test_rows_become_unit_and_the_given_ones_stay(kind):
    rows = (10 * X).astype(kind)
    before = rows.copy()
    found = sample_of("file", rows, Y).points
    assert found.dtype == np.float32 and np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
    assert np.array_equal(rows, before)
    assert np.allclose(found, rows / np.linalg.norm(rows.astype(float), axis=1, keepdims=True), atol=1e-3)
    huge = X * np.array([1e30, 1e-30, 1, 1, 1, 1])[:, None]
    assert np.allclose(sample_of("file", huge, Y).points, sample_of("file", X, Y).points, atol=1e-6)


def test_what_cannot_be_audited_is_named():
    for bad, word in ((np.nan, "NaN or infinity"), (np.inf, "NaN or infinity")):
        broken = X.copy()
        broken[3, 1] = bad
        refused(f"file: column 'embeddings', row 3: {word}", broken)
    broken = X.copy()
    broken[5] = 0
    refused("row 5: all zeros", broken)
    refused("holds one value only, 'a'", labels=["a"] * 6)
    refused(r"'labels' has shape \(5,\), but there are 6 rows", labels=Y[:5])
    refused("'b' has one row.*--least 2", labels=["a"] * 5 + ["b"])
    refused("'labels', row 2: is missing", labels=["a", "b", None, "a", "b", "a"])
    refused("row 1: 0.5 is no class", labels=[0, 0.5, 1, 0, 1, 0])
    refused("matrix of numbers", X[0])
    refused("matrix of numbers", X.astype(complex))
    refused("'groups' has shape", groups=Y[:2])
    refused("'bias' holds one value only", bias=[1] * 6)
    refused("5000 numbers a row; up to 4096", np.ones((6, 5000)))
    refused("no group has 9 rows", least=9)
    many = MOST_GROUPS + 1
    refused("more than 2,000 different values.*is it an id", np.ones((many, 2)), np.arange(many))


def test_ten_million_labels_all_distinct_are_refused_at_once():
    from time import process_time

    from contrastive_claims.experiments.audit.sample import factor_of

    labels = np.arange(10_000_000)
    start = process_time()
    with pytest.raises(ValueError, match="is it an id"):
        factor_of(labels, len(labels), "file: column 'label'")
    assert process_time() - start < 5


def test_a_label_column_called_bias_is_no_bias():
    found = sample_of("file", X, Y, columns=("bias", "", ""))
    assert found.bias is None and found.groups is found.labels


def test_small_groups_are_left_out_where_that_is_asked_for():
    found = sample_of("file", X, ["a", "a", "a", "b", "b", "c"], least=2, bias=[0, 1, 0, 1, 0, 1])
    assert found.labels.names == ("a", "b") and len(found.points) == 5 and found.bias is not None
    assert found.labels.codes.tolist() == [0, 0, 0, 1, 1]


@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), st.integers(6, 120), st.integers(0, 99))
def test_even_draws(sizes, total, seed):
    codes = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(sizes)), sizes))
    rows = even_rows(codes, total, np.random.default_rng(seed))
    drawn = np.bincount(codes[rows], minlength=len(sizes))
    assert (np.diff(rows) > 0).all() and len(rows) <= max(total, len(sizes))
    cap = drawn.max()
    assert (drawn == np.minimum(sizes, cap)).all()  # nobody has fewer than another but for want of rows
    if len(codes) > total:
        assert len(rows) > total - len(sizes)
    else:
        assert len(rows) == len(codes)
