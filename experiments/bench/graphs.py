"""Speed of the certified optima of block models beside what others take, and how the linear-time sums scale.

Parts of one report: the published graphs, from the start to the certificate, beside 5,000 steps of plain projected
gradient descent; a batch of population problems beside warm, parametrised CVXPY + Clarabel solves; kernel sums and whole
evaluations from 10^4 nodes up, beside the sums pair by pair; sparse graphs without labels, beside a plain L-BFGS from the same
vectors, to the loss that both reach; and, on request, graphs of a million nodes, each in a process of
its own with its progress on stderr. Absolute times drift between machines and with what else runs on them; compare the ratios
of one run: the competitors of a part take turns. On the published graphs the library decides about its threads, as in a user's
call; the descent runs with one thread and with every one that BLAS may use, and the faster of the two is what we compare with.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from contrastive_claims.experiments.bench.losses import _peak
from contrastive_claims.theory.blockmodel import (
    BlockModel,
    Graph,
    minimise_on_graph,
    minimise_population,
    minority_model,
    population_objective,
)
from contrastive_claims.theory.blockmodel.batch import minimise_populations
from contrastive_claims.theory.blockmodel.graph import graph_objective, streamed_objective
from contrastive_claims.theory.blockmodel.kernel_sums import KernelExpansion, exact_sums
from contrastive_claims.theory.blockmodel.neighbours import Neighbours
from contrastive_claims.theory.blockmodel.sparse_law import thinned
from contrastive_claims.theory.blockmodel.streamed import CompactObjective
from contrastive_claims.theory.elliptope import random_vectors
from contrastive_claims.theory.elliptope.certificate import DENSE_ORDER
from contrastive_claims.theory.elliptope.threads import threads_limited
from contrastive_claims.theory.elliptope.trust_region import Iterate, Tally

PUBLISHED_SIZES = ((256, 256, 256), (32, 256, 256), (4, 256, 256))
ALPHA = 0.4
SHARE = 1 / 3
TOLERANCE = 1e-13


def run(
    seeds: Sequence[int] = (211, 212),
    steps: int = 5000,
    models: int = 10_000,
    peer_models: int = 300,
    blocks: Sequence[int] = (3, 8, 20, 50, 100, 200),
    peer_blocks: int = 20,
    nodes: Sequence[int] = (10_000, 31_623, 100_000, 316_228, 1_000_000),
    degree: float = 50,
    sparse: Sequence[tuple[int, int]] = ((2000, 10), (10_000, 3)),
    sparse_degree: float = 10,
    sparse_seeds: Sequence[int] = (0, 1, 2),
    sparse_seconds: float = 300,
    repeats: int = 3,
    peers: bool = True,
    million: bool = False,
    million_nodes: int = 1_000_000,
    million_degree: float = 200,
    open_degree: float = 50,
    open_dimensions: Sequence[int] = (2, 3),
    seconds: float = 420,
    workers: int | None = None,
) -> dict[str, Any]:
    """The published sizes, batches of population optima, scaling and a million nodes, in one JSON-able report.

    seeds: of the published graphs. steps: of the gradient descent beside them. models, peer_models: population problems in
    the batch, and how many of them CVXPY solves (its time per model is what is compared). blocks: K of the population
    optima one by one, beside CVXPY's solvers up to peer_blocks and plain L-BFGS. nodes, degree: of the scaling.
    sparse: (nodes, dimension) of the searches beside L-BFGS, at mean degree sparse_degree, from the random vectors of each of
    sparse_seeds, for at most sparse_seconds of process time each.
    repeats: timed runs, of which the median counts. million: also large graphs, with `workers` threads (default: all): one of
    mean degree million_degree, whose certificate should close in two dimensions, and one of open_degree, whose certificate
    stays open, in each of open_dimensions; a search stops after `seconds`, and is certified where it stands.
    """
    workers = workers or os.cpu_count() or 1
    report: dict[str, Any] = {
        "setup": {
            "seeds": list(seeds),
            "steps": steps,
            "repeats": repeats,
            "workers": workers,
            "cores": os.cpu_count(),
        },
        "published": _published_graphs(seeds, steps if peers else 0, repeats),
        "batch": _batch(models, peer_models if peers else 0, repeats),
        "many_blocks": _many_blocks(blocks, peer_blocks if peers else 0),
        "scaling": _scaling(nodes, degree, repeats),
        "sparse": [
            _beside_lbfgs(n, sparse_degree, dimension, seed, sparse_seconds)
            for n, dimension in (sparse if peers else ())
            for seed in sparse_seeds
        ],
    }
    if million:
        cases = [(million_degree, 2), *((open_degree, dimension) for dimension in open_dimensions)]
        report["million"] = [
            _in_own_process(
                {"nodes": million_nodes, "degree": d, "dimension": dim, "workers": workers, "limit_seconds": seconds}
            )
            for d, dim in cases
        ]
    return report


def _median_seconds(repeats: int, *tasks: Callable[[], Any]) -> list[float]:
    """Median seconds of each task, all taking turns."""
    times: list[list[float]] = [[] for _ in tasks]
    for _ in range(repeats):
        for taken, task in zip(times, tasks, strict=True):
            start = time.perf_counter()
            task()
            taken.append(time.perf_counter() - start)
    return [statistics.median(taken) for taken in times]


def _published_graphs(seeds: Sequence[int], steps: int, repeats: int) -> list[dict[str, Any]]:
    """Every published size and seed."""
    return [_published(sizes, seed, steps, repeats) for sizes in PUBLISHED_SIZES for seed in seeds]


def _published(sizes: tuple[int, ...], seed: int, steps: int, repeats: int) -> dict[str, Any]:
    """One published graph: seconds from the adjacency to the certificate, and the same for the published optimiser."""
    graph = minority_model(sizes[0] / sum(sizes), ALPHA).sample(sizes=sizes, seed=seed)
    optimum = minimise_on_graph(graph, temperature=1.0, dimension=10)  # and warms it up
    taken, descents, loss = [], {}, float("nan")

    def ours() -> None:
        for _ in range(repeats):
            start = time.perf_counter()
            minimise_on_graph(graph, temperature=1.0, dimension=10)
            taken.append(time.perf_counter() - start)

    ours()
    with threads_limited(None) as all_threads:
        for threads in sorted({1, all_threads}) if steps else ():
            with threads_limited(threads):
                start = time.perf_counter()
                loss = _plain_descent(graph, steps, seed)
                descents[threads] = time.perf_counter() - start
            ours()  # between the descents and after them: what slows the machine down slows both sides
    seconds = statistics.median(taken)
    result = {
        "sizes": list(sizes), "seed": seed, "seconds": seconds, "loss": optimum.loss, "gap": optimum.gap,
        "status": optimum.status, "rank": optimum.rank(),
    }  # fmt: skip
    if steps:
        result |= {f"descent_seconds_{threads}_threads": spent for threads, spent in descents.items()}
        result |= {"speedup": min(descents.values()) / seconds, "descent_loss": loss, "excess": loss - optimum.loss}
    return result


def _plain_descent(graph: Graph, steps: int, seed: int, temperature: float = 1.0) -> float:
    """Loss after projected gradient descent of step 10 (k + 1)^-0.2 from random vectors in ten dimensions.

    Written without the library: two n x n arrays, one exponential and three products a step.
    """
    adjacency = graph.adjacency.astype(float)
    n = len(adjacency)
    weights = adjacency / (n * adjacency.sum(axis=1, keepdims=True) * temperature)
    attraction = weights + weights.T
    vectors = random_vectors(n, 10, seed)
    for k in range(steps):
        kernel = np.exp(vectors @ vectors.T / temperature)
        scale = 1 / (n * temperature * kernel.sum(axis=1, keepdims=True))
        gradient = scale * (kernel @ vectors) + kernel @ (scale * vectors) - attraction @ vectors
        gradient -= (gradient * vectors).sum(axis=1, keepdims=True) * vectors
        vectors -= 10 * (k + 1) ** -0.2 * gradient
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    gram = vectors @ vectors.T
    return float(np.log(np.exp(gram / temperature).mean(axis=1)).mean() - (weights * gram).sum())


def _random_models(models: int, blocks: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Shares [B, K] and connectivities [B, K, K]: Dirichlet shares, a third of the pairs of blocks not connected."""
    generator = np.random.default_rng(seed)
    shares = generator.dirichlet(np.ones(blocks), models) * 0.98 + 0.02 / blocks
    alpha = generator.random((models, blocks, blocks)) * (generator.random((models, blocks, blocks)) < 2 / 3)
    alpha = np.triu(alpha, 1)
    alpha += alpha.transpose(0, 2, 1)
    alpha[:, np.arange(blocks), np.arange(blocks)] = generator.uniform(0.3, 1, (models, blocks))
    return shares, alpha


def _batch(models: int, peer_models: int, repeats: int) -> dict[str, Any]:
    """10,000 population optima of three blocks in one batch, beside CVXPY one by one (and Clarabel's own share of that)."""
    shares, alpha = _random_models(models, 3, seed=0)
    found = minimise_populations(shares, alpha)
    result: dict[str, Any] = {"models": models, "worst_gap": float(found.gap.max()), "alone": int(found.fallback.sum())}
    batch = lambda: minimise_populations(shares, alpha)  # noqa: E731
    if not peer_models or importlib.util.find_spec("cvxpy") is None:
        (result["seconds"],) = _median_seconds(repeats, batch)
        return result
    solve, solver_seconds = _parametrised_peer(3)
    peer_models = min(peer_models, models)
    losses = [solve(BlockModel(shares[b], alpha[b])) for b in range(peer_models)]  # and warms it up
    solver_seconds.clear()
    one_by_one = lambda: [solve(BlockModel(shares[b], alpha[b])) for b in range(peer_models)]  # noqa: E731
    result["seconds"], peer = _median_seconds(repeats, batch, one_by_one)
    result |= {
        "peer_models": peer_models,
        "peer_seconds_per_model": peer / peer_models,
        "peer_solver_seconds_per_model": statistics.median(solver_seconds),
        "speedup": peer / peer_models / (result["seconds"] / models),
        "speedup_over_solver_alone": statistics.median(solver_seconds) / (result["seconds"] / models),
        "worst_loss_difference": float(np.abs(losses - found.loss[:peer_models]).max()),
    }
    return result


def _many_blocks(sizes: Sequence[int], peer_blocks: int, temperature: float = 0.5) -> dict[str, Any]:
    """Process seconds of one population optimum of K blocks (Dirichlet shares, .5 within, .1 between) with its
    certificate, beside
    a plain Burer-Monteiro L-BFGS without one, and CVXPY's solvers; the loss's excess over ours; our exponent in K."""
    rows: list[dict[str, Any]] = []
    for count in sizes:
        shares = np.random.default_rng(count).dirichlet(np.full(count, 4.0))
        model = BlockModel(shares, 0.1 + 0.4 * np.eye(count))
        seconds, found = _process_seconds(lambda m=model: minimise_population(m, temperature))
        row: dict[str, Any] = {
            "blocks": count, "seconds": seconds, "gap": found.gap, "status": found.status, "refined": found.refined,
            "cosine_error": float(found.cosine_errors.max()),
        }  # fmt: skip
        objective = population_objective(model, temperature)
        row["lbfgs_seconds"], loss = _process_seconds(lambda o=objective, k=count: _burer_monteiro(o, k))
        row["lbfgs_excess"] = loss - found.loss
        for solver in ("CLARABEL", "SCS") if count <= peer_blocks and importlib.util.find_spec("cvxpy") else ():
            taken, loss = _process_seconds(lambda m=model, s=solver: _conic(m, temperature, s))
            row |= {f"{solver.lower()}_seconds": taken, f"{solver.lower()}_excess": loss - found.loss}
        rows.append(row)
    large = [row for row in rows if row["blocks"] >= 20]
    slope = None
    if len(large) > 1:
        blocks, seconds = (np.log([row[name] for row in large]) for name in ("blocks", "seconds"))
        slope = float(np.polyfit(blocks, seconds, 1)[0])
    return {"temperature": temperature, "rows": rows, "exponent": slope}


def _process_seconds(task: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    found = task()
    return time.process_time() - start, found


def _burer_monteiro(objective: Any, count: int) -> float:
    """The loss that scipy's L-BFGS reaches over unnormalised rows [K, K]."""
    from scipy.optimize import minimize

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        rows = flat.reshape(count, count)
        length = np.linalg.norm(rows, axis=1, keepdims=True)
        unit = rows / length
        here = objective.at(unit)
        gradient = 2 * here.product
        return here.value, ((gradient - (gradient * unit).sum(1, keepdims=True) * unit) / length).ravel()

    start = random_vectors(count, count, 0).ravel()
    options = {"maxiter": 5000, "ftol": 1e-15, "gtol": 1e-10}
    return float(minimize(loss, start, jac=True, method="L-BFGS-B", options=options).fun)


def _conic(model: BlockModel, temperature: float, solver: str) -> float:
    """The population problem by one of CVXPY's solvers, at its default accuracy."""
    cvxpy: Any = importlib.import_module("cvxpy")
    count = model.blocks
    gram = cvxpy.Variable((count, count), PSD=True)
    logs = np.log(model.proportions)
    sums = [cvxpy.log_sum_exp(gram[k] / temperature + logs) for k in range(count)]
    pull = cvxpy.sum(cvxpy.multiply(model.pair_weights, gram)) / temperature
    problem = cvxpy.Problem(cvxpy.Minimize(model.proportions @ cvxpy.hstack(sums) - pull), [cvxpy.diag(gram) == 1])
    problem.solve(solver=getattr(cvxpy, solver))
    return float(problem.value)


def _parametrised_peer(blocks: int) -> tuple[Callable[[BlockModel], float], list[float]]:
    """The population problem compiled once by CVXPY, solved by Clarabel: model -> loss; and Clarabel's own seconds."""
    cvxpy: Any = importlib.import_module("cvxpy")
    gram = cvxpy.Variable((blocks, blocks), PSD=True)
    sums = cvxpy.Variable(blocks)
    shares, logarithms = cvxpy.Parameter(blocks, nonneg=True), cvxpy.Parameter(blocks)
    pairs = cvxpy.Parameter((blocks, blocks), nonneg=True)
    rows = [cvxpy.log_sum_exp(gram[k] + logarithms) <= sums[k] for k in range(blocks)]
    problem = cvxpy.Problem(
        cvxpy.Minimize(shares @ sums - cvxpy.sum(cvxpy.multiply(pairs, gram))), [cvxpy.diag(gram) == 1, *rows]
    )
    seconds: list[float] = []

    def solve(model: BlockModel) -> float:
        shares.value, logarithms.value = model.proportions, np.log(model.proportions)
        pairs.value = model.pair_weights
        problem.solve(solver=cvxpy.CLARABEL)
        seconds.append(problem.solver_stats.solve_time)
        return float(problem.value)

    return solve, seconds


def _sparse_graph(nodes: int, degree: float, seed: int) -> Graph:
    """The published pattern with equal shares, thinned to the given mean degree."""
    return thinned(minority_model(SHARE, ALPHA), nodes, degree).sample(n=nodes, seed=seed)


def _scaling(nodes: Sequence[int], degree: float, repeats: int) -> dict[str, Any]:
    """Seconds of the kernel sums of one evaluation (d = 2 and 3), and of a whole value and gradient with its edges."""
    rows, tasks = [], []
    for n in nodes:
        flat, solid = random_vectors(n, 2, 0), random_vectors(n, 3, 0)
        objective = streamed_objective(_sparse_graph(n, degree, seed=0))
        for name, task in (
            ("kernel_sums_2d", lambda v=flat: _evaluation_sums(v)),
            ("kernel_sums_3d", lambda v=solid: _evaluation_sums(v)),
            ("evaluation_2d", lambda o=objective, v=flat: o.at(v)),
        ):
            tasks.append(task)
            rows.append((n, name))
    medians = _median_seconds(repeats, *tasks)
    seconds: dict[str, list[float]] = {}
    for (_, name), taken in zip(rows, medians, strict=True):
        seconds.setdefault(name, []).append(taken)
    points = random_vectors(min(nodes), 3, 1)
    weights = np.concatenate([np.ones((len(points), 1)), points], axis=1)
    fast = KernelExpansion(3, 1.0, TOLERANCE).sums(points, points, weights)
    exact = exact_sums(points, points, weights, 1.0)
    return {
        "nodes": list(nodes),
        "degree": degree,
        "seconds": seconds,
        "exponent": {name: float(np.polyfit(np.log(nodes), np.log(taken), 1)[0]) for name, taken in seconds.items()},
        "largest_relative_error": float((np.abs(fast - exact) / exact[:, :1]).max()),
        "compared_at": len(points),
    }


def _beside_lbfgs(nodes: int, degree: float, dimension: int, seed: int, limit: float) -> dict[str, Any]:
    """Process seconds of our search and of scipy's L-BFGS-B over unnormalised rows, from the same vectors and by the same
    evaluations of the loss, until each is within 1e-6 and 1e-8 of the higher of the two losses that they end with. One thread."""
    from scipy.optimize import minimize

    drawn = _sparse_graph(nodes, degree, seed=0)
    joined = np.flatnonzero(drawn.degrees > 0)
    graph = Graph(_scipy(drawn)[joined][:, joined])
    objective = _evaluator(graph)
    start = random_vectors(graph.nodes, dimension, seed)
    traces: dict[str, list[tuple[float, float]]] = {"ours": [], "lbfgs": []}

    def observe(tally: Tally, here: Iterate) -> bool:
        traces["ours"].append((time.process_time() - begun, here.expansion.value))
        return traces["ours"][-1][0] > limit

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        rows = flat.reshape(start.shape)
        length = np.linalg.norm(rows, axis=1, keepdims=True)
        unit = rows / length
        here = objective.at(unit)
        gradient = 2 * here.product
        traces["lbfgs"].append((time.process_time() - begun, here.value))
        if traces["lbfgs"][-1][0] > limit:
            raise TimeoutError
        return here.value, ((gradient - (gradient * unit).sum(1, keepdims=True) * unit) / length).ravel()

    with threads_limited(1):
        begun = time.process_time()
        minimise_on_graph(graph, 1.0, dimension, seed, certify=False, observe=observe)
        begun = time.process_time()
        options = {"maxiter": 20_000, "maxfun": 20_000, "ftol": 1e-15, "gtol": 1e-9}
        with contextlib.suppress(TimeoutError):
            minimize(loss, start.ravel(), jac=True, method="L-BFGS-B", options=options)
    ends = {name: min(value for _, value in trace) for name, trace in traces.items()}
    row: dict[str, Any] = {
        "nodes": graph.nodes, "mean_degree": float(graph.degrees.mean()), "dimension": dimension, "seed": seed, "losses": ends,
    }  # fmt: skip
    for within in (1e-6, 1e-8):
        goal = max(ends.values()) + within
        seconds = {name: next(at for at, value in trace if value <= goal) for name, trace in traces.items()}
        row[f"seconds_to_{within:g}"] = seconds
        row[f"ratio_to_{within:g}"] = seconds["ours"] / seconds["lbfgs"]
    return row


def _scipy(graph: Graph) -> Any:
    from scipy.sparse import csr_array

    adjacency = graph.adjacency
    return adjacency.to_scipy() if isinstance(adjacency, Neighbours) else csr_array(adjacency, dtype=float)


def _evaluator(graph: Graph) -> Any:
    """What minimise_on_graph evaluates on a graph of that size."""
    small = graph.nodes <= DENSE_ORDER
    return CompactObjective(graph_objective(graph), graph.nodes) if small else streamed_objective(graph)


def _evaluation_sums(points: np.ndarray) -> None:
    weights = np.concatenate([np.ones((len(points), 1)), points], axis=1)
    KernelExpansion(points.shape[1], 1.0, TOLERANCE).sums(points, points, weights)


def _in_own_process(job: dict[str, Any]) -> dict[str, Any]:
    environment = {**os.environ, "OMP_NUM_THREADS": str(job["workers"])}
    command = [sys.executable, "-m", "contrastive_claims.experiments.bench.graphs", json.dumps(job)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment, check=False)  # stderr: progress
    return json.loads(done.stdout) if done.stdout else {**job, "failed": f"exit status {done.returncode}"}


def _large(job: dict[str, Any]) -> dict[str, Any]:
    """One large graph, sampled, minimised and certified; peak memory of the whole process. Progress goes to stderr."""
    start = time.perf_counter()
    try:
        graph = _sparse_graph(job["nodes"], job["degree"], seed=1)
    except ValueError as error:
        return {**job, "failed": str(error)}
    sampled = time.perf_counter()
    name = f"{job['nodes']} nodes, degree {job['degree']:g}, {job['dimension']} dimensions"
    print(f"{name}: sampled in {sampled - start:.0f} s", file=sys.stderr)
    searched = sampled

    def observe(tally: Tally, here: Iterate) -> bool:
        nonlocal searched
        searched = time.perf_counter()
        print(
            f"{name}: {searched - sampled:.0f} s, step {tally.iterations}, loss {here.expansion.value:.12f}, "
            f"relative gradient {here.relative_norm:.1e}, {here.vectors.shape[1]} columns",
            file=sys.stderr,
        )
        return searched - sampled > job["limit_seconds"]

    optimum = minimise_on_graph(graph, temperature=1.0, dimension=job["dimension"], observe=observe)
    end = time.perf_counter()
    return {
        **job,
        "mean_degree": float(graph.degrees.mean()),
        "sampling_seconds": sampled - start,
        "seconds": end - sampled,
        "certifying_seconds": end - searched,
        "peak_gb": _peak() / 2**30,
        "loss": optimum.loss,
        "relative_gradient": optimum.relative_gradient,
        "gap": optimum.gap,
        "status": optimum.status,
        "certificate": "numerical (Lanczos)",
        "rank": optimum.rank(),
        "largest_multiplier": float(optimum.multipliers.max()),
        "iterations": optimum.iterations,
    }


if __name__ == "__main__":
    print(json.dumps(_large(json.loads(sys.argv[1]))))
