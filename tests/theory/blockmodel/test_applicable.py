"""A closed form that says it applies gives the certified optimum; of one that does not, the hypothesis that fails is told."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.theory.blockmodel import BlockModel, minimise_population
from contrastive_claims.theory.blockmodel.limits import closed_forms
from contrastive_claims.theory.laws.strategies import block_models

temperatures = st.sampled_from([0.3, 0.5, 1.0, 2.0])


@st.composite
def families(draw):
    """Models of the families that have closed forms, and near misses."""
    blocks = draw(st.integers(2, 4))
    sizes = np.array(draw(st.lists(st.sampled_from([0.1, 0.5, 1.0]), min_size=blocks, max_size=blocks)))
    kind = draw(st.sampled_from(["uniform", "pair", "any"]))
    alpha = np.full((blocks, blocks), draw(st.sampled_from([0.0, 0.1, 0.5, 0.9])))
    if kind == "pair":
        alpha[:] = 0
        k, m = draw(st.permutations(range(blocks)))[:2]
        alpha[k, m] = alpha[m, k] = draw(st.sampled_from([0.3, 0.6, 0.9]))
    if kind == "any":
        for k in range(blocks):
            for m in range(k):
                alpha[k, m] = alpha[m, k] = draw(st.sampled_from([0.4, 0.6, 0.8]))
    np.fill_diagonal(alpha, 0.9 if kind != "any" else draw(st.sampled_from([0.9, 0.85])))
    if draw(st.booleans()) and kind != "uniform":
        alpha[0, 0] = 0.7
    return BlockModel(sizes / sizes.sum(), alpha)


@given(model=st.one_of(families(), block_models()), temperature=temperatures)
@settings(max_examples=120, deadline=None)
def test_what_applies_is_the_certified_optimum(model, temperature):
    optimum = minimise_population(model, temperature)
    for form in closed_forms(model, temperature):
        assert (form.gram is None) == bool(form.fails) and form.says
        if form.gram is not None:
            assert np.abs(form.gram - optimum.gram).max() <= optimum.cosine_errors.max() + 1e-6, form.claim


@pytest.mark.parametrize(
    ("model", "temperature", "claims"),
    [
        (BlockModel([0.2, 0.3, 0.5], np.full((3, 3), 0.5) + 0.4 * np.eye(3)), 1.0, ["B6", "B15"]),
        (BlockModel([1 / 3] * 3, 0.9 * np.eye(3)), 1.0, ["B6"]),
        (BlockModel([0.05, 0.475, 0.475], [[0.95, 0.6, 0], [0.6, 0.95, 0], [0, 0, 0.95]]), 1.0, ["B17"]),
        (BlockModel([0.05, 0.475, 0.475], [[0.95, 0, 0.6], [0, 0.95, 0], [0.6, 0, 0.95]]), 1.0, ["B17"]),
        (BlockModel([0.3, 0.7], [[0.9, 0.2], [0.2, 0.6]]), 0.5, ["B25"]),
        (BlockModel([0.05, 0.475, 0.475], [[0.95, 0.4, 0], [0.4, 0.95, 0], [0, 0, 0.95]]), 1.0, []),
    ],
)
def test_which_apply(model, temperature, claims):
    forms = closed_forms(model, temperature)
    assert [form.claim for form in forms] == ["B6", "B15", "B17", "B25"]
    assert [form.claim for form in forms if form.gram is not None] == claims


@pytest.mark.parametrize(
    ("model", "fails"),
    [
        (
            BlockModel([0.05, 0.475, 0.475], [[0.95, 0.4, 0], [0.4, 0.95, 0], [0, 0, 0.95]]),
            {
                "B6": "connections between blocks differ (0 to 0.4)",
                "B15": "connectivity[0, 2] = 0: the law needs every pair of blocks to be connected",
                "B17": "the connected two do not merge (the condition is missed by 0.",
                "B25": "model has 3 blocks, not two",
            },
        ),
        (
            BlockModel([0.2, 0.3, 0.5], 0.9 * np.eye(3)),
            {"B6": "at the simplex it needs equal shares", "B17": "it takes three blocks of which just two are connected"},
        ),
        (BlockModel([0.2, 0.8], [[0.5, 0.1], [0.1, 0.9]]), {"B6": "connections within blocks differ (0.5 to 0.9)"}),
        (BlockModel([1.0], [[0.5]]), {"B6": "one block only"}),
    ],
)  # fmt: skip
def test_the_hypothesis_that_fails_is_told(model, fails):
    told = {form.claim: form.fails for form in closed_forms(model, 1.0)}
    for claim, start in fails.items():
        assert told[claim].startswith(start)


def test_a_temperature_that_is_none_is_refused_by_every_form():
    forms = closed_forms(BlockModel([0.5, 0.5], [[0.9, 0.1], [0.1, 0.9]]), -1.0)
    assert all(form.gram is None and "temperature" in form.fails for form in forms if form.claim != "B17")
