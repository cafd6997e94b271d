"""`claims prove`: what it makes of forged proofs, of no Coq, another Coq, a slow proof, a tampered file."""

import json
import os
import time

import pytest
from typer.testing import CliRunner

from contrastive_claims.experiments import cli
from contrastive_claims.experiments.ledger import records
from contrastive_claims.experiments.prove import coq, record, session
from contrastive_claims.experiments.prove.sources import SourceError, Sources


def outcomes(report):
    return {outcome.claim: outcome for outcome in report.outcomes}


def run(*arguments):
    return CliRunner().invoke(cli.app, ["prove", *map(str, arguments)])


# ---- With a Coq of scripts ----


def test_a_killed_program_is_no_other_coq(development, fake_coq, tmp_path, monkeypatch):
    """Were dpkg-query's end by a signal taken for "no version", all would be compiled again under another key."""
    folder, sources = fake_coq(), development()
    killed = tmp_path / "killed"
    killed.mkdir()
    (killed / "dpkg-query").write_text("#!/bin/sh\nkill -9 $$\n")
    (killed / "dpkg-query").chmod(0o755)
    monkeypatch.setenv("PATH", f"{killed}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(SourceError, match="dpkg-query was ended by signal 9"):
        session.prove(sources, ["T"], folder)


def test_what_compiles_is_proved_and_kept(development, fake_coq):
    folder, sources = fake_coq(), development()
    first = session.prove(sources, ["T", "U"], folder)
    assert first.good and [o.word for o in first.outcomes] == [session.PROVED] * 2 and first.notes == []
    assert outcomes(first)["U"].assumptions == ("Classical_Prop.classic",) and outcomes(first)["T"].lemmas == 3
    log = (folder / "log").read_text()
    assert session.prove(sources, ["T", "U"], folder).good and (folder / "log").read_text() == log
    # a lemma changes: it and what rests on it are compiled again, U is not
    changed = development(Lemmas="(* again *) From ContrastiveClaims Require Import Spec.\n")
    assert session.prove(changed, ["T", "U"], folder).good
    assert (folder / "log").read_text().removeprefix(log).split() == ["Lemmas.v", "T.v", "Check_T.v"]


@pytest.mark.parametrize(
    "tamper", [lambda made: made.write_bytes(made.read_bytes() + b" "), lambda made: made.unlink()]
)
def test_a_tampered_compiled_file_is_made_again(tamper, development, fake_coq):
    folder, sources = fake_coq(), development()
    session.prove(sources, ["T"], folder)
    made, log = folder / "Lemmas.vo", (folder / "log").read_text()
    before = made.read_bytes()
    tamper(made)
    assert session.prove(sources, ["T"], folder).good
    assert made.read_bytes() == before and (folder / "log").read_text().removeprefix(log) == "Lemmas.v\n"


def test_a_slow_proof_is_named_and_ended_and_the_others_go_on(development, fake_coq):
    folder = fake_coq()
    sources = development(Lemmas="(* SLOW *) From ContrastiveClaims Require Import Spec.\n")
    start = time.monotonic()
    report = session.prove(sources, ["T", "U"], folder, jobs=2, limit=3)
    assert time.monotonic() - start < 60 and not report.good
    assert (
        outcomes(report)["T"].word == session.FAILED and outcomes(report)["T"].text == "Lemmas.v: timed out after 3 s"
    )
    assert outcomes(report)["U"].word == session.PROVED
    assert report.problems == ["Lemmas.v: timed out after 3 s"]
    with pytest.raises(ProcessLookupError):
        os.kill(int((folder / "slow.pid").read_text()), 0)


def test_a_proof_that_fails_is_named_with_its_error(development, fake_coq):
    report = session.prove(
        development(T="(* WRONG *) From ContrastiveClaims Require Import Statements.\n"), ["T", "U"], fake_coq()
    )
    assert outcomes(report)["T"].text == "T.v: Error: wrong." and outcomes(report)["U"].word == session.PROVED


def test_another_version_is_said_and_tried(development, fake_coq):
    report = session.prove(development(), ["T"], fake_coq(version="8.99.0"))
    assert report.good and report.coq == "8.99.0" and "8.99.0 is here" in report.notes[0]
    wrong = development(T="(* WRONG *) From ContrastiveClaims Require Import Statements.\n")
    assert not session.prove(wrong, ["T"], fake_coq(version="8.99.0")).good


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    Coq.Logic.Classical_Prop.classic", "    ContrastiveClaims.Lemmas.cheat"),
        ("type-in-type: <none>", "type-in-type:\n    ContrastiveClaims.Lemmas.cheat"),
        ("positivity is assumed: <none>", "positivity is assumed:\n    ContrastiveClaims.Lemmas.cheat"),
    ],
)
def test_what_coqchk_objects_to_is_refused(old, new, summary, development, fake_coq):
    assert summary.count(old) == 1
    report = session.prove(development(), ["T", "U"], fake_coq(summary=summary.replace(old, new)))
    assert outcomes(report)["T"].word == session.FAILED and "Lemmas.cheat" in outcomes(report)["T"].text
    assert outcomes(report)["U"].word == session.PROVED and not report.good


def test_a_summary_that_is_not_understood_is_no_pass(development, fake_coq):
    assert not session.prove(development(), ["T"], fake_coq(summary="fine")).good


def test_a_requirement_in_other_words_is_refused(development, fake_coq, monkeypatch):
    """The digest follows what Sources.needs finds; coqdep is asked whether that is all."""
    whole = Sources.needs
    monkeypatch.setattr(Sources, "needs", lambda self, name: tuple(n for n in whole(self, name) if n != "Lemmas"))
    report = session.prove(development(), ["T", "U"], fake_coq())
    assert (
        outcomes(report)["T"].word == session.FAILED
        and "Lemmas, Spec, Statements by coqdep" in outcomes(report)["T"].text
    )
    assert outcomes(report)["U"].word == session.PROVED


# ---- With the real one ----


def test_the_small_development_is_proved(development, real_coq):
    report = session.prove(development(), ["T", "U"], real_coq)
    assert report.good
    assert outcomes(report)["T"].assumptions == () and outcomes(report)["U"].assumptions == ("Classical_Prop.classic",)


STATEMENT = (
    "From ContrastiveClaims Require Import Spec.\nDefinition T_statement : Prop := forall n, double n = 2 * n.\n"
)
THEOREM = "From ContrastiveClaims Require Import Spec Statements Lemmas.\n"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"T": THEOREM + "Theorem T_proved : T_statement. Admitted.\n"}, "T.T_proved"),
        (
            {"T": THEOREM + "Axiom easy : T_statement. Theorem T_proved : T_statement. Proof. exact easy. Qed.\n"},
            "T.easy",
        ),
        ({"T": THEOREM + "Theorem T_proved : forall n, double n = n + n. Proof. reflexivity. Qed.\n"}, "Check_T.v"),
        (
            {"Statements": STATEMENT.replace("2", "3")},
            "T.v",
        ),
        # an axiom of ours that Coq prints by the name of an allowed one
        (
            {
                "Classical_Prop": "Axiom classic : forall P : Prop, P.\n",
                "T": "From ContrastiveClaims Require Import Spec Statements Classical_Prop.\n"
                "Theorem T_proved : T_statement. Proof. apply classic. Qed.\n",
            },
            "Classical_Prop",
        ),
        (
            {
                "T": THEOREM
                + "Unset Guard Checking. Fixpoint loop (n : nat) {struct n} : T_statement := loop n. Set Guard Checking.\n"
                "Theorem T_proved : T_statement. Proof. exact (loop 0). Qed.\n"
            },
            "loop",
        ),
    ],
    ids=["admitted", "axiom", "another theorem", "another statement", "an axiom under a good name", "no guard"],
)
def test_a_forged_proof_is_refused(changed, told, development, real_coq):
    report = session.prove(development(**changed), ["T"], real_coq)
    assert not report.good and report.outcomes[0].word == session.FAILED and told in report.outcomes[0].text


# ---- Without ----


@pytest.fixture
def recorded(tmp_path, monkeypatch, development, fake_coq):
    """The small development proved by the fake Coq, and its record; then no Coq at all."""
    monkeypatch.setattr(records, "RECORDED", tmp_path / "recorded")
    monkeypatch.setattr(record, "row_digest", lambda claim_id: f"row of {claim_id}")
    sources = development()
    report = session.prove(sources, ["T", "U"], fake_coq())
    session.write_record(sources, report)
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    return sources


def test_without_coq_the_record_answers(recorded, tmp_path):
    report = session.prove(recorded, ["T", "U"], tmp_path / "other")
    date = record.load()["T"].date
    assert report.good and coq.INSTALL in report.notes[0] and "not installed" in report.notes[0]
    assert {o.text for o in report.outcomes} == {f"PROVED (checked on {date} with Coq 8.16.1; not re-checked here)"}
    assert any(f"PROVED (checked on {date}" in line for line in session.lines_of(report))


def test_a_missing_library_is_named_and_the_record_answers(recorded, fake_coq, tmp_path):
    fake_coq(lacks="Interval")
    report = session.prove(recorded, ["T"], tmp_path / "other")
    assert report.good and "without Interval" in report.notes[0] and coq.INSTALL in report.notes[0]
    assert report.outcomes[0].word == session.RECORDED


def test_without_coq_a_changed_proof_is_not_proved(recorded, tmp_path, development):
    changed = development(T=FORGED)
    report = session.prove(changed, ["T", "U"], tmp_path / "other")
    assert outcomes(report)["T"].word == session.ABSENT and "changed" in outcomes(report)["T"].text
    assert outcomes(report)["U"].word == session.RECORDED and not report.good


FORGED = THEOREM + "Theorem T_proved : T_statement. Admitted.\n"


def test_only_a_whole_and_good_run_is_recorded(development, fake_coq, tmp_path, monkeypatch):
    monkeypatch.setattr(records, "RECORDED", tmp_path / "recorded")
    sources, folder = development(), fake_coq()
    for claims in (["T"], []):
        with pytest.raises(ValueError, match="every theorem"):
            session.write_record(sources, session.prove(sources, claims, folder))
    wrong = development(T="(* WRONG *) From ContrastiveClaims Require Import Statements.\n")
    with pytest.raises(ValueError, match="every theorem"):
        session.write_record(wrong, session.prove(wrong, ["T", "U"], folder))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ValueError, match="nothing was checked"):
        session.write_record(sources, session.prove(sources, ["T", "U"], folder))
    assert not record.path().exists()


# ---- The command ----


def test_the_command_without_coq(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    result = run("A1", "B5", "--json", "--out", tmp_path / "out")
    assert result.exit_code == 0
    report = json.loads(result.stdout, parse_constant=lambda constant: pytest.fail(constant))
    assert [o["claim"] for o in report["outcomes"]] == ["A1", "B5"]
    assert all(
        o["text"].startswith("PROVED (checked on 20") and "not re-checked here" in o["text"] for o in report["outcomes"]
    )
    assert coq.INSTALL in report["notes"][0]
    text = run("A1", "--out", tmp_path / "out").stdout
    assert coq.INSTALL in text and "not re-checked here" in text


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("B2",), "no theorem for B2"),
        (("P*",), "no theorem for these claims"),
        (("A99",), "unknown claim"),
        (("A1", "--record"), "name no claim"),
        (("--record",), "nothing was checked here"),
    ],
)
def test_bad_usage_is_one_line_and_exit_2(arguments, told, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    result = run(*arguments, "--out", tmp_path / "out")
    assert result.exit_code == 2 and told in result.stderr and result.stderr.count("\n") == 1
