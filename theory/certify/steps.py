"""Builds certificates: what a claim's specification states, with the witnesses that a proof or a search found.

A control's certificate is built in the same way, with `slips`: what it states otherwise, step by step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contrastive_claims.theory.certify.expression import Expression
from contrastive_claims.theory.certify.specification import SPECIFICATIONS
from contrastive_claims.theory.certify.statements import Optimum, plain

Step = dict[str, Any]
Term = tuple[str, Sequence[Expression | str]]


def combination(*terms: Term) -> list[Any]:
    """Terms of a nonnegative combination, (coefficient, factors), as plain data."""
    return [[coefficient, [plain(factor) for factor in factors]] for coefficient, factors in terms]


def certificate(
    claim: str,
    witnesses: Mapping[str, Mapping[str, Any]] = {},
    slips: Mapping[str, Mapping[str, Any]] = {},
    optima: Sequence[Step] = (),
) -> dict[str, Any]:
    """The certificate of a claim.

    witnesses: step -> the witness of its kind. slips: step -> what it states in place of the specification. optima: duality
    steps in the order of the specification's; surplus ones are appended, missing ones left out, for the re-checker to refuse.
    """
    steps, found = [], iter(optima)
    for statement in SPECIFICATIONS[claim].steps:
        witness: Mapping[str, Any] = witnesses.get(statement.name, {})
        if isinstance(statement, Optimum):
            witness = next(found, {})
            if not witness:
                continue
        stated = {"step": statement.name, "kind": statement.kind, "says": statement.says, **statement.stated()}
        slip = {key: plain(value) for key, value in slips.get(statement.name, {}).items()}
        steps.append(_data({**stated, **witness, **slip}))
    return {"claim": claim, "steps": [*steps, *({"step": "surplus", **step} for step in found)]}


def _data(value: Any) -> Any:
    """Tuples as lists, all the way down: strict JSON."""
    if isinstance(value, dict):
        return {key: _data(part) for key, part in value.items()}
    return [_data(part) for part in value] if isinstance(value, list | tuple) else value
