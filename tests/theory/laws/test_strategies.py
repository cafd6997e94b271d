"""The strategies draw what training meets: ties, duplicates, singletons, extreme temperatures, half precision."""

import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from contrastive_claims.theory.laws import strategies
from contrastive_claims.theory.laws.strategies import (
    BATCHES,
    batches,
    block_models,
    embeddings,
    labels,
    logits,
    smallest,
)

ROOMS = settings(max_examples=300, database=None)


def duplicated(case):
    return len(set(case.rows)) < len(case.rows)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("ordinary", duplicated),
        ("ordinary", lambda case: any(tuple(-x for x in row) in case.rows for row in case.rows)),
        ("ordinary", lambda case: case.temperature == 0.02),
        ("ordinary", lambda case: case.epsilon == 4.0),
        ("singleton", lambda case: case.labels.count(max(case.labels)) == 1),
        ("one class", lambda case: set(case.labels) == {0}),
        ("no positives", lambda case: len(set(case.labels)) == len(case.labels)),
        ("zero vector", lambda case: any(not any(row) for row in case.rows)),
        ("cold", lambda case: case.temperature == 1e-4 and case.dtype == "float32"),
        ("half", lambda case: case.dtype == "float16"),
        ("balanced", lambda case: len(set(case.labels)) == 4 and len(case.rows[0]) == 3),
    ],
)
def test_what_each_kind_of_batch_reaches(name, what):
    assert what(find(BATCHES[name](False), what, settings=ROOMS))


@given(data=st.data(), name=st.sampled_from(sorted(BATCHES)), views=st.booleans())
@settings(max_examples=100, deadline=None)
def test_every_batch_is_whole(data, name, views):
    case = data.draw(BATCHES[name](views))
    assert len(case.rows) == len(case.labels) >= 2 and len({len(row) for row in case.rows}) == 1
    lengths = np.linalg.norm(case.unit, axis=1)
    assert np.allclose(lengths[lengths > 0], 1) and (lengths > 0).sum() >= len(lengths) - (name == "zero vector")
    if views and name not in ("singleton", "no positives", "one class"):
        half = len(case.labels) // 2
        assert case.labels[:half] == case.labels[half:] == tuple(range(half))
    if name in ("ordinary", "cold", "half", "balanced", "in parts"):
        assert min(case.labels.count(k) for k in case.labels) >= 2 and len(set(case.labels)) >= 2


@given(model=block_models(), anchor=logits(), classes=labels(), rows=embeddings(4, 3))
@settings(max_examples=50, deadline=None)
def test_models_logits_labels_and_embeddings(model, anchor, classes, rows):
    assert 2 <= model.blocks <= 5 and model.proportions.min() > 5e-4
    positives, negatives, temperature = anchor
    assert 0.01 <= temperature <= 10.0000001
    assert max(np.abs(positives).max(), np.abs(negatives).max()) <= 1.0000001 / temperature
    assert min(classes.count(k) for k in set(classes)) >= 2
    assert rows.shape == (4, 3) and (rows != 0).any(axis=1).all()


def test_the_smallest_is_found_and_nothing_where_there_is_nothing():
    found = smallest(lambda case: len(case.labels) >= 5 and case.epsilon >= 1, batches(), 0, 200)
    assert found is not None and len(found.labels) == 5 and found.epsilon == 1.0 and found.seed == 0
    first = smallest(lambda case: len(case.labels) >= 5, batches(), 0, 200, shrink=False)
    assert first is not None and len(first.labels) >= 5
    assert smallest(lambda case: False, batches(), 0, 20) is None
    assert strategies.__doc__ is not None
