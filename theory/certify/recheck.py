"""The independent re-checker: it knows arithmetic, the specifications of the claims, and nothing of the searches.

A certificate is strict JSON, {"claim": id, "steps": [step, ...]}: exactly the steps of the claim's specification, in their
order. A step repeats what the specification states there (`step`, `kind`, `says` and the formulas), so that it can be read
alone, and adds the witness of its kind, so that it can be checked:
- combination: [[coefficient, [factor, ...]], ...] whose sum is the expression; coefficients are nonnegative rationals, factors
  are formulas whose sign follows from the facts of the specification (see `facts.py`) or was concluded by an earlier step.
- coefficients: of a sum's terms, one formula for each line of `sums`, free of the index.
- at: a rational point.  tree: null (a leaf) or [symbol, lower half, upper half].  low, high, below, above: two trees, two ends.
- vectors and gap of an optimum, with the problem that they solve: see `duality.py`.
Nothing else may be in it, and what it states is compared with the specification's, which alone is proved.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contrastive_claims.theory.certify import kinds
from contrastive_claims.theory.certify.expression import canonical, written
from contrastive_claims.theory.certify.facts import Known
from contrastive_claims.theory.certify.specification import SPECIFICATIONS
from contrastive_claims.theory.certify.statements import Slip, Specification, Statement

MALFORMED = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, RecursionError, MemoryError)


def recheck(certificate: Any, claim_id: str) -> tuple[bool, str]:
    """(True, "") if the certificate proves what the claim's specification demands; else False, the step and the slip."""
    specification = SPECIFICATIONS.get(claim_id) if isinstance(claim_id, str) else None
    if specification is None:
        return False, f"no specification says what a certificate of {claim_id!s:.40} must conclude"
    return check(certificate, specification)


def check(certificate: Any, specification: Specification) -> tuple[bool, str]:
    """`recheck` against a given specification; whatever a refusal quotes, it can be printed."""
    done, why = _check(certificate, specification)
    return done, "".join(sign if sign.isprintable() else "?" for sign in why)


def _check(certificate: Any, specification: Specification) -> tuple[bool, str]:
    steps = certificate.get("steps") if isinstance(certificate, dict) else None
    if (
        not isinstance(steps, list)
        or certificate.get("claim") != specification.claim
        or set(certificate) != {"claim", "steps"}
    ):
        return False, f"not a certificate of {specification.claim}"
    names = [step.get("step") if isinstance(step, dict) else None for step in steps]
    if odd := [k + 1 for k, name in enumerate(names) if not isinstance(name, str)]:
        return False, f"step {odd[0]} bears no name"
    if refusal := other_steps([str(name) for name in names], [step.name for step in specification.steps]):
        return False, refusal
    known, seen = specification.known(), kinds.Seen(specification)
    for statement, step in zip(specification.steps, steps, strict=True):
        try:
            compare(statement, step)
            kinds.PROOFS[type(statement)](statement, step, known.and_also(getattr(statement, "assuming", ())), seen)
        except Slip as slip:
            return False, f"step {statement.name!r} {slip}"
        except MALFORMED as error:
            return False, f"step {statement.name!r} is malformed: {error!r:.200}"
        known = advance(known, statement)
    for side, least in specification.sides:
        if seen.sides.count(side) < least:
            return False, f"only {seen.sides.count(side)} of the optima are {side}, not {least}"
    return True, ""


def advance(known: Known, statement: Statement) -> Known:
    """What is known after a step."""
    return known.concluding(statement) if statement.kind in ("nonnegative", "summed") else known


def other_steps(names: list[str], required: list[str]) -> str:
    """Empty if the steps are exactly the required ones, in their order; else the first that is missing or foreign."""
    if names == required:
        return ""
    for name in required:
        if name not in names:
            return f"step {name!r} is missing"
    for position, name in enumerate(names):
        if name not in required or name in names[:position]:
            return f"step {position + 1}, {name:.60}, is foreign: no step of the specification, or a second one"
    return "the steps are not in the specification's order"


def compare(statement: Statement, step: Mapping[str, Any]) -> None:
    """Raise Slip unless the step states what the specification states, and holds its witness and nothing else."""
    demanded = {"step": statement.name, "kind": statement.kind, "says": statement.says, **statement.stated()}
    allowed = {*demanded, *statement.witness}
    if foreign := sorted(str(name)[:40] for name in step if name not in allowed):
        raise Slip(f"holds {', '.join(foreign)}: a certificate may not add that")
    for name in allowed:
        if name not in step:
            raise Slip(f"lacks its {name}")
    for name, value in demanded.items():
        if same(step[name], value):
            continue
        if name in ("left", "right", "expression"):
            how = "does not hold: it" if kinds.refuted(step) else "proves something else: it"
            raise Slip(
                f"{how} states {written(canonical(step[name])):.300} as its {name}, the claim needs {written(value):.300}"
            )
        raise Slip(f"states another {name}: {step[name]!r:.120}, the claim needs {value!r:.120}")


def same(given: Any, demanded: Any) -> bool:
    """Equality of plain data of the same types; an int and its text are one formula."""
    if isinstance(demanded, dict):
        return (
            isinstance(given, dict)
            and given.keys() == demanded.keys()
            and all(same(given[k], v) for k, v in demanded.items())
        )
    if isinstance(demanded, list | tuple):
        pairs = (
            zip(given, demanded, strict=True)
            if isinstance(given, list) and len(given) == len(demanded)
            else [(0, None)]
        )
        return all(same(one, other) for one, other in pairs)
    if isinstance(demanded, bool) or isinstance(given, bool):
        return given is demanded
    return isinstance(given, str | int) and str(given) == str(demanded)
