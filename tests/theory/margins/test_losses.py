"""The losses against an independent double loop over anchors and pairs, and the laws they obey."""

import math
import threading
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.theory import margins
from contrastive_claims.theory.margins import dense, pairs, sweep
from contrastive_claims.theory.margins.inputs import check_labels, prepare
from contrastive_claims.theory.margins.running import log_add_exp
from contrastive_claims.theory.margins.tiles import side, tile_rows
from contrastive_claims.theory.sphere import simplex_etf

FORMS = ("info_nce", "nt_xent", "sup_con", "sup_con_in", "eps_infonce", "eps_sup_infonce", "eps_sup_con", "info_l1o")
WITH_EPSILON = ("eps_infonce", "eps_sup_infonce", "eps_sup_con")
LAYOUTS = ("random", "sorted", "one class", "all distinct", "singleton", "pairs")


def oracle(name, embeddings, labels, temperature, epsilon, keys=None, key_labels=()):
    """Per-anchor losses by the definitions, pair by pair, as a list of scalars (None without positives)."""
    contrast = [*embeddings, *(() if keys is None else keys)]
    all_labels = [*labels, *key_labels]
    unit = [row / row.norm() for row in contrast]
    losses = []
    for i in range(len(embeddings)):
        positives, negatives = [], []
        for j in range(len(contrast)):
            if j != i:
                logit = torch.dot(unit[i], unit[j]) / temperature
                (positives if all_labels[j] == all_labels[i] else negatives).append(logit)
        if not positives:
            losses.append(None)
            continue
        total = 0.0
        for own in positives:
            if name in ("info_nce", "eps_infonce", "eps_sup_infonce"):
                total = total + torch.stack([own - epsilon, *negatives]).logsumexp(0) - own
            elif name == "info_l1o":
                total = total + torch.stack(negatives).logsumexp(0) - own
            elif name in ("nt_xent", "sup_con", "eps_sup_con"):
                total = total + torch.stack([*(s - epsilon for s in positives), *negatives]).logsumexp(0) - own
        if name == "sup_con_in":
            inside = torch.stack(positives).logsumexp(0) - math.log(len(positives))
            losses.append(torch.stack(positives + negatives).logsumexp(0) - inside)
        else:
            losses.append(total / len(positives))
    return losses


def choose_engine(patch, rows):
    """Tiles of this many rows; 0: the whole matrix at once."""
    if rows:
        patch.setattr(pairs, "tile_rows", lambda device: rows)
        patch.setattr(dense, "MOST_PAIRS", {})


@st.composite
def problems(draw):
    layout = draw(st.sampled_from(LAYOUTS))
    n = draw(st.integers(4, 11))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    labels = {
        "random": rng.integers(0, 3, n),
        "sorted": np.sort(rng.integers(-2, 2, n)),
        "one class": np.full(n, 7),
        "all distinct": rng.permutation(n),
        "singleton": np.r_[np.zeros(n - 1, int), 5],
        "pairs": np.repeat(np.arange(n), 2)[:n],
    }[layout]
    keys = draw(st.integers(0, 5))
    key_labels = rng.integers(-1, 9, keys)
    if len(set(labels) | set(key_labels)) < 2:
        keys, key_labels = 3, np.array([100, 7, 101])  # one class needs a key that is negative
    dimension = draw(st.integers(1, 6))
    points = rng.normal(size=(n + keys, dimension)) * np.exp(rng.normal(size=(n + keys, 1)))
    if draw(st.booleans()):
        points[1], points[n - 1] = points[0], -points[2]  # duplicates and antipodes
    return labels, key_labels, points, draw(st.integers(0, 4))


def evaluate(name, problem, temperature, epsilon, dtype=torch.float64, reduction="mean", no_positives="zero"):
    """(loss, gradient of every embedding and key) from the library, for `reduction` mean or a list of weights."""
    labels, key_labels, points, _ = problem
    n = len(labels)
    rows = torch.tensor(points, dtype=dtype, requires_grad=True)
    options = {"epsilon": epsilon} if name in WITH_EPSILON else {}
    if len(key_labels):
        options |= {"keys": rows[n:], "key_labels": torch.as_tensor(key_labels)}
    weighted = not isinstance(reduction, str)
    loss = getattr(margins, name)(
        rows[:n], torch.as_tensor(labels), temperature, no_positives=no_positives,
        reduction="none" if weighted else reduction, **options,
    )  # fmt: skip
    if weighted:
        loss = (loss * torch.as_tensor(reduction, dtype=loss.dtype)).sum()
    loss.backward()
    return loss.detach(), rows.grad


def evaluate_oracle(name, problem, temperature, epsilon, dtype=torch.float64, weights=None):
    labels, key_labels, points, _ = problem
    n = len(labels)
    rows = torch.tensor(points, dtype=dtype).double().requires_grad_()
    losses = oracle(name, rows[:n], labels, temperature, epsilon if name in WITH_EPSILON else 0.0, rows[n:], key_labels)
    weights = [1 / n] * n if weights is None else weights
    loss = sum((w * x for w, x in zip(weights, losses, strict=True) if x is not None), rows.sum() * 0)
    loss.backward()
    return loss.detach(), rows.grad


def assert_close(found, expected, tolerance):
    scale = max(1.0, expected.abs().max().item())
    assert (found - expected).abs().max().item() <= tolerance * scale


@pytest.mark.parametrize("name", FORMS)
@given(problem=problems(), temperature=st.floats(0.02, 5), epsilon=st.floats(0, 4))
@settings(max_examples=25, deadline=None)
def test_value_and_gradient_equal_the_double_loop_in_float64(name, problem, temperature, epsilon):
    with pytest.MonkeyPatch.context() as patch:
        choose_engine(patch, problem[3])
        loss, gradient = evaluate(name, problem, temperature, epsilon)
    expected_loss, expected_gradient = evaluate_oracle(name, problem, temperature, epsilon)
    assert_close(loss, expected_loss, 1e-10)
    assert_close(gradient, expected_gradient, 1e-10)


@pytest.mark.parametrize("name", FORMS)
@given(problem=problems(), temperature=st.floats(0.05, 5), epsilon=st.floats(0, 4))
@settings(max_examples=10, deadline=None)
def test_value_and_gradient_equal_the_double_loop_in_float32(name, problem, temperature, epsilon):
    with pytest.MonkeyPatch.context() as patch:
        choose_engine(patch, problem[3])
        loss, gradient = evaluate(name, problem, temperature, epsilon, torch.float32)
    assert loss.dtype == gradient.dtype == torch.float32
    expected_loss, expected_gradient = evaluate_oracle(name, problem, temperature, epsilon, torch.float32)
    assert_close(loss, expected_loss, 1e-5)
    assert_close(gradient, expected_gradient, 1e-5)


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-6), (torch.float64, 1e-12)])
@pytest.mark.parametrize("temperature", [0.01, 0.1, 1.0])
def test_the_whole_matrix_and_the_tiles_agree(name, dtype, tolerance, temperature, seed):
    """To a few roundings of the logits, which reach 1/temperature, times the slope of the loss in the vectors."""
    rng = np.random.default_rng(seed)
    problem = (np.r_[rng.integers(0, 4, 50), 9], rng.integers(0, 5, 20), rng.normal(size=(71, 16)), 0)
    found = evaluate(name, problem, temperature, 0.25, dtype)
    with pytest.MonkeyPatch.context() as patch:
        choose_engine(patch, 7)
        tiled = evaluate(name, problem, temperature, 0.25, dtype)
    for mine, theirs in zip(found, tiled, strict=True):
        assert_close(mine, theirs, tolerance * max(1, 0.1 / temperature))


@pytest.mark.parametrize(("n", "keys", "whole"), [(64, 0, True), (64, 10000, False), (768, 0, True), (769, 0, False)])
def test_small_batches_take_the_whole_matrix(n, keys, whole):
    embeddings, labels = example(n)
    extra = example(keys) if keys else (None, None)
    assert dense.fits(prepare(embeddings, labels, 0.1, *extra, True)) == whole


def test_log_add_exp_keeps_its_digits_near_zero():
    values = torch.tensor([-1e4, -40.0, -1e-3, 0.0, 1.0, 700.0], dtype=torch.float64)
    for floor in (-math.inf, -3.0, 0.0):
        expected = np.logaddexp(floor, values.numpy())
        np.testing.assert_allclose(log_add_exp(floor, values).numpy(), expected, rtol=1e-15)


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("temperature", [0.001, 0.1])
@given(problem=problems(), data=st.data())
@settings(max_examples=8, deadline=None)
def test_gradients_of_single_anchors_with_signed_weights(name, temperature, problem, data):
    n = len(problem[0])
    weights = data.draw(st.lists(st.floats(-2, 2), min_size=n, max_size=n))
    with pytest.MonkeyPatch.context() as patch:
        choose_engine(patch, problem[3])
        loss, gradient = evaluate(name, problem, temperature, 0.5, reduction=weights)
    expected_loss, expected_gradient = evaluate_oracle(name, problem, temperature, 0.5, weights=weights)
    assert_close(loss, expected_loss, 1e-9)
    assert_close(gradient, expected_gradient, 1e-9)


def example(n=12, dimension=4, classes=3, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    embeddings = torch.randn(n, dimension, generator=generator, dtype=torch.float64).to(dtype)
    return embeddings, torch.arange(n) % classes


@pytest.mark.parametrize("name", FORMS)
def test_reductions_and_anchors_without_positives(name):
    embeddings, labels = example()
    labels[3], labels[7] = 50, 51
    call = getattr(margins, name)
    with pytest.raises(ValueError, match=r"labels: 2 of 12 anchors have no positive"):
        call(embeddings, labels)
    zero = call(embeddings, labels, no_positives="zero", reduction="none")
    skip = call(embeddings, labels, no_positives="skip", reduction="none")
    valid = margins.valid_anchors(embeddings, labels)
    assert valid.sum() == 10 and not valid[3] and not valid[7]
    assert zero.shape == (12,) and zero[3] == zero[7] == 0
    torch.testing.assert_close(zero[valid], skip, rtol=1e-13, atol=1e-13)
    torch.testing.assert_close(call(embeddings, labels, no_positives="zero"), zero.sum() / 12)
    torch.testing.assert_close(call(embeddings, labels, no_positives="skip"), zero.sum() / 10)
    torch.testing.assert_close(call(embeddings, labels, no_positives="skip", reduction="sum"), zero.sum())


def test_one_positive_among_the_anchors_or_the_keys_is_enough():
    embeddings, _ = example(n=5)
    labels = torch.tensor([0, 0, 1, 2, 3])
    assert margins.valid_anchors(embeddings, labels).tolist() == [True, True, False, False, False]
    keys, key_labels = example(n=2, seed=1)[0], torch.tensor([3, 9])
    assert margins.valid_anchors(embeddings, labels, keys, key_labels).tolist() == [True, True, False, False, True]
    embeddings[3] = math.nan
    assert margins.valid_anchors(embeddings, labels).sum() == 2


def test_all_distinct_labels_have_nothing_to_average():
    embeddings, _ = example()
    distinct = torch.arange(12)
    with pytest.raises(ValueError, match="labels: 12 of 12 anchors"):
        margins.sup_con(embeddings, distinct)
    with pytest.raises(ValueError, match="labels: no anchor has a positive"):
        margins.sup_con(embeddings, distinct, no_positives="skip")
    embeddings.requires_grad_()
    loss = margins.sup_con(embeddings, distinct, no_positives="zero")
    loss.backward()
    assert loss == 0 and (embeddings.grad == 0).all()


def test_views_are_rows_with_repeated_labels():
    embeddings, labels = example(n=12)
    for name in FORMS:
        call = getattr(margins, name)
        views = call(embeddings.reshape(6, 2, 4), labels[:6], reduction="none")
        rows = call(embeddings, labels[:6].repeat_interleave(2), reduction="none")
        torch.testing.assert_close(views, rows, rtol=0, atol=0)
    instances = torch.arange(4).repeat_interleave(3)
    for name in ("info_nce", "nt_xent", "eps_infonce", "info_l1o"):
        call = getattr(margins, name)
        torch.testing.assert_close(call(embeddings.reshape(4, 3, 4)), call(embeddings, instances), rtol=0, atol=0)


def test_two_views_make_nt_xent_and_info_nce_one_loss_and_three_do_not():
    embeddings, _ = example()
    two, three = embeddings.reshape(6, 2, 4), embeddings.reshape(4, 3, 4)
    torch.testing.assert_close(margins.nt_xent(two), margins.info_nce(two))
    assert margins.nt_xent(three) > margins.info_nce(three) + 0.01


def test_limits_in_epsilon():
    embeddings, labels = example()
    for with_epsilon, without in (
        ("eps_sup_infonce", "info_nce"),
        ("eps_infonce", "info_nce"),
        ("eps_sup_con", "sup_con"),
    ):
        call = getattr(margins, with_epsilon)
        torch.testing.assert_close(call(embeddings, labels, epsilon=0), getattr(margins, without)(embeddings, labels))
        default = call(embeddings, labels)
        torch.testing.assert_close(default, call(embeddings, labels, 0.1, 0.25), rtol=0, atol=0)
    wide = margins.eps_sup_infonce(embeddings, labels, epsilon=60.0)
    torch.testing.assert_close(wide, margins.info_l1o(embeddings, labels), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", FORMS)
def test_default_temperature_is_a_tenth_and_numpy_labels_do(name):
    embeddings, labels = example()
    call = getattr(margins, name)
    torch.testing.assert_close(call(embeddings, labels), call(embeddings, labels.numpy(), 0.1), rtol=1e-13, atol=1e-13)
    torch.testing.assert_close(call(embeddings, (labels == 0)), call(embeddings, (labels == 0).int()), rtol=0, atol=0)


@pytest.mark.parametrize("name", FORMS)
def test_scale_and_order_do_not_matter(name):
    embeddings, labels = example()
    call = getattr(margins, name)
    order = torch.tensor([3, 1, 0, 2, 7, 11, 10, 4, 5, 6, 9, 8])
    expected = call(embeddings, labels, reduction="none")
    found = call(1e200 * embeddings[order], labels[order], reduction="none")
    torch.testing.assert_close(found, expected[order], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("temperature", [0.01, 0.1])
def test_half_precision_is_computed_in_float32_also_under_autocast(name, dtype, temperature):
    embeddings, labels = example(n=40, classes=5, dimension=8, dtype=dtype)
    embeddings.requires_grad_()
    call = getattr(margins, name)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = call(embeddings, labels, temperature)
        loss.backward()
    exact = embeddings.detach().double().requires_grad_()
    expected = call(exact, labels, temperature)
    expected.backward()
    assert loss.dtype == torch.float32 and embeddings.grad.dtype == dtype
    torch.testing.assert_close(loss.double(), expected, rtol=1e-5, atol=1e-5)
    resolution = torch.finfo(dtype).eps * exact.grad.abs().max().item()
    torch.testing.assert_close(embeddings.grad.double(), exact.grad, rtol=0, atol=resolution)
    assert embeddings.grad.isfinite().all()


def test_torch_func_gradients_without_validation():
    embeddings, labels = example()
    expected = embeddings.clone().requires_grad_()
    margins.eps_sup_con(expected, labels).backward()
    found = torch.func.grad(lambda z: margins.eps_sup_con(z, labels, validate=False))(embeddings)
    torch.testing.assert_close(found, expected.grad)


def test_validate_false_lets_nan_through():
    embeddings, labels = example()
    embeddings[5, 1] = math.nan
    assert margins.sup_con(embeddings, labels, validate=False).isnan()


@pytest.mark.parametrize("name", ["eps_sup_infonce", "eps_sup_con"])
def test_threads_share_the_work_and_results_repeat(name, monkeypatch, seed):
    choose_engine(monkeypatch, 3)
    problem = (np.arange(40) % 4, np.arange(7) % 5, np.random.default_rng([seed, 3]).normal(size=(47, 4)), 3)
    before = torch.get_num_threads()
    seen, arrived = [], set()
    visit, barrier = sweep._block, threading.Barrier(3)

    def watched(*arguments):
        own = threading.get_ident()
        seen.append((own, torch.get_num_threads()))
        if meet and own not in arrived and len(arrived) < 3:
            arrived.add(own)
            barrier.wait(30)  # the first three at once: no thread may finish and take over another one's share
        return visit(*arguments)

    monkeypatch.setattr(sweep, "_block", watched)
    try:
        torch.set_num_threads(1)
        meet = False
        one = evaluate(name, problem, 0.1, 0.3)
        assert len({thread for thread, _ in seen}) == 1
        seen.clear()
        meet = True
        torch.set_num_threads(3)
        three, again = (evaluate(name, problem, 0.1, 0.3) for _ in range(2))
        assert len({thread for thread, _ in seen}) >= 3 and {threads for _, threads in seen} == {1}
        assert torch.get_num_threads() == 3
        monkeypatch.setattr(sweep, "MOST_WORKERS", 2)
        torch.set_num_threads(4)
        seen.clear()
        evaluate(name, problem, 0.1, 0.3)
        assert {threads for _, threads in seen} == {2}
    finally:
        torch.set_num_threads(before)
    for mine, repeated, single in zip(three, again, one, strict=True):
        assert torch.equal(mine, repeated)
        torch.testing.assert_close(mine, single, rtol=1e-12, atol=1e-12)


def test_every_worker_has_at_least_two_pairs_of_tiles(monkeypatch):
    monkeypatch.setattr(torch, "get_num_threads", lambda: 4)
    cpu = torch.device("cpu")
    assert [list(range(sweep._workers(pairs, cpu)))[-1] + 1 for pairs in range(12)] == [
        1,
        1,
        1,
        1,
        2,
        2,
        3,
        3,
        4,
        4,
        4,
        4,
    ]
    assert sweep._workers(100, torch.device("meta")) == 1


def test_an_error_in_a_thread_is_raised(monkeypatch):
    choose_engine(monkeypatch, 3)
    main, visit = threading.get_ident(), sweep._block

    def failing(*arguments):
        if threading.get_ident() != main:
            raise MemoryError("no room")
        return visit(*arguments)

    monkeypatch.setattr(sweep, "_block", failing)
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        with pytest.raises(MemoryError, match="no room"):
            margins.sup_con(*example())
    finally:
        torch.set_num_threads(before)


def test_tiles_keep_classes_whole():
    classes = torch.tensor([0, 0, 1, 2, 2, *[3] * 10, 4, 5, 5, 5, 6])
    tiles = side(torch.zeros(len(classes), 1), classes, 4).tiles
    assert [(t.rows.start, t.rows.stop, t.low, t.high) for t in tiles] == [
        (0, 3, 0, 1), (3, 5, 2, 2), (5, 8, 3, 3), (8, 11, 3, 3), (11, 15, 3, 3), (15, 19, 4, 5), (19, 20, 6, 6),
    ]  # fmt: skip
    assert side(torch.zeros(0, 1), classes[:0], 4).tiles == []


def test_memory_of_the_blocks_is_bounded(monkeypatch, seed):
    """No N x N matrix: no block is larger than a tile squared, whatever the labels."""
    shapes = []
    make = sweep._block

    def watched(*arguments):
        block = make(*arguments)
        shapes.append(tuple(block.logits.shape))
        return block

    monkeypatch.setattr(sweep, "_block", watched)
    embeddings = torch.randn(1000, 3, generator=torch.Generator().manual_seed(seed)).requires_grad_()
    for labels in (torch.arange(1000) % 2, torch.arange(1000) // 2, torch.arange(1000) % 10):
        margins.eps_sup_con(embeddings, labels).backward()
    limit = tile_rows(embeddings.device)
    assert shapes and max(map(max, shapes)) <= limit < 1000


def test_margins_anchor_by_anchor():
    embeddings, labels = example(n=9)
    keys, key_labels = example(n=5, classes=4, seed=1)
    found = margins.anchor_margins(embeddings, labels, 0.5, keys, key_labels)
    with pytest.MonkeyPatch.context() as patch:
        choose_engine(patch, 2)
        tiled = margins.anchor_margins(embeddings, labels, 0.5, keys, key_labels)
    unit = torch.nn.functional.normalize(torch.cat([embeddings, keys]), dim=1)
    everything = torch.cat([labels, key_labels])
    for i in range(9):
        logits = unit @ unit[i] / 0.5
        same = everything == labels[i]
        hardest = logits[~same].max()
        same[i] = False
        for margin in (found, tiled):
            torch.testing.assert_close(margin.worst[i], logits[same].min() - hardest)
            torch.testing.assert_close(margin.mean[i], logits[same].mean() - hardest)
    labels[0] = 99
    lonely = margins.anchor_margins(embeddings, labels)
    assert lonely.worst.isnan().tolist() == lonely.mean.isnan().tolist() == [True] + [False] * 8


def test_margins_on_the_line_are_plus_or_minus_two():
    points = torch.tensor([[3.0], [-1.0], [0.5], [-2.0]], dtype=torch.float64)
    found = margins.anchor_margins(points, torch.tensor([0, 1, 0, 1]), 0.5)
    assert found.worst.tolist() == found.mean.tolist() == pytest.approx([4.0] * 4)
    mixed = margins.anchor_margins(points, torch.tensor([0, 0, 1, 1]), 0.5)
    assert mixed.worst.tolist() == mixed.mean.tolist() == pytest.approx([-4.0] * 4)
    with pytest.raises(FrozenInstanceError):
        found.worst = found.mean
    points[0] = math.nan
    with pytest.raises(ValueError, match="embeddings: row 0 holds NaN"):
        margins.anchor_margins(points, torch.tensor([0, 1, 0, 1]))
    embeddings, labels = example()
    torch.testing.assert_close(
        margins.anchor_margins(embeddings, labels).worst, margins.anchor_margins(embeddings, labels, 1.0).worst * 10
    )
    spoiled = margins.anchor_margins(points, torch.tensor([0, 1, 0, 1]), validate=False)
    assert spoiled.worst.isnan().all()  # row 0 is a positive or a negative of every anchor


def test_batches_tiles_and_blocks_cannot_be_changed():
    batch = prepare(*example(), 0.5, None, None, True)
    assert batch.bound == pytest.approx((batch.anchors @ batch.anchors.T).max().item()) == 2.0
    one_side = side(batch.anchors, batch.labels.sort().values, 4)
    block = sweep._block(one_side, one_side, one_side.tiles[0], one_side.tiles[0], False)
    for record, field in ((batch, "bound"), (one_side, "tiles"), (one_side.tiles[0], "low"), (block, "diagonal")):
        with pytest.raises(FrozenInstanceError):
            setattr(record, field, 1)


def test_a_block_between_two_tiles_stands_for_both_of_its_orientations():
    embeddings, labels = example()
    anchors = side(embeddings, labels.sort().values, 4)
    first, last = anchors.tiles[0], anchors.tiles[-1]
    one, other = sweep._block(anchors, anchors, first, last, False).orientations()
    assert (one.rows, one.columns) == (other.columns, other.rows) == (first.rows, last.rows)
    assert torch.equal(one.logits, other.logits.T)
    assert torch.equal(one.logits, embeddings[first.rows] @ embeddings[last.rows].T)
    for alone in (
        sweep._block(anchors, anchors, first, first, False),
        sweep._block(anchors, anchors, first, last, True),
    ):
        assert list(alone.orientations()) == [alone]


def test_labels_come_as_int64_on_the_device_of_the_embeddings():
    for labels, device in (([1, 2], "meta"), (np.array([True, False]), "cpu"), (torch.tensor([3, -1]).char(), "cpu")):
        found = check_labels("labels", labels, 2, torch.device(device))
        assert found.dtype == torch.int64 and found.device.type == device


def test_the_simplex_attains_the_optimal_value():
    frame = torch.as_tensor(simplex_etf(4, 5)).repeat_interleave(3, 0)
    labels = torch.arange(4).repeat_interleave(3)
    for name in ("eps_sup_infonce", "eps_sup_con"):
        value = getattr(margins, name)(frame, labels, 0.3, 0.7)
        assert value.item() == pytest.approx(margins.optimal_value(4, 3, 0.3, 0.7, name), rel=1e-12)
    worst = margins.anchor_margins(frame, labels, 0.3).worst
    torch.testing.assert_close(worst, torch.full_like(worst, margins.optimal_margin(4, 0.3)))


NAN, MINUS = math.nan, -math.inf


def spoiled(z, row, value):
    return z.index_fill(0, torch.tensor(row), value)


BAD = [
    ("embeddings: row 2 holds NaN or infinity", lambda z, y: ((spoiled(z, 2, NAN), y), {})),
    ("embeddings: row 3 holds NaN or infinity", lambda z, y: ((spoiled(z, 3, MINUS), y), {})),
    ("embeddings: row 4 is a zero vector", lambda z, y: ((spoiled(z, 4, 0), y), {})),
    ("embeddings: must be a floating-point tensor, got torch.int64", lambda z, y: ((z.long(), y), {})),
    ("embeddings: must be a floating-point tensor, got ndarray", lambda z, y: ((z.numpy(), y), {})),
    (r"embeddings: must have shape \[N, D\] or \[B, V, D\], got \(4,\)", lambda z, y: ((z[0], y), {})),
    (r"embeddings: empty, shape \(0, 4\)", lambda z, y: ((z[:0], y[:0]), {})),
    (r"embeddings: empty, shape \(12, 0\)", lambda z, y: ((z[:, :0], y), {})),
    (r"labels: must have shape \[12\], one per row, got \(11,\)", lambda z, y: ((z, y[:11]), {})),
    (r"labels: must have shape \[12\], one per row, got \(12, 1\)", lambda z, y: ((z, y[:, None]), {})),
    ("labels: must be integers or booleans, got torch.float32", lambda z, y: ((z, y.float()), {})),
    ("labels: must be integers or booleans, got torch.complex64", lambda z, y: ((z, y.cfloat()), {})),
    ("labels: one class only", lambda z, y: ((z, y * 0), {})),
    ("temperature: must be positive and finite, got 0", lambda z, y: ((z, y, 0), {})),
    ("temperature: must be positive and finite, got -1", lambda z, y: ((z, y, -1), {})),
    ("temperature: must be positive and finite, got nan", lambda z, y: ((z, y, NAN), {})),
    ("temperature: must be positive and finite, got inf", lambda z, y: ((z, y, math.inf), {})),
    ("reduction: must be one of mean, sum, none, got 'max'", lambda z, y: ((z, y), {"reduction": "max"})),
    ("no_positives: must be one of raise, skip, zero, got 'drop'", lambda z, y: ((z, y), {"no_positives": "drop"})),
    ("key_labels: needed with keys", lambda z, y: ((z, y), {"keys": z})),
    ("key_labels: given without keys", lambda z, y: ((z, y), {"key_labels": y})),
    (r"key_labels: must have shape \[12\]", lambda z, y: ((z, y), {"keys": z, "key_labels": y[:3]})),
    (r"keys: must have shape \[N, D\], got", lambda z, y: ((z, y), {"keys": z.reshape(3, 4, 4), "key_labels": y})),
    (r"keys: empty, shape \(0, 0\)", lambda z, y: ((z, y), {"keys": z[:0, :0], "key_labels": y[:0]})),
    ("keys: must be a floating-point tensor, got list", lambda z, y: ((z, y), {"keys": [1.0], "key_labels": y})),
    ("keys: must have .* got 3 on cpu beside 4 on cpu", lambda z, y: ((z, y), {"keys": z[:, :3], "key_labels": y})),
    ("keys: must have .* got 4 on meta", lambda z, y: ((z, y), {"keys": z.to("meta"), "key_labels": y})),
    ("keys: row 1 is a zero vector", lambda z, y: ((z, y), {"keys": spoiled(z, 1, 0), "key_labels": y})),
]


@pytest.mark.parametrize(("message", "arguments"), BAD, ids=[m for m, _ in BAD])
@pytest.mark.parametrize("name", FORMS)
def test_bad_input_is_named(name, message, arguments):
    positional, options = arguments(*example())
    with pytest.raises(ValueError, match=f"^{message}"):
        getattr(margins, name)(*positional, **options)


@pytest.mark.parametrize("epsilon", [-0.1, math.nan, math.inf])
@pytest.mark.parametrize("name", WITH_EPSILON)
def test_bad_epsilon_is_named(name, epsilon):
    with pytest.raises(ValueError, match="epsilon: must be zero or positive and finite"):
        getattr(margins, name)(*example(), epsilon=epsilon)


@pytest.mark.parametrize("name", [*WITH_EPSILON, "two_towers"])
def test_an_epsilon_beyond_single_precision_is_named_and_none_below_gives_nan(name):
    loss, (embeddings, labels) = getattr(margins, name), example()
    arguments = (embeddings, embeddings.flip(1)) if name == "two_towers" else (embeddings, labels)
    for points in (arguments, tuple(x.float() if x.is_floating_point() else x for x in arguments)):
        with pytest.raises(ValueError, match=r"^epsilon: must be at most 3.4e38, .* got 3.5e\+38"):
            loss(*points, epsilon=3.5e38)
        assert loss(*points, temperature=1e12, epsilon=3.4e38).isfinite()


def test_labels_are_needed_unless_there_are_views():
    embeddings, _ = example()
    with pytest.raises(ValueError, match=r"labels: needed unless the embeddings are views"):
        margins.nt_xent(embeddings)


def test_modules_are_their_functions():
    embeddings, labels = example()
    labels[0] = 40
    keys, key_labels = example(n=6, seed=2)
    options = {"reduction": "none", "no_positives": "zero", "validate": False}
    for module, name in (
        (margins.InfoNCE, "info_nce"),
        (margins.NTXent, "nt_xent"),
        (margins.SupCon, "sup_con"),
        (margins.EpsSupInfoNCE, "eps_sup_infonce"),
        (margins.EpsSupCon, "eps_sup_con"),
    ):
        extra = {"epsilon": 0.7} if name in WITH_EPSILON else {}
        loss = module(0.3, **extra, **options)
        expected = getattr(margins, name)(embeddings, labels, 0.3, keys=keys, key_labels=key_labels, **extra, **options)
        torch.testing.assert_close(loss(embeddings, labels, keys, key_labels), expected, rtol=0, atol=0)
        assert "temperature=0.3" in repr(loss) and "no_positives='zero'" in repr(loss)
        torch.testing.assert_close(module()(keys, key_labels), getattr(margins, name)(keys, key_labels))
        with pytest.raises(ValueError, match=r"^temperature: must"):
            module(-1.0)
        with pytest.raises(ValueError, match=r"^embeddings: row 1 holds"):
            module()(keys.index_fill(0, torch.tensor(1), math.nan), key_labels)
    views = embeddings.reshape(6, 2, 4)
    for module, name in ((margins.InfoNCE, "info_nce"), (margins.NTXent, "nt_xent")):
        torch.testing.assert_close(module()(views), getattr(margins, name)(views), rtol=0, atol=0)
    for module, name in ((margins.EpsSupInfoNCE, "info_nce"), (margins.EpsSupCon, "sup_con")):
        torch.testing.assert_close(module(epsilon=0.0)(keys, key_labels), getattr(margins, name)(keys, key_labels))
    expected = "EpsSupCon(temperature=0.1, reduction='mean', no_positives='raise', validate=True, epsilon=0.25)"
    assert repr(margins.EpsSupCon()) == expected
    for module in (margins.EpsSupInfoNCE, margins.EpsSupCon):
        with pytest.raises(ValueError, match=r"^epsilon: must"):
            module(0.1, -1.0)
