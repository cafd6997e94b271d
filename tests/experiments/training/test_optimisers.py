"""Optimisers against their formulas, and learning rates as functions of the step."""

import math

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import nn

from contrastive_claims.experiments.training.optimisers import LARS, build_optimiser, learning_rate_factor
from contrastive_claims.experiments.training.presets import Optimiser


def weights_of(seed, *shapes):
    generator = torch.Generator().manual_seed(seed)
    return [nn.Parameter(torch.randn(shape, generator=generator, dtype=torch.float64)) for shape in shapes]


def give_gradients(parameters, seed):
    generator = torch.Generator().manual_seed(seed)
    for parameter in parameters:
        parameter.grad = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.floats(0.01, 10), st.floats(0, 0.99), st.floats(0, 0.1))
def test_lars_is_its_formula(seed, rate, momentum, decay):
    parameters = weights_of(seed, (3, 4), (2, 3, 2, 2), (5,))
    optimiser = LARS(parameters, rate, momentum, decay)
    expected = [parameter.detach().clone() for parameter in parameters]
    velocities = [torch.zeros_like(part) for part in expected]
    for step in range(3):
        give_gradients(parameters, seed + step)
        optimiser.step()
        for k, parameter in enumerate(parameters):
            gradient, weights = parameter.grad, expected[k]
            if k < 2:
                length = float(weights.square().sum()) ** 0.5
                trust = 1e-3 * length / (float(gradient.square().sum()) ** 0.5 + decay * length)
                gradient = trust * (gradient + decay * weights)
            velocities[k] = momentum * velocities[k] + rate * gradient
            expected[k] = weights - velocities[k]
            torch.testing.assert_close(parameter.detach(), expected[k])


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10**6), st.floats(1e-3, 1e3))
def test_lars_does_not_see_the_scale_of_the_loss(seed, scale):
    plain, scaled = weights_of(seed, (4, 3)), weights_of(seed, (4, 3))
    for parameters, factor in ((plain, 1), (scaled, scale)):
        optimiser = LARS(parameters, 0.5, 0.9, 0)
        for step in range(3):
            give_gradients(parameters, step)
            parameters[0].grad *= factor
            optimiser.step()
    torch.testing.assert_close(plain[0], scaled[0])


def test_lars_steps_plainly_from_zero_and_skips_what_has_no_gradient():
    zero, still, unused = (
        nn.Parameter(torch.zeros(2, 2)),
        nn.Parameter(torch.ones(2, 2)),
        nn.Parameter(torch.ones(2, 2)),
    )
    zero.grad, still.grad = torch.ones(2, 2), torch.zeros(2, 2)
    optimiser = LARS([zero, still, unused], 0.5, 0.9, 0.1)
    assert optimiser.step(lambda: torch.tensor(3.0)) == 3
    torch.testing.assert_close(zero.detach(), torch.full((2, 2), -0.5))
    torch.testing.assert_close(still.detach(), torch.full((2, 2), 0.95))  # decay alone
    assert torch.equal(unused, torch.ones(2, 2)) and unused not in optimiser.state


@pytest.mark.parametrize("spec", [
    Optimiser(name="lars", learning_rate=0.3, weight_decay=1e-2),
    Optimiser(name="sgd", learning_rate=0.3, weight_decay=1e-2, nesterov=True),
    Optimiser(name="adam", learning_rate=0.3, weight_decay=1e-2),
], ids=lambda spec: spec.name)  # fmt: skip
def test_a_saved_state_goes_on_as_if_nothing_had_happened(spec):
    straight, broken = weights_of(1, (3, 2), (4,)), weights_of(1, (3, 2), (4,))
    one, other = build_optimiser(spec, straight), build_optimiser(spec, broken)
    for step in range(6):
        if step == 3:
            state = other.state_dict()
            other = build_optimiser(spec, broken)
            other.load_state_dict(state)
        for parameters, optimiser in ((straight, one), (broken, other)):
            give_gradients(parameters, step)
            optimiser.step()
    assert all(torch.equal(a, b) for a, b in zip(straight, broken, strict=True))


def test_sgd_and_adam_take_the_presets_numbers():
    sgd = build_optimiser(
        Optimiser(learning_rate=0.3, momentum=0.8, nesterov=True, weight_decay=0.02), weights_of(0, (2, 2))
    )
    assert isinstance(sgd, torch.optim.SGD)
    assert {k: sgd.defaults[k] for k in ("lr", "momentum", "nesterov", "weight_decay")} == {
        "lr": 0.3, "momentum": 0.8, "nesterov": True, "weight_decay": 0.02
    }  # fmt: skip
    adam = build_optimiser(
        Optimiser(name="adam", learning_rate=0.3, momentum=0.8, weight_decay=0.02), weights_of(0, (2, 2))
    )
    assert isinstance(adam, torch.optim.Adam)
    assert (adam.defaults["lr"], adam.defaults["betas"], adam.defaults["weight_decay"]) == (0.3, (0.8, 0.999), 0.02)
    lars = build_optimiser(
        Optimiser(name="lars", learning_rate=0.3, momentum=0.8, weight_decay=0.02), weights_of(0, (2, 2))
    )
    assert isinstance(lars, LARS) and lars.defaults == {"lr": 0.3, "momentum": 0.8, "weight_decay": 0.02}


@pytest.mark.parametrize(("name", "momentum"), [("adam", 0.9), ("lars", 0.9), ("sgd", 0.0)])
def test_nesterov_belongs_to_sgd_with_momentum(name, momentum):
    with pytest.raises(
        ValueError, match=rf"nesterov: belongs to sgd with a momentum above 0, got {name} with {momentum}"
    ):
        build_optimiser(Optimiser(name=name, learning_rate=0.1, momentum=momentum, nesterov=True), weights_of(0, (2,)))


def tenth_then_cosine(steps):
    """The digits' law as it was: the first tenth linear, at least one step, then half a cosine to 0."""
    warm = max(1, steps // 10)
    return [
        (step + 1) / warm if step < warm else 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))
        for step in range(steps)
    ]


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 300), st.integers(1, 40))
@example(5, 1)  # a tenth of it is no whole step
def test_a_tenth_of_warm_up_is_the_digits_law(steps, epochs):
    factor = learning_rate_factor(Optimiser(learning_rate=0.1, warm_up=0.1), steps, epochs)
    assert [factor(step) for step in range(steps * epochs)] == pytest.approx(
        tenth_then_cosine(steps * epochs), abs=1e-12
    )


@settings(deadline=None, max_examples=30)
@given(st.floats(0, 0.99), st.floats(0, 0.5), st.integers(1, 30), st.integers(2, 20))
def test_the_rate_rises_then_falls_to_the_final_one(warm_up, final, steps, epochs):
    spec = Optimiser(learning_rate=0.5, warm_up=warm_up, final_rate=final)
    factors = [learning_rate_factor(spec, steps, epochs)(step) for step in range(steps * epochs + 1)]
    peak = factors.index(max(factors))
    assert max(factors) == pytest.approx(1) and min(factors) > -1e-12
    assert factors[: peak + 1] == sorted(factors[: peak + 1])
    assert all(later <= earlier + 1e-12 for earlier, later in zip(factors[peak:], factors[peak + 1 :], strict=False))
    assert factors[-1] == pytest.approx(final / 0.5, abs=1e-12)


def test_paper_bs_simclr_ends_at_a_thousandth():
    factor = learning_rate_factor(Optimiser(learning_rate=0.6, final_rate=1e-3), 97, 500)
    assert factor(0) == 1 and factor(97 * 250) * 0.6 == pytest.approx((0.6 + 1e-3) / 2)
    assert factor(97 * 500) * 0.6 == pytest.approx(1e-3)


def test_steps_are_multistep_lrs():
    spec = Optimiser(learning_rate=0.2, schedule="step", milestones=(2, 5), decay=0.3)
    factor = learning_rate_factor(spec, 4, 7)
    optimiser = torch.optim.SGD(weights_of(0, (2,)), lr=0.2)
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimiser, [2, 5], 0.3)
    for epoch in range(7):
        for step in range(4):
            assert 0.2 * factor(4 * epoch + step) == pytest.approx(optimiser.param_groups[0]["lr"])
        optimiser.step()
        schedule.step()


def test_constant_stays():
    factor = learning_rate_factor(Optimiser(learning_rate=0.2, schedule="constant", warm_up=0.25), 4, 2)
    assert [factor(step) for step in range(8)] == [0.5, 1, 1, 1, 1, 1, 1, 1]
