"""The modules' parameters: what is learnt, what is set, what is kept."""

import math

import pytest
import torch
from torch import nn

from contrastive_claims.theory import margins

ALL = (
    margins.InfoNCE, margins.NTXent, margins.SupCon, margins.SupConIn, margins.InfoL1O,
    margins.EpsInfoNCE, margins.EpsSupInfoNCE, margins.EpsSupCon,
)  # fmt: skip
MARGIN = (margins.EpsInfoNCE, margins.EpsSupInfoNCE, margins.EpsSupCon)


def example(n=8, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, 4, generator=generator, dtype=torch.float64), torch.arange(n) % 3


@pytest.mark.parametrize("module", ALL)
def test_a_given_parameter_is_the_modules_own(module):
    tau = nn.Parameter(torch.tensor(0.3, dtype=torch.float64))
    loss = module(temperature=tau)
    assert [p is tau for p in loss.parameters()] == [True]
    loss(*example()).backward()
    step = 1e-6
    numeric = (module(0.3 + step)(*example()) - module(0.3 - step)(*example())).item() / (2 * step)
    assert tau.grad.item() == pytest.approx(numeric, rel=1e-5)
    loss.temperature = 0.7  # a scheduler sets the value and leaves the parameter
    assert tau.item() == 0.7 and next(iter(loss.parameters())) is tau


@pytest.mark.parametrize("module", ALL)
def test_a_temperature_learnt_in_logarithms(module):
    loss = module(0.07, learnable=True)
    assert list(dict(loss.named_parameters())) == ["log_scale"]
    assert loss.log_scale.item() == pytest.approx(-math.log(0.07))
    assert loss.temperature.item() == pytest.approx(0.07)
    embeddings, labels = example()
    value = loss(embeddings, labels)
    torch.testing.assert_close(value, module(0.07)(embeddings, labels), rtol=1e-6, atol=1e-6)
    value.backward()
    step = 1e-6
    numeric = (module(0.07 + step)(*example()) - module(0.07 - step)(*example())).item() / (2 * step)
    assert loss.log_scale.grad.item() == pytest.approx(-0.07 * numeric, rel=1e-4)
    optimiser = torch.optim.SGD(loss.parameters(), lr=1e3)
    loss.log_scale.grad.fill_(-1.0)
    optimiser.step()
    assert loss.temperature.item() == pytest.approx(0.01)  # CLIP's clamp
    assert loss(embeddings, labels).isfinite()
    loss.temperature = 0.5
    assert loss.temperature.item() == pytest.approx(0.5)
    torch.testing.assert_close(loss(embeddings, labels), module(0.5)(embeddings, labels), rtol=1e-6, atol=1e-6)
    fresh = module(0.2, learnable=True)
    fresh.load_state_dict(loss.state_dict())
    assert fresh.temperature.item() == pytest.approx(0.5)
    assert module(0.1, learnable=True, max_scale=10.0).temperature.item() == pytest.approx(0.1)


@pytest.mark.parametrize("module", MARGIN)
def test_epsilon_is_learnt_or_set(module):
    embeddings, labels = example()
    epsilon = nn.Parameter(torch.tensor(0.4, dtype=torch.float64))
    loss = module(0.2, epsilon)
    assert [p is epsilon for p in loss.parameters()] == [True]
    loss(embeddings, labels).backward()
    step = 1e-6
    numeric = (module(0.2, 0.4 + step)(*example()) - module(0.2, 0.4 - step)(*example())).item() / (2 * step)
    assert epsilon.grad.item() == pytest.approx(numeric, rel=1e-5)
    learnt = module(0.2, 0.4, learnable_epsilon=True)
    assert list(dict(learnt.named_parameters())) == ["log_epsilon"]
    learnt(embeddings, labels).backward()
    assert learnt.log_epsilon.grad.item() == pytest.approx(0.4 * numeric, rel=1e-4)
    learnt.epsilon = 0.1
    assert learnt.epsilon.item() == pytest.approx(0.1)
    plain = module(0.2, 0.4)
    plain.epsilon = 0.9
    torch.testing.assert_close(plain(embeddings, labels), module(0.2, 0.9)(embeddings, labels), rtol=0, atol=0)


@pytest.mark.parametrize("module", ALL)
def test_what_is_set_is_used_and_bad_values_are_refused(module):
    embeddings, labels = example()
    loss = module(0.1)
    loss.temperature = 0.5
    torch.testing.assert_close(loss(embeddings, labels), module(0.5)(embeddings, labels), rtol=0, atol=0)
    loss.temperature = torch.tensor(0.25)
    torch.testing.assert_close(loss(embeddings, labels), module(0.25)(embeddings, labels))
    assert "given_temperature" in loss.state_dict()
    tau = nn.Parameter(torch.tensor(0.2))
    loss.temperature = tau
    assert next(loss.parameters()) is tau and loss.temperature is tau
    for bad in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match="temperature: must be positive"):
            loss.temperature = bad
        with pytest.raises(ValueError, match="temperature: must be positive"):
            module(bad)
    for message, options in (
        ("reduction: must be one of mean, sum, none, got 'max'", {"reduction": "max"}),
        ("no_positives: must be one of raise, skip, zero, got 'drop'", {"no_positives": "drop"}),
        ("contrast: must be one of all, keys, got 'queue'", {"contrast": "queue"}),
        ("hard_negatives: must be zero or positive", {"hard_negatives": -1.0}),
        ("max_scale: must be positive", {"max_scale": 0.0}),
        ("learnable: the temperature given is a parameter already", {"temperature": tau, "learnable": True}),
        ("temperature: must be at least 1 / max_scale = 0.01", {"temperature": 0.001, "learnable": True}),
    ):
        with pytest.raises(ValueError, match=f"^{message}"):
            module(**options)


def test_options_of_modules_reach_the_functions():
    embeddings, labels = example()
    keys, key_labels = example(5, seed=1)
    loss = margins.SupCon(
        0.2, contrast="keys", hard_negatives=0.5, class_weights={0: 1.0, 1: 2.0, 2: 3.0}, ignore_label=2
    )
    expected = margins.sup_con(
        embeddings, labels, 0.2, keys=keys, key_labels=key_labels, contrast="keys", hard_negatives=0.5,
        class_weights={0: 1.0, 1: 2.0, 2: 3.0}, ignore_label=2,
    )  # fmt: skip
    torch.testing.assert_close(loss(embeddings, labels, keys, key_labels), expected, rtol=0, atol=0)
    assert "contrast='keys', hard_negatives=0.5" in repr(loss)
    weights = torch.arange(1.0, 9.0)
    torch.testing.assert_close(
        margins.SupCon()(embeddings, labels, weights=weights), margins.sup_con(embeddings, labels, weights=weights)
    )
    towers = margins.TwoTowers(learnable=True)
    first, second = embeddings[:4], embeddings[4:]
    torch.testing.assert_close(towers(first, second), margins.two_towers(first, second), rtol=1e-6, atol=1e-6)
    with pytest.raises(ValueError, match="contrast: two_towers"):
        margins.TwoTowers(contrast="keys")


def test_penalties_are_checked_at_construction():
    embeddings, labels = example(12)
    bias = torch.arange(12) // 3 % 2
    found = margins.FairKL("released", std_weight=0.5)(embeddings, labels, bias)
    torch.testing.assert_close(found, margins.fair_kl(embeddings, labels, bias, "released", std_weight=0.5))
    torch.testing.assert_close(
        margins.EnD("batch")(embeddings, labels, bias), margins.end(embeddings, labels, bias, "batch")
    )
    for message, module in (
        ("variant: must be one of", lambda: margins.FairKL("other")),
        ("variant: must be one of", lambda: margins.EnD("other")),
        ("no_pairs: must be raise or zero", lambda: margins.EnD(no_pairs="skip")),
        ("variance_floor: must be zero or positive", lambda: margins.FairKL(variance_floor=-1.0)),
        ("std_weight: must be zero or positive", lambda: margins.FairKL(std_weight=-1.0)),
        ("symmetric: the released variant", lambda: margins.FairKL("released", symmetric=True)),
    ):
        with pytest.raises(ValueError, match=message):
            module()
