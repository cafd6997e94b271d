"""One run of `verify`: errors become records, finished work is reused, evidence is judged anew, nothing chooses its verdict."""

import json

import numpy as np
import pytest

from contrastive_claims.experiments.claims.catalogue import CLAIMS
from contrastive_claims.experiments.ledger import records
from contrastive_claims.experiments.ledger.vocabulary import (
    CERTIFIED,
    ERROR,
    HOLDS,
    NOT_RUN,
    OPEN,
    PROOF,
    PROVED,
    REFUTED,
    STATISTICAL,
    Criterion,
)
from contrastive_claims.experiments.verify import pool, runner


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


def test_a_record_names_the_models_of_its_controls_too(laboratory):
    """Else they would not be committed with it, and a fresh checkout would train them again."""
    laboratory.write("""
        def trained(run):
            name = "wrong.npz" if run.control else "mended.npz" if run.planted else "own.npz"
            return evidence(run, "trained", models=("shared.npz", name))
    """)
    laboratory.use(laboratory.claim("A", "trained", planted="mended"))
    for name in ("shared.npz", "own.npz", "wrong.npz", "mended.npz"):
        laboratory.model(name, "2026-01-01T00:00:00Z")
    assert laboratory.verify() == 0
    assert laboratory.load("A")["models"] == ["shared.npz", "own.npz", "wrong.npz", "mended.npz"]


def test_a_control_that_passes_is_loud(laboratory):
    laboratory.use(laboratory.claim("A", "lenient"))
    assert laboratory.verify() == 1
    assert laboratory.load("A")["verdict"] == OPEN and laboratory.load("A")["control"]["rejected"] is False
    assert "CONTROL NOT REJECTED" in laboratory.printed
    assert "A: the control 'wrong' was not rejected, so nothing is decided" in laboratory.printed


def test_a_refuted_claim_is_a_result_and_no_failure(laboratory):
    laboratory.use(laboratory.claim("A", "plain", criteria=(Criterion("x", ">", 1.0), Criterion("x", "<", 1.5))))
    assert laboratory.verify() == 0
    assert laboratory.load("A")["verdict"] == REFUTED


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
    assert laboratory.load("P")["verdict"] in (OPEN, HOLDS)
    assert verdicts(laboratory)["P"] != CERTIFIED


def test_a_wrong_variant_whose_certificate_passes_is_not_rejected(laboratory):
    laboratory.write("""
        def gullible(run):
            steps = [{"step": "doubling", "kind": "identity", "says": "twice", "left": ["+", "x", "x"], "right": ["*", "2", "x"]}]
            return evidence(run, "gullible", certificate={"claim": "P", "steps": steps})
    """)
    laboratory.use(laboratory.claim("P", "gullible", method=PROOF))
    assert laboratory.verify() == 1
    record = laboratory.load("P")
    assert record["verdict"] == OPEN and record["control"] == {
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


def test_what_a_check_read_beside_the_data_of_its_claim_is_recorded(laboratory):
    laboratory.write("""
        def reads(run):
            return evidence(run, "reads", data={"docstrings": "abc", "docstrings of torch": "2"})
    """)
    laboratory.use(laboratory.claim("A", "reads", data=("digits",)))
    assert laboratory.verify() == 0
    data = laboratory.load("A")["provenance"]["data"]
    assert data.pop("digits") and data == {"docstrings": "abc", "docstrings of torch": "2"}


def test_absent_data_is_not_run_with_its_reason_and_tried_again(laboratory):
    laboratory.write("""
        from contrastive_claims.experiments.data.locations import DataAbsent

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
    assert [path.name for path in laboratory.folder.iterdir()] == ["A.json"]  # nothing was set aside


def keep_environment(monkeypatch):
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        monkeypatch.setenv(name, "1")  # run_all sets these; put back afterwards


def test_a_check_whose_process_dies_costs_its_own_claim_only(tmp_path, laboratory):
    claims = [laboratory.claim(name, check) for name, check in (("A", "plain"), ("D", "dies"), ("P", "certified"))]
    keep_environment(laboratory.monkeypatch)
    done = []
    pool.run_all(
        [(c, "key") for c in claims],
        "quick",
        "cpu",
        tmp_path / "records",
        2,
        lambda *e: None,
        lambda *d: done.append(d[0]),
    )
    assert sorted((record["id"], record["verdict"]) for record in done) == [("A", HOLDS), ("D", ERROR), ("P", HOLDS)]
    assert records.load(tmp_path / "records", "D", "quick")["reason"].startswith("its process died")


def test_the_order_is_longest_first_and_every_finished_claim_is_called_back(tmp_path, laboratory):
    """The pool itself, with one worker in a process of its own."""
    claims = [laboratory.claim(name, check, share=share) for name, check, share in
              (("A", "plain", 1.0), ("B", "broken", 9.0), ("P", "certified", 5.0))]  # fmt: skip
    done, events = [], []
    keep_environment(laboratory.monkeypatch)
    pool.run_all(
        [(c, "key") for c in claims],
        "quick",
        "cpu",
        tmp_path / "records",
        1,
        lambda *e: events.append(e),
        lambda *d: done.append(d[0]),
    )
    assert [record["id"] for record in done] == ["B", "P", "A"]
    assert [record["verdict"] for record in done] == [ERROR, HOLDS, HOLDS]
    assert laboratory.log == ["broken ", "certified ", "certified wrong", "plain ", "plain wrong"]
    assert {event[0] for event in events} <= {"A", "B", "P"}
    assert pool.run_all([], "quick", "cpu", tmp_path, 1, print, print) is None


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
    assert found[0][0]["control"]["rejected"] and found[0][0]["verdict"] in (CERTIFIED, PROVED, REFUTED)
