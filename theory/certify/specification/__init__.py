"""What each claim's certificate must conclude, from which facts, and what stays in prose."""

from contrastive_claims.theory.certify.specification import (
    anchors,
    biased,
    classes,
    closed_forms,
    connectivity,
    majorities,
    merging,
    moments,
    positives,
    vanishing,
)
from contrastive_claims.theory.certify.statements import Specification

SPECIFICATIONS: dict[str, Specification] = {
    specification.claim: specification
    for room in (
        anchors,
        positives,
        classes,
        moments,
        closed_forms,
        merging,
        vanishing,
        majorities,
        biased,
        connectivity,
    )
    for specification in room.SPECIFICATIONS
}


def rests_on(claim_id: str) -> tuple[str, ...]:
    """What a claim's certificate leaves to prose, step by step. Raises LookupError for a claim without a specification."""
    return SPECIFICATIONS[claim_id].rests_on


def specified() -> frozenset[str]:
    """The claims that have a specification, and hence may have a certificate."""
    return frozenset(SPECIFICATIONS)


__all__ = ["SPECIFICATIONS", "rests_on", "specified"]
