"""The fused functions of small batches are the general way: value, gradient, second derivative; the rest they leave alone."""

import math

import pytest
import torch

from contrastive_claims.theory import margins
from contrastive_claims.theory.margins import general, losses, small

FORMS = ("info_nce", "nt_xent", "sup_con", "sup_con_in", "eps_infonce", "eps_sup_infonce", "eps_sup_con", "info_l1o")


def example(n=24, lonely=True, dtype=torch.float64, seed=0):
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(n) % 5
    if lonely and n > 8:
        labels[3], labels[7] = 50, 51
    return (torch.randn(n, 6, generator=generator, dtype=torch.float64) * 3).to(dtype), labels


def slow_way(monkeypatch):
    monkeypatch.setattr(small, "fits", lambda *arguments: False)
    monkeypatch.setattr(losses, "towers_of", lambda *arguments: None)


def both_ways(monkeypatch, call, *inputs, fused=True):
    """[(value, gradients)] of the fused function and of the general way."""
    found = []
    for fast in (True, False):
        with monkeypatch.context() as patch:
            taken = []
            if fast:
                inner = small._result
                patch.setattr(
                    small, "_result", lambda *a, inner=inner, taken=taken: taken.append(inner(*a)) or taken[-1]
                )
            else:
                slow_way(patch)
            given = [x.clone().requires_grad_() for x in inputs]
            value = call(*given)
            (value * torch.arange(1, value.numel() + 1).reshape(value.shape)).sum().backward()
            found.append((value.detach(), [x.grad for x in given]))
            assert not fast or bool(taken) == fused  # it was the fused one
    return found


def compare(found, tolerance):
    (value, gradients), (expected, slopes) = found
    assert (value - expected).abs().max() <= tolerance * max(1.0, expected.abs().max().item())
    for gradient, slope in zip(gradients, slopes, strict=True):
        assert gradient.dtype == slope.dtype and gradient.shape == slope.shape
        assert (gradient - slope).abs().max() <= tolerance * max(1.0, slope.abs().max().item())


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

            compare(both_ways(monkeypatch, call, embeddings), tolerance * max(1, 0.1 / temperature))


def scalars(name, dtype, temperature):
    found = [torch.tensor(temperature, dtype=dtype)]
    return [*found, torch.tensor(0.3, dtype=dtype)] if name.startswith(("eps", "two")) else found


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 2e-6), (torch.float64, 1e-12)])
@pytest.mark.parametrize("temperature", [0.005, 0.3])
def test_temperature_and_epsilon_as_tensors(name, dtype, tolerance, temperature, monkeypatch):
    loss, tolerance = getattr(margins, name), tolerance * max(1, 0.1 / temperature)
    for reduction in ("mean", "none"):
        embeddings, labels = example(dtype=dtype)
        inputs = (embeddings, *scalars(name, dtype, temperature))
        call = lambda z, *s, r=reduction, y=labels: loss(z, y, *s, reduction=r, no_positives="zero")  # noqa: E731
        compare(both_ways(monkeypatch, call, *inputs), tolerance)


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 2e-6), (torch.float64, 1e-12)])
@pytest.mark.parametrize("temperature", [0.005, 0.3])
@pytest.mark.parametrize("reduction", ["mean", "none"])
def test_views_towers_and_queues(name, dtype, tolerance, temperature, reduction, monkeypatch):
    """Two views and three, one after the other or stacked, with labels and without; keys one to one; MoCo's queue."""
    loss, tolerance = getattr(margins, name), tolerance * max(1, 0.1 / temperature)
    views = [example(8, dtype=dtype, seed=seed)[0] for seed in range(3)]
    more = scalars(name, dtype, temperature)
    labels = torch.arange(8) % 3
    calls = [
        (lambda a, b, *s: loss((a, b), None, *s, reduction=reduction), views[:2]),
        (lambda z, *s: loss(z, None, *s, reduction=reduction), [torch.stack(views[:2], 1)]),
        (lambda a, b, c, *s: loss([a, b, c], None, *s, reduction=reduction), views),
        (lambda z, *s: loss(z, labels, *s, reduction=reduction), [torch.stack(views, 1)]),
        (lambda a, b, *s: loss((a, b), labels, *s, reduction=reduction), views[:2]),
        (lambda a, b, *s: loss(a, None, *s, keys=b, contrast="keys", reduction=reduction), views[:2]),
        (lambda a, b, *s: loss(a, None, *s, keys=b, contrast=views[2][:5], reduction=reduction), views[:2]),
        (lambda a, *s: loss(a, None, *s, keys=views[1], contrast=views[2][:5], reduction=reduction), views[:1]),
    ]  # fmt: skip
    for call, inputs in calls:
        compare(both_ways(monkeypatch, call, *inputs, *more), tolerance)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 2e-6), (torch.float64, 1e-12)])
@pytest.mark.parametrize("temperature", [0.005, 0.3])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("many", [False, True])
def test_two_towers_both_ways_at_once(dtype, tolerance, temperature, reduction, many, monkeypatch):
    if many:  # the blocks, three rows each
        monkeypatch.setattr("contrastive_claims.theory.margins.towers.tile_rows", lambda device: 3)
        monkeypatch.setattr(small, "fits", lambda *arguments: False)
    towers = [example(8, dtype=dtype, seed=seed)[0] for seed in range(2)]
    call = lambda a, b, *s: margins.two_towers(a, b, None, *s, reduction=reduction)  # noqa: E731
    found = both_ways(
        monkeypatch, call, *towers, *scalars("two", dtype, temperature), fused=not many and reduction != "none"
    )
    compare(found, tolerance * max(1, 0.1 / temperature))


@pytest.mark.parametrize("many", [False, True])
def test_two_towers_second_derivatives_and_bad_rows(many, monkeypatch):
    if many:
        monkeypatch.setattr(small, "fits", lambda *arguments: False)
    a, b = (example(4, seed=seed)[0].requires_grad_() for seed in range(2))
    more = [x.requires_grad_() for x in scalars("two", torch.float64, 0.3)]
    for reduction in ("mean", "none"):
        call = lambda *inputs, r=reduction: margins.two_towers(*inputs[:2], None, *inputs[2:], reduction=r)  # noqa: E731
        assert torch.autograd.gradcheck(call, (a, b, *more)) and torch.autograd.gradgradcheck(call, (a, b, *more))
    assert torch.autograd.gradgradcheck(lambda z: margins.two_towers(z, b.detach(), epsilon=0.2), (a,))
    for first, second, name in ((a.detach() * 0, b.detach(), "embeddings"), (a.detach(), b.detach() / 0, "keys")):
        with pytest.raises(ValueError, match=f"{name}: row 0"):
            margins.two_towers(first, second)
        assert margins.two_towers(first, second, validate=False).isnan()


def test_second_derivatives(monkeypatch):
    few, labels = example(6, lonely=False)
    few, labels = few.requires_grad_(), labels % 2
    more = [x.requires_grad_() for x in scalars("eps", torch.float64, 0.3)]
    other, queue = example(6, seed=1)[0].requires_grad_(), example(3, seed=2)[0]
    for name, reduction in (("sup_con", "mean"), ("eps_sup_infonce", "none"), ("sup_con_in", "mean")):
        call = getattr(margins, name)
        assert torch.autograd.gradcheck(lambda z: call(z, labels, 0.3, reduction=reduction), [few])  # noqa: B023
        assert torch.autograd.gradgradcheck(lambda z: call(z, labels, 0.3, reduction=reduction), [few])  # noqa: B023
    for reduction in ("mean", "none"):
        for call, inputs in (
            (lambda a, b, *s, r=reduction: margins.eps_sup_con((a, b), None, *s, reduction=r), (few, other, *more)),
            (lambda a, b, *s, r=reduction: margins.eps_sup_con((a, b), labels, *s, reduction=r), (few, other, *more)),
            (lambda a, b, s, r=reduction: margins.info_nce(a, None, s, keys=b, contrast="keys", reduction=r),
             (few, other, more[0])),
            (lambda a, b, s, r=reduction: margins.info_nce(a, None, s, keys=b, contrast=queue, reduction=r),
             (few, other, more[0])),
        ):  # fmt: skip
            assert torch.autograd.gradgradcheck(call, inputs)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda z, y: (z * 1e-200, y), lambda z, y: (z * 1e200, y), lambda z, y: (z, y.int()), lambda z, y: (z, y.tolist()),
        lambda z, y: (z.half(), y), lambda z, y: (list(z.reshape(2, 12, 6)), y[:12].tolist()),
    ],
)  # fmt: skip
def test_what_is_not_its_kind_goes_the_general_way(spoil, monkeypatch):
    given = spoil(*example(lonely=False))
    with monkeypatch.context() as patch:
        patch.setattr(small, "_result", lambda *arguments: pytest.fail("reached"))
        found = margins.sup_con(*given)
    slow_way(monkeypatch)
    assert found == margins.sup_con(*given)


def test_the_gate_leaves_everything_else_alone(monkeypatch):
    """Options, keys and bad input never reach it, and bad rows that do are refused by the general way's sentence."""
    monkeypatch.setattr(small, "_result", lambda *arguments: pytest.fail("reached"))
    embeddings, labels = example(lonely=False)
    for options in (
        {"keys": embeddings[:2], "key_labels": labels[:2]}, {"weights": torch.ones(24)}, {"ignore_label": -1},
        {"hard_negatives": 0.5}, {"class_weights": torch.ones(5)}, {"negatives": torch.ones(24, 24)}, {"contrast": embeddings},
        {"temperature": torch.tensor([0.1])[0].bfloat16().double(), "weights": torch.ones(24)},
    ):  # fmt: skip
        margins.sup_con(embeddings, labels, **options)
    own = embeddings[:4].clone().requires_grad_()
    margins.info_nce(embeddings, keys=embeddings, contrast=own).backward()
    assert own.grad is not None
    monkeypatch.undo()
    for spoiled in (embeddings.index_fill(0, torch.tensor(2), math.nan), embeddings.index_fill(0, torch.tensor(2), 0)):
        with pytest.raises(ValueError, match="embeddings: row 2"):
            margins.sup_con(spoiled, labels)
        assert margins.sup_con(spoiled, labels, validate=False).isnan()
    for temperature in (-1.0, 0.0, math.nan, math.inf, True, torch.ones(2), torch.tensor(-1.0)):
        assert general._small("supcon", 0.0, embeddings, labels, temperature, None, "all", "mean", "raise") is None
        with pytest.raises(ValueError, match="temperature"):
            margins.sup_con(embeddings, labels, temperature)


def test_a_loss_near_zero_keeps_its_digits():
    """eps = 0 and far negatives: log(1 + x) of a tiny x, not the logarithm of a rounded 1 + x."""
    far = torch.tensor([[1.0, 0.0], [-1.0, 0.0]])
    points, classes = far.repeat_interleave(2, 0), torch.tensor([0, 0, 1, 1])
    for found, negatives in (
        (margins.info_nce(points, classes, 0.08), 2),
        (margins.info_nce(points.reshape(2, 2, 2), temperature=0.08), 2),
        (margins.nt_xent((far, far), temperature=0.08), 2),
        (margins.two_towers(far, far, temperature=0.08), 1),
        (margins.info_nce(far[:1], keys=far[:1], contrast=far[1:].repeat(3, 1), temperature=0.08), 3),
    ):
        assert found.item() == pytest.approx(math.log1p(negatives * math.exp(-25.0)), rel=1e-5)


@pytest.mark.parametrize("epsilon", [3.0, 5.0, 100.0, 1e4, 1e8, 1e38])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_an_epsilon_far_above_the_logits_costs_no_digits(epsilon, dtype, monkeypatch):
    """Of eps-InfoNCE of one positive nothing is left but log sum e^(s- - s+): InfoL1O."""
    towers = [example(8, dtype=dtype, seed=seed)[0] for seed in range(2)]
    calls = [
        lambda a, b: margins.two_towers(a, b, None, 0.3, epsilon),
        lambda a, b: margins.eps_infonce((a, b), None, 0.3, epsilon),
        lambda a, b: margins.eps_infonce(a, None, 0.3, epsilon, keys=b, contrast=b.detach()[:5].flip(0)),
    ]
    for call in calls:
        compare(both_ways(monkeypatch, call, *towers), 3e-6 if dtype is torch.float32 else 1e-12)
    if epsilon >= 100:
        limit = margins.info_l1o((towers[0], towers[1]), None, 0.3)
        torch.testing.assert_close(calls[1](*towers), limit, rtol=1e-6, atol=0)
