"""Margins and losses of anchors among all rows, against loops and against the losses of the whole set."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from contrastive_claims.theory.margins import anchor_margins, eps_sup_infonce, margin_interval, margins_among
from contrastive_claims.theory.sphere import normalise


def unit(generator, rows, width=5):
    return normalise(generator.normal(size=(rows, width))).astype(np.float32)


@given(st.integers(0, 2**32 - 1), st.integers(2, 5), st.sampled_from([0.05, 0.1, 1.0]))
def test_every_row_as_an_anchor_is_the_whole_set(seed, count, temperature):
    generator = np.random.default_rng(seed)
    points, classes = unit(generator, 40), generator.permutation(np.arange(40) % count)
    anchors = generator.permutation(40)
    found = margins_among(points, classes, anchors, temperature)
    labels = torch.from_numpy(classes)
    whole = anchor_margins(torch.from_numpy(points), labels, temperature)
    loss = eps_sup_infonce(torch.from_numpy(points), labels, temperature, 0.0, reduction="none")
    scale = 1e-4 / temperature
    assert np.allclose(found.worst, whole.worst.numpy()[anchors], atol=scale)
    assert np.allclose(found.mean, whole.mean.numpy()[anchors], atol=scale)
    assert np.allclose(found.loss, loss.numpy()[anchors], atol=scale)
    assert (found.negatives == (classes[anchors, None] != classes).sum(axis=1)).all()


def test_a_loop_and_the_bound_that_the_loss_implies(seed):
    generator = np.random.default_rng(seed)
    points, classes = unit(generator, 30), np.repeat([0, 1, 2], [14, 14, 2])
    found = margins_among(points, classes, np.array([3, 20]), 0.2)
    for k, a in enumerate((3, 20)):
        logits = points @ points[a] / 0.2
        negatives = logits[classes != classes[a]]
        own = [logits[b] for b in range(30) if b != a and classes[b] == classes[a]]
        assert found.mean[k] == pytest.approx(np.mean(own) - negatives.max(), abs=1e-4)
        losses = [np.log1p(np.exp(negatives - s).sum()) for s in own]
        assert found.loss[k] == pytest.approx(np.mean(losses), abs=1e-4)
        assert margin_interval(found.loss[k], found.negatives[k], 0.0)[0] <= found.mean[k] + 1e-4


def test_an_anchor_alone_in_its_class_has_no_margin():
    points = unit(np.random.default_rng(0), 5)
    found = margins_among(points, np.array([0, 0, 1, 1, 2]), np.array([4, 0]), 0.1)
    assert np.isnan(found.mean[0]) and np.isnan(found.loss[0]) and np.isfinite(found.mean[1])


@pytest.mark.parametrize(
    ("classes", "anchors", "temperature", "message"),
    [
        (np.zeros(4, int), [0], 0.1, "one class only"),
        (np.array([0, 1]), [0], 0.1, r"\[N, D\] and \[N\]"),
        (np.array([0, 1, 0, 1]), [4], 0.1, "anchors"),
        (np.array([0, 1, 0, 1]), [0], 0.0, "temperature"),
    ],
)
def test_bad_input_is_named(classes, anchors, temperature, message):
    with pytest.raises(ValueError, match=message):
        margins_among(np.eye(4, dtype=np.float32), classes, np.array(anchors), temperature)
