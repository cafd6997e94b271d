"""The fused function of small batches is the general way: value, gradient, second derivative; other batches it leaves alone."""

import math

import pytest
import torch

from theory import margins
from theory.margins import general, small

FORMS = ("info_nce", "nt_xent", "sup_con", "sup_con_in", "eps_infonce", "eps_sup_infonce", "eps_sup_con", "info_l1o")


def example(n=24, lonely=True, dtype=torch.float64, seed=0):
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(n) % 5
    if lonely:
        labels[3], labels[7] = 50, 51
    return (torch.randn(n, 6, generator=generator, dtype=torch.float64) * 3).to(dtype), labels


def both_ways(monkeypatch, call, *inputs):
    """[(value, gradients)] of the fused function and of the general way."""
    found = []
    for fused in (True, False):
        with monkeypatch.context() as patch:
            taken = []
            if fused:
                inner = small.loss
                patch.setattr(small, "loss", lambda *a, inner=inner, taken=taken: taken.append(inner(*a)) or taken[-1])
            else:
                patch.setattr(small, "loss", lambda *arguments: None)
            given = [x.clone().requires_grad_() for x in inputs]
            value = call(*given)
            (value * torch.arange(1, value.numel() + 1).reshape(value.shape)).sum().backward()
            found.append((value.detach(), [x.grad for x in given]))
            assert not fused or taken[0] is not None  # it was the fused one
    return found


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-6), (torch.float64, 1e-13)])
@pytest.mark.parametrize("temperature", [0.005, 0.1, 1.0])
def test_value_and_gradient_agree(name, dtype, tolerance, temperature, monkeypatch):
    for lonely, no_positives in ((False, "raise"), (True, "skip"), (True, "zero")):
        for reduction in ("mean", "sum") if no_positives == "skip" else ("mean", "sum", "none"):
            embeddings, labels = example(lonely=lonely, dtype=dtype)
            if (reduction, no_positives) == ("sum", "skip"):
                continue  # left to the general way

            def call(z, labels=labels, reduction=reduction, no_positives=no_positives):
                return getattr(margins, name)(z, labels, temperature, reduction=reduction, no_positives=no_positives)

            (value, (gradient,)), (expected, (slope,)) = both_ways(monkeypatch, call, embeddings)
            scale = max(1.0, expected.abs().max().item())
            assert (value - expected).abs().max() <= tolerance * scale * max(1, 0.1 / temperature)
            assert (gradient - slope).abs().max() <= tolerance * max(1.0, slope.abs().max().item()) * max(
                1, 0.1 / temperature
            )


def test_views_and_second_derivatives(monkeypatch):
    embeddings, _ = example(lonely=False)
    views = embeddings.reshape(12, 2, 6)
    (value, (gradient,)), (expected, (slope,)) = both_ways(monkeypatch, margins.nt_xent, views)
    torch.testing.assert_close(value, expected, rtol=1e-13, atol=1e-13)
    torch.testing.assert_close(gradient, slope, rtol=1e-12, atol=1e-13)
    few, labels = example(6, lonely=False)
    few, labels = few.requires_grad_(), labels % 2
    for name in ("sup_con", "eps_sup_infonce", "sup_con_in"):
        for reduction in ("mean", "none"):
            call = getattr(margins, name)
            assert torch.autograd.gradcheck(lambda z: call(z, labels, 0.3, reduction=reduction), [few])  # noqa: B023
            assert torch.autograd.gradgradcheck(lambda z: call(z, labels, 0.3, reduction=reduction), [few])  # noqa: B023


@pytest.mark.parametrize(
    "spoil",
    [
        lambda z, y: (z * 1e-200, y), lambda z, y: (z * 1e200, y), lambda z, y: (z, y.int()), lambda z, y: (z, y.tolist()),
        lambda z, y: (z.half(), y), lambda z, y: (list(z.reshape(2, 12, 6)), y[:12]),
    ],
)  # fmt: skip
def test_what_is_not_its_kind_goes_the_general_way(spoil, monkeypatch):
    given = spoil(*example(lonely=False))
    found = margins.sup_con(*given)
    monkeypatch.setattr(small, "loss", lambda *arguments: None)
    assert found == margins.sup_con(*given)


def test_the_gate_leaves_everything_else_alone(monkeypatch):
    """Options, keys and bad input never reach it, and bad rows that do are refused by the general way's sentence."""
    monkeypatch.setattr(small, "loss", lambda *arguments: pytest.fail("reached"))
    embeddings, labels = example(lonely=False)
    for options in (
        {"keys": embeddings[:2], "key_labels": labels[:2]}, {"weights": torch.ones(24)}, {"ignore_label": -1},
        {"hard_negatives": 0.5}, {"validate": False}, {"temperature": torch.tensor(0.1)}, {"class_weights": torch.ones(5)},
        {"negatives": torch.ones(24, 24)}, {"contrast": embeddings},
    ):  # fmt: skip
        margins.sup_con(embeddings, labels, **options)
    monkeypatch.undo()
    for spoiled in (embeddings.index_fill(0, torch.tensor(2), math.nan), embeddings.index_fill(0, torch.tensor(2), 0)):
        with pytest.raises(ValueError, match="embeddings: row 2"):
            margins.sup_con(spoiled, labels)
    assert general._small("supcon", 0.0, embeddings, labels, -1.0, 0.0, "mean", "raise") is None
