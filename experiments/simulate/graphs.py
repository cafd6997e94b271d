"""Finite graphs of every point, over seeds, in processes; what is finished is kept by its key and not repeated."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import numpy as np

from contrastive_claims.experiments.ledger import keys, records
from contrastive_claims.experiments.simulate.sweep import Point
from contrastive_claims.experiments.training.workers import belong_to, end
from contrastive_claims.theory.blockmodel import minimise_on_graph
from contrastive_claims.theory.harms import student_interval

CODE = (
    "contrastive_claims.theory.blockmodel.graph",
    "contrastive_claims.theory.blockmodel.sampling",
    "contrastive_claims.theory.margins.debiasing",
)
MOST_FOR_PAIRS = 4096  # nodes up to which FairKL of all pairs is measured

Work = tuple[dict[str, Any], int]  # what decides a graph's optimum, and its seed


def settings_of(point: Point) -> dict[str, Any]:
    """What decides the optima on a point's graphs, as plain data."""
    model, graphs = point.model.block_model, point.model.graphs
    assert graphs is not None
    return {
        "shares": model.proportions.tolist(),
        "connectivity": model.connectivity.tolist(),
        "temperature": point.model.temperature,
        "nodes": graphs.nodes,
        "dimension": graphs.dimension,
        "classes": point.model.biased.classes if point.model.biased else 0,
    }


def seeds_of(point: Point) -> range:
    """The seeds of a point's graphs."""
    assert point.model.graphs is not None
    return range(point.model.graphs.first_seed, point.model.graphs.first_seed + point.model.graphs.seeds)


def key_of(settings: dict[str, Any], seed: int, code: str) -> str:
    """The name under which a finished graph is kept: all that decides it, the versions and this package's code included."""
    return keys.digest({**settings, "seed": seed, "versions": dict(keys.versions()), "code": code})


def solve(settings: dict[str, Any], seed: int) -> dict[str, Any]:
    """One graph's optimum: mean cosines of blocks (the diagonal: how far a block is one point), loss, gap, status, rank.

    Raises ValueError for a graph that cannot be (a block without a node, a node without a neighbour).
    """
    from contrastive_claims.theory.blockmodel import BlockModel

    started = time.perf_counter()
    graph = BlockModel(settings["shares"], settings["connectivity"]).sample(settings["nodes"], seed=seed)
    found = minimise_on_graph(graph, settings["temperature"], settings["dimension"], seed)
    assert graph.labels is not None
    told = {
        "cosines": found.block_cosines(graph.labels).tolist(),
        "loss": found.loss,
        "gap": found.gap if np.isfinite(found.gap) else None,
        "status": found.status,
        "rank": found.rank(),
    }
    if settings["classes"] and graph.nodes <= MOST_FOR_PAIRS:
        import torch

        from contrastive_claims.theory.margins import fair_kl

        labels, bias = np.divmod(np.asarray(graph.labels), settings["classes"])
        penalty = fair_kl(torch.from_numpy(found.embeddings), labels, bias, variant="batch", no_pairs="zero")
        told["fair_kl"] = float(penalty)
    return told | {"seconds": round(time.perf_counter() - started, 3)}


def solve_all(
    points: Sequence[Point], store: Path, jobs: int, progress: Callable[[int, int], None]
) -> list[list[dict[str, Any]]]:
    """The optimum of every point and seed, in their order. Each is written as soon as it is found; those found before are read.

    If a process dies (out of memory, say), the graphs that are left are tried one at a time. Raises ValueError, naming nodes and
    seed, for a graph that cannot be, and whose process dies then; KeyboardInterrupt goes on once the workers are ended.
    """
    work: list[Work] = [(settings_of(point), seed) for point in points for seed in seeds_of(point)]
    code = keys.fingerprint(CODE)
    names = [key_of(settings, seed, code) for settings, seed in work]
    found: dict[str, dict[str, Any]] = {name: kept for name in names if (kept := _kept(store / f"{name}.json"))}
    store.mkdir(parents=True, exist_ok=True)
    waiting = {name: one for name, one in zip(names, work, strict=True) if name not in found}
    total = len(set(names))
    progress(len(found), total)

    def finish(name: str, result: dict[str, Any]) -> None:
        records.write_atomically(store / f"{name}.json", records.to_json({**result, "digest": keys.digest(result)}))
        found[name] = result
        progress(len(found), total)

    if jobs <= 1 or len(waiting) <= 1:
        for name, (settings, seed) in waiting.items():
            finish(name, _named(solve, settings, seed))
    else:
        try:
            _in_processes(waiting, min(jobs, len(waiting)), finish)
        except BrokenProcessPool:
            for name, one in waiting.items():
                if name not in found:
                    _alone(name, one, finish)
    ordered, at = [], 0
    for point in points:
        count = len(seeds_of(point))
        ordered.append([found[name] for name in names[at : at + count]])
        at += count
    return ordered


def intervals(results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Student's 95 % intervals over the seeds of one point: [K, K] of the cosines, and of FairKL where it was measured."""
    cosines = np.array([one["cosines"] for one in results])
    mean, low, high = (np.asarray(part).tolist() for part in student_interval(cosines))
    told: dict[str, Any] = {
        "cosines": mean,
        "low": low,
        "high": high,
        "seeds": len(results),
        "worst_gap": max((one["gap"] for one in results if one["gap"] is not None), default=None),
        "status": sorted({one["status"] for one in results}),
        "rank": sorted({one["rank"] for one in results}),
    }
    if all("fair_kl" in one for one in results):
        kl = student_interval(np.array([one["fair_kl"] for one in results]))
        told["fair_kl"] = [float(part) for part in kl]
    return told


def _named(function: Callable[..., dict[str, Any]], settings: dict[str, Any], seed: int) -> dict[str, Any]:
    try:
        return function(settings, seed)
    except ValueError as error:
        raise ValueError(f"graph of {settings['nodes']} nodes, seed {seed}: {error}") from error


def _kept(path: Path) -> dict[str, Any] | None:
    """A finished graph; None where there is none, or it is not as it was written (then it is done again)."""
    try:
        found = records.read_json(path)
    except records.RecordError:
        return None
    told = found.pop("digest", "") if isinstance(found, dict) else ""
    return found if told and told == keys.digest(found) else None


def _alone(name: str, one: Work, finish: Callable[[str, dict[str, Any]], None]) -> None:
    """One graph in a process of its own. Raises ValueError where that dies."""
    try:
        _in_processes({name: one}, 1, finish)
    except BrokenProcessPool:
        settings, seed = one
        raise ValueError(
            f"graph of {settings['nodes']} nodes, seed {seed}: its process died (out of memory?)"
        ) from None


def _in_processes(waiting: dict[str, Work], jobs: int, finish: Callable[[str, dict[str, Any]], None]) -> None:
    # before numpy loads in the workers: two threads in each of two processes fight for two cores
    os.environ.update({"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"})
    pool = ProcessPoolExecutor(
        jobs, mp_context=multiprocessing.get_context("spawn"), initializer=belong_to, initargs=(os.getpid(),)
    )
    try:
        futures = {pool.submit(_named, solve, *one): name for name, one in waiting.items()}
        for future in as_completed(futures):
            if isinstance(future.exception(), ValueError):
                pool.shutdown(
                    cancel_futures=True
                )  # what is under way ends: the first in order is told, not the quickest
                break
            finish(futures.pop(future), future.result())
        for future, name in futures.items():
            if not future.cancelled():
                finish(name, future.result())
    except BaseException as error:
        end(pool, wait=isinstance(error, BrokenProcessPool))
        raise
    end(pool)
