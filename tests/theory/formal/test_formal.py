"""The Coq proofs: nothing admitted, one theorem per statement, the allowed axioms only; controls that the kernel must refuse."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "theory" / "formal"
SOURCES = sorted(FOLDER.glob("*.v"))
STATEMENTS = re.findall(r"^Definition (\w+)_statement : Prop", (FOLDER / "Statements.v").read_text(), re.MULTILINE)
FORBIDDEN = re.compile(r"\b(Admitted|admit|Axiom|Axioms|Parameter|Parameters|Conjecture|bypass_check)\b")

needs_coq = pytest.mark.skipif(shutil.which("coqc") is None, reason="Coq is not installed")


def order() -> list[str]:
    """The files in the order of compilation."""
    return [line for line in (FOLDER / "_CoqProject").read_text().splitlines() if line.endswith(".v")]


def compile_file(folder: Path, name: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["coqc", "-w", "none", "-Q", ".", "ContrastiveClaims", name],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600,
    )


def compiled(folder: Path, names: list[str]) -> str:
    """The output of the last file; every one must pass."""
    output = ""
    for name in names:
        shutil.copy(FOLDER / name, folder)
        done = compile_file(folder, name)
        assert done.returncode == 0, f"{name}: {done.stderr}"
        output = done.stdout
    return output


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_nothing_is_admitted(source: Path) -> None:
    text = re.sub(r"\(\*.*?\*\)", "", source.read_text(), flags=re.DOTALL)
    assert not FORBIDDEN.search(text)


@pytest.mark.parametrize("claim", STATEMENTS)
def test_one_theorem_per_statement(claim: str) -> None:
    assert f"Theorem {claim}_proved : {claim}_statement." in (FOLDER / f"{claim}.v").read_text()
    assert f"Print Assumptions {claim}.{claim}_proved." in (FOLDER / "Assumptions.v").read_text()


def test_the_order_names_every_file() -> None:
    assert sorted(order()) == [path.name for path in SOURCES]


@needs_coq
def test_a_wrong_value_is_refused(tmp_path: Path) -> None:
    compiled(tmp_path, ["Spec.v", "Statements.v", "Intervals.v"])
    text = (FOLDER / "Tie.v").read_text()
    assert "0.5231883119115297" in text
    (tmp_path / "Tie.v").write_text(text.replace("0.5231883119115297", "0.5231883219115297"))
    assert compile_file(tmp_path, "Tie.v").returncode != 0


@needs_coq
def test_a_wrong_statement_is_refused(tmp_path: Path) -> None:
    """A1 without its eps: the same proof must fail."""
    compiled(tmp_path, ["Spec.v"])
    text = (FOLDER / "Statements.v").read_text()
    assert text.count("LSE (- eps :: map (fun neg => neg - pos) negs).") == 1
    (tmp_path / "Statements.v").write_text(
        text.replace("LSE (- eps :: map (fun neg => neg - pos) negs).", "LSE (0 :: map (fun neg => neg - pos) negs).")
    )
    assert compile_file(tmp_path, "Statements.v").returncode == 0
    compiled(tmp_path, ["Logits.v"])
    shutil.copy(FOLDER / "A1.v", tmp_path)
    assert compile_file(tmp_path, "A1.v").returncode != 0


@needs_coq
@pytest.mark.slow
def test_every_theorem_rests_on_the_allowed_axioms(tmp_path: Path) -> None:
    output = compiled(tmp_path, order())
    used = set(re.findall(r"^([A-Z][\w.]*\.\w+)(?= :|$)", output, re.MULTILINE))
    assert used <= set((FOLDER / "assumptions.txt").read_text().split())
    assert output.count("Axioms:") + output.count("Closed under the global context") == len(STATEMENTS)
