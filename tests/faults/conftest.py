"""Runs that are disturbed, and what must be true afterwards."""

import contextlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORST = 60.0  # seconds after which a run hangs
ENDED = 10.0  # seconds within which every process of a killed run is gone
NEVER_BEGAN = re.compile(
    r"Exception (ignored )?in thread.*(MemoryError|can't allocate lock|can't start new thread)", re.DOTALL
)


class Zygote:
    """The process that has everything loaded, and forks runs (`subjects`)."""

    def __init__(self):
        own = {
            name: value for name, value in os.environ.items() if name != "CLAIMS_FORMAL"
        }  # which CI shares between commands
        environment = {**own, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])}
        environment |= {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "COLUMNS": "200"}
        environment |= {"GLIBC_TUNABLES": "glibc.pthread.stack_cache_size=0"}  # see subjects.begin
        self.environment = environment
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.subjects"], cwd=ROOT, env=environment, text=True, bufsize=1,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def ask(self, request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def processes_of(session):
    """Living processes of a session, by id."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                after = (entry / "stat").read_text().rpartition(") ")[2].split()
                if int(after[3]) == session and after[0] not in "ZX":
                    found.append(int(entry.name))
    return sorted(found)


class Run:
    """One run under way in `root`."""

    def __init__(self, zygote, subject, root, **more):
        said = root / "said"
        if not said.exists():
            os.mkfifo(said)
        self.pipe = os.open(said, os.O_RDWR | os.O_NONBLOCK)
        self.zygote, self.started, self.text, self.stuck = zygote, time.monotonic(), "", False
        self.pid = zygote.ask({"subject": subject, "root": str(root), **more})

    def listen(self):
        with contextlib.suppress(BlockingIOError):
            while part := os.read(self.pipe, 1 << 16):
                self.text += part.decode("utf-8", "replace")

    def running(self):
        self.listen()
        with contextlib.suppress(OSError):
            return Path(f"/proc/{self.pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
        return False

    def end(self):
        """Its exit status, its words in `text`; nothing of it runs any more. One that waits for ever for a thread which had no
        memory to begin, as CPython does (Thread.start, and executors whose own thread died of it), is killed."""
        while self.running():
            if time.monotonic() > self.started + ENDED and NEVER_BEGAN.search(self.text):
                self.stuck = True
                os.killpg(self.pid, signal.SIGKILL)
            assert time.monotonic() < self.started + WORST, f"hangs: {self.text}"
            time.sleep(0.001)
        status = self.zygote.ask({"wait": self.pid})
        self.seconds = time.monotonic() - self.started
        limit = time.monotonic() + ENDED
        while left := processes_of(self.pid):
            if time.monotonic() > limit:
                told = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in left]
                for pid in left:
                    os.kill(pid, signal.SIGKILL)
                raise AssertionError(f"left behind: {told}")
            time.sleep(0.01)
        self.listen()
        os.close(self.pipe)
        return status


MOVING = ("wall_seconds", "date", "data_since", "digest", "seconds", "folder")


def still(content):
    """Plain data without what differs from run to run: times, dates, and digests over them."""
    if isinstance(content, dict):
        return {name: still(value) for name, value in content.items() if name not in MOVING}
    return [still(value) for value in content] if isinstance(content, list) else content


def answer_of(path):
    """What counts of a result file."""
    if path.suffix == ".json":
        return still(json.loads(path.read_text()))
    if path.suffix in (".svg", ".html"):
        return len(path.read_bytes()) > 100
    if path.parent.name == "models" and path.suffix == ".npz":
        import numpy as np

        with np.load(path) as file:
            return {name: file[name].tolist() for name in file.files if name != "made"}
    return path.read_bytes()


ASIDE = (".old-", ".damaged", ".lock", ".previous.", "/damaged")  # kept on purpose, no part of an answer
OWN = {
    "verify": ("out/records", "out/models", "out/figures", "out/ledger.json"),
    "prove": ("out/formal",),
    "simulate": ("out/simulations",),
    "train": ("out/runs",),
    "audit": ("audit.html",),
    "figures": ("out/figures",),
    "list": (),
}
KEPT = (
    "out/records/*[!e].json",
    "out/simulations/graphs/*.json",
    "out/formal/[!c]*.json",
)  # what finished, a file each


def finished(root):
    """The files of finished work, as they are."""
    return {path: path.read_bytes() for pattern in KEPT for path in root.glob(pattern)}


class Bench:
    """Undisturbed runs of every subject, made once, and copies of them to disturb."""

    def __init__(self, zygote, folder):
        self.zygote, self.folder, self.counts = zygote, folder, Counter()
        self.bare, self.done, self.seconds = folder / "bare", folder / "done", {}
        self.bare.mkdir()
        self.sound("prepare", self.bare)
        self.sound("declare", self.bare)
        self.copy(self.bare, self.done)
        for subject in OWN:
            self.seconds[subject] = self.sound(subject, self.done)[1].seconds
        for subject in ("verify", "prove"):
            self.sound(subject, self.done, more=["--record"])

    @property
    def environment(self):
        return self.zygote.environment

    @staticmethod
    def copy(source, target):
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("said"))

    @contextlib.contextmanager
    def work(self, source):
        root = self.folder / "work"
        shutil.rmtree(root, ignore_errors=True)
        self.copy(source, root)
        yield root

    def run(self, subject, root, **more):
        return Run(self.zygote, subject, root, **more)

    def sound(self, subject, root, **more):
        """An undisturbed run to its end: what it printed, and itself."""
        run = self.run(subject, root, **more)
        status = run.end()
        assert status == 0, run.text
        return run.text, run

    def files(self, root, subject):
        """The result files of a subject below `root`."""
        own = OWN[subject.partition(" ")[0]]
        found = [path for name in own for path in (root / name, *root.glob(f"{name}/**/*")) if path.is_file()]
        return [path for path in found if not any(word in f"/{path.relative_to(root)}" for word in ASIDE)]

    def answer(self, root, subject):
        """What counts of them, by path."""
        return {str(path.relative_to(root)): answer_of(path) for path in self.files(root, subject)}

    def expect_the_reference(self, subject, root):
        """The results of a subject are those of undisturbed runs, all and nothing but."""
        found, known = self.answer(root, subject), self.answer(self.done, subject)
        assert found == known

    def workers(self, session):
        """The processes of a session but the first: workers and compilers, not who is asked for the version of a package."""
        found = []
        for pid in processes_of(session):
            with contextlib.suppress(OSError):
                if pid != session and b"dpkg" not in Path(f"/proc/{pid}/cmdline").read_bytes():
                    found.append(pid)
        return found

    finished, processes_of = staticmethod(finished), staticmethod(processes_of)


@pytest.fixture(scope="session")
def bench(tmp_path_factory):
    if sys.platform != "linux":
        pytest.skip("sessions of processes are read from /proc")
    zygote = Zygote()
    try:
        made = Bench(zygote, tmp_path_factory.mktemp("faults"))
        yield made
    finally:
        zygote.close()
    print("\nfaults:", ", ".join(f"{count} {what}" for what, count in sorted(made.counts.items())))


@pytest.fixture
def generator(seed):
    return random.Random(seed)
