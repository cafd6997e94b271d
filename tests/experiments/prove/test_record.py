"""Digests of proofs and the committed record: what makes an entry lose its PROVED, and what does not."""

import json
import subprocess
import sys

import pytest

from contrastive_claims.experiments.claims.catalogue import CLAIMS
from contrastive_claims.experiments.ledger import records
from contrastive_claims.experiments.prove import proved, record
from contrastive_claims.experiments.prove.sources import SourceError, Sources, without_comments


@pytest.mark.parametrize(
    ("change", "moves"),
    [
        (("Spec", "n + n", "n + (n)"), {"T", "U"}),
        (("Statements", "2 * n", "n * 2"), {"T"}),
        (("Statements", "P \\/ ~ P", "~ P \\/ P"), {"U"}),  # a definition that a statement uses
        (("Statements", "Require Import", "Require Export"), {"T", "U"}),
        (("Lemmas", "lia. Qed", "auto. Qed"), {"T"}),
        (("T", "exact twice", "apply twice"), {"T"}),
        (("U", "exact", "apply"), {"U"}),
        (("Lemmas", "Lemma twice", "(* (* a *) comment *)\n  Lemma\n twice"), set()),
        (("Statements", "The double is even.", "2 n."), set()),
        (("Other", "", "Axiom unused : False."), set()),
    ],
)
def test_the_digest_follows_spec_statement_proof_and_lemmas_alone(change, moves, development, file_with):
    changed = file_with(*change) if change[0] != "Other" else {"Other": change[2]}
    before = {claim: development().digest(claim) for claim in ("T", "U")}
    after = {claim: development(**changed).digest(claim) for claim in ("T", "U")}
    assert {claim for claim in before if before[claim] != after[claim]} == moves


def test_comments_nest_and_must_end():
    assert without_comments("a (* b (* c *) d *) e\n  (*)*) f", "x") == "a e f"
    with pytest.raises(SourceError, match=r"x: a comment"):
        without_comments("a (* b (* c *)", "x")


def test_circles_and_absent_files_are_named(development):
    with pytest.raises(SourceError, match=r"Lemmas\.v requires itself: T -> Lemmas -> Lemmas"):
        development(Lemmas="From ContrastiveClaims Require Import Lemmas.").digest("T")
    with pytest.raises(SourceError, match=r"Gone\.v does not exist; T\.v"):
        development(T="From ContrastiveClaims Require Import Gone.").digest("T")
    with pytest.raises(SourceError, match=r"no Spec\.v"):
        development(Spec=None)


def test_a_part_is_of_a_claim_and_in_words(development):
    sources = development()
    for text in ('X = "half"', "T = 1", 'T = ""'):
        (sources.folder / "parts.toml").write_text(text)
        with pytest.raises(SourceError, match=r"parts\.toml"):
            _ = Sources.read(sources.folder).parts


@pytest.fixture
def entry(monkeypatch, tmp_path):
    """A1's entry, alone in a record of our own."""
    kept = record.load()["A1"]
    monkeypatch.setattr(records, "RECORDED", tmp_path)
    return kept


def save_changed(entry, **changed):
    from dataclasses import replace

    record.save([replace(entry, **changed)], {})


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"digest": "0" * 64}, "statement or its proof changed"),
        ({"assumptions": ("Classical_Prop.classic", "A1.cheat")}, "an axiom"),
        ({"part": "half of it"}, "parts.toml"),
        ({"row": "0" * 64}, "row in the catalogue"),
        ({"theorem": "A2_proved"}, "does not state it"),
        ({"claim": "A2"}, "does not state it"),
        ({"claim": "A0", "theorem": "A0_proved"}, "does not state it"),
    ],
)
def test_an_entry_that_does_not_fit_the_tree_does_not_count(changed, why, entry):
    record.save([entry], {})
    assert list(proved()) == ["A1"]
    save_changed(entry, **changed)
    assert proved() == {} and why in record.outdated(next(iter(record.load().values())), Sources.read())


def test_a_changed_statement_or_row_of_the_real_tree_loses_its_proof(entry, monkeypatch):
    record.save([entry], {})
    read = Sources.read()
    old = "LSE (- eps :: map (fun neg => neg - pos) negs)."
    assert read.texts["Statements"].count(old) == 1
    weaker = Sources(
        read.folder, {**read.texts, "Statements": read.texts["Statements"].replace(old, old.replace("- eps", "0"))}
    )
    with monkeypatch.context() as patch:
        patch.setattr(Sources, "read", classmethod(lambda cls: weaker))
        assert proved() == {}
    from dataclasses import replace

    for field in ("statement", "hypotheses"):
        reworded = tuple(replace(c, **{field: getattr(c, field) + "!"}) if c.id == "A1" else c for c in CLAIMS)
        with monkeypatch.context() as patch:
            patch.setattr(record, "CLAIMS", reworded)
            assert proved() == {}
    assert list(proved()) == ["A1"]


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{",
        '{"schema": 0}',
        '{"schema": 1, "date": "d", "coq": "c", "proofs": {"A1": {}}}',
        '{"schema": 1, "proofs": []}',
    ],
)
def test_an_unreadable_record_is_named(text, tmp_path, monkeypatch):
    monkeypatch.setattr(records, "RECORDED", tmp_path)
    assert proved() == {}
    (tmp_path / "proofs.json").write_text(text)
    with pytest.raises(records.RecordError, match=r"proofs\.json"):
        proved()


def test_whole_and_part_agree(entry):
    record.save([entry], {})
    content = json.loads(record.path().read_text())
    content["proofs"]["A1"]["whole"] = False
    record.path().write_text(json.dumps(content))
    with pytest.raises(records.RecordError, match="whole"):
        record.load()


def test_the_committed_record_is_that_of_the_tree():
    """If not: read the changed statement against its row, then `claims prove --record`."""
    sources = Sources.read()
    recorded = record.load()
    assert {claim: record.outdated(proof, sources) for claim, proof in recorded.items()} == dict.fromkeys(
        sources.claims, ""
    )
    assert {claim for claim, proof in recorded.items() if not proof.whole} == set(sources.parts)


def test_neither_torch_nor_coq_is_needed():
    code = "import sys; from contrastive_claims.experiments.prove import proved; print(len(proved()), 'torch' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PATH": ""})
    assert told.stdout.split() == [str(len(record.load())), "False"]
