"""FairKL and EnD against loops over pairs, the laws of the Gaussian KL, and the released variant against its description."""

import itertools
import math
import statistics
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.theory.margins import FairKL, end, fair_kl, gaussian_kl, pair_statistics, released_terms
from contrastive_claims.theory.margins.debiasing import RELEASED_TERMS, VARIANCE_FLOOR

finite = st.floats(-5, 5)
spread = st.floats(1e-3, 10)
KINDS = list(itertools.product((True, False), (True, False)))  # (same class, same bias), in the order of the axes


@st.composite
def batches(draw):
    n = draw(st.integers(4, 12))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    embeddings = torch.tensor(rng.normal(size=(n, draw(st.integers(2, 4)))))
    return embeddings, torch.as_tensor(rng.integers(0, 2, n)), torch.as_tensor(rng.integers(0, 2, n))


def distance_sets(embeddings, labels, bias, anchor=None):
    """Squared distances by kind, of one anchor or (None) of all unordered pairs."""
    unit = [np.array(row) / math.hypot(*row) for row in embeddings.tolist()]
    sets = {kind: [] for kind in KINDS}
    for i, j in itertools.combinations(range(len(unit)), 2):
        if anchor in (None, i, j):
            kind = (labels[i].item() == labels[j].item(), bias[i].item() == bias[j].item())
            sets[kind].append(float(((unit[i] - unit[j]) ** 2).sum()))
    return sets


def kl(aligned, conflicting, floor):
    a, c = statistics.variance(aligned) + floor, statistics.variance(conflicting) + floor
    gap = statistics.fmean(aligned) - statistics.fmean(conflicting)
    return ((a + gap**2) / c - math.log(a / c) - 1) / 2


def expected_penalty(groups, need, distance):
    """Sum over same class / other class of the mean over the groups where both sets have `need` samples, and the first
    of the two for which there is no such group."""
    total, missing = 0.0, None
    for same in (True, False):
        pairs = [(sets[same, True], sets[same, False]) for sets in groups]
        values = [distance(a, c) for a, c in pairs if min(len(a), len(c)) >= need]
        if not values:
            missing = missing or ("positives" if same else "negatives")
        total += statistics.fmean(values) if values else 0.0
    return total, missing


def groups_of(batch, variant):
    anchors = [None] if variant == "batch" else range(len(batch[0]))
    return [distance_sets(*batch, anchor) for anchor in anchors]


@pytest.mark.parametrize("variant", ["paper", "batch"])
@pytest.mark.parametrize("symmetric", [False, True])
@given(batch=batches(), floor=st.sampled_from([1e-2, VARIANCE_FLOOR]))
@settings(deadline=None, max_examples=40)
def test_fair_kl_equals_a_loop_over_pairs(variant, symmetric, batch, floor):
    def distance(a, c):
        return kl(a, c, floor) + (kl(c, a, floor) if symmetric else 0.0)

    expected, missing = expected_penalty(groups_of(batch, variant), 2, distance)
    found = fair_kl(*batch, variant, symmetric, variance_floor=floor, no_pairs="zero")
    assert found.item() == pytest.approx(expected, rel=1e-9, abs=1e-9)
    if missing:
        with pytest.raises(ValueError, match=f"bias: no anchor has two aligned and two conflicting {missing}"):
            fair_kl(*batch, variant)
    elif floor == VARIANCE_FLOOR:
        assert fair_kl(*batch, variant, symmetric) == found


@pytest.mark.parametrize("variant", ["paper", "batch"])
@given(batch=batches())
@settings(deadline=None, max_examples=40)
def test_end_equals_a_loop_over_pairs(variant, batch):
    def distance(a, c):
        return (statistics.fmean(a) - statistics.fmean(c)) ** 2

    expected, missing = expected_penalty(groups_of(batch, variant), 1, distance)
    assert end(*batch, variant, no_pairs="zero").item() == pytest.approx(expected, rel=1e-9, abs=1e-12)
    if missing:
        with pytest.raises(ValueError, match=f"bias: no anchor has one aligned and one conflicting {missing}"):
            end(*batch, variant)


@given(batch=batches())
@settings(deadline=None, max_examples=40)
def test_pair_statistics_equal_loops(batch):
    n = len(batch[0])
    single, pooled = pair_statistics(*batch), pair_statistics(*batch, pooled=True)
    assert single.count.shape == single.mean.shape == single.variance.shape == (n, 2, 2)
    assert pooled.count.shape == pooled.mean.shape == pooled.variance.shape == (2, 2)
    for anchor in [*range(n), None]:
        found = pooled if anchor is None else single
        for kind, values in distance_sets(*batch, anchor).items():
            at = (..., 0 if kind[0] else 1, 0 if kind[1] else 1)
            at = at if anchor is None else (anchor, *at[1:])
            assert found.count[at] == len(values)
            assert found.mean[at].item() == pytest.approx(statistics.fmean(values) if values else 0.0, abs=1e-12)
            variance = statistics.variance(values) if len(values) > 1 else 0.0
            assert found.variance[at].item() == pytest.approx(variance, abs=1e-12)


def test_moments_cannot_be_changed():
    moments = pair_statistics(*balanced())
    with pytest.raises(FrozenInstanceError):
        moments.mean = moments.variance


def released(embeddings, labels, bias, weight):
    """papers.md's description of paper A's code, with loops."""
    unit = torch.nn.functional.normalize(embeddings, dim=1).tolist()
    n = len(unit)
    mean, deviation = {}, {}
    for kind in KINDS:
        masked, count = [], 0
        for i, j in itertools.product(range(n), range(n)):
            inside = (labels[i].item() == labels[j].item(), bias[i].item() == bias[j].item()) == kind
            masked.append(sum(a * b for a, b in zip(unit[i], unit[j], strict=True)) if inside else 0.0)
            count += inside
        mean[kind], deviation[kind] = sum(masked) / max(count, 1), statistics.stdev(masked)
    total = -mean[True, False] + mean[False, True]
    for same in (True, False):
        total += (mean[same, True] - mean[same, False]) ** 2
        total += weight * (deviation[same, True] - deviation[same, False]) ** 2
    return total


@given(batch=batches(), weight=st.floats(0, 3))
@settings(deadline=None, max_examples=40)
def test_the_released_variant_is_what_the_code_computes(batch, weight):
    assert fair_kl(*batch, "released", std_weight=weight).item() == pytest.approx(released(*batch, weight), abs=1e-9)
    assert fair_kl(*batch, "released").item() == pytest.approx(released(*batch, 1.0), abs=1e-9)
    assert end(*batch, "released").item() == pytest.approx(released(*batch, 0.0), abs=1e-9)


@given(batch=batches(), weight=st.floats(0, 3))
@settings(deadline=None, max_examples=40)
def test_the_released_variant_is_the_sum_of_its_terms(batch, weight):
    terms = released_terms(*batch)
    assert tuple(terms) == RELEASED_TERMS
    assert all(terms[name] >= 0 for name in RELEASED_TERMS[:4])
    weights = [weight if "spreads" in name else 1.0 for name in terms]
    total = sum(w * term.item() for w, term in zip(weights, terms.values(), strict=True))
    assert fair_kl(*batch, "released", std_weight=weight).item() == pytest.approx(total, abs=1e-12)


def test_the_released_terms_by_hand():
    """A pair of one class and two biases at 90 degrees, and one of the other class with the first bias, opposite the first."""
    embeddings = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]], dtype=torch.float64)
    terms = {name: term.item() for name, term in released_terms(embeddings, [0, 0, 1], [0, 1, 0]).items()}
    # positives: the three self-pairs (aligned, 1), conflicting (0); negatives: aligned -1, conflicting 0
    assert terms["positive_means"] == pytest.approx(1.0) and terms["negative_means"] == pytest.approx(1.0)
    assert terms["pull_conflicting"] == pytest.approx(0.0) and terms["push_aligned"] == pytest.approx(-1.0)
    # three ones among nine numbers: variance 3 (1 - 3/9)/8 = 1/4; two minus ones: 2 (1 - 2/9)/8 = 7/36; the others are 0
    assert terms["positive_spreads"] == pytest.approx(1 / 4) and terms["negative_spreads"] == pytest.approx(7 / 36)


def balanced(n=16, seed=0):
    generator = torch.Generator().manual_seed(seed)
    index = torch.arange(n)
    return torch.randn(n, 3, generator=generator, dtype=torch.float64), index % 2, index // 2 % 2


def test_without_conflicting_samples_the_released_penalty_pushes_positives_apart():
    """Claim A20: with bias = class it is mu_aligned^2 + mu_negative^2, largest at the collapse that the loss wants."""
    _, labels, _ = balanced()
    together = torch.nn.functional.one_hot(labels, 3).double()
    assert end(together, labels, labels, "released").item() == pytest.approx(1.0, abs=1e-12)
    apart = torch.tensor([[1.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [-1.0, 0.0]])
    assert end(apart, torch.tensor([0, 1, 0, 1]), torch.tensor([0, 1, 0, 1]), "released").item() == 0.0


@given(mean=finite, variance=spread, other_mean=finite, other_variance=spread)
def test_gaussian_kl_is_bounded_below_and_zero_only_at_agreement(mean, variance, other_mean, other_variance):
    value = gaussian_kl(mean, variance, other_mean, other_variance)
    assert value >= (mean - other_mean) ** 2 / (2 * other_variance) * (1 - 1e-12) >= 0
    assert gaussian_kl(mean, variance, mean, variance) == 0
    ratio = variance / other_variance
    expected = ((variance + (mean - other_mean) ** 2) / other_variance - math.log(ratio) - 1) / 2
    assert value == pytest.approx(expected, rel=1e-9, abs=1e-9)
    same = gaussian_kl(*map(torch.tensor, (mean, variance, other_mean, other_variance)))
    assert same.item() == pytest.approx(value, rel=1e-4, abs=1e-4)
    if abs(ratio - 1) > 1e-3:
        assert value > 0


def test_gaussian_kl_does_not_cancel_near_agreement():
    delta = 2.0**-20
    assert gaussian_kl(0.0, 1 + delta, 0.0, 1.0) == pytest.approx(delta**2 / 4, rel=1e-5)


def test_equal_means_are_not_enough():
    """Claim A17: conflicting positives at one distance, aligned ones on either side of it: EnD 0, FairKL not."""
    middle = math.acos((math.cos(0.4) + math.cos(1.0)) / 2)
    angles = [0.0, 0.4, -1.0, middle, -middle]
    embeddings = torch.tensor([[math.cos(a), math.sin(a)] for a in angles], dtype=torch.float64)
    labels, bias = torch.zeros(5, dtype=torch.int64), torch.tensor([0, 0, 0, 1, 1])
    moments = pair_statistics(embeddings, labels, bias)
    # relative to the first anchor; it is the only one with two samples of each kind, so FairKL is its own
    assert moments.mean[0, 0, 0].item() == pytest.approx(moments.mean[0, 0, 1].item(), abs=1e-12)
    assert moments.variance[0, 0, 0] > 0.01 and moments.variance[0, 0, 1] < 1e-20
    assert fair_kl(embeddings, labels, bias, no_pairs="zero") > 1


@pytest.mark.parametrize("variant", ["paper", "batch", "released"])
@pytest.mark.parametrize("penalty", [fair_kl, end])
def test_gradients_are_exact_and_finite(variant, penalty):
    embeddings, labels, bias = balanced(10)
    embeddings.requires_grad_()
    labels[0], bias[0] = 5, 7  # no positives, no aligned negatives: its terms are undefined
    assert torch.autograd.gradcheck(lambda z: penalty(z, labels, bias, variant, no_pairs="zero"), embeddings)
    collapsed = torch.nn.functional.one_hot(labels % 2, 3).double().requires_grad_()
    penalty(collapsed, labels % 2, bias % 2, variant).backward()
    assert collapsed.grad is not None and collapsed.grad.isfinite().all()


@pytest.mark.parametrize("symmetric", [False, True])
def test_terms_without_pairs_leave_no_trace_in_the_gradient_without_a_floor(symmetric):
    embeddings, labels, bias = balanced(10)
    labels[0], bias[0] = 5, 7
    for variant in ("paper", "batch"):
        points = embeddings.clone().requires_grad_()
        fair_kl(points, labels, bias, variant, symmetric, variance_floor=0.0, no_pairs="zero").backward()
        assert points.grad.isfinite().all() and points.grad.abs().max() > 1e-3
    points = embeddings.clone().requires_grad_()
    fair_kl(points, labels * 0, bias * 0, "batch", symmetric, variance_floor=0.0, no_pairs="zero").backward()
    assert (points.grad == 0).all()  # no conflicting pair at all


@pytest.mark.parametrize("variant", ["paper", "batch", "released"])
@pytest.mark.parametrize("penalty", [fair_kl, end])
def test_views_half_precision_and_scale(variant, penalty):
    embeddings, labels, bias = balanced()
    rows = penalty(embeddings, labels[:8].repeat_interleave(2), bias[:8].repeat_interleave(2), variant)
    views = penalty(embeddings.reshape(8, 2, 3), labels[:8], bias[:8], variant)
    torch.testing.assert_close(views, rows)
    expected = penalty(embeddings.half(), labels, bias, variant)
    assert expected.dtype == torch.float32
    torch.testing.assert_close(
        expected, penalty(embeddings.half().float() * 1e20, labels.numpy(), bias.tolist(), variant)
    )
    with torch.autocast("cpu", dtype=torch.bfloat16):
        under_autocast = penalty(embeddings.half(), labels, bias, variant)
    torch.testing.assert_close(under_autocast, expected)


@pytest.mark.parametrize("variant", ["paper", "batch"])
def test_the_floor_decides_at_collapse(variant):
    labels, bias = torch.zeros(8, dtype=torch.int64), torch.arange(8) // 4
    collapsed = torch.ones(8, 2, dtype=torch.float64)
    assert fair_kl(collapsed, labels, bias, variant, no_pairs="zero") == 0
    assert fair_kl(collapsed, labels, bias, variant, variance_floor=0.0, no_pairs="zero").isnan()


NAN = math.nan


@pytest.mark.parametrize("penalty", [fair_kl, end, pair_statistics, released_terms])
@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        ("embeddings: row 1 holds NaN", lambda z, y, b: (z.index_fill(0, torch.tensor(1), NAN), y, b)),
        ("embeddings: row 3 is a zero vector", lambda z, y, b: (z.index_fill(0, torch.tensor(3), 0), y, b)),
        (r"embeddings: must have shape \[N, D\] or \[B, V, D\]", lambda z, y, b: (z[0], y, b)),
        (r"embeddings: empty", lambda z, y, b: (z[:0], y[:0], b[:0])),
        (r"labels: must have shape \[16\]", lambda z, y, b: (z, y[1:], b)),
        (r"bias: must have shape \[16\]", lambda z, y, b: (z, y, b[1:])),
        ("labels: must be integers", lambda z, y, b: (z, y.float(), b)),
        ("bias: must be integers", lambda z, y, b: (z, y, b.float())),
    ],
)
def test_bad_input_is_named(penalty, message, arguments):
    with pytest.raises(ValueError, match=f"^{message}"):
        penalty(*arguments(*balanced()))
    if "NaN" in message:
        result = penalty(*arguments(*balanced()), validate=False)
        found = {pair_statistics: lambda: result.mean, released_terms: lambda: result["pull_conflicting"]}
        assert found.get(penalty, lambda: result)().isnan().any()


def test_bad_options_are_named():
    batch = balanced()
    for penalty in (fair_kl, end):
        with pytest.raises(ValueError, match="variant: must be one of paper, batch, released, got 'kl'"):
            penalty(*batch, "kl")
        with pytest.raises(ValueError, match="no_pairs: must be raise or zero, got 'skip'"):
            penalty(*batch, no_pairs="skip")
        with pytest.raises(ValueError, match="embeddings: row 0"):
            penalty(batch[0] * NAN, *batch[1:], "released")
    with pytest.raises(ValueError, match="symmetric: the released variant"):
        fair_kl(*batch, "released", symmetric=True)
    for floor in (-1e-9, NAN):
        with pytest.raises(ValueError, match="variance_floor: must be zero or positive and finite"):
            fair_kl(*batch, variance_floor=floor)
    lonely = (batch[0], torch.zeros(16, dtype=torch.int64), batch[2])
    with pytest.raises(ValueError, match="bias: no anchor has two aligned and two conflicting negatives"):
        fair_kl(*lonely)
    lonely = (batch[0], batch[1], batch[1])
    with pytest.raises(ValueError, match="bias: no anchor has two aligned and two conflicting positives"):
        fair_kl(*lonely)


def test_module_is_the_function():
    batch = balanced()
    for options in (
        {"variant": "batch", "symmetric": True, "variance_floor": 0.01, "no_pairs": "zero", "validate": False},
        {},
    ):
        assert FairKL(**options)(*batch) == fair_kl(*batch, **options)
    options = "variant='batch', symmetric=False, variance_floor=0.0001, no_pairs='raise', validate=True, std_weight=1.0"
    assert repr(FairKL("batch")) == f"FairKL({options})"
