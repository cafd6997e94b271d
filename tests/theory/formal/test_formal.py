"""The Coq sources: nothing admitted, one theorem per statement; and, slowly, that the kernel accepts them all."""

import os
import re
import shutil
from pathlib import Path

import pytest

from contrastive_claims.experiments.prove import session
from contrastive_claims.experiments.prove.sources import Sources

SOURCES = Sources.read()
FORBIDDEN = re.compile(
    r"\b(Admitted|admit|Axioms?|Parameters?|Conjecture|bypass_check|Unset Guard Checking|Declare ML Module|Load)\b"
)


@pytest.mark.parametrize("name", SOURCES.texts)
def test_nothing_is_admitted(name):
    assert not FORBIDDEN.search(SOURCES.plain[name])


@pytest.mark.parametrize("claim", SOURCES.claims)
def test_one_theorem_per_statement(claim):
    assert SOURCES.plain[claim].count(f"Theorem {claim}_proved : {claim}_statement.") == 1


def test_every_file_is_a_proof_or_serves_one():
    assert set(SOURCES.closure(SOURCES.claims)) == set(SOURCES.texts)


@pytest.mark.skipif(shutil.which("coqc") is None, reason="Coq is not installed")
@pytest.mark.slow
def test_the_kernel_accepts_every_theorem(tmp_path):
    folder = Path(os.environ.get("CLAIMS_FORMAL") or tmp_path)
    report = session.prove(SOURCES, SOURCES.claims, folder, jobs=2)
    assert report.coq and report.good, "\n".join(session.lines_of(report))


@pytest.mark.skipif(shutil.which("coqc") is None, reason="Coq is not installed")
@pytest.mark.slow
def test_a_wrong_statement_is_refused(tmp_path):
    """A1 without its eps: the same proof must fail."""
    text = SOURCES.texts["Statements"]
    old = "LSE (- eps :: map (fun neg => neg - pos) negs)."
    assert text.count(old) == 1
    wrong = Sources(SOURCES.folder, {**SOURCES.texts, "Statements": text.replace(old, old.replace("- eps", "0"))})
    report = session.prove(wrong, ["A1"], tmp_path, jobs=2)
    assert report.outcomes[0].word == session.FAILED and report.outcomes[0].text.startswith("A1.v:")
