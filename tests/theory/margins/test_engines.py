"""Which batches go which way, what each way hands on, and that no exponential overflows where a shift is left out."""

import math
from dataclasses import replace

import pytest
import torch

from contrastive_claims.theory import margins
from contrastive_claims.theory.margins import dense, pairs, small
from contrastive_claims.theory.margins.inputs import prepare
from contrastive_claims.theory.margins.running import LINEAR_LIMIT, LogSums, Options, Running, log_add_exp, sums

FLOATS = (torch.float32, torch.float64)


def points(n, dimension=4, dtype=torch.float64, seed=0):
    return torch.randn(n, dimension, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def case(form="supcon", temperature=0.5, epsilon=0.0, reduction="mean"):
    return small.Case(form, temperature, epsilon, reduction, lambda *inputs: None)


@pytest.mark.parametrize("dtype", FLOATS)
def test_small_batches_are_those_of_at_most_so_many_pairs(dtype):
    def fits(shape, views=1, paired=False):
        return small.fits(torch.empty(shape, dtype=dtype), views, paired)

    assert fits((768, 4)) and not fits((769, 4))
    assert fits((384, 2, 4)) and not fits((385, 2, 4))
    assert fits((384, 4), 2) and not fits((385, 4), 2) and fits((256, 4), 3)
    assert fits((1024, 4), paired=True) and not fits((1025, 4), paired=True)
    assert fits((512, 4), 2, True) and not fits((513, 4), 2, True)
    assert fits((1, 1)) and not fits((0, 4)) and not fits((4, 0))


def test_other_kinds_of_tensors_are_not_small_batches():
    assert not small.fits(torch.empty(4, 4, dtype=torch.float16), 1, False)
    assert not small.fits(torch.empty(4, 4, device="meta"), 1, False)
    batch = prepare(points(4), torch.tensor([0, 0, 1, 1]), 0.5, None, None, True)
    assert dense.fits(batch) and not dense.fits(replace(batch, anchors=batch.anchors.to("meta")))


@pytest.mark.parametrize(("n", "keys", "among", "whole"), [
    (768, 768, False, True), (768, 769, False, False), (384, 1152, True, True), (384, 1153, True, False),
])  # fmt: skip
def test_keys_count_as_columns_and_anchors_only_where_they_are_compared(n, keys, among, whole):
    labels, key_labels = torch.arange(n) % 2, torch.arange(keys) % 2
    assert dense.fits(prepare(points(n), labels, 0.5, points(keys), key_labels, True, among)) == whole


@pytest.mark.parametrize(("dtype", "low", "high"), [(torch.float32, 1e-15, 1e15), (torch.float64, 1e-150, 1e150)])
def test_rows_are_normalised_where_their_squares_are_safe(dtype, low, high):
    for size in (1.01 * low, 1.0, 0.99 * high):
        rows = torch.tensor([[3.0, -4.0], [0.6, 0.8]], dtype=dtype)
        rows[0] *= size / 5
        unit, norms = small._units([rows])
        torch.testing.assert_close(unit, torch.tensor([[0.6, -0.8], [0.6, 0.8]], dtype=dtype))
        torch.testing.assert_close(norms, torch.tensor([[size], [1.0]], dtype=dtype))
    for size in (0.99 * low, 1.01 * high, 0.0, math.nan, math.inf):
        for rows in ([[1.0, 0], [size, 0]], [[size, 0], [1.0, 0]]):
            assert small._units([torch.tensor(rows, dtype=dtype)]) is None


def test_rows_of_views_come_view_after_view_and_stacked_ones_row_by_row():
    one, other = points(3), points(3, seed=1)
    for views, expected in (
        ((one, other), torch.cat([one, other])), ((torch.stack([one, other], 1),), torch.stack([one, other], 1).flatten(0, 1)),
    ):  # fmt: skip
        unit, norms = small._units(views)
        torch.testing.assert_close(unit * norms, expected)
        assert norms.shape == (6, 1)


@pytest.mark.parametrize("dtype", FLOATS)
def test_sums_are_shifted_from_the_limit_of_the_dtype_on(dtype):
    limit = {torch.float32: 40.0, torch.float64: 300.0}[dtype]
    assert limit == LINEAR_LIMIT[dtype]
    rows, labels = points(4, dtype=dtype), torch.tensor([0, 0, 1, 1])
    for temperature, linear in ((1 / limit, True), (1 / (limit * 1.001), False)):
        assert small._logits(rows, rows, case(temperature=temperature))[1] == linear
        assert pairs.is_linear(prepare(rows, labels, temperature, None, None, True)) == linear
    logits, _ = small._logits(rows, rows[:2], case(temperature=0.25))
    torch.testing.assert_close(logits, 4 * rows @ rows[:2].T)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-4), (torch.float64, 1e-11)])
@pytest.mark.parametrize("part", [0.9, 1.1, 1.7])
def test_losses_and_gradients_are_finite_and_right_about_the_limit(dtype, tolerance, part):
    """Opposite rows are as far apart as rows can be, so that a quotient of two exponentials is as large as it gets."""
    temperature = 1 / (part * LINEAR_LIMIT[dtype])
    rows = torch.tensor([[1.0, 0], [-1, 0.1], [-1, 0], [1, 0.2], [0, 1], [0.3, -1]], dtype=dtype)
    labels = torch.tensor([0, 0, 1, 1, 2, 2])
    same = (labels[:, None] == labels).fill_diagonal_(False)
    exact = rows.double().clone().requires_grad_()
    unit = exact / exact.norm(dim=1, keepdim=True)
    logits = unit @ unit.T / temperature
    negatives = logits.masked_fill(labels[:, None] == labels, -torch.inf).logsumexp(1)
    positive = logits[same]  # one each
    nce = (torch.logaddexp(positive, negatives) - positive).mean()
    for call, expected in ((margins.info_nce, nce), (margins.sup_con, nce), (margins.sup_con_in, nce)):
        given = rows.clone().requires_grad_()
        value = call(given, labels, temperature)
        value.backward()
        (slope,) = torch.autograd.grad(expected, exact, retain_graph=True)
        assert value.item() == pytest.approx(expected.item(), rel=tolerance)
        assert (given.grad - slope).abs().max() <= tolerance * slope.abs().max()
    bare = margins.info_l1o(rows, labels, temperature)
    assert bare.item() == pytest.approx((negatives - positive).mean().item(), rel=tolerance)


def test_batches_that_are_not_small_are_left_to_the_general_way():
    rows = points(6)
    for labels, no_positives, reduction in (
        ([0, 0, 0, 0, 0, 0], "raise", "mean"), ([0, 1, 2, 3, 4, 5], "zero", "mean"), ([0, 0, 1, 1, 1, 2], "raise", "mean"),
        ([0, 0, 1, 1, 1, 2], "skip", "sum"), ([0, 0, 1, 1, 1, 2], "skip", "none"),
    ):  # fmt: skip
        assert small.labelled(case(reduction=reduction), [rows], torch.tensor(labels), no_positives) is None
    for labels, no_positives, reduction in (
        ([0, 0, 0, 0, 0, 1], "zero", "sum"), ([0, 0, 1, 1, 1, 2], "skip", "mean"), ([0, 0, 1, 1, 1, 2], "zero", "none"),
        ([0, 0, 1, 1, 1, 1], "raise", "none"),
    ):  # fmt: skip
        found = small.labelled(case(reduction=reduction), [rows], torch.tensor(labels), no_positives)
        expected = margins.sup_con(rows, torch.tensor(labels), 0.5, no_positives=no_positives, reduction=reduction)
        torch.testing.assert_close(found, expected)
    nothing = torch.zeros(6, 4, dtype=torch.float64)
    assert small.labelled(case(), [nothing], torch.arange(6) % 2, "raise") is None
    assert small.paired(case(), [torch.stack([rows, nothing], 1)]) is None
    for first, second in ((rows, nothing), (nothing, rows)):
        assert small.towers(case(), first, second, False) is None
        assert small.queued(case(), first, second, rows) is None
    assert small.queued(case(), rows, rows, nothing) is None
    assert small.towers(case(reduction="none"), rows, rows, True) is None
    assert small.towers(case(reduction="none"), rows, rows, False).shape == (6,)


def test_whether_a_derivative_in_epsilon_is_asked_for():
    assert case(epsilon=torch.tensor(0.1, requires_grad=True)).in_epsilon
    for epsilon in (0.1, torch.tensor(0.1)):
        assert not case(epsilon=epsilon).in_epsilon


def test_losses_from_a_gap_and_their_slope():
    gap = torch.tensor([-60.0, -1.0, 0.0, 2.0, 39.0, 41.0, 800.0], dtype=torch.float64)
    for epsilon in (0.0, 0.7, 3.0):
        value, slope = small._from_gap(gap.clone(), epsilon)
        expected = torch.logaddexp(torch.full_like(gap, -epsilon), gap)
        torch.testing.assert_close(value, expected, rtol=1e-14, atol=1e-15)
        torch.testing.assert_close(slope, (gap - expected).exp(), rtol=1e-14, atol=0)
    value, slope = small._from_gap(gap.clone(), math.inf)
    assert torch.equal(value, gap) and torch.equal(slope, torch.ones_like(gap))
    tiny, _ = small._from_gap(torch.tensor([-60.0], dtype=torch.float64), 0.0)
    assert tiny.item() == pytest.approx(math.exp(-60), rel=1e-12)


def test_losses_of_views_in_the_order_of_the_rows():
    losses = torch.arange(6.0)
    assert torch.equal(small._by_rows(losses, 1), losses)
    assert small._by_rows(losses, 2).tolist() == [0, 3, 1, 4, 2, 5]
    assert small._by_rows(losses, 3).tolist() == [0, 2, 4, 1, 3, 5]


@pytest.mark.parametrize("linear", [True, False])
@pytest.mark.parametrize("form", ["infonce", "supcon", "supcon_in"])
@pytest.mark.parametrize("among", [True, False])
def test_a_derivative_in_epsilon_that_nobody_asks_for_is_empty(form, linear, among):
    labels, key_labels = torch.tensor([0, 0, 1, 1]), torch.tensor([0, 1, 1])
    data = (points(4), points(3, seed=1), labels, key_labels)
    positives = torch.tensor([2, 2, 3, 3]) if among else torch.tensor([1, 1, 2, 2])
    losses, slope, in_epsilon = dense.forward(*data, positives, Options(form, 0.0, linear, among, False))
    assert losses.shape == (4,) and slope.shape == (4, 7 if among else 3) and in_epsilon.shape == (0,)
    if form != "supcon_in":
        assert dense.forward(*data, positives, Options(form, 0.0, linear, among, True))[2].shape == (4,)
    tiled = pairs.forward(*data, positives, Options(form, 0.0, linear, among, False))
    torch.testing.assert_close(tiled[0], losses)
    assert tiled[4].shape == (0,) and all(part.shape == (4,) for part in tiled[:4])


def test_a_row_without_positives_has_no_loss_and_no_slope():
    labels, key_labels = torch.tensor([0, 0, 1, 2]), torch.tensor([0, 5, 5])
    data = (points(4), points(3, seed=1), labels, key_labels, torch.tensor([2, 2, 0, 0]))
    for form in ("infonce", "supcon", "supcon_in"):
        losses, slope, _ = dense.forward(*data, Options(form, 0.0, True, True, False))
        assert (losses[2:] == 0).all() and (slope[2:] == 0).all() and (losses[:2] > 0).all()
        assert (pairs.forward(*data, Options(form, 0.0, True, True, False))[0][2:] == 0).all()


def test_running_numbers_merge():
    total = sums(torch.ones(3))
    total.add(slice(1, 3), torch.tensor([2.0, 3.0]))
    total += sums(torch.ones(3))
    other = sums(torch.ones(3))
    other.add(slice(0, 1), torch.tensor([5.0]))
    total += other
    assert total.total.tolist() == [5, 2, 3]
    largest = Running(torch.maximum, torch.full((2,), -torch.inf))
    largest.add(slice(0, 2), torch.tensor([1.0, -2.0]))
    largest.add(slice(1, 2), torch.tensor([-3.0]))
    assert largest.total.tolist() == [1, -2]
    logits = points(2, 3)
    for linear in (True, False):
        found = LogSums(logits[:, 0], linear)
        assert (found.result() == -torch.inf).all()
        found.add_logits(slice(0, 2), logits)
        found.add_logits(slice(1, 2), logits[:1])
        expected = torch.stack([logits[0].logsumexp(0), logits.flatten().logsumexp(0)])
        torch.testing.assert_close(found.result(), expected)


def test_log_add_exp_leaves_its_argument_alone():
    values = torch.tensor([-3.0, 0.0, 5.0], dtype=torch.float64)
    kept = values.clone()
    found = log_add_exp(-1.0, values)
    assert torch.equal(values, kept)
    torch.testing.assert_close(found, torch.logaddexp(torch.full_like(values, -1.0), values), rtol=1e-15, atol=0)


def test_two_towers_by_default_and_what_they_refuse():
    first, second = points(5), points(5, seed=1)
    told = margins.two_towers(first, second, None, 0.07, 0.0)
    assert torch.equal(margins.two_towers(first, second), told)
    by_label = margins.two_towers(first, second, torch.arange(5))
    torch.testing.assert_close(by_label, told)
    for name, value in (("keys", first), ("key_labels", torch.arange(5)), ("contrast", "all"), ("exclude_self", True)):
        with pytest.raises(ValueError, match=f"^{name}: two_towers has one contrast set, the other tower"):
            margins.two_towers(first, second, **{name: value})
    for wrong in (second[:4], second[:, :3]):
        with pytest.raises(ValueError, match=r"^second: must have the shape of first, \(5, 4\), got"):
            margins.two_towers(first, wrong)
    for one, other, name in ((first[0], second, "first"), (first, second[None], "second")):
        with pytest.raises(ValueError, match=f"^{name}: must have shape"):
            margins.two_towers(one, other)
    with pytest.raises(ValueError, match="epsilon: must be zero or positive"):
        margins.two_towers(first, second, epsilon=-0.1)
    with pytest.raises(ValueError, match="reduction: must be one of"):
        margins.two_towers(first, second, reduction="max")
    weighted = margins.two_towers(first, second, weights=torch.tensor([1.0, 0, 0, 0, 0]))
    torch.testing.assert_close(weighted, margins.two_towers(first, second, reduction="none")[0])


def test_margins_and_valid_anchors_by_default():
    rows, labels = points(6), torch.tensor([0, 0, 1, 1, 2, 2])
    plain, told = margins.anchor_margins(rows, labels), margins.anchor_margins(rows, labels, 0.1, None, None, True)
    assert torch.equal(plain.worst, told.worst) and torch.equal(plain.mean, told.mean)
    with pytest.raises(ValueError, match="labels: one class only, so no anchor has a negative"):
        margins.anchor_margins(rows, torch.zeros(6, dtype=torch.long))
    keys, key_labels = points(2, seed=1), torch.tensor([1, 5])
    assert margins.valid_anchors(rows, labels, keys, key_labels, "keys").tolist() == [
        False,
        False,
        True,
        True,
        False,
        False,
    ]
    assert margins.valid_anchors(rows, labels, keys, key_labels).all()
    assert margins.valid_anchors(rows, torch.arange(6), keys, key_labels).tolist() == [False, True, *[False] * 3, True]
    with pytest.raises(ValueError, match="contrast"):
        margins.valid_anchors(rows, labels, keys, key_labels, "some")
