"""Speed, memory and accuracy of eps-SupInfoNCE's forward and backward pass beside what others take for a supervised loss.

Every implementation runs in a process of its own, so that its peak memory is its own: above the process with everything
imported and the inputs made, before any computation. The processes take turns, one step each, so that a machine that slows down
slows all of them. Peers: pytorch-metric-learning's SupConLoss, lightly's NTXentLoss, and the textbook form of our loss with
dense N x N matrices and autograd: as it stands, compiled, and in chunks; the floor is two or three products of N x N x D. Every
peer has a row at every size, which says why where it has no figures: not installed, more memory than the machine has free, more
than a minute of process time a step. Absolute times drift between machines and with what else runs on them; compare the ratios
of one run.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.metadata
import importlib.util
import json
import os
import resource
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

OURS, TEXTBOOK, METRIC_LEARNING = "contrastive-claims", "textbook", "pytorch-metric-learning SupConLoss"
COMPILED, CHUNKED, LIGHTLY = "textbook compiled", "textbook in chunks", "lightly NTXentLoss"
PRODUCTS = {"two matrix products": 2, "three matrix products": 3}
MODULES = {METRIC_LEARNING: "pytorch_metric_learning", LIGHTLY: "lightly"}
PEERS = (TEXTBOOK, COMPILED, CHUNKED, METRIC_LEARNING, LIGHTLY, *PRODUCTS)
CHUNK = 1024  # rows of the chunked form
PATIENCE = 60.0  # process seconds after which a peer's step is given up; ten times as many where the first compiles
_LOOKS = 0.2  # seconds between looks at the process
SLOW = (
    20.0  # seconds that the timed steps of one implementation at one size may take together, but for the first of them
)
CALLS = 4096  # small batches are called so many rows' worth of times a step, since a clock's tick is not much less than a call


def run(
    sizes: Sequence[int] = (64, 256, 1024, 4096, 8192, 16384),
    dimension: int = 128,
    classes: int = 10,
    temperature: float = 0.1,
    epsilon: float = 0.25,
    repeats: int = 5,
    threads: int | None = None,
    peers: bool = True,
    peer_limit: int = 16384,
    accuracy_size: int | None = 8192,
    seed: int = 0,
) -> dict[str, Any]:
    """Median seconds and peak megabytes of each implementation at each size, the speed-ups, and the accuracy at full size.

    threads: of torch, default all cores that this process may use (taskset). peers run up to `peer_limit` embeddings: memory is
    quadratic.
    accuracy_size: where loss and gradient in float32 are compared with a chunked float64 reference; None leaves it out.
    """
    base = {
        "dimension": dimension, "classes": classes, "temperature": temperature, "epsilon": epsilon,
        "repeats": repeats, "threads": threads or _cores(), "seed": seed,
    }  # fmt: skip
    results, speedups, process = [], {}, {}
    absent = {
        name: {"failed": "not installed"}
        for name, module in MODULES.items()
        if peers and importlib.util.find_spec(module) is None
    }
    for n in sizes:
        names = [OURS, *(name for name in PEERS if peers and n <= peer_limit and name not in absent)]
        jobs = {name: {"task": "measure", "name": name, "n": n, "bytes": _free(), **base} for name in names}
        measured = _take_turns(jobs, repeats)
        if peers and n <= peer_limit:
            measured |= absent
        elif peers:
            measured |= {name: {"failed": f"not tried beyond N = {peer_limit}"} for name in PEERS}
        results += [{"name": name, "n": n, **found} for name, found in measured.items()]
        if "median_s" in measured[OURS]:
            for kind, ratios in (("median_s", speedups), ("median_process_s", process)):
                ratios[str(n)] = {
                    name: found[kind] / measured[OURS][kind]
                    for name, found in measured.items()
                    if name != OURS and kind in found
                }
    report: dict[str, Any] = {
        "setup": {**base, "versions": _versions()},
        "results": results,
        "speedup": speedups,
        "speedup_in_process_time": process,
    }
    if accuracy_size is not None:
        with _Worker({"task": "accuracy", "n": accuracy_size, **base}) as worker:
            report["accuracy"] = worker.ask() or worker.failure()
    return report


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Worker:
    """A process that answers each line "step" with a line of JSON, until it is told to stop."""

    def __init__(self, job: dict[str, Any]) -> None:
        environment = {**os.environ, "OMP_NUM_THREADS": str(job["threads"])}
        command = [sys.executable, "-m", "contrastive_claims.experiments.bench.losses", json.dumps(job)]
        self.given_up, self.gigabytes = False, job.get("bytes", 0) / 1e9
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment)

    def __enter__(self) -> _Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def ask(self, patience: float | None = None) -> dict[str, Any] | None:
        """The answer to one more step; None if the process has died, or is killed after so many process seconds (None: never)."""
        assert self.process.stdin is not None and self.process.stdout is not None
        answered = threading.Event()
        if patience is not None:
            threading.Thread(target=self._watch, args=(answered, patience), daemon=True).start()
        try:
            self.process.stdin.write("step\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            return None
        finally:
            answered.set()
        return json.loads(answer) if answer else None

    def _watch(self, answered: threading.Event, patience: float) -> None:
        """A machine that is busy with other work takes longer, which is no fault of the process: its own time counts."""
        begun = self._seconds()
        while not answered.wait(_LOOKS):
            if self._seconds() - begun > patience:
                self.given_up = True
                self.process.kill()
                return

    def _seconds(self) -> float:
        """Process seconds so far; of the clock where there is no /proc."""
        status = Path(f"/proc/{self.process.pid}/stat")
        try:
            spent = status.read_text().rpartition(")")[2].split()[11:13]  # utime and stime, after the name in brackets
        except OSError:
            return time.monotonic()
        return sum(map(int, spent)) / os.sysconf("SC_CLK_TCK")

    def failure(self) -> dict[str, Any]:
        """Why there is no answer: the clock, the memory, or the last line of what the process wrote as its error."""
        assert self.process.stderr is not None
        lines = self.process.stderr.read().strip().splitlines()
        status = self.process.wait()
        if self.given_up:
            return {"failed": f"more than {PATIENCE:g} CPU s a step"}
        if status == -signal.SIGKILL or (
            lines and any(word in lines[-1] for word in ("allocate memory", "MemoryError"))
        ):
            return {"failed": f"more than the {self.gigabytes:.1f} GB that the machine has free"}
        return {"failed": lines[-1] if lines else f"exit status {status}"}


def _take_turns(jobs: dict[str, dict[str, Any]], repeats: int) -> dict[str, dict[str, Any]]:
    """One warm-up and `repeats` timed steps of every job, in turn; fewer, but one, of those whose steps take long."""
    with contextlib.ExitStack() as stack:
        workers = {name: stack.enter_context(_Worker(job)) for name, job in jobs.items()}
        answers: dict[str, list[dict[str, Any] | None]] = {name: [] for name in jobs}
        for turn in range(repeats + 1):
            for name, worker in workers.items():
                found = answers[name]
                spent = sum(answer["seconds"] * answer["calls"] for answer in found[1:] if answer)
                if None not in found and (turn < 2 or spent < SLOW):
                    patience = 10 * PATIENCE if name == COMPILED and not turn else PATIENCE
                    found.append(worker.ask(None if name == OURS else patience))
        return {name: _summary(answers[name]) or worker.failure() for name, worker in workers.items()}


def _summary(answers: list[dict[str, Any] | None]) -> dict[str, Any] | None:
    done = [answer for answer in answers if answer is not None]
    if len(done) < len(answers):
        return None
    warm_up, *times = (answer["seconds"] for answer in done)
    _, *process = (answer["process_seconds"] for answer in done)
    peak = max(answer["peak_mb"] for answer in done)
    return {
        "median_s": statistics.median(times),
        "median_process_s": statistics.median(process),
        "runs_s": times,
        "warm_up_s": warm_up,
        "peak_mb": peak,
    }


def _versions() -> dict[str, str]:
    names = ("torch", "pytorch-metric-learning", "lightly")
    installed = {distribution.name for distribution in importlib.metadata.distributions()}
    return {name: importlib.metadata.version(name) for name in names if name in installed}


def _inputs(job: dict[str, Any]) -> tuple[Any, Any]:
    import torch

    generator = torch.Generator().manual_seed(job["seed"])
    embeddings = torch.randn(job["n"], job["dimension"], generator=generator)
    return embeddings.requires_grad_(), torch.randint(
        min(job["classes"], max(2, job["n"] // 8)), (job["n"],), generator=generator
    )


def _textbook(embeddings: Any, labels: Any, temperature: float, epsilon: float, rows: slice = slice(None)) -> Any:
    """Sum over the anchors in `rows` of eps-SupInfoNCE by its definition, with dense matrices and autograd."""
    import torch

    unit = torch.nn.functional.normalize(embeddings, dim=1)
    logits = unit[rows] @ unit.T / temperature
    same = labels[rows, None] == labels
    itself = torch.eye(len(labels), dtype=torch.bool)[rows]
    negatives = logits.masked_fill(same, -torch.inf).logsumexp(1, keepdim=True)
    terms = torch.logaddexp(torch.full_like(negatives, -epsilon), negatives - logits)
    positives = same & ~itself
    return (terms.masked_fill(~positives, 0).sum(1) / positives.sum(1)).sum()


def _implementation(job: dict[str, Any]) -> Callable[[Any, Any], Any]:
    if job["name"] == METRIC_LEARNING:
        from pytorch_metric_learning.losses import SupConLoss

        return SupConLoss(job["temperature"])
    if job["name"] == TEXTBOOK:
        return lambda z, y: _textbook(z, y, job["temperature"], job["epsilon"]) / len(y)
    if job["name"] == COMPILED:
        import torch

        return torch.compile(lambda z, y: _textbook(z, y, job["temperature"], job["epsilon"]) / len(y), fullgraph=True)
    if job["name"] == CHUNKED:
        return lambda z, y: _chunked(z, y, job["temperature"], job["epsilon"])
    if job["name"] == LIGHTLY:
        from lightly.loss import NTXentLoss  # pyright: ignore[reportMissingImports]

        pairs = NTXentLoss(job["temperature"])
        return lambda z, y: pairs(z[: len(z) // 2], z[len(z) // 2 :])
    if job["name"] in PRODUCTS:
        return lambda z, y: _Products(z, PRODUCTS[job["name"]])
    from contrastive_claims.theory.margins import EpsSupInfoNCE

    return EpsSupInfoNCE(job["temperature"], job["epsilon"])


def _chunked(embeddings: Any, labels: Any, temperature: float, epsilon: float) -> Any:
    """The textbook's mean, chunk of anchors by chunk, each computed again in the backward pass."""
    from torch.utils.checkpoint import checkpoint

    parts = [
        checkpoint(_textbook, embeddings, labels, temperature, epsilon, slice(at, at + CHUNK), use_reentrant=False)
        for at in range(0, len(labels), CHUNK)
    ]
    return sum(parts) / len(labels)


class _Products:
    """The floor: logits, and one or two more products of that size, N x N times N x D, in place of a backward pass."""

    def __init__(self, embeddings: Any, count: int) -> None:
        rows = embeddings.detach()
        self._logits = rows @ rows.T
        self._rows, self._more = rows, count - 1

    def backward(self) -> None:
        for _ in range(self._more):
            self._logits.mm(self._rows)


def _stepper(job: dict[str, Any]) -> Callable[[], dict[str, Any]]:
    loss = _implementation(job)
    embeddings, labels = _inputs(job)
    calls = max(1, CALLS // job["n"])
    before = _reset_peak()

    def step() -> dict[str, Any]:
        start, process = time.perf_counter(), time.process_time()
        for _ in range(calls):
            embeddings.grad = None
            loss(embeddings, labels).backward()
        seconds, process = time.perf_counter() - start, time.process_time() - process
        peak = (_peak() - before) / 2**20
        return {"seconds": seconds / calls, "process_seconds": process / calls, "calls": calls, "peak_mb": peak}

    return step


def _accuracy(job: dict[str, Any]) -> dict[str, Any]:
    """Float32 against the definition in float64, summed over chunks of anchors."""
    from contrastive_claims.theory.margins import eps_sup_infonce

    embeddings, labels = _inputs(job)
    loss = eps_sup_infonce(embeddings, labels, job["temperature"], job["epsilon"])
    loss.backward()
    exact = embeddings.detach().double().requires_grad_()
    total, n, chunk = 0.0, job["n"], 256
    for start in range(0, n, chunk):
        part = _textbook(exact, labels, job["temperature"], job["epsilon"], slice(start, start + chunk)) / n
        part.backward()
        total += part.item()
    assert embeddings.grad is not None and exact.grad is not None
    error = (embeddings.grad - exact.grad).norm(dim=1) / exact.grad.norm(dim=1)
    return {
        "n": n,
        "loss": loss.item(),
        "loss_error": abs(loss.item() - total),
        "worst_gradient_row_relative_error": error.max().item(),
    }


def _free() -> int:
    """Bytes that the machine has free for one process more; 0 where there is no /proc to tell."""
    memory = Path("/proc/meminfo")
    if not memory.exists():
        return 0
    lines = memory.read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))


def _reset_peak() -> int:
    """Bytes resident now; on Linux the kernel's high-water mark is reset to it."""
    clear = Path("/proc/self/clear_refs")
    if not clear.exists():
        return _peak()
    clear.write_text("5")
    return _peak()


def _peak() -> int:
    """Largest resident size in bytes since the last reset, or since the start where there is no /proc."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) * 1024 for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _main(job: dict[str, Any]) -> None:
    import torch

    torch.set_num_threads(job["threads"])
    if job.get("bytes"):  # what exceeds it fails in its own process, by name, before the machine runs out
        most = int(0.9 * job["bytes"])
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    step = functools.partial(_accuracy, job) if job["task"] == "accuracy" else _stepper(job)
    for _ in sys.stdin:
        print(json.dumps(step()), flush=True)


if __name__ == "__main__":
    _main(json.loads(sys.argv[1]))
