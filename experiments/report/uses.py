"""Which claims a claim uses: read off its proof, its certificate and the code of its check, never typed in.

- proof: the file of its Coq proof requires, itself or through lemmas, the file of another claim's proof.
- certificate: a fact, a step or the prose of its specification (theory.certify.specification) names another claim.
- code: its check can reach a function whose docstring says that it is another claim's ("(claim B5, ours)", "Claim A2: ...").
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from contrastive_claims.experiments.claims.catalogue import CLAIMS
from contrastive_claims.experiments.ledger import calls, keys
from contrastive_claims.experiments.ledger.vocabulary import PROVED, Claim
from contrastive_claims.experiments.prove.sources import Sources
from contrastive_claims.experiments.verify.runner import MODELS
from contrastive_claims.theory.certify.specification import SPECIFICATIONS
from contrastive_claims.theory.certify.statements import Specification

PROOF, CERTIFICATE, CODE = "proof", "certificate", "code"
KINDS = {
    PROOF: "its Coq proof requires the other's",
    CERTIFICATE: "its certificate names the other, as a fact or in prose",
    CODE: "its check computes with a function that is the other's",
}
ID = re.compile(r"\b[A-Z]\d+[a-z]?\b")
STATED = re.compile(r"(?:^|\(|\. )[Cc]laims? ([A-Z]\d+[a-z]?\b(?:(?:,| and|, and) [A-Z]\d+[a-z]?\b)*)")


@dataclass(frozen=True, order=True)
class Use:
    """`claim` uses `used`; `by`: the Coq file, the sentence or the function that shows it."""

    claim: str
    used: str
    kind: str
    by: str


def uses(claims: Iterable[Claim] = CLAIMS) -> list[Use]:
    """Every use among these claims, by claim, used claim and kind; several ways of one kind count once."""
    claims = tuple(claims)
    ids = {claim.id for claim in claims}
    found = [*by_proofs(Sources.read()), *by_certificates(SPECIFICATIONS), *by_code(claims)]
    first: dict[tuple[str, str, str], Use] = {}
    for use in sorted(found):
        if use.claim in ids and use.used in ids and use.claim != use.used:
            first.setdefault((use.claim, use.used, use.kind), use)
    return list(first.values())


def by_proofs(sources: Sources) -> list[Use]:
    """Uses between proofs: the search goes through lemmas and stops at another claim's file."""
    found = []
    for claim in sources.claims:
        waiting, seen = list(sources.needs(claim)), set()
        while waiting:
            name = waiting.pop()
            if name in sources.claims:
                found.append(Use(claim, name, PROOF, f"{name}.v"))
            elif name not in seen:
                seen.add(name)
                waiting += sources.needs(name)
    return found


def by_certificates(specifications: Mapping[str, Specification]) -> list[Use]:
    """Uses that a specification names."""
    found = []
    for claim, specification in specifications.items():
        told = [
            *(f.meaning for f in specification.facts),
            *(s.says for s in specification.steps),
            *specification.rests_on,
        ]
        found += [Use(claim, name, CERTIFICATE, words) for words in told for name in ID.findall(words)]
    return found


def by_code(claims: Iterable[Claim]) -> list[Use]:
    """Uses of functions that are documented to be another claim's."""
    found = []
    for claim in claims:
        for check in {claim.at(scale).check for scale in claim.scales}:
            for definition in calls.reached(check, (MODELS,)).code:
                module, _, name = definition.partition(":")
                for used in _stated(module).get(name, ()):
                    found.append(Use(claim.id, used, CODE, f"{module}.{name}"))
    return found


@cache
def _stated(module: str) -> dict[str, list[str]]:
    """The claims that each function or class of a module of theory says to be its own."""
    path = keys.source_of(module)
    if path is None or "theory" not in module.split("."):
        return {}
    found = {}
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            told = " ".join((ast.get_docstring(node) or "").split())
            found[node.name] = [name for group in STATED.findall(told) for name in ID.findall(group)]
    return found


def all_used(claim_id: str, found: Iterable[Use]) -> set[str]:
    """The claims that a claim uses, directly or through others."""
    direct: dict[str, set[str]] = {}
    for use in found:
        direct.setdefault(use.claim, set()).add(use.used)
    reached, waiting = set(), [claim_id]
    while waiting:
        new = direct.get(waiting.pop(), set()) - reached
        reached |= new
        waiting += new
    return reached - {claim_id}


def unproved(claim_id: str, found: Iterable[Use], verdicts: Mapping[str, str]) -> list[str]:
    """Of the claims that a claim uses, directly or through others, those that are not PROVED: none of a claim that is proved
    with all that it uses."""
    return sorted(used for used in all_used(claim_id, found) if verdicts.get(used) != PROVED)
