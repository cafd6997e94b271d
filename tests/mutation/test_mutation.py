"""Do the checks check? Mutants of the code that decides numbers and verdicts, against the tests of their room.

`pytest -m mutation -s tests/mutation` samples CLAIMS_MUTANTS of them (66) by CLAIMS_SEED (0), prints how many of each subject the
tests noticed and every one they did not (CLAIMS_SUBJECTS=bounds,keys: of these subjects alone). `-k named` runs the mistakes that
have a name here, every one of which must be noticed.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.mutation.mutants import ROOT, Mutant, mutants

LEAST = 0.9
MARGINS = "tests/theory/margins/"
BLOCKS = "tests/theory/blockmodel/"
HARMS = "tests/theory/harms/"
LEDGER = "tests/experiments/ledger/"
TRAINING = "tests/experiments/training/"


class Subject(NamedTuple):
    """Files (or folders of files) and the tests that cover them, quickest first; `options` leave out what takes long."""

    files: tuple[str, ...]
    tests: tuple[str, ...]
    options: tuple[str, ...] = ()


HARMS_TESTS = tuple(
    f"{HARMS}test_{name}.py"
    for name in (
        "samples", "scatter", "jackknife", "allocation", "representation", "collapse", "planning", "leaning", "intervals",
    )
)  # fmt: skip
SUBJECTS = {
    "losses": Subject(
        tuple(f"theory/margins/{name}.py" for name in ("losses", "pairs", "dense", "small", "logits", "running")),
        tuple(
            f"{MARGINS}test_{name}.py"
            for name in ("engines", "logits", "losses", "small_batches", "contrast_sets", "transforms", "modules")
        ),
    ),
    "bounds": Subject(("theory/margins/bounds.py",), (f"{MARGINS}test_bounds.py", f"{MARGINS}test_inequalities.py")),
    "block models": Subject(
        tuple(
            f"theory/blockmodel/{name}"
            for name in ("model.py", "population.py", "estimate.py", "uncertainty.py", "groups.py", "sparse_law.py", "limits")
        ),
        tuple(
            f"{BLOCKS}test_{name}.py"
            for name in (
                "block_model", "limit_formulas", "block_edges", "from_graph", "block_limits", "closed_forms", "applicable",
                "sparse_law", "graph_inputs", "block_population", "uncertainty",
            )
        ),
    ),
    "harms": Subject(
        tuple(
            f"theory/harms/{name}.py"
            for name in ("allocation", "collapse", "leaning", "planning", "representation", "samples", "scatter", "spectrum")
        ),
        HARMS_TESTS,
    ),
    "intervals": Subject(
        ("theory/harms/intervals.py", "theory/harms/jackknife.py"),
        (f"{HARMS}test_jackknife.py", f"{HARMS}test_intervals.py", *HARMS_TESTS),
    ),
    "verdict": Subject(("experiments/ledger/judgement.py",), (f"{LEDGER}test_judgement.py",)),
    "records": Subject(
        ("experiments/ledger/records.py",),
        (f"{LEDGER}test_records.py", f"{LEDGER}test_recorded.py", "tests/experiments/verify/test_reuse.py"),
    ),
    "keys": Subject(("experiments/ledger/keys.py",), (f"{LEDGER}test_keys.py", f"{LEDGER}test_calls.py")),
    "specification": Subject(
        ("theory/certify/specification",),
        (
            "tests/theory/certify/test_specified.py", "tests/theory/certify/test_recheck.py", f"{BLOCKS}test_limit_proofs.py",
            "tests/theory/certify/test_forgeries.py",
        ),
    ),
    "training": Subject(
        ("experiments/training/trainer.py",),
        tuple(f"{TRAINING}test_{name}.py" for name in ("loop", "trainer", "methods", "unusable_batches", "resume")),
    ),
    "sessions": Subject(
        ("experiments/training/session.py", "experiments/training/checkpoint.py"),
        (*(f"{TRAINING}test_{name}.py" for name in ("checkpoint", "session_parts", "session", "resume", "probe")),),
    ),
}  # fmt: skip


class Named(NamedTuple):
    """`old`, which the file holds exactly once, becomes `new`; the tests must notice."""

    kind: str
    path: str
    old: str
    new: str
    tests: tuple[str, ...]


INTERVALS, DENSE, BOUNDS = "theory/harms/intervals.py", "theory/margins/dense.py", "theory/margins/bounds.py"
LOSSES_TESTS = (f"{MARGINS}test_losses.py", f"{MARGINS}test_small_batches.py")
INTERVAL_TESTS = (f"{HARMS}test_intervals.py",)
BOUNDS_TESTS = (f"{MARGINS}test_bounds.py",)
PROBE, SESSION = "experiments/training/probe.py", "experiments/training/session.py"
NAMED = (
    Named("wrong axis", INTERVALS, "mean = moved.mean(axis=1)", "mean = moved.mean(axis=0)", INTERVAL_TESTS),
    Named("wrong axis", INTERVALS, "means = replicates[np.arange(count)[:, None], drawn].mean(axis=1)",
          "means = replicates[np.arange(count)[:, None], drawn].mean(axis=0)", INTERVAL_TESTS),
    Named("wrong axis", "theory/harms/jackknife.py", "(len(found) - 1) * found.var(axis=0)",
          "(len(found) - 1) * found.var(axis=-1)", (f"{HARMS}test_jackknife.py",)),
    Named("wrong axis", DENSE, "pulled = (logits * share).sum(1)", "pulled = (logits * share).sum(0)", LOSSES_TESTS),
    Named("wrong axis", BOUNDS, "negatives.max(axis=-1)", "negatives.max(axis=0)", BOUNDS_TESTS),
    Named("dropped epsilon", DENSE, "out=terms), options.epsilon)", "out=terms), 0.0)", LOSSES_TESTS),
    Named("dropped epsilon", DENSE, "log_add_exp(-options.epsilon, gap)", "log_add_exp(0.0, gap)", LOSSES_TESTS),
    Named("dropped epsilon", "theory/margins/pairs.py", "torch.logaddexp(inside - epsilon, negatives)",
          "torch.logaddexp(inside, negatives)", LOSSES_TESTS),
    Named("dropped epsilon", BOUNDS, "negatives.max(axis=-1) - positive + epsilon)", "negatives.max(axis=-1) - positive)",
          BOUNDS_TESTS),
    Named("dropped epsilon", "theory/margins/logits.py", "log_sum_exp(positives) - epsilon", "log_sum_exp(positives)",
          (f"{MARGINS}test_logits.py", f"{MARGINS}test_inequalities.py")),
    Named("dropped log", "theory/margins/pairs.py", "inside - count.log()", "inside - count", LOSSES_TESTS),
    Named("dropped log", BOUNDS, "np.log(count) - margin)", "count - margin)", BOUNDS_TESTS),
    Named("dropped log", "theory/margins/logits.py", "inside + np.log(positives.shape[-1])", "inside + positives.shape[-1]",
          (f"{MARGINS}test_logits.py", f"{MARGINS}test_inequalities.py")),
    Named("dropped log", "theory/harms/representation.py", "shares * np.log(shares)", "shares * shares",
          (f"{HARMS}test_representation.py",)),
    Named("flipped sign", BOUNDS, "low, high = -log_x, ", "low, high = log_x, ", BOUNDS_TESTS),
    Named("flipped sign", DENSE, "push.mul_(pulled).sub_(pull)", "push.mul_(pulled).add_(pull)", LOSSES_TESTS),
    Named("flipped sign", "theory/harms/allocation.py", "indirect - joint)", "joint - indirect)",
          (f"{HARMS}test_allocation.py",)),
    Named("flipped sign", "experiments/ledger/vocabulary.py", '"<=": operator.le', '"<=": operator.ge',
          (f"{LEDGER}test_vocabulary.py", f"{LEDGER}test_judgement.py")),
    Named("flipped sign", "experiments/training/trainer.py", "average.lerp_(part, 1 - decay)", "average.lerp_(part, decay)",
          (f"{TRAINING}test_unusable_batches.py",)),
    Named("self-pairs counted", DENSE, "(same.fill_diagonal_(False) if options.among else same)", "same", LOSSES_TESTS),
    Named("self-pairs counted", DENSE, "    if options.among:\n        logits.fill_diagonal_(-torch.inf)\n    reference, push",
          "    reference, push", LOSSES_TESTS),
    Named("self-pairs counted", "theory/margins/small.py", "    logits.fill_diagonal_(-torch.inf)\n    count = len(logits)",
          "    count = len(logits)", LOSSES_TESTS),
    Named("self-pairs counted", "experiments/audit/numbers.py", "cosines[place, place + start] = -torch.inf", "pass",
          ("tests/experiments/audit/test_nearest.py",)),
    Named("shares swapped", "theory/blockmodel/model.py", "BlockModel([share, rest, rest],", "BlockModel([rest, share, rest],",
          (f"{BLOCKS}test_block_model.py", f"{BLOCKS}test_closed_forms.py")),
    Named("shares swapped", "theory/blockmodel/model.py", "label == bias, aligned, (1 - aligned) / (classes - 1))",
          "label != bias, aligned, (1 - aligned) / (classes - 1))",
          (f"{BLOCKS}test_block_model.py", f"{BLOCKS}test_closed_forms.py")),
    Named("shares swapped", "theory/harms/allocation.py", "self.indirect / self.total)", "self.total / self.indirect)",
          (f"{HARMS}test_allocation.py",)),
    Named("shares swapped", INTERVALS, "tail) ** 2 * between + special.ndtri(tail) ** 2 * shared",
          "tail) ** 2 * shared + special.ndtri(tail) ** 2 * between", INTERVAL_TESTS),
    Named("test images used for tuning", SESSION, "linear_probe(seen, labels, seed, penalties)",
          "linear_probe(features, held_out.labels, seed, penalties)", (f"{TRAINING}test_session.py",)),
    Named("test images used for tuning", SESSION, "nearest_neighbours(seen, labels, features,",
          "nearest_neighbours(features, held_out.labels, features,", (f"{TRAINING}test_session.py",)),
    Named("test images used for tuning", PROBE, ".predict(points[b]) == labels[b])", ".predict(points[a]) == labels[a])",
          (f"{TRAINING}test_probe.py",)),
    Named("test images used for tuning", PROBE, "return np.sort(head), np.sort(judge)", "return np.sort(judge), np.sort(judge)",
          (f"{TRAINING}test_probe.py",)),
    Named("test images used for tuning", "experiments/training/sets.py", "held_out = test or load(spec.name, \"test\")",
          "held_out = training", (f"{TRAINING}test_sets.py",)),
    Named("test images used for tuning", "experiments/training/sets.py",
          "balanced_split(training.labels, spec.held_out_per_class, seed)\n        held_out, training = subset(training, rest)",
          "balanced_split(training.labels, spec.held_out_per_class, seed)\n        held_out, training = subset(training, chosen)",
          (f"{TRAINING}test_sets.py",)),
    Named("stale record reused", "experiments/verify/runner.py", 'provenance.get("key") != key or ', "",
          ("tests/experiments/verify/test_reuse.py",)),
    Named("stale record reused", "experiments/verify/runner.py", '"code": found.code', '"code": ""',
          ("tests/experiments/verify/test_reuse.py",)),
    Named("stale record reused", "experiments/models/store.py", "recipe(model.preset, measurement)", "0",
          ("tests/experiments/models/test_store.py",)),
    Named("stale record reused", "experiments/models/store.py", '"data": checksum_of(model.preset.data.name)', '"data": ""',
          ("tests/experiments/models/test_store.py",)),
    Named("stale record reused", SESSION, 'if found and found["key"] != key:', "if False:",
          (f"{TRAINING}test_resume.py",)),
    Named("stale record reused", "experiments/training/trainer.py", 'if found and found.state.get("key") != key:', "if False:",
          (f"{TRAINING}test_resume.py",)),
    Named("stale record reused", "experiments/ledger/records.py", 'if sealed(record)["digest"] != record["digest"]:',
          "if False:", (f"{LEDGER}test_records.py",)),
    Named("stale record reused", "experiments/ledger/keys.py",
          'waiting += imported(tree, name if path.name == "__init__.py" else name.rpartition(".")[0])', "pass",
          (f"{LEDGER}test_keys.py",)),
    Named("stale record reused", "experiments/training/checkpoint.py",
          "if hashlib.sha256(content[:at] + BLANK + content[at + len(BLANK) :]).hexdigest().encode() != digest:", "if False:",
          (f"{TRAINING}test_checkpoint.py",)),
)  # fmt: skip
KINDS = {
    "wrong axis", "dropped epsilon", "dropped log", "flipped sign", "self-pairs counted", "shares swapped",
    "test images used for tuning", "stale record reused",
}  # fmt: skip


def mistake(named: Named) -> Mutant:
    text = (ROOT / named.path).read_text("utf-8")
    assert text.count(named.old) == 1, (
        f"{named.path}: must hold exactly once {named.old!r}; mend the list of named mutants"
    )
    at = text.index(named.old)
    start = len(text[:at].encode())
    return Mutant(named.path, text[:at].count("\n") + 1, start, start + len(named.old.encode()), named.old, named.new)


def files(subject: Subject) -> list[str]:
    found = []
    for name in subject.files:
        path = ROOT / name
        found += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return [str(path.relative_to(ROOT)) for path in found]


def sampled(count: int, seed: int) -> dict[str, list[Mutant]]:
    """`count` mutants shared out over the subjects, each subject's drawn from all of its own."""
    found = {}
    for k, (name, subject) in enumerate(SUBJECTS.items()):
        every = [m for path in files(subject) for m in mutants(path, (ROOT / path).read_text("utf-8"))]
        share = count // len(SUBJECTS) + (k < count % len(SUBJECTS))
        found[name] = random.Random(f"{seed} {name}").sample(every, min(share, len(every)))
    return found


@contextmanager
def server(folder: Path) -> Iterator:
    """A function (mutant or None, tests, options, limit in seconds) -> (pytest's exit status or None, seconds)."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.mutation.mutants"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin and process.stdout

        def tested(mutant: Mutant | None, tests: tuple[str, ...], options: tuple[str, ...], limit: float):
            task = {"path": mutant and mutant.path, "source": mutant and mutant.source(), "tests": tests}
            task |= {"options": options, "limit": limit, "log": str(folder / "log")}
            process.stdin.write(json.dumps(task) + "\n")
            process.stdin.flush()
            found = json.loads(process.stdout.readline())
            return found["status"], found["seconds"]

        try:
            yield tested
        finally:
            process.stdin.close()


@contextmanager
def judging(folder: Path) -> Iterator:
    """A function (mutant, tests, options) -> whether the tests notice it. They must pass on the code as it is."""
    clean: dict[tuple, float] = {}
    with server(folder) as tested:

        def noticed(mutant: Mutant, tests: tuple[str, ...], options: tuple[str, ...] = ()) -> bool:
            if (tests, options) not in clean:
                status, seconds = tested(None, tests, options, 3600)
                assert status == 0, (
                    f"on the code as it is, {tests} gave {status}:\n{(folder / 'log').read_text()[-3000:]}"
                )
                clean[tests, options] = seconds
            status, _ = tested(mutant, tests, options, 20 + 4 * clean[tests, options])
            assert status not in (4, 5), f"{mutant}: no test ran\n{(folder / 'log').read_text()[-3000:]}"
            return status != 0

        yield noticed


def test_named_mutants_are_of_every_kind_and_each_in_its_place():
    assert {named.kind for named in NAMED} == KINDS
    for named in NAMED:
        compile(mistake(named).source(), named.path, "exec")


def test_mutants_by_hand():
    text = (
        "def f(x: int = 1, *, axis=-1):\n    '''1 < 2'''\n    if x <= 2.5:\n"
        "        raise ValueError(f'{x + 1}')\n    return x + axis\n"
    )
    found = {(m.line, m.old, m.new) for m in mutants("a.py", text)}
    assert found == {
        (1, "1", "(2)"), (1, "-1", "(1)"), (3, "x <= 2.5", "(x < 2.5)"), (3, "x <= 2.5", "(not (x <= 2.5))"), (3, "2.5", "(5.0)"),
        (4, "raise ValueError(f'{x + 1}')", "pass"), (5, "x + axis", "(x - axis)"),
    }  # fmt: skip


@pytest.mark.parametrize("name", SUBJECTS)
def test_every_sampled_mutant_is_a_module(name):
    path = files(SUBJECTS[name])[-1]
    every = mutants(path, (ROOT / path).read_text("utf-8"))
    for mutant in random.Random(name).sample(every, 5):
        assert mutant.source() != (ROOT / path).read_text("utf-8")
        compile(mutant.source(), path, "exec")


@pytest.fixture(scope="module")
def noticed(tmp_path_factory):
    with judging(tmp_path_factory.mktemp("mutants")) as found:
        yield found


@pytest.mark.mutation
@pytest.mark.parametrize("named", NAMED, ids=lambda named: f"{named.kind}: {named.path}")
def test_named_mutant_is_noticed(named, noticed):
    found = noticed(mistake(named), named.tests)
    print(f"{'noticed' if found else 'SURVIVED'}, {named.kind}: {mistake(named)}", flush=True)
    assert found


@pytest.mark.mutation
def test_nine_of_ten_sampled_mutants_are_noticed(noticed):
    sample = sampled(int(os.environ.get("CLAIMS_MUTANTS", "66")), int(os.environ.get("CLAIMS_SEED", "0")))
    chosen = os.environ.get("CLAIMS_SUBJECTS", "")
    counts = {}
    for name, group in sample.items():
        if chosen and name not in chosen.split(","):
            continue
        missed = [m for m in group if not noticed(m, SUBJECTS[name].tests, SUBJECTS[name].options)]
        counts[name] = len(group) - len(missed), len(group)
        print(f"{name}: {counts[name][0]} of {counts[name][1]} noticed", flush=True)
        for mutant in missed:
            print(f"  survived {mutant}", flush=True)
    killed, every = (sum(part) for part in zip(*counts.values(), strict=True))
    print(f"sampled mutants: {killed} of {every} noticed")
    assert killed >= LEAST * every
