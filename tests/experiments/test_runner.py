"""One run of `verify`: errors become records, finished work is reused, evidence is judged anew, nothing chooses its verdict."""

import importlib
import json
import subprocess
import sys

import numpy as np
import pytest

from experiments import keys, records, runner
from experiments.catalogue import CLAIMS
from experiments.ledger import (
    ERROR,
    HOLDS,
    INCONCLUSIVE,
    NOT_RUN,
    PROOF,
    PROVED,
    REFUTED,
    STATISTICAL,
    Criterion,
)


def test_a_check_that_raises_becomes_a_record_and_the_others_go_on(laboratory):
    laboratory.use(laboratory.claim("A", "broken"), laboratory.claim("B", "plain"), laboratory.claim("C", "absent"))
    assert laboratory.verify() == 1
    error = laboratory.load("A")
    assert error["verdict"] == ERROR and error["control"]["rejected"] is False
    assert error["reason"].startswith(f"RuntimeError: a finding ({laboratory.module}.py:")
    assert laboratory.load("B")["verdict"] == HOLDS
    assert laboratory.load("C")["verdict"] == ERROR and "AttributeError" in laboratory.load("C")["reason"]
    assert "A: the check raised RuntimeError: a finding" in laboratory.printed
    ledger = json.loads((laboratory.out / "ledger.json").read_text())
    assert {r["id"]: r["verdict"] for r in ledger["claims"]} == {"A": ERROR, "B": HOLDS, "C": ERROR}


def test_an_error_is_tried_again_and_the_rest_is_not(laboratory):
    laboratory.use(laboratory.claim("A", "broken"), laboratory.claim("B", "plain"))
    laboratory.verify()
    assert laboratory.verify() == 1
    assert laboratory.log == ["broken ", "plain ", "plain wrong", "broken "]


def test_a_record_holds_what_was_measured(laboratory):
    laboratory.use(laboratory.claim("A", "plain"))
    assert laboratory.verify() == 0
    record = laboratory.load("A")
    assert record.keys() >= records.FIELDS
    assert record["numbers"] == {"x": {"value": 0.0, "low": 0.0, "high": 0.0, "unit": ""}}
    assert record["seeds"] == [7]
    assert record["control"] == {
        "variant": "wrong", "rejected": True, "certificate_passed": False,
        "numbers": {"x": {"value": 2.0, "low": 2.0, "high": 2.0, "unit": ""}},
    }  # fmt: skip
    assert record["provenance"].keys() >= {"device", "threads", "versions", "commit", "data", "key", "wall_seconds"}
    assert set(record["provenance"]["versions"]) >= {"python", "numpy", "scipy", "torch", "python-flint"}
    np.testing.assert_array_equal(records.load_arrays(laboratory.folder / "A.npz")["a"], [0, 1, 2])


def test_the_second_run_measures_nothing_and_says_the_same(laboratory):
    laboratory.use(laboratory.claim("A", "plain"), laboratory.claim("P", "certified", method=PROOF))
    assert laboratory.verify() == 0
    before = {path.name: path.read_bytes() for path in laboratory.folder.iterdir()}
    ledger = (laboratory.out / "ledger.json").read_bytes()
    measured = laboratory.log
    assert laboratory.verify() == 0
    assert laboratory.log == measured and len(measured) == 4
    assert {path.name: path.read_bytes() for path in laboratory.folder.iterdir()} == before
    assert (laboratory.out / "ledger.json").read_bytes() == ledger
    assert laboratory.printed.count("reused") == 2 and "slowest" not in laboratory.printed


def test_a_changed_check_is_measured_again_and_a_changed_comment_is_not(laboratory, monkeypatch):
    package = laboratory.root / "labpackage"
    package.mkdir()
    check = package / "__init__.py"
    check.write_text((laboratory.root / f"{laboratory.module}.py").read_text())
    monkeypatch.setattr(keys, "FIRST_PARTY", ("labpackage",))
    laboratory.use(laboratory.claim("A", "labpackage:plain"))

    def verified():
        monkeypatch.delitem(sys.modules, "labpackage", raising=False)
        assert laboratory.verify() == 0
        return (package / "log").read_text().splitlines()

    assert verified() == ["plain ", "plain wrong"]
    check.write_text(check.read_text() + "# a comment\n")
    assert verified() == ["plain ", "plain wrong"]
    check.write_text(check.read_text().replace("right=0.0", "right=0.25"))
    importlib.invalidate_caches()
    assert verified() == ["plain ", "plain wrong"] * 2
    assert laboratory.load("A")["numbers"]["x"]["value"] == 0.25
    monkeypatch.delitem(sys.modules, "labpackage", raising=False)


def test_a_control_that_passes_is_loud(laboratory):
    laboratory.use(laboratory.claim("A", "lenient"))
    assert laboratory.verify() == 1
    assert laboratory.load("A")["verdict"] == INCONCLUSIVE and laboratory.load("A")["control"]["rejected"] is False
    assert "CONTROL NOT REJECTED" in laboratory.printed
    assert "A: the control 'wrong' was not rejected, so nothing is decided" in laboratory.printed


def test_a_refuted_claim_is_a_result_and_no_failure(laboratory):
    laboratory.use(laboratory.claim("A", "plain", criteria=(Criterion("x", ">", 1.0), Criterion("x", "<", 1.5))))
    assert laboratory.verify() == 0
    assert laboratory.load("A")["verdict"] == REFUTED


def test_proved_needs_the_certificate_to_pass_at_every_run(laboratory):
    laboratory.use(laboratory.claim("P", "certified", method=PROOF))
    assert laboratory.verify(record=True) == 0
    assert laboratory.load("P")["verdict"] == PROVED
    stored = laboratory.folder / "P.certificate.json"
    original = stored.read_text()
    stored.write_text(original.replace('"2"', '"3"'))  # x + x = 3 x
    assert laboratory.verify() == 1
    assert "P: recorded as PROVED, now INCONCLUSIVE: the stored certificate failed its re-check" in laboratory.printed
    assert verdicts(laboratory) == {"P": INCONCLUSIVE}
    stored.write_text(original.replace('"P"', '"A"'))  # somebody else's proof
    assert laboratory.verify() == 1
    assert "not a certificate of P" in laboratory.printed
    stored.write_text("[]")
    assert laboratory.verify() == 1
    stored.write_text(original)
    assert laboratory.verify() == 0 and verdicts(laboratory) == {"P": PROVED}
    assert len(laboratory.log) == 2  # measured once, replayed every time


def verdicts(laboratory):
    return {r["id"]: r["verdict"] for r in json.loads((laboratory.out / "ledger.json").read_text())["claims"]}


def test_a_check_cannot_call_itself_proved(laboratory):
    laboratory.use(laboratory.claim("P", "plain", method=PROOF))
    assert laboratory.verify() == 0
    assert laboratory.load("P")["verdict"] == HOLDS and "without a stored certificate" in laboratory.load("P")["reason"]


@pytest.mark.parametrize(
    "certificate", ["[]", "{'steps': 1}", "{'claim': 'P', 'steps': [None]}", "{'claim': 'P', 'steps': []}"]
)
def test_a_rubbish_certificate_never_proves_nor_crashes(laboratory, certificate):
    laboratory.write(f"""
        def rubbish(run):
            return evidence(run, "rubbish", certificate={certificate})
    """)
    laboratory.use(laboratory.claim("P", "rubbish", method=PROOF))
    laboratory.verify()
    assert laboratory.load("P")["verdict"] in (INCONCLUSIVE, HOLDS)
    assert verdicts(laboratory)["P"] != PROVED


def test_a_wrong_variant_whose_certificate_passes_is_not_rejected(laboratory):
    laboratory.write("""
        def gullible(run):
            steps = [{"kind": "identity", "says": "trivial", "left": "x", "right": "x"}]
            return evidence(run, "gullible", certificate={"claim": "P", "steps": steps})
    """)
    laboratory.use(laboratory.claim("P", "gullible", method=PROOF))
    assert laboratory.verify() == 1
    record = laboratory.load("P")
    assert record["verdict"] == INCONCLUSIVE and record["control"] == {
        **record["control"],
        "rejected": False,
        "certificate_passed": True,
    }
    assert laboratory.verify() == 1  # and stays so when it is reused
    assert len(laboratory.log) == 2


@pytest.mark.parametrize(
    "more",
    ["certificate={'claim': 'P', 'steps': [float('nan')]}", "certificate={'claim': 'P', 'steps': [np.float32(1)]}",
     "seeds=(np.int64(3),)", "arrays={'a': np.array([object()])}", "witness=object()"],
)  # fmt: skip
def test_evidence_that_cannot_be_stored_is_an_error_record(laboratory, more):
    laboratory.write(f"""
        def unstorable(run):
            return evidence(run, "unstorable", {more})
    """)
    laboratory.use(laboratory.claim("P", "unstorable"), laboratory.claim("A", "plain"))
    assert laboratory.verify() == 1
    assert laboratory.load("P")["verdict"] == ERROR and laboratory.load("A")["verdict"] == HOLDS
    assert sorted(path.name for path in laboratory.folder.iterdir()) == ["A.json", "A.npz", "P.json"]


def test_an_undefined_quantity_is_an_error_record(laboratory):
    laboratory.write("""
        def nan(run):
            return Evidence({"x": Quantity.exact(float("nan"))})
    """)
    laboratory.use(laboratory.claim("A", "nan"), laboratory.claim("B", "plain", criteria=(Criterion("y", "<", 0.0),)))
    assert laboratory.verify() == 1
    assert "must be finite" in laboratory.load("A")["reason"]
    assert "KeyError: 'y'" in laboratory.load("B")["reason"]


def test_absent_data_is_not_run_with_its_reason_and_tried_again(laboratory):
    laboratory.write("""
        from experiments.data.locations import DataAbsent

        def hungry(run):
            note(run, "hungry")
            raise DataAbsent("mnist is not here; get it so")
    """)
    laboratory.use(laboratory.claim("A", "hungry", method=STATISTICAL))
    for _ in range(2):
        assert laboratory.verify() == 0
        assert (
            laboratory.load("A")["verdict"] == NOT_RUN
            and laboratory.load("A")["reason"] == "mnist is not here; get it so"
        )
        assert "A: NOT_RUN, mnist is not here; get it so" in laboratory.printed
    assert laboratory.log == ["hungry ", "hungry "]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{ half a rec", "unreadable"),
        ('{"schema": 0}', "written for schema 0, this version reads 1"),
        ("", "unreadable"),
    ],
)
def test_an_unusable_record_is_kept_beside_the_new_one(laboratory, content, message):
    laboratory.use(laboratory.claim("A", "plain"))
    laboratory.folder.mkdir(parents=True)
    (laboratory.folder / "A.json").write_text(content)
    assert laboratory.verify() == 0
    assert f"A.json: {message}" in laboratory.printed and "kept as A.json.old-1, measuring again" in laboratory.printed
    assert (laboratory.folder / "A.json.old-1").read_text() == content
    assert laboratory.load("A")["verdict"] == HOLDS and verdicts(laboratory) == {"A": HOLDS}


@pytest.mark.parametrize(
    "damage",
    [{"numbers": {"x": {"value": 1}}}, {"numbers": {}}, {"control": {}}, {"control": None}, {"provenance": None}],
)
def test_a_record_of_the_right_schema_but_damaged_inside_is_no_crash(laboratory, damage):
    laboratory.use(laboratory.claim("A", "plain"))
    laboratory.verify()
    record = laboratory.load("A")
    (laboratory.folder / "A.json").write_text(json.dumps({**record, **damage}))
    assert laboratory.verify() == 0
    assert laboratory.load("A")["numbers"] == record["numbers"]


def test_an_unreadable_certificate_is_kept_with_its_record_and_measured_again(laboratory):
    laboratory.use(laboratory.claim("P", "certified", method=PROOF))
    laboratory.verify()
    (laboratory.folder / "P.certificate.json").write_text("{ half")
    assert laboratory.verify() == 0
    assert "P.certificate.json: unreadable" in laboratory.printed and "kept as P.json.old-1" in laboratory.printed
    assert (laboratory.folder / "P.certificate.json.old-1").read_text() == "{ half"
    assert laboratory.load("P")["verdict"] == PROVED and len(laboratory.log) == 4


def test_tampered_numbers_are_judged_as_they_stand(laboratory):
    laboratory.use(laboratory.claim("A", "plain"))
    laboratory.verify()
    record = laboratory.load("A")
    record["numbers"]["x"] = {"value": 5.0, "low": 5.0, "high": 5.0, "unit": ""}
    (laboratory.folder / "A.json").write_text(json.dumps(record))
    laboratory.verify()
    assert verdicts(laboratory) == {"A": REFUTED}  # the stored word HOLDS has no say
    assert len(laboratory.log) == 2


def test_new_criteria_judge_old_evidence_without_measuring(laboratory):
    laboratory.use(laboratory.claim("A", "plain"))
    laboratory.verify()
    laboratory.use(laboratory.claim("A", "plain", criteria=(Criterion("x", ">=", 1.0), Criterion("x", "<=", 1.0))))
    laboratory.verify()
    assert verdicts(laboratory) == {"A": REFUTED} and len(laboratory.log) == 2


def test_a_recorded_verdict_that_flips_is_exit_1_and_one_that_drifts_is_not(laboratory):
    laboratory.write("""
        def wide(run):
            if run.variant:
                return Evidence({"x": Quantity.exact(2)})
            return Evidence({"x": Quantity(0, -5 if LOG.with_name("wide").exists() else 0, 0)})
    """)

    def use(bound, method):
        laboratory.use(
            laboratory.claim(
                "A", "wide", method=method, criteria=(Criterion("x", "<=", bound), Criterion("x", "<=", 1.0))
            )
        )

    use(1.0, STATISTICAL)
    assert laboratory.verify(record=True) == 0
    use(-1.0, STATISTICAL)
    assert laboratory.verify() == 1
    assert "A: recorded as HOLDS, now REFUTED: broken: x <= -1" in laboratory.printed
    (laboratory.root / "wide").write_text("")
    (laboratory.folder / "A.json").unlink()
    assert laboratory.verify() == 0 and laboratory.load("A")["verdict"] == INCONCLUSIVE
    use(-1.0, PROOF)
    (laboratory.folder / "A.json").unlink()
    assert laboratory.verify() == 1  # a numerical claim or a proof may not drift


def test_record_merges_by_id_and_copies_what_lies_beside(laboratory):
    laboratory.use(laboratory.claim("B", "plain"), laboratory.claim("P", "certified", method=PROOF))
    laboratory.verify("P", record=True)
    laboratory.verify("B", record=True)
    assert {name: r["verdict"] for name, r in records.recorded("quick").items()} == {"B": HOLDS, "P": PROVED}
    assert list(records.recorded("quick")) == ["B", "P"]  # catalogue order
    assert sorted(path.name for path in (records.RECORDED / "quick").iterdir()) == ["B.npz", "P.certificate.json"]
    laboratory.verify(scale="standard")
    assert records.recorded("standard") == {}  # --record alone writes it


def test_the_order_is_longest_first_and_every_finished_claim_is_called_back(tmp_path, laboratory):
    """The pool itself, with one worker in a process of its own."""
    claims = [laboratory.claim(name, check, share=share) for name, check, share in
              (("A", "plain", 1.0), ("B", "broken", 9.0), ("P", "certified", 5.0))]  # fmt: skip
    done, events = [], []
    laboratory.monkeypatch.setenv("OMP_NUM_THREADS", "1")  # run_all sets these; put back afterwards
    laboratory.monkeypatch.setenv("MKL_NUM_THREADS", "1")
    laboratory.monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    runner.run_all(
        [(c, "key") for c in claims], "quick", "cpu", tmp_path / "records", 1, lambda *e: events.append(e), done.append
    )
    assert [record["id"] for record in done] == ["B", "P", "A"]
    assert [record["verdict"] for record in done] == [ERROR, HOLDS, HOLDS]
    assert laboratory.log == ["broken ", "certified ", "certified wrong", "plain ", "plain wrong"]
    assert {event[0] for event in events} <= {"A", "B", "P"}
    assert runner.run_all([], "quick", "cpu", tmp_path, 1, print, print) is None


REAL = [claim for claim in CLAIMS if claim.id in ("A5", "A16", "B7")]


@pytest.mark.parametrize("claim", REAL, ids=lambda claim: claim.id)
def test_two_runs_of_a_real_claim_give_equal_evidence(claim, tmp_path):
    found = []
    for name in ("one", "two"):
        folder = tmp_path / name / "records"
        record = runner.measure(claim, "quick", "cpu", "key", folder, lambda *_: None)
        beside = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != f"{claim.id}.json"}
        found.append(({k: record[k] for k in ("verdict", "numbers", "seeds", "control", "reason")}, beside))
    assert found[0] == found[1]
    assert found[0][0]["control"]["rejected"] and found[0][0]["verdict"] in (PROVED, REFUTED)


def test_the_commit_is_marked_when_any_source_differs(tmp_path, monkeypatch):
    def git(*arguments):
        identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", "-C", str(tmp_path), *identity, *arguments], check=True, capture_output=True)

    for name in ("experiments", "theory"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.py").write_text("1\n")
    monkeypatch.setattr(runner, "__file__", str(tmp_path / "experiments" / "runner.py"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert runner.commit() == ""
    git("init", "-q")
    assert runner.commit() == ""  # no commit yet
    git("add", ".")
    git("commit", "-qm", "first")
    head = runner.commit()
    assert len(head) == 40
    (tmp_path / "theory" / "a.py").write_text("2\n")
    assert runner.commit() == head + "+"
