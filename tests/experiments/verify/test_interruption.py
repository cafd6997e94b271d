"""A killed or interrupted `verify` keeps what it finished, leaves no worker behind, and repeats nothing when run again."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time

import pytest

DRIVER = """
import signal
import sys
from pathlib import Path
from contrastive_claims.experiments import cli
from contrastive_claims.experiments.claims import catalogue
from contrastive_claims.experiments.ledger import records
from contrastive_claims.experiments.verify import session as verification
from contrastive_claims.experiments.ledger.vocabulary import Claim, Criterion

CLAIMS = tuple(
    Claim(f"F{k}", "nowhere", "so", check="slow_checks:check_" + "abcd"[k], control="wrong", share=9.0 - k,
          criteria=(Criterion("x", "<=", 1.0),))
    for k in range(4)
)

if __name__ == "__main__":
    catalogue.CLAIMS = verification.CLAIMS = CLAIMS
    records.RECORDED = Path("absent")
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs begin without it
    cli.app(["verify", "--device", "cpu", "--jobs", sys.argv[1], "--out", "results"])
"""

CHECKS = """
import os, time
from pathlib import Path
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity

def check(name, waits):
    def run_check(run):
        with open("log", "a") as file:
            file.write(name + ("wrong" if run.control else "") + f" {os.getpid()}\\n")
        while waits and not run.control and not Path("go").exists():
            time.sleep(0.02)
        return Evidence({"x": Quantity.exact(2.0 if run.control else 1 / 3)})
    return run_check

check_a, check_b, check_c, check_d = check("a", False), check("b", False), check("c", True), check("d", True)
"""


class Session:
    """A `verify` of four claims in processes of its own: two finish at once, two wait for a file called go."""

    def __init__(self, folder):
        self.folder, self.started = folder, []
        (folder / "driver.py").write_text(DRIVER)
        (folder / "slow_checks.py").write_text(CHECKS)
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), *sys.path])}
        self.options = {
            "cwd": folder,
            "env": environment,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "text": True,
        }

    def start(self, jobs=2):
        command = [sys.executable, "driver.py", str(jobs)]
        self.started.append(subprocess.Popen(command, start_new_session=True, **self.options))
        return self.started[-1]

    @property
    def log(self):
        path = self.folder / "log"
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []

    def half_way(self, process, before=0):
        """Wait until two claims are recorded and the other two are running, by what was noted after the first `before`."""

        def reached():
            done = all((self.folder / "results" / "records" / f"F{k}.json").exists() for k in (0, 1))
            return done and {"c", "d"} <= {name for name, _ in self.log[before:]}

        self.wait(lambda: reached() or process.poll() is not None, 60)
        assert process.poll() is None, process.communicate()

    def wait(self, condition, seconds):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "timed out"
            time.sleep(0.02)

    def workers_gone(self):
        self.wait(lambda: not any(alive(int(pid)) for _, pid in self.log), 20)

    def verdicts(self):
        ledger = json.loads((self.folder / "results" / "ledger.json").read_text())
        return {r["id"]: r["verdict"] for r in ledger["claims"]}

    def finish(self):
        """Run again, to the end; returns what was measured by that run and what it printed."""
        before = len(self.log)
        (self.folder / "go").write_text("")
        process = self.start(jobs=1)
        out, err = process.communicate(timeout=180)
        assert process.returncode == 0, err
        assert self.verdicts() == {f"F{k}": "HOLDS" for k in range(4)}
        return sorted(name for name, _ in self.log[before:]), out


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") if os.path.exists(f"/proc/{pid}/stat") else open(os.devnull) as file:
        return ") Z " not in file.read()  # a zombie that nobody reaps is dead


@pytest.fixture
def session(tmp_path):
    made = Session(tmp_path)
    yield made
    for process in made.started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def records_of(session):
    folder = session.folder / "results" / "records"
    return {path.name: path.read_bytes() for path in folder.glob("F*.json")}


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="POSIX signals")
def test_a_killed_and_an_interrupted_run_repeat_no_finished_claim_and_their_workers_end(session):
    """The run goes on after each, in one story: a process that loads everything costs seconds."""
    process = session.start()
    session.half_way(process)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=180)
    session.workers_gone()
    process.communicate(timeout=180)
    kept = records_of(session)
    assert kept.keys() == {"F0.json", "F1.json"} and {"c", "d"} <= {name for name, _ in session.log}

    before = len(session.log)
    process = session.start()
    session.half_way(process, before)
    os.killpg(process.pid, signal.SIGINT)  # a terminal sends it to every process of the group
    process.wait(timeout=180)
    session.workers_gone()
    out, err = process.communicate(timeout=180)
    assert process.returncode == 130 and out.count("reused") == 2
    assert "interrupted: finished claims are recorded" in err and "Traceback" not in err
    assert session.verdicts() == {"F0": "HOLDS", "F1": "HOLDS"} and records_of(session) == kept
    assert sorted(name for name, _ in session.log[before:]) == ["c", "d"]

    measured, printed = session.finish()
    assert measured == ["c", "cwrong", "d", "dwrong"] and printed.count("reused") == 2
    assert {name: content for name, content in records_of(session).items() if name in kept} == kept
