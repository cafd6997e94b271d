"""A small laboratory: checks written into a temporary module, a catalogue of claims on them, and `verify` run on it."""

import importlib
import io
import json
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from contrastive_claims.experiments.claims import catalogue
from contrastive_claims.experiments.ledger import declared, records
from contrastive_claims.experiments.ledger.vocabulary import Claim, Criterion
from contrastive_claims.experiments.verify import runner
from contrastive_claims.experiments.verify import session as verification
from contrastive_claims.theory.certify.expression import Expression
from contrastive_claims.theory.certify.specification import SPECIFICATIONS
from contrastive_claims.theory.certify.statements import Specification, identity

DOUBLING = Specification(
    "P", (), (identity("doubling", "twice", Expression(["+", "x", "x"]), Expression(["*", "2", "x"])),), ("nothing",)
)
CHECKS = """
    import os
    from pathlib import Path
    import numpy as np
    from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity
    from contrastive_claims.theory.certify.expression import Expression
    from contrastive_claims.theory.certify.specification import SPECIFICATIONS
    from contrastive_claims.theory.certify.statements import Specification, identity

    SPECIFICATIONS["P"] = Specification(
        "P", (), (identity("doubling", "twice", Expression(["+", "x", "x"]), Expression(["*", "2", "x"])),), ("nothing",)
    )

    LOG = Path(__file__).with_name("log")

    def note(run, name):
        with LOG.open("a") as file:
            file.write(name + (" wrong" if run.control else " planted" if run.planted else " ") + "\\n")

    def evidence(run, name, wrong=2.0, right=0.0, **more):
        note(run, name)
        return Evidence({"x": Quantity.exact(wrong if run.control else right)}, **more)

    def plain(run):
        return evidence(run, "plain", arrays={"a": np.arange(3.0)}, seeds=(7,))

    def broken(run):
        note(run, "broken")
        raise RuntimeError("a finding")

    def dies(run):
        note(run, "dies")
        os._exit(9)

    def lenient(run):
        return evidence(run, "lenient", wrong=0.5)

    def certified(run):
        right = ["*", "3" if run.control else "2", "x"]
        steps = [{"step": "doubling", "kind": "identity", "says": "twice", "left": ["+", "x", "x"], "right": right}]
        return evidence(run, "certified", certificate={"claim": "P", "steps": steps})

    def trained(run):
        return evidence(run, "trained", models=("shared.npz", "wrong.npz" if run.control else "own.npz"))

    def drawn(run):
        return evidence(run, "drawn", arrays={name: np.array([0.5, 1.0]) for name in ("slack", "hinge", "room")})
"""


@dataclass
class Laboratory:
    """`claims` is the catalogue; `verify` runs it in this process and returns the exit status."""

    root: Path
    module: str
    monkeypatch: pytest.MonkeyPatch
    printed: str = ""
    claims: tuple = ()

    @property
    def out(self):
        return self.root / "results"

    @property
    def folder(self):
        return self.out / "records"

    def write(self, source, append=True):
        """Checks, added to the usual ones or in their place; the module is loaded afresh."""
        text = textwrap.dedent(CHECKS if append else "") + textwrap.dedent(source)
        (self.root / f"{self.module}.py").write_text(text)
        sys.modules.pop(self.module, None)
        importlib.invalidate_caches()

    def use(self, *claims):
        self.claims = claims
        self.monkeypatch.setitem(SPECIFICATIONS, "P", DOUBLING)  # undone with the test; workers have the module's
        self.monkeypatch.setattr(catalogue, "CLAIMS", claims)
        self.monkeypatch.setattr(verification, "CLAIMS", claims)

    def claim(self, claim_id, check, **more):
        """x <= 1, whose control is the variant "wrong"; `check` is a function of the laboratory's module or module:function."""
        more = {"criteria": (Criterion("x", "<=", 1.0),), "control": "wrong", **more}
        return Claim(
            claim_id, "nowhere", f"{claim_id} is so", check=check if ":" in check else f"{self.module}:{check}", **more
        )

    def verify(self, *ids, scale="quick", device="cpu", record=False):
        chosen = [claim for claim in self.claims if not ids or claim.id in ids]
        stream = io.StringIO()
        console = Console(file=stream, width=400, highlight=False, markup=False)
        try:
            return verification.run_verification(chosen, scale, device, 1, self.out, record, console)
        finally:
            self.printed = stream.getvalue()

    @property
    def declarations(self):
        return self.root / "committed" / "recorded" / "declared.jsonl"

    def declare(self, date):
        """The wordings of the catalogue that are new, declared on that date."""
        return declared.declare(self.claims, runner.SETTINGS, date, "commit")

    def model(self, name, date):
        """A committed record of a trained model that says it was made then."""
        records.save_arrays(records.RECORDED / "models" / name, {"made": np.array(json.dumps({"date": date}))})

    def load(self, claim_id, scale="quick"):
        return records.load(self.folder, claim_id, scale)

    @property
    def log(self):
        path = self.root / "log"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def laboratory(tmp_path, monkeypatch):
    """A laboratory whose claims are measured one after another in this process."""

    def serially(waiting, scale, device, folder, jobs, on_progress, on_done):
        for claim, key in waiting:
            on_done(runner.measure(claim, scale, device, key, folder, on_progress))

    module = "checks_of_" + "".join(c if c.isalnum() else "_" for c in tmp_path.name)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(verification, "run_all", serially)
    monkeypatch.setattr(records, "RECORDED", tmp_path / "committed" / "recorded")
    made = Laboratory(tmp_path, module, monkeypatch)
    for function in (declared.read, declared.declare):
        monkeypatch.setattr(function, "__defaults__", (made.declarations,))
    made.write("")
    yield made
    sys.modules.pop(module, None)


@pytest.fixture(autouse=True)
def no_memory_of_data_between_tests(tmp_path_factory, monkeypatch):
    """What is remembered of data sets (experiments.data.remembered) stays within one test."""
    monkeypatch.setenv("CLAIMS_CACHE", str(tmp_path_factory.mktemp("cache")))
