"""Towers, queues, own negatives, masks and weights against a float64 double loop, with gradients."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.theory import margins
from contrastive_claims.theory.margins import plain

FORMS = {
    "info_nce": "infonce", "eps_sup_infonce": "infonce", "info_l1o": "infonce",
    "sup_con": "supcon", "eps_sup_con": "supcon", "sup_con_in": "supcon_in",
}  # fmt: skip


def rows(n, dimension=5, seed=0, dtype=torch.float64):
    return torch.randn(n, dimension, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def log_sum(terms):
    return math.log(math.fsum(math.exp(term) for term in terms)) if terms else -math.inf


def one_loss(name, positives, negatives, epsilon=0.25, beta=0.0):
    """The loss of one anchor from lists of (logit, weight), scalar by scalar."""
    epsilon = epsilon if name.startswith("eps") else math.inf if name == "info_l1o" else 0.0
    total = math.fsum(w for _, w in positives)
    hard = log_sum([(1 + beta) * s + math.log(w) for s, w in negatives])
    if beta:
        hard += log_sum([math.log(w) for _, w in negatives]) - log_sum([beta * s + math.log(w) for s, w in negatives])
    if FORMS[name] == "infonce":
        return (
            math.fsum(w * log_sum([s - epsilon, hard]) for s, w in positives) / total
            - math.fsum(w * s for s, w in positives) / total
        )
    denominator = log_sum([*(s - epsilon for s, _ in positives), hard])
    if name == "sup_con_in":
        return denominator - log_sum([s + math.log(w / total) for s, w in positives])
    return denominator - math.fsum(w * s for s, w in positives) / total


def cosines(a, b):
    unit = [torch.nn.functional.normalize(x.detach().double(), dim=-1) for x in (a, b)]
    return unit[0] @ unit[1].T


def loop(name, logits, positive, negative, **options):
    """Losses of all anchors; logits, positive, negative [N, C]."""
    found = []
    for s, p, q in zip(logits.tolist(), positive.tolist(), negative.tolist(), strict=True):
        pull = [(x, float(w)) for x, w in zip(s, p, strict=True) if w]
        push = [(x, float(w)) for x, w in zip(s, q, strict=True) if w]
        found.append(one_loss(name, pull, push, **options))
    return torch.tensor(found, dtype=torch.float64)


def close(found, expected, tolerance=1e-10):
    torch.testing.assert_close(
        found.detach().double(), torch.as_tensor(expected, dtype=torch.float64), rtol=0, atol=tolerance
    )


def gradients_are_right(loss, *inputs):
    """Against central differences of the same function, whose values other tests compare with loops."""
    given = [x.clone().requires_grad_() for x in inputs]
    assert torch.autograd.gradcheck(loss, given)


@pytest.mark.parametrize("name", FORMS)
def test_keys_only_is_two_towers_one_way(name):
    first, second = rows(8, seed=1), rows(8, seed=2)
    call = getattr(margins, name)
    same = torch.eye(8, dtype=torch.bool)
    expected = loop(name, cosines(first, second) / 0.1, same, ~same)
    labels = torch.arange(8)
    close(call(first, labels, keys=second, key_labels=labels, contrast="keys", reduction="none"), expected)
    classes = labels % 3
    same = classes[:, None] == classes
    options = {"keys": second, "key_labels": classes, "contrast": "keys", "reduction": "none"}
    close(call(first, classes, **options), loop(name, cosines(first, second) / 0.1, same, ~same))
    gradients_are_right(lambda a, b: call(a, classes, **{**options, "keys": b}), first, second)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("contrastive_claims.theory.margins.dense.MOST_PAIRS", {})
        patch.setattr("contrastive_claims.theory.margins.pairs.tile_rows", lambda device: 3)
        close(call(first, classes, **options), loop(name, cosines(first, second) / 0.1, same, ~same))
        gradients_are_right(lambda a, b: call(a, classes, **{**options, "keys": b}), first, second)


def test_clip_both_ways_and_one():
    """Eight pairs of seed 3: the figures of the double loop, written down so that the loop cannot drift either."""
    first = rows(8, 6, seed=3)
    second = first + 0.5 * rows(8, 6, seed=4)
    logits = cosines(first, second) / 0.07
    same = torch.eye(8, dtype=torch.bool)
    one_way, other_way = (loop("info_nce", s, same, ~same).mean() for s in (logits, logits.T))
    textbook = torch.nn.functional.cross_entropy(logits, torch.arange(8))
    close(one_way, textbook)
    found = margins.info_nce(first, keys=second, contrast="keys", temperature=0.07)
    close(found, one_way)
    close(margins.two_towers(first, second), (one_way + other_way) / 2)
    close(margins.TwoTowers()(first, second), (one_way + other_way) / 2)
    assert (one_way - other_way).abs() > 1e-3
    assert round(float(one_way), 4) == ONE_WAY and round(float((one_way + other_way) / 2), 4) == BOTH_WAYS
    gradients_are_right(lambda a, b: margins.two_towers(a, b), first, second)


ONE_WAY, BOTH_WAYS = 0.0816, 0.0632


def test_moco_compares_with_its_own_key_and_the_queue():
    queries, keys, queue = rows(6, 8, seed=5), rows(6, 8, seed=6), rows(50, 8, seed=7)
    logits = torch.cat([(cosines(queries, keys).diagonal())[:, None], cosines(queries, queue)], 1) / 0.07
    expected = -logits.log_softmax(1)[:, 0]
    options = {"temperature": 0.07, "reduction": "none"}
    close(margins.info_nce(queries, keys=keys, contrast=queue, **options), expected)
    labels = torch.arange(6)
    found = margins.nt_xent(queries, labels, keys=keys, key_labels=labels, contrast=queue, **options)
    close(found, expected)
    gradients_are_right(lambda a, b, c: margins.info_nce(a, keys=b, contrast=c), queries, keys, queue)
    empty = margins.info_nce(queries.requires_grad_(), keys=keys, contrast=queue[:0], **options)
    close(empty, torch.zeros(6))
    empty.sum().backward()
    assert (queries.grad == 0).all()


@pytest.mark.parametrize("name", FORMS)
def test_negatives_of_ones_own(name):
    anchors, labels, own = rows(6, seed=8), torch.tensor([0, 0, 1, 1, 2, 2]), rows(24, seed=9).reshape(6, 4, 5)
    call = getattr(margins, name)
    expected = []
    for i in range(6):
        pull = [
            (cosines(anchors, anchors)[i, j].item() / 0.1, 1.0) for j in range(6) if labels[j] == labels[i] and j != i
        ]
        push = [(s / 0.1, 1.0) for s in cosines(anchors[i : i + 1], own[i])[0].tolist()]
        expected.append(one_loss(name, pull, push))
    close(call(anchors, labels, contrast=own, reduction="none"), expected)
    gradients_are_right(lambda a, b: call(a, labels, contrast=b, reduction="none"), anchors, own)


@pytest.mark.parametrize("name", FORMS)
def test_rows_among_the_keys_are_not_their_own_positives(name):
    anchors, labels = rows(7, seed=10), torch.tensor([0, 1, 0, 1, 2, 2, 0])
    keys = torch.cat([rows(4, seed=11), anchors])
    key_labels = torch.cat([torch.tensor([0, 1, 2, 3]), labels])
    call = getattr(margins, name)
    own = torch.arange(4, 11)
    both = torch.cat([labels, key_labels])
    itself = torch.cat(
        [torch.eye(7, dtype=torch.bool), torch.zeros(7, 4, dtype=torch.bool), torch.eye(7, dtype=torch.bool)], 1
    )
    same = labels[:, None] == both
    logits = cosines(anchors, torch.cat([anchors, keys])) / 0.1
    expected = loop(name, logits, same & ~itself, ~same & ~itself)
    options = {"keys": keys, "key_labels": key_labels, "reduction": "none"}
    close(call(anchors, labels, exclude_self=own, **options), expected)
    assert (call(anchors, labels, **options) - expected).abs().max() > 0.05  # itself counted
    swapped = {"keys": keys.roll(-4, 0), "key_labels": key_labels.roll(-4), "reduction": "none"}
    close(call(anchors, labels, exclude_self=True, **swapped), expected)
    alone = loop(name, logits[:, 7:], (same & ~itself)[:, 7:], (~same & ~itself)[:, 7:])
    close(call(anchors, labels, exclude_self=own.tolist(), contrast="keys", **options), alone)
    gradients_are_right(lambda a, b: call(a, labels, exclude_self=own, **{**options, "keys": b}), anchors, keys)
    own[3] = -1
    itself[3, 14] = False
    close(call(anchors, labels, exclude_self=own, **options)[3], loop(name, logits, same & ~itself, ~same & ~itself)[3])


@pytest.mark.parametrize("name", FORMS)
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_masks_soft_positives_and_hard_negatives(name, data):
    n, m = data.draw(st.integers(2, 6)), data.draw(st.integers(0, 4))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**31)))
    anchors, keys = torch.tensor(rng.normal(size=(n, 3))), torch.tensor(rng.normal(size=(m, 3)))
    among = m == 0 or data.draw(st.booleans())
    columns = (n if among else 0) + m
    positive = torch.tensor(rng.uniform(0, 1, (n, columns)) * (rng.random((n, columns)) < 0.5))
    negative = torch.tensor(rng.integers(0, 3, (n, columns)))
    beta = data.draw(st.sampled_from([0.0, 0.5, 2.0]))
    options = {"positives": positive, "negatives": negative, "hard_negatives": beta, "no_positives": "zero"}
    options |= {"reduction": "none", "contrast": "all" if among else "keys"} | ({"keys": keys} if m else {})
    chunk = data.draw(st.sampled_from([1, 10, 10**6]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain, "MOST_PAIRS", chunk)
        found = getattr(margins, name)(anchors, None, 0.5, **options)
    itself = torch.zeros(n, columns, dtype=torch.bool)
    if among:
        itself[:, :n] = torch.eye(n, dtype=torch.bool)
    pull = positive.masked_fill(itself, 0)
    push = negative.masked_fill(itself | (pull > 0), 0)
    valid = (pull > 0).any(1) & (push > 0).any(1)
    logits = cosines(anchors, torch.cat([anchors, keys]) if among else keys) / 0.5
    close(found[~valid], torch.zeros(int((~valid).sum())))
    if valid.any():
        close(found[valid], loop(name, logits[valid], pull[valid], push[valid], beta=beta), 1e-9)


@pytest.mark.parametrize("name", FORMS)
def test_gradients_of_masked_losses_in_chunks(name, monkeypatch):
    anchors, keys = rows(5, seed=12), rows(3, seed=13)
    positive = torch.tensor(np.random.default_rng(0).random((5, 8)) * (np.random.default_rng(1).random((5, 8)) < 0.5))
    positive[0] = 0

    def loss(a, b, tau, beta):
        return getattr(margins, name)(
            a, None, tau, keys=b, positives=positive, hard_negatives=beta, no_positives="zero", reduction="none"
        )

    scalars = [torch.tensor(x, dtype=torch.float64) for x in (0.4, 0.7)]
    gradients_are_right(loss, anchors, keys, *scalars)
    whole = [x.clone().requires_grad_() for x in (anchors, keys, *scalars)]
    parts = [x.clone().requires_grad_() for x in (anchors, keys, *scalars)]
    loss(*whole).sum().backward()
    monkeypatch.setattr(plain, "MOST_PAIRS", 16)
    loss(*parts).sum().backward()
    for one, other in zip(whole, parts, strict=True):
        close(one.grad, other.grad, 1e-12)


def test_hard_negatives_have_the_closed_gradient():
    """dL-/ds_j = (1 + beta) softmax_j((1 + beta) s) - beta softmax_j(beta s), by the logits of one anchor."""
    logits = torch.linspace(-1, 1, 6, dtype=torch.float64).requires_grad_()
    beta = 0.8
    ones = torch.ones(1, 6, dtype=torch.bool)
    value = plain._log_sum(logits[None], ones, 1 + beta) - plain._log_sum(logits[None], ones, beta) + math.log(6)
    (found,) = torch.autograd.grad(value.sum(), logits)
    closed = (1 + beta) * ((1 + beta) * logits).softmax(0) - beta * (beta * logits).softmax(0)
    close(found, closed)
    released = ((beta * logits).exp() * logits.exp()).sum() / (beta * logits).exp().mean()  # HCL's code, tau+ = 0
    close(value[0], released.log())


@pytest.mark.parametrize("name", FORMS)
def test_a_mask_of_labels_is_the_labels(name):
    anchors, labels = rows(9, seed=14), torch.arange(9) % 3
    call = getattr(margins, name)
    close(call(anchors, positives=labels[:, None] == labels, labels=None), call(anchors, labels))


def test_multi_label_and_mixup():
    """Two samples are positive by the share of labels that they have in common; and a mixed sample by its two shares."""
    tags = torch.tensor([[1, 1, 0], [1, 0, 0], [0, 1, 1], [0, 0, 1]]).double()
    anchors = rows(4, seed=15)
    shared = tags @ tags.T / (tags.sum(1)[:, None] + tags.sum(1) - tags @ tags.T)
    found = margins.sup_con(anchors, None, 0.2, positives=shared, reduction="none")
    pull = shared * (1 - torch.eye(4))
    expected = loop("sup_con", cosines(anchors, anchors) / 0.2, pull, (pull == 0) & ~torch.eye(4, dtype=torch.bool))
    close(found, expected)


@pytest.mark.parametrize("name", FORMS)
def test_weights_and_ignored_labels(name):
    anchors, labels = rows(8, seed=16), torch.tensor([0, 0, -1, 1, 1, -1, 0, 2])
    call, kept = getattr(margins, name), labels >= 0
    clean = call(anchors[kept], labels[kept], no_positives="zero", reduction="none")
    found = call(anchors, labels, ignore_label=-1, no_positives="zero", reduction="none")
    close(found[kept], clean)
    assert (found[~kept] == 0).all()
    skip = {"ignore_label": -1, "no_positives": "skip"}
    close(call(anchors, labels, **skip), clean[:5].mean())
    weights = torch.arange(1.0, 9.0)
    own = weights[kept][:5].double()
    close(call(anchors, labels, weights=weights, **skip), (clean[:5] * own).sum() / own.sum())
    close(call(anchors, labels, weights=weights.tolist(), reduction="sum", **skip), (clean[:5] * own).sum())
    close(call(anchors, labels, weights=weights.numpy(), reduction="none", **skip), clean[:5] * own)
    by_class = torch.tensor([3.0, 3, 1, 1, 3]).double()
    for table in ({0: 3, 1: 1, 2: 5, -1: 9}, torch.tensor([3.0, 1.0, 5.0])):
        if not isinstance(table, dict):
            anchors, labels = anchors[kept], labels[kept]
        close(call(anchors, labels, class_weights=table, **skip), (clean[:5] * by_class).sum() / by_class.sum())
    gradients_are_right(lambda a: call(a, labels, weights=weights[:6], no_positives="skip"), anchors)


@pytest.mark.parametrize("name", FORMS)
def test_a_batch_of_one_class(name):
    anchors, labels = rows(4, seed=17).requires_grad_(), torch.zeros(4, dtype=torch.int64)
    call = getattr(margins, name)
    with pytest.raises(ValueError, match="labels: one class only, so no anchor has a negative"):
        call(anchors, labels)
    zero = call(anchors, labels, no_positives="zero")
    zero.backward()
    assert zero == 0 and (anchors.grad == 0).all()
    with pytest.raises(ValueError, match="nothing is left to average"):
        call(anchors, labels, no_positives="skip")


def test_names_as_labels():
    anchors = rows(6, seed=18)
    numbers = torch.tensor([0, 1, 0, 2, 1, 2])
    expected = margins.sup_con(anchors, numbers)
    names = np.array(["ant", "bee", "ant", "cat", "bee", "cat"])
    for labels in (names, names.tolist(), names.astype(object), names.astype("S3"), numbers.numpy().astype(np.uint16),
                   numbers.numpy().astype(np.float32), numbers.tolist(), list(numbers), numbers.numpy()[::-1][::-1]):  # fmt: skip
        close(margins.sup_con(anchors, labels), expected)
    keys, key_names = rows(3, seed=19), ["bee", "dog", "ant"]
    close(
        margins.sup_con(anchors, names, keys=keys, key_labels=key_names),
        margins.sup_con(anchors, numbers, keys=keys, key_labels=[1, 9, 0]),
    )
    close(
        margins.sup_con(anchors, names, ignore_label="cat"),
        margins.sup_con(anchors, numbers, ignore_label=2),
    )
    weights = {"ant": 1.0, "bee": 2.0, "cat": 0.0}
    close(
        margins.sup_con(anchors, names, class_weights=weights),
        margins.sup_con(anchors, numbers, class_weights=[1.0, 2.0, 0.0]),
    )
    with pytest.raises(ValueError, match="key_labels: must be of the labels' kind"):
        margins.sup_con(anchors, names, keys=keys, key_labels=[0, 1, 2])
    with pytest.raises(ValueError, match=r"labels\[1\] is missing"):
        margins.sup_con(anchors, ["a", None, "a", "b", "b", "b"])
    with pytest.raises(ValueError, match=r"labels\[2\] is missing \(NaN\)"):
        margins.sup_con(anchors, np.array([0, 0, np.nan, 1, 1, 1]))
    with pytest.raises(ValueError, match="labels: must be integers, booleans or names, got fractions"):
        margins.sup_con(anchors, np.array([0, 0, 0.5, 1, 1, 1]))


def test_pandas_labels():
    pandas = pytest.importorskip("pandas")
    anchors, numbers = rows(6, seed=18), [0, 1, 0, 2, 1, 2]
    expected = margins.sup_con(anchors, numbers)
    series = pandas.Series(numbers, index=[5, 4, 3, 2, 1, 0])  # row order is what counts, as for every sequence
    for labels in (series, series.astype("Int64"), series.astype("category"), series.astype(str).astype("category"),
                   series.astype("uint8"), series.astype("string"), series.astype(bool)):  # fmt: skip
        found = margins.sup_con(anchors, labels)
        close(found, margins.sup_con(anchors, [n > 0 for n in numbers]) if labels.dtype == bool else expected)
    with pytest.raises(ValueError, match=r"labels\[2\] is missing"):
        margins.sup_con(anchors, pandas.Series([0, 1, None, 2, 1, 2], dtype="Int64"))


def test_views_in_a_sequence_and_views_first():
    first, second = rows(6, seed=20), rows(6, seed=21)
    labels = torch.tensor([0, 1, 2, 0, 1, 2])
    expected = margins.sup_con(torch.stack([first, second], 1), labels, reduction="none")
    close(margins.sup_con((first, second), labels, reduction="none"), expected)
    close(margins.sup_con([first, second], labels, reduction="none"), expected)
    close(margins.nt_xent((first, second)), margins.nt_xent(torch.stack([first, second], 1)))
    views_first = torch.stack([first, second])
    with pytest.warns(UserWarning, match=r"read as 2 samples with 6 views each; .* pass \(z0, z1, ...\)"):
        margins.nt_xent(views_first)
    with pytest.raises(
        ValueError, match=r"labels: must have shape \[2\], one per row, got \(6,\), one per view: with views"
    ):
        margins.sup_con(views_first, labels)
    with pytest.raises(ValueError, match="embeddings: all views must have one shape and device"):
        margins.nt_xent((first, second[:3]))
    with pytest.raises(ValueError, match=r"embeddings\[1\]: must be a floating-point tensor, got ndarray"):
        margins.nt_xent((first, second.numpy()))
    with pytest.raises(ValueError, match="embeddings: an empty sequence of views"):
        margins.nt_xent(())


def test_queue_is_first_in_first_out_and_in_the_state_dict():
    queue = margins.Queue(5, 3, dtype=torch.float64)
    assert len(queue) == 0 and queue.keys.shape == (0, 3) and queue.labels.shape == (0,)
    one, two, many = rows(3, 3, seed=22), rows(4, 3, seed=23), rows(7, 3, seed=24)
    assert queue.enqueue(one.requires_grad_(), [7, 8, 9]).tolist() == [0, 1, 2]
    assert torch.equal(queue.keys, one) and queue.labels.tolist() == [7, 8, 9] and not queue.keys.requires_grad
    places = queue.enqueue(two, torch.tensor([1, 2, 3, 4]))
    assert len(queue) == 5 and torch.equal(queue.keys[places], two)
    assert sorted(queue.labels.tolist()) == [1, 2, 3, 4, 9]
    other = margins.Queue(5, 3, dtype=torch.float64)
    other.load_state_dict(queue.state_dict())
    assert torch.equal(other.keys, queue.keys) and len(other) == 5
    assert torch.equal(other.enqueue(one), queue.enqueue(one))
    places = queue.enqueue(many)
    assert places[:2].tolist() == [-1, -1] and torch.equal(queue.keys[places[2:]], many[2:])
    assert "5 of 5 keys of dimension 3" in repr(queue)
    for message, arguments in (
        ("keys: must have the queue's dimension 3, got 2", (rows(2, 2),)),
        ("keys: row 1 holds NaN", (torch.tensor([[0.0, 1, 2], [math.nan, 1, 2]]),)),
        (r"labels: must have shape \[3\]", (one, [1, 2])),
    ):
        with pytest.raises(ValueError, match=message):
            queue.enqueue(*arguments)
    with pytest.raises(ValueError, match="size: must be a whole number, at least 1, got 0"):
        margins.Queue(0, 3)


def test_a_queue_beside_a_loss():
    """From empty on, with the batch enqueued before its loss, which then excludes itself."""
    queue, labels = margins.Queue(64, 5, dtype=torch.float64), torch.arange(6) % 2
    for step in range(3):
        batch = rows(6, seed=30 + step)
        older, older_labels = queue.keys, queue.labels
        expected = margins.sup_con(batch, labels, keys=older, key_labels=older_labels)
        own = queue.enqueue(batch, labels)
        found = margins.sup_con(batch, labels, keys=queue.keys, key_labels=queue.labels, exclude_self=own)
        # the batch counts twice now, but for itself: each other row once as an anchor and once as a key
        everyone = torch.cat([older, batch, batch])
        classes = torch.cat([older_labels, labels, labels])
        same = labels[:, None] == classes
        eye = torch.eye(6, dtype=torch.bool)
        itself = torch.cat([torch.zeros(6, len(older), dtype=torch.bool), eye, eye], 1)
        close(found, loop("sup_con", cosines(batch, everyone) / 0.1, same & ~itself, ~same & ~itself).mean())
        only = margins.sup_con(
            batch, labels, keys=queue.keys, key_labels=queue.labels, exclude_self=own, contrast="keys"
        )
        close(only, expected)
    assert len(queue) == 18


BAD = [
    ("contrast: must be 'all', 'keys' or a tensor of negatives, got 'queue'", {"contrast": "queue"}),
    (r"contrast: must be negatives \[M, D\] or \[4, M, D\], got \(3, 2, 5\)", {"contrast": rows(6).reshape(3, 2, 5)}),
    ("contrast: must have the embeddings' dimension and device, got 3 on cpu", {"contrast": rows(6, 3)}),
    ("contrast: must be float16, bfloat16, float32 or float64, got torch.float8_e4m3fn",
     {"contrast": rows(6).to(torch.float8_e4m3fn)}),
    ("exclude_self: given without keys", {"exclude_self": True}),
    ("exclude_self: must hold indices of the 2 keys, or -1",
     {"exclude_self": [0, 1, 2, 0], "keys": rows(2), "key_labels": [0, 1]}),
    ("exclude_self: the first 4 keys must be the anchors, but there are 2",
     {"exclude_self": True, "keys": rows(2), "key_labels": [0, 1]}),
    (r"positives: must be weights of pairs \[4, 4\], got \(4, 3\)", {"positives": torch.ones(4, 3), "labels": None}),
    ("positives: stands in place of labels", {"positives": torch.ones(4, 4)}),
    ("positives: must be finite and not negative", {"positives": -torch.ones(4, 4), "labels": None}),
    ("negatives: must be finite and not negative", {"negatives": torch.full((4, 4), math.nan)}),
    ("negatives: the contrast tensor holds", {"negatives": torch.ones(4, 4), "contrast": rows(3)}),
    ("hard_negatives: must be zero or positive and finite, got -1", {"hard_negatives": -1.0}),
    (r"weights: must have shape \[4\], one per row, got \(3,\)", {"weights": [1, 2, 3]}),
    ("weights: must be finite and not negative", {"weights": [1, 2, 3, -1]}),
    ("weights: sum to zero", {"weights": [0, 0, 0, 0]}),
    ("class_weights: has no entry for label 1", {"class_weights": {0: 1.0}}),
    ("class_weights: has 1 entries, but labels run from 0 to 1", {"class_weights": [1.0]}),
    ("labels: every row has the ignored label", {"labels": [7] * 4, "ignore_label": 7}),
    ("temperature: must be a number, got str", {"temperature": "hot"}),
    ("temperature: must be one floating-point number", {"temperature": torch.ones(2)}),
    ("temperature: must be positive and finite, got -1", {"temperature": torch.tensor(-1.0)}),
]  # fmt: skip


@pytest.mark.parametrize(("message", "options"), BAD, ids=[m for m, _ in BAD])
def test_bad_options_are_named(message, options):
    labels = options.get("labels", [0, 0, 1, 1])
    given = {name: value for name, value in options.items() if name != "labels"}
    with pytest.raises(ValueError, match=f"^{message}"):
        margins.sup_con(rows(4), labels, **given)


def test_float8_is_refused_by_name():
    with pytest.raises(
        ValueError, match=r"embeddings: must be float16, bfloat16, float32 or float64, got torch\.float8_e4m3fn"
    ):
        margins.sup_con(rows(4).to(torch.float8_e4m3fn), [0, 0, 1, 1])


def test_towers_are_refused_by_name():
    first, second = rows(4), rows(4, seed=1)
    with pytest.raises(ValueError, match="keys: two_towers has one contrast set"):
        margins.two_towers(first, second, keys=first)
    with pytest.raises(ValueError, match=r"second: must have the shape of first, \(4, 5\), got \(3, 5\)"):
        margins.two_towers(first, second[:3])
