"""The model's constructor names what is wrong; its identities hold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.theory.blockmodel import BlockModel, biased_model, minority_model

PAIR = [[0.9, 0.1], [0.1, 0.9]]


@pytest.mark.parametrize(
    ("proportions", "connectivity", "message"),
    [
        ([0.5, 0.4], PAIR, r"proportions sum to 0\.9, not 1"),
        ([1.5, -0.5], PAIR, r"proportions\[1\] = -0\.5 is not a positive share"),
        ([1.0, 0.0], PAIR, r"proportions\[1\] = 0 is not"),
        ([0.5, np.nan], PAIR, r"proportions\[1\] = nan"),
        ([], np.zeros((0, 0)), "non-empty vector"),
        (["a", "b"], PAIR, "proportions must hold real numbers"),
        ([0.5, 0.5], 1j * np.eye(2), "connectivity must hold real numbers, not complex128"),
        ([[0.5, 0.5]], PAIR, "non-empty vector"),
        ([0.5, 0.5], [[0.9, 0.4], [0.3, 0.9]], r"connectivity\[0, 1\] = 0\.4 but connectivity\[1, 0\] = 0\.3"),
        ([0.5, 0.5], [[0.9, 1.1], [1.1, 0.9]], r"connectivity\[0, 1\] = 1\.1 is not a probability"),
        ([0.5, 0.5], [[0.9, 0.1], [0.1, np.nan]], r"connectivity\[1, 1\] = nan"),
        ([0.5, 0.5], [[0.9, 0.0], [0.0, 0.0]], "block 1 is isolated"),
        ([0.5, 0.5], [0.9, 0.9], "shape"),
        ([0.5, 0.5], np.eye(3), "shape"),
    ],
)
def test_bad_models_are_refused_by_name(proportions, connectivity, message):
    with pytest.raises(ValueError, match=message):
        BlockModel(proportions, connectivity)


@settings(deadline=None, max_examples=30)
@given(model=st.from_type(BlockModel))
def test_pair_weights_are_a_distribution_with_the_shares_as_anchors(model):
    np.testing.assert_allclose(model.pair_weights.sum(axis=1), model.proportions)
    for k in range(model.blocks):
        degree = sum(model.connectivity[k, m] * model.proportions[m] for m in range(model.blocks))
        assert model.degrees[k] == pytest.approx(degree)
        for m in range(model.blocks):
            weight = model.proportions[k] * model.connectivity[k, m] * model.proportions[m] / degree
            assert model.pair_weights[k, m] == pytest.approx(weight)


def test_models_cannot_be_changed():
    model = BlockModel([0.5, 0.5], PAIR)
    with pytest.raises(ValueError, match="read-only"):
        model.proportions[0] = 0.7
    with pytest.raises(AttributeError):
        model.connectivity = np.eye(2)


def test_caller_keeps_its_arrays():
    shares = np.array([0.5, 0.5])
    BlockModel(shares, PAIR)
    shares[0] = 0.1  # still writable, and not shared with the model


def test_minority_model_is_the_published_one():
    model = minority_model(1 / 16, 0.4)
    np.testing.assert_allclose(model.proportions, [1 / 16, 15 / 32, 15 / 32])
    np.testing.assert_array_equal(model.connectivity, [[0.95, 0.4, 0], [0.4, 0.95, 0], [0, 0, 0.95]])


def test_biased_model_by_hand():
    model = biased_model(0.9, 0.8, 0.3, 0.2, 0.1)
    np.testing.assert_allclose(model.proportions, [0.45, 0.05, 0.05, 0.45])
    # (class, bias): 00, 01, 10, 11
    by_hand = [[0.8, 0.2, 0.3, 0.1], [0.2, 0.8, 0.1, 0.3], [0.3, 0.1, 0.8, 0.2], [0.1, 0.3, 0.2, 0.8]]
    np.testing.assert_array_equal(model.connectivity, by_hand)
    three = biased_model(0.7, 0.8, 0.3, 0.2, classes=3)
    np.testing.assert_allclose(three.proportions.reshape(3, 3), np.full((3, 3), 0.05) + np.eye(3) * (0.7 / 3 - 0.05))


@pytest.mark.parametrize("arguments", [{"aligned": 1.0}, {"aligned": 0.0}, {"aligned": 0.5, "classes": 1}])
def test_bad_biased_models_are_refused(arguments):
    with pytest.raises(ValueError):
        biased_model(**{"within": 0.9, "same_bias": 0.1, "same_class": 0.1, **arguments})
