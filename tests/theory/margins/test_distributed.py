"""Two gloo processes against one process on the whole batch."""

import math
import multiprocessing
import tempfile
import warnings
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.distributed as dist

from contrastive_claims.theory import margins
from contrastive_claims.theory.margins.distributed import across_ranks, anchor_losses

CASES = {
    "balanced": (9, [i % 3 for i in range(16)]),
    "rank 0 has no positives of its own": (3, [0, 1, 2, *([0, 1, 2, 5] * 3), 5]),
    "anchors without positives": (5, [0, 0, 0, 7, 0, *([1, 2] * 5), 8]),
    "rank 0 has one class": (6, [4] * 6 + [1, 2, 4, 1, 2, 4, 1, 2, 1, 4]),
    "rank 0 has no positives at all": (2, [90, 91, *([1, 2] * 7)]),
}


def batch(labels):
    generator = torch.Generator().manual_seed(len(labels))
    return torch.randn(16, 5, generator=generator, dtype=torch.float64), torch.tensor(labels)


def worker(rank, store, results):
    torch.set_num_threads(1)
    timeout = timedelta(seconds=60)
    dist.init_process_group("gloo", store=dist.FileStore(store, 2), rank=rank, world_size=2, timeout=timeout)
    found = {}
    for case, (cut, labels) in CASES.items():
        embeddings, labels = batch(labels)
        part = slice(None, cut) if rank == 0 else slice(cut, None)
        for averaged in (False, True):
            for mode in ("skip", "zero"):
                own = embeddings[part].clone().requires_grad_()
                options = {"temperature": 0.2, "no_positives": mode, "averaged": averaged, "epsilon": 0.3}
                loss = across_ranks(margins.eps_sup_infonce, own, labels[part], **options)
                loss.backward()
                found[case, averaged, mode] = loss.item(), own.grad.tolist()
    embeddings, labels = batch(CASES["balanced"][1])
    rows = slice(None, 8) if rank == 0 else slice(8, None)
    views = embeddings[rows].reshape(4, 2, 5)
    found["views"] = across_ranks(margins.sup_con, views, labels[rows][:4] % 2).item()
    lonely = labels.where(labels > 0, torch.arange(16) + 9)
    for case, given, size, mode in (
        ("distinct", torch.arange(16), 8, "skip"),
        ("lonely", lonely, 8, "raise"),
        ("empty", labels, 8 * rank, "raise"),
        ("nan", labels, 8, "raise"),
    ):
        if case == "nan":
            embeddings[12] = math.nan
        try:
            across_ranks(margins.sup_con, embeddings[rows][:size], given[rows][:size], no_positives=mode)
        except ValueError as error:
            found[case] = str(error)
    found |= other_forms(rank)
    dist.destroy_process_group()
    results.put((rank, found))


NAMES = ["ant", "bee", "ant", "cat", "bee", "bee", "cat", "cat", "dog", "ant"]
CUT = 6  # rows of rank 0, of ten


def ten(seed=50):
    return torch.randn(10, 5, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def other_forms(rank):
    """Labels of other kinds, views without labels, modules, queues; and refusals that only one rank has a reason for."""
    part = slice(None, CUT) if rank == 0 else slice(CUT, None)
    found = {"names": across_ranks(margins.sup_con, ten()[part], NAMES[part], no_positives="skip").item()}
    labels = np.array([ord(name[0]) for name in NAMES])[part]
    found["numpy"] = across_ranks(margins.sup_con, ten()[part], labels, no_positives="skip").item()
    views = ten().reshape(5, 2, 5)[: CUT // 2] if rank == 0 else ten().reshape(5, 2, 5)[CUT // 2 :]
    found["views without labels"] = across_ranks(margins.nt_xent, views).item()
    found["list of views"] = across_ranks(margins.nt_xent, list(views.unbind(1))).item()
    module = margins.EpsSupCon(0.2, 0.3, learnable=True)
    across_ranks(module, ten()[part], NAMES[part], no_positives="skip").backward()
    gradient = module.log_scale.grad.clone()
    dist.all_reduce(gradient)
    found["module"] = gradient.item()
    queue = margins.Queue(8, 5, dtype=torch.float64)
    queue.enqueue(ten(51)[:4], [0, 1, 0, 3])
    numbers = [["ant", "bee", "cat", "dog"].index(name) for name in NAMES][part]
    for name, keys in (("queue", queue), ("empty queue", margins.Queue(8, 5, dtype=torch.float64))):
        options = {"keys": keys.keys, "key_labels": keys.labels, "no_positives": "skip"}
        found[name] = across_ranks(margins.sup_con, ten()[part], numbers, **options).item()
    for name, arguments, options in (
        ("shape on 1", (ten()[part][:, : 5 - rank] if rank else ten()[part][0], numbers), {}),
        ("labels on 1", (ten()[part], numbers[rank:]), {}),
        ("temperature on 1", (ten()[part], numbers), {"temperature": 0.1 - rank}),
        ("one class", (ten()[part], [7] * len(numbers)), {}),
    ):
        try:
            across_ranks(margins.sup_con, *arguments, **options)
        except ValueError as error:
            found[name] = str(error)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        anchor_losses(margins.sup_con, ten()[part], torch.arange(len(numbers)))
        anchor_losses(margins.sup_con, ten()[part], torch.arange(len(numbers)) + CUT * rank)
    found["warnings"] = [str(warning.message) for warning in caught]
    return found


@pytest.fixture(scope="module")
def found():
    # spawned, not forked: a forked child inherits torch's threads in an unusable state
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        results = context.Queue()
        processes = [context.Process(target=worker, args=(r, str(Path(folder, "store")), results)) for r in (0, 1)]
        for process in processes:
            process.start()
        answers = dict(results.get(timeout=120) for _ in processes)
        for process in processes:
            process.join()
    return answers


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("mode", ["skip", "zero"])
def test_two_ranks_equal_one_process(found, case, mode):
    cut, labels = CASES[case]
    embeddings, labels = batch(labels)
    embeddings.requires_grad_()
    loss = margins.eps_sup_infonce(embeddings, labels, 0.2, 0.3, no_positives=mode)
    loss.backward()
    for rank, part in ((0, slice(None, cut)), (1, slice(cut, None))):
        for averaged, factor in ((False, 1), (True, 2)):
            value, gradient = found[rank][case, averaged, mode]
            assert value == pytest.approx(loss.item(), abs=1e-6)
            torch.testing.assert_close(
                torch.tensor(gradient, dtype=torch.float64), factor * embeddings.grad[part], rtol=0, atol=1e-6
            )
    assert embeddings.grad.abs().max() > 1e-3


def test_views_across_ranks(found):
    embeddings, labels = batch(CASES["balanced"][1])
    instances = torch.cat([labels[:4] % 2, labels[8:12] % 2])
    expected = margins.sup_con(embeddings.reshape(8, 2, 5), instances).item()
    assert found[0]["views"] == found[1]["views"] == pytest.approx(expected, abs=1e-6)


def test_bad_input_is_refused_on_both_ranks_alike(found):
    for rank in (0, 1):
        assert "NaN or infinity" in found[rank]["nan"]
        assert found[rank]["empty"] == "embeddings: no rank may be empty, rows by rank are [0, 8]"
        assert found[rank]["distinct"].startswith("labels: no anchor on any rank has a positive and a negative, so")
        assert found[rank]["lonely"] == "labels: 6 of 16 anchors on all ranks have no positive or no negative"
        assert "embeddings: must have shape" in found[rank]["shape on 1"]
        assert found[rank]["labels on 1"].startswith("labels: must have shape [4], one per row, got (3,)")
        assert found[rank]["temperature on 1"].startswith("temperature: must be positive and finite, got -0.9")
        assert found[rank]["one class"] == "labels: 10 of 10 anchors on all ranks have no positive or no negative"
        assert [("on rank" in found[rank][case]) for case in ("labels on 1", "temperature on 1")] == [rank == 0] * 2


def test_labels_of_any_kind_modules_and_queues(found):
    batch, numbers = ten(), [["ant", "bee", "cat", "dog"].index(name) for name in NAMES]
    keys, key_labels = ten(51)[:4], [0, 1, 0, 3]
    by_labels = margins.sup_con(batch, numbers, no_positives="skip").item()
    module = margins.EpsSupCon(0.2, 0.3, learnable=True)
    module(batch, numbers, no_positives="skip").backward()
    expected = {
        "names": by_labels,
        "numpy": by_labels,
        "empty queue": by_labels,
        "views without labels": margins.nt_xent(batch.reshape(5, 2, 5)).item(),
        "list of views": margins.nt_xent(batch.reshape(5, 2, 5)).item(),
        "module": module.log_scale.grad.item(),
        "queue": margins.sup_con(batch, numbers, keys=keys, key_labels=key_labels, no_positives="skip").item(),
    }
    for rank in (0, 1):
        for case, value in expected.items():
            assert found[rank][case] == pytest.approx(value, rel=1e-6), case
        assert len(found[rank]["warnings"]) == 1
        assert found[rank]["warnings"][0].startswith("labels: every rank counts its own rows from 0")
