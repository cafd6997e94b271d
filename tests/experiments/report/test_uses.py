"""What uses what is derived, and what is derived is what stands here: a change of it is seen."""

from pathlib import Path

import networkx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contrastive_claims.experiments.claims.catalogue import CLAIMS
from contrastive_claims.experiments.ledger.vocabulary import Claim
from contrastive_claims.experiments.prove.sources import Sources
from contrastive_claims.experiments.report import uses as room
from contrastive_claims.experiments.report.uses import (
    CERTIFICATE,
    CODE,
    PROOF,
    Use,
    all_used,
    by_certificates,
    by_code,
    by_proofs,
    unproved,
)
from contrastive_claims.theory.certify.expression import Expression
from contrastive_claims.theory.certify.facts import fact
from contrastive_claims.theory.certify.statements import Specification, identity

KNOWN = Path(__file__).with_name("uses.txt")


def lines(found):
    """One line for each claim: what it uses, each with its kinds."""
    ways = {}
    for use in found:
        ways.setdefault(use.claim, {}).setdefault(use.used, []).append(use.kind)
    told = (
        (claim, ", ".join(f"{used} ({' '.join(kinds)})" for used, kinds in by.items())) for claim, by in ways.items()
    )
    return "".join(f"{claim}: {text}\n" for claim, text in told)


def test_the_uses_are_those_that_were_looked_at():
    """Where code, certificates or proofs have changed on purpose: look at the difference, then write it to uses.txt."""
    assert lines(room.uses()) == KNOWN.read_text()


def test_a_use_is_between_two_claims_of_the_catalogue_and_counts_once():
    found, ids = room.uses(), {claim.id for claim in CLAIMS}
    assert all(use.claim in ids and use.used in ids and use.claim != use.used and use.by for use in found)
    assert len({(use.claim, use.used, use.kind) for use in found}) == len(found)
    few = [claim for claim in CLAIMS if claim.id in ("B5", "B8")]
    assert {(use.claim, use.used) for use in room.uses(few)} == {("B5", "B8"), ("B8", "B5")}


def sources(tmp_path, **texts):
    statements = "".join(f"Definition {name}_statement : Prop := True.\n" for name in texts if name[1:].isdigit())
    files = {"Spec": "", "Statements": statements, **texts}
    for name, text in files.items():
        (tmp_path / f"{name}.v").write_text(text)
    return Sources.read(tmp_path)


def require(*names):
    return f"From ContrastiveClaims Require Import {' '.join(names)}.\n"


def test_a_proof_uses_what_its_file_requires_through_lemmas_and_no_further(tmp_path):
    made = sources(
        tmp_path,
        A1=require("Spec", "Lemmas"),
        A2=require("Spec") + "(* From ContrastiveClaims Require A1. *)",
        A3=require("Spec"),
        Lemmas=require("A2", "Spec"),
        A4=require("A1"),
    )
    assert {(use.claim, use.used) for use in by_proofs(made)} == {("A1", "A2"), ("A4", "A1")}
    assert all(use.kind == PROOF and use.by == f"{use.used}.v" for use in by_proofs(made))


def specification(claim, meaning, says, rests_on):
    x = Expression("x")
    return Specification(
        claim, (fact("x", ">0", "number", meaning),), (identity("a step", says, x + x, 2 * x),), rests_on
    )


@pytest.mark.parametrize("place", range(3))
def test_a_certificate_uses_what_its_facts_its_steps_or_its_prose_name(place):
    words = ["a number", "twice", "nothing"]
    assert by_certificates({"A1": specification("A1", *words[:2], (words[2],))}) == []
    words[place] = "as in A2, at x_B3 and by B31c's step"
    (first, second) = by_certificates({"A1": specification("A1", *words[:2], (words[2],))})
    assert (first.used, second.used) == ("A2", "B31c") and first.kind == CERTIFICATE and first.by == words[place]


def test_code_uses_a_function_that_says_whose_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(
        room, "_stated", lambda module: {"margin_interval": ["A3"]} if module.endswith("bounds") else {}
    )
    claims = [Claim("A1", "", "", check="contrastive_claims.theory.margins.bounds:loss_interval"),
              Claim("A2", "", "", check="contrastive_claims.theory.margins.bounds:margin_interval")]  # fmt: skip
    assert [(use.claim, use.used, use.kind) for use in by_code(claims)] == [("A2", "A3", CODE)]


@pytest.mark.parametrize(
    ("docstring", "claims"),
    [
        ("The least (claim B5, ours).", ["B5"]),
        ("The least (claims B5, B8, ours).", ["B5", "B8"]),
        ("The least.\n\nClaims A12 and A13 (ours): so.", ["A12", "A13"]),
        ("Least `x` (claim\nB18).", ["B18"]),
        ("As the released script (claims nothing; see claims P2).", []),
        ("The script's (its code; claims P2 and P3).", []),
        ("What B5 says.", []),
    ],
)
def test_which_claims_a_docstring_says_to_be_its_function_s(docstring, claims):
    assert [
        name for group in room.STATED.findall(" ".join(docstring.split())) for name in room.ID.findall(group)
    ] == claims


GRAPHS = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20)


@given(GRAPHS, st.sets(st.integers(0, 7)))
def test_all_that_is_used_is_what_networkx_reaches_and_unproved_is_the_rest(pairs, proved):
    found = [Use(f"A{a}", f"A{b}", PROOF, "") for a, b in pairs if a != b]
    graph = networkx.DiGraph([(use.claim, use.used) for use in found])
    graph.add_nodes_from(f"A{k}" for k in range(8))
    verdicts = {f"A{k}": "PROVED" if k in proved else "HOLDS" for k in range(7)}  # A7 has no record
    for k in range(8):
        reached = networkx.descendants(graph, f"A{k}")
        assert all_used(f"A{k}", found) == reached
        assert unproved(f"A{k}", found, verdicts) == sorted(n for n in reached if verdicts.get(n) != "PROVED")


def test_a_claim_is_not_proved_with_all_that_it_uses_beside_one_that_is_not():
    found = [Use("A1", "A2", PROOF, ""), Use("A2", "A3", CODE, "")]
    verdicts = {"A1": "PROVED", "A2": "PROVED", "A3": "PROVED"}
    assert unproved("A1", found, verdicts) == []
    assert unproved("A1", found, {**verdicts, "A3": "CERTIFIED"}) == ["A3"]
