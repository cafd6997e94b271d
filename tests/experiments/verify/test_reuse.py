"""Finished work is reused: the verdict comes again from what is stored, and what cannot be used is kept and measured anew."""

import importlib
import json
import sys

import numpy as np
import pytest

from contrastive_claims.experiments.ledger import calls, keys, records
from contrastive_claims.experiments.ledger.vocabulary import (
    CERTIFIED,
    HOLDS,
    OPEN,
    PROOF,
    REFUTED,
    STATISTICAL,
    Criterion,
)


def verdicts(laboratory):
    return {r["id"]: r["verdict"] for r in json.loads((laboratory.out / "ledger.json").read_text())["claims"]}


def ledger(laboratory):
    return {r["id"]: r for r in json.loads((laboratory.out / "ledger.json").read_text())["claims"]}


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
        calls._parsed.cache_clear()  # as a new process would begin
        calls._look.cache_clear()
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


def test_proved_needs_the_certificate_to_pass_at_every_run(laboratory):
    laboratory.use(laboratory.claim("P", "certified", method=PROOF))
    assert laboratory.verify(record=True) == 0
    assert laboratory.load("P")["verdict"] == CERTIFIED
    stored, path = laboratory.folder / "P.certificate.json", laboratory.folder / "P.json"
    original, record = stored.read_text(), json.loads(path.read_text())

    def replace(text):
        """Another certificate, with the record made to match it."""
        stored.write_text(text)
        record["provenance"]["certificate"] = keys.digest(json.loads(text)) if json.loads(text) else ""
        path.write_text(json.dumps({"schema": 2, **records.sealed(record)}))

    replace(original.replace('"2"', '"3"'))  # x + x = 3 x
    assert laboratory.verify() == 1
    assert "P: recorded as CERTIFIED, now OPEN: the stored certificate failed its re-check" in laboratory.printed
    assert verdicts(laboratory) == {"P": OPEN}
    replace(original.replace('"P"', '"A"'))  # somebody else's proof
    assert laboratory.verify() == 1
    assert "not a certificate of P" in laboratory.printed
    replace("[]")
    assert laboratory.verify() == 1
    replace(original)
    assert laboratory.verify() == 0 and verdicts(laboratory) == {"P": CERTIFIED}
    assert len(laboratory.log) == 2  # measured once, replayed every time


@pytest.mark.parametrize("change", ["alter", "delete"])
def test_a_certificate_that_is_not_the_record_s_own_is_set_aside_and_measured_again(laboratory, change):
    laboratory.use(laboratory.claim("P", "certified", method=PROOF))
    assert laboratory.verify() == 0
    stored = laboratory.folder / "P.certificate.json"
    if change == "alter":
        stored.write_text(stored.read_text().replace('"says"', '"said"'))
    else:
        stored.unlink()
    assert laboratory.verify() == 0
    assert "not the one it was made with" in laboratory.printed
    assert (laboratory.folder / "P.json.old-1").exists()
    assert verdicts(laboratory) == {"P": CERTIFIED} and len(laboratory.log) == 4


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{ half a rec", "unreadable"),
        ('{"schema": 0}', "written for schema 0, this version reads 2"),
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


DAMAGES = [
    {"numbers": {"x": {"value": 1}}}, {"numbers": {}}, {"control": {}}, {"control": None}, {"provenance": None},
    {"numbers": {"x": {"value": 0.0, "low": 0.0, "high": 0.0, "unit": "", "noise": [-1, 0, 3]}}},
    {"positive_control": 3}, {"provenance": {"key": "k"}}, {"verdict": []},
]  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("is_sealed", [False, True])
def test_a_record_of_the_right_schema_but_damaged_inside_is_measured_again(laboratory, damage, is_sealed):
    laboratory.use(laboratory.claim("A", "plain"))
    laboratory.verify()
    record = laboratory.load("A")
    bad = records.sealed({**record, **damage}) if is_sealed else {**record, **damage}
    (laboratory.folder / "A.json").write_text(json.dumps({"schema": 2, **bad}))
    assert laboratory.verify() == 0
    assert laboratory.load("A")["numbers"] == record["numbers"]
    if not is_sealed:
        assert "edited since it was written" in laboratory.printed and len(laboratory.log) == 4


def test_an_unreadable_certificate_is_kept_with_its_record_and_measured_again(laboratory):
    laboratory.use(laboratory.claim("P", "certified", method=PROOF))
    laboratory.verify()
    (laboratory.folder / "P.certificate.json").write_text("{ half")
    assert laboratory.verify() == 0
    assert "P.certificate.json: unreadable" in laboratory.printed and "kept as P.json.old-1" in laboratory.printed
    assert (laboratory.folder / "P.certificate.json.old-1").read_text() == "{ half"
    assert laboratory.load("P")["verdict"] == CERTIFIED and len(laboratory.log) == 4


def at(record, *path):
    for name in path[:-1]:
        record = record[name]
    return record, path[-1]


EDITS = [
    (("numbers", "x", "value"), 0.5), (("numbers", "x", "noise"), [0.1, 0.0, 3]), (("seeds",), [8]), (("verdict",), "REFUTED"),
    (("control", "numbers", "x", "high"), 3.0), (("control", "rejected"), False), (("control", "certificate_passed"), True),
    (("provenance", "date"), "2020-01-01"), (("provenance", "data_since"), "2020-01-01T00:00:00Z"),
    (("provenance", "commit"), "0" * 40), (("provenance", "arrays"), ""), (("exploratory",), False), (("here",), "SEEN"),
    (("rests_on",), ["nothing"]), (("models",), ["another"]), (("reason",), ""), (("witness",), "seen by nobody"),
    (("positive_control",), {"numbers": {}, "found": True}), (("setting",), "elsewhere"), (("method",), "empirical"),
    (("digest",), "0" * 64),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value"), EDITS, ids=[".".join(path) for path, _ in EDITS])
def test_an_edited_record_is_named_set_aside_and_measured_again(laboratory, path, value):
    laboratory.use(laboratory.claim("A", "plain"))
    laboratory.verify()
    record = json.loads((laboratory.folder / "A.json").read_text())
    part, name = at(record, *path)
    assert part.get(name) != value
    part[name] = value
    edited = json.dumps(record)
    (laboratory.folder / "A.json").write_text(edited)
    assert laboratory.verify() == 0
    assert "A.json: edited since it was written" in laboratory.printed
    assert "kept as A.json.old-1, measuring again" in laboratory.printed
    assert (laboratory.folder / "A.json.old-1").read_text() == edited and len(laboratory.log) == 4
    assert verdicts(laboratory) == {"A": HOLDS}


@pytest.mark.parametrize("change", ["alter", "delete", "add"])
def test_arrays_that_are_not_the_record_s_own_are_set_aside_and_measured_again(laboratory, change):
    laboratory.use(laboratory.claim("A", "trained" if change == "add" else "plain"))
    for name in ("shared.npz", "own.npz"):
        laboratory.model(name, "2026-01-01T00:00:00Z")
    assert laboratory.verify() == 0
    arrays = laboratory.folder / "A.npz"
    if change == "delete":
        arrays.unlink()
    else:
        records.save_arrays(arrays, {"a": np.arange(3.0) + 1e-9})
    assert laboratory.verify() == 0
    assert "the arrays beside the record of A are not those it was made with" in laboratory.printed
    assert (laboratory.folder / "A.json.old-1").exists() and len(laboratory.log) == 4
    assert laboratory.verify() == 0 and len(laboratory.log) == 4


def as_schema_1(laboratory, claim_id, **more):
    """The record in the folder as the version before would have written it."""
    path = laboratory.folder / f"{claim_id}.json"
    record = json.loads(path.read_text())
    for name in ("here", "setting", "exploratory", "positive_control", "digest"):
        del record[name]
    for name in ("data_since", "declared", "arrays"):
        del record["provenance"][name]
    for quantity in (*record["numbers"].values(), *record["control"]["numbers"].values()):
        quantity.pop("noise", None)
    path.write_text(json.dumps({**record, "schema": 1, **more}))
    return path.read_text()


@pytest.mark.parametrize("before", ["HOLDS", "REFUTED", "INCONCLUSIVE"])
def test_a_record_of_schema_1_is_converted_and_judged_anew_without_measuring(laboratory, before):
    laboratory.use(laboratory.claim("A", "plain", method=STATISTICAL))
    laboratory.declare("2020-01-01T00:00:00Z")
    laboratory.verify()
    old = as_schema_1(laboratory, "A", verdict=before)
    assert laboratory.verify() == 0
    assert len(laboratory.log) == 2 and "reused" in laboratory.printed  # nothing was measured again
    assert (laboratory.folder / "A.json.schema-1").read_text() == old
    assert not list(laboratory.folder.glob("*.old-*"))
    assert verdicts(laboratory) == {"A": HOLDS}  # the stored word has no say
    date = json.loads(old)["provenance"]["date"]
    assert (laboratory.load("A")["provenance"]["data_since"], ledger(laboratory)["A"]["exploratory"]) == (date, False)
    assert laboratory.verify() == 0 and len(laboratory.log) == 2
    assert len(list(laboratory.folder.glob("*.schema-1*"))) == 1


def test_a_certificate_beside_a_record_of_schema_1_is_checked_again(laboratory):
    laboratory.use(laboratory.claim("P", "certified", method=PROOF))
    laboratory.verify()
    as_schema_1(laboratory, "P", verdict="PROVED")
    assert laboratory.verify() == 0
    assert verdicts(laboratory) == {"P": CERTIFIED} and len(laboratory.log) == 2
    as_schema_1(laboratory, "P", verdict="PROVED")
    stored = laboratory.folder / "P.certificate.json"
    stored.write_text(stored.read_text().replace('"2"', '"3"'))
    assert laboratory.verify() == 0 and "not the one it was made with" in laboratory.printed
    assert len(laboratory.log) == 4


def test_a_positive_control_that_was_never_run_is_asked_for(laboratory):
    """Else a claim would stay REFUTED by evidence from before it had one."""
    refuted = {"criteria": (Criterion("x", ">", 1.0), Criterion("x", "<", 1.5))}
    laboratory.use(laboratory.claim("A", "plain", **refuted))
    assert laboratory.verify() == 0 and verdicts(laboratory) == {"A": REFUTED}
    laboratory.use(laboratory.claim("A", "plain", planted="the effect", **refuted))
    assert laboratory.verify() == 0
    assert laboratory.log == ["plain ", "plain wrong", "plain ", "plain wrong", "plain planted"]
    assert verdicts(laboratory) == {"A": OPEN}  # `plain` plants nothing
    assert laboratory.load("A")["positive_control"]["found"] is False
    assert laboratory.verify() == 0 and len(laboratory.log) == 5


def test_new_criteria_judge_old_evidence_without_measuring(laboratory):
    laboratory.use(laboratory.claim("A", "plain"))
    laboratory.verify()
    laboratory.use(laboratory.claim("A", "plain", criteria=(Criterion("x", ">=", 1.0), Criterion("x", "<=", 1.0))))
    laboratory.verify()
    assert verdicts(laboratory) == {"A": REFUTED} and len(laboratory.log) == 2


def test_a_recorded_verdict_that_flips_is_exit_1_and_one_that_drifts_is_not(laboratory):
    laboratory.write("""
        def wide(run):
            if run.control:
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
    assert laboratory.verify() == 0 and laboratory.load("A")["verdict"] == OPEN
    use(-1.0, PROOF)
    (laboratory.folder / "A.json").unlink()
    assert laboratory.verify() == 1  # a numerical claim or a proof may not drift


def test_record_merges_by_id_and_copies_what_lies_beside(laboratory):
    laboratory.use(laboratory.claim("B", "plain"), laboratory.claim("P", "certified", method=PROOF))
    laboratory.verify("P", record=True)
    laboratory.verify("B", record=True)
    assert {name: r["verdict"] for name, r in records.recorded("quick").items()} == {"B": HOLDS, "P": CERTIFIED}
    assert list(records.recorded("quick")) == ["B", "P"]  # catalogue order
    assert sorted(path.name for path in (records.RECORDED / "quick").iterdir()) == ["B.npz", "P.certificate.json"]
    laboratory.verify(scale="standard")
    assert records.recorded("standard") == {}  # --record alone writes it


def test_what_is_committed_is_what_was_stored_from_the_first_run_on(laboratory):
    """With the digests of what lies beside it."""
    laboratory.use(laboratory.claim("B", "plain"), laboratory.claim("P", "certified", method=PROOF))
    for _ in range(2):  # measured, then reused
        laboratory.verify(record=True)
        for name in "BP":
            stored = laboratory.load(name)
            del stored["schema"]
            assert records.recorded("quick")[name] == ledger(laboratory)[name] == stored
            assert records.sealed(stored) == stored
    assert stored["provenance"]["certificate"] and not stored["provenance"]["arrays"]


def test_a_committed_record_of_schema_1_is_sealed_when_another_is_committed_beside_it(laboratory):
    laboratory.use(laboratory.claim("A", "plain"), laboratory.claim("B", "plain"))
    laboratory.verify(record=True)
    path = records.RECORDED / "quick.json"
    committed = json.loads(path.read_text())
    for record in committed["claims"]:
        for name in ("here", "setting", "exploratory", "positive_control", "digest"):
            del record[name]
    path.write_text(json.dumps({"schema": 1, "claims": committed["claims"]}))
    laboratory.verify("B", record=True)
    for record in json.loads(path.read_text())["claims"]:
        assert record.keys() >= records.FIELDS and records.sealed(record) == record


def test_a_claim_that_left_the_catalogue_leaves_the_committed_record(laboratory):
    laboratory.use(laboratory.claim("A", "plain"), laboratory.claim("P", "certified", method=PROOF))
    laboratory.verify(record=True)
    laboratory.use(laboratory.claim("B", "plain"))
    assert laboratory.verify(record=True) == 0
    assert list(records.recorded("quick")) == ["B"]
    assert [path.name for path in (records.RECORDED / "quick").iterdir()] == ["B.npz"]
