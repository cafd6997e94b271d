"""Finished work is reused: the verdict comes again from what is stored, and what cannot be used is kept and measured anew."""

import importlib
import json
import sys

import pytest

from experiments.ledger import calls, keys, records
from experiments.ledger.vocabulary import CERTIFIED, HOLDS, INCONCLUSIVE, PROOF, REFUTED, STATISTICAL, Criterion


def verdicts(laboratory):
    return {r["id"]: r["verdict"] for r in json.loads((laboratory.out / "ledger.json").read_text())["claims"]}


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
        path.write_text(json.dumps(record))

    replace(original.replace('"2"', '"3"'))  # x + x = 3 x
    assert laboratory.verify() == 1
    assert (
        "P: recorded as CERTIFIED, now INCONCLUSIVE: the stored certificate failed its re-check" in laboratory.printed
    )
    assert verdicts(laboratory) == {"P": INCONCLUSIVE}
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
    assert laboratory.load("P")["verdict"] == CERTIFIED and len(laboratory.log) == 4


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
    assert laboratory.verify() == 0 and laboratory.load("A")["verdict"] == INCONCLUSIVE
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
