"""A small development like theory/formal, and a Coq that is none: three scripts that answer as its programs do."""

import shutil
import sys
from pathlib import Path

import pytest

from contrastive_claims.experiments.prove import coq
from contrastive_claims.experiments.prove.sources import Sources

FILES = {
    "Spec.v": "Definition double (n : nat) : nat := n + n.\n",
    "Statements.v": """From ContrastiveClaims Require Import Spec.
(* T. The double is even. *)
Definition T_statement : Prop := forall n, double n = 2 * n.
(* U. Excluded middle, for one claim. *)
Definition decided (P : Prop) : Prop := P \\/ ~ P.
Definition U_statement : Prop := forall P, decided P.
""",
    "Lemmas.v": """From Coq Require Import Lia.
From ContrastiveClaims Require Import Spec.
Lemma twice n : double n = 2 * n. Proof. unfold double. lia. Qed.
""",
    "T.v": """From ContrastiveClaims Require Import Spec Statements Lemmas.
Theorem T_proved : T_statement. Proof. exact twice. Qed.
""",
    "U.v": """From Coq Require Import Classical.
From ContrastiveClaims Require Import Statements.
Theorem U_proved : U_statement. Proof. exact classic. Qed.
""",
    "assumptions.txt": "Classical_Prop.classic\n",
}
COQC = """#!{python}
import os, shutil, sys, time
name = sys.argv[-1]
if name == "--print-version":
    print("{version} 4.13.1")
    sys.exit()
if name == "Probe.v" and {lacks!r}:
    sys.exit("Error: Cannot find a physical path bound to logical path {lacks}.")
text = open(name).read()
if "SLOW" in text:
    open("slow.pid", "w").write(str(os.getpid()))
    time.sleep(100)
if "WRONG" in text:
    sys.exit('File "./' + name + '", line 7, characters 1-2:\\nError: wrong.')
shutil.copy(name, name + "o")
with open("log", "a") as log:
    log.write(name + "\\n")
if name.startswith("Check_"):
    print("Axioms:\\nClassical_Prop.classic : forall P : Prop, P \\\\/ ~ P")
"""
COQDEP = """#!{python}
import re, sys
for name in sys.argv[4:]:
    found = re.findall(r"From ContrastiveClaims Require Import ([\\w ]+)\\.", open(name).read())
    needed = " ".join(word + ".vo" for group in found for word in group.split())
    print(name + "o " + name[:-2] + ".glob: " + name + " " + needed)
"""
COQCHK = """#!{python}
import sys
print({summary!r}, file=sys.stderr)
"""
SUMMARY = """
CONTEXT SUMMARY
===============

* Theory: Set is predicative

* Axioms:
    Coq.Logic.Classical_Prop.classic

* Constants/Inductives relying on type-in-type: <none>

* Constants/Inductives relying on unsafe (co)fixpoints: <none>

* Inductives whose positivity is assumed: <none>
"""


@pytest.fixture
def summary():
    """What coqchk says when it has no objection."""
    return SUMMARY


@pytest.fixture
def file_with():
    """A file of the small development with one thing changed, as `development` takes it."""

    def change(name, old, new):
        assert FILES[f"{name}.v"].count(old) == 1
        return {name: FILES[f"{name}.v"].replace(old, new)}

    return change


@pytest.fixture
def development(tmp_path):
    """Writes the small development, some files changed (None: left out), and reads it."""

    def write(**changed):
        folder = tmp_path / "development"
        folder.mkdir(exist_ok=True)
        for name, text in (FILES | {f"{stem}.v": text for stem, text in changed.items()}).items():
            path = folder / name
            path.unlink(missing_ok=True)
            if text is not None:
                path.write_text(text)
        return Sources.read(folder)

    return write


@pytest.fixture
def fake_coq(tmp_path, monkeypatch):
    """Puts the scripts on PATH: a Coq of any version, which may lack a library or say anything in coqchk's summary."""

    def install(version=coq.WRITTEN_WITH, lacks="", summary=SUMMARY):
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        for name, text in (("coqc", COQC), ("coqdep", COQDEP), ("coqchk", COQCHK)):
            path = folder / name
            path.write_text(text.format(python=sys.executable, version=version, lacks=lacks, summary=summary))
            path.chmod(0o755)
        monkeypatch.setenv("PATH", str(folder))
        return tmp_path / "build"

    return install


@pytest.fixture
def real_coq(tmp_path, monkeypatch):
    """A build folder for the Coq that is here; its libraries are not asked for, which takes seconds."""
    if shutil.which("coqc") is None:
        pytest.skip("Coq is not installed")
    monkeypatch.setattr(coq, "missing_libraries", lambda build: [])
    return Path(tmp_path / "build")
