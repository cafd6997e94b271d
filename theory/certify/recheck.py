"""The independent re-checker: it knows arithmetic and five kinds of proof step, and nothing of the searches.

A certificate is strict JSON, {"claim": id, "steps": [step, ...]}; each step says in words what it shows (`says`) and
is one of
- identity: `left` and `right` are the same rational function of their symbols.
- nonnegative: `expression` is a nonnegative combination of products of facts (Handelman's form), hence >= 0; strictly
  positive if `strict` and one term has a positive coefficient and only facts marked positive. Facts are stated in
  `given`, each with its formula, its sign and why it is so: they are part of what is being claimed.
- witness: `expression` compared with 0 at one rational point (`relation` "<", ">" or "=="; the last exact).
- boxes: `expression` > 0 on a box `domain`, by interval evaluation on the leaves of a bisection tree
  (null: a leaf; [symbol, lower half, upper half]: a split), which covers the domain by construction.
- duality: see `duality.py`.
"""

from __future__ import annotations

from typing import Any

from flint import arb, ctx, fmpq

from theory.certify.duality import gap_holds
from theory.certify.expression import evaluate, names_in, rational, rational_function, symbol

PRECISION = 128


def recheck(certificate: dict[str, Any], claim_id: str) -> tuple[bool, str]:
    """(True, "") if every step of the certificate holds and it is this claim's; else False and the first failure."""
    steps = certificate.get("steps") if isinstance(certificate, dict) else None
    if not isinstance(steps, list) or not steps or certificate.get("claim") != claim_id:
        return False, f"not a certificate of {claim_id}"
    for k, step in enumerate(steps):
        kind = step.get("kind") if isinstance(step, dict) else None
        if not isinstance(kind, str) or kind not in KINDS:
            return False, f"step {k + 1}: unknown kind {kind!r}"
        try:
            holds = KINDS[kind](step)
        except (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
            return False, f"step {k + 1} ({step.get('says', kind)}): malformed, {error!r}"
        if not holds:
            return False, f"step {k + 1} does not hold: {step.get('says', kind)}"
    return True, ""


def identity(step: dict[str, Any]) -> bool:
    names = sorted(names_in(step["left"]) | names_in(step["right"]))
    return rational_function(step["left"], names) == rational_function(step["right"], names)


def nonnegative(step: dict[str, Any]) -> bool:
    given = step["given"]
    if wrong := [name for name, fact in given.items() if fact["sign"] not in (">0", ">=0")]:
        raise ValueError(f"the facts {', '.join(wrong)} have neither the sign >0 nor >=0")
    names = sorted(names_in(step["expression"]).union(*(names_in(fact["formula"]) for fact in given.values())))
    total, strict = rational_function("0", names), False
    for coefficient, factors in step["combination"]:
        if rational(coefficient) < 0:
            return False
        term: Any = coefficient
        for name in factors:
            term = ["*", term, given[name]["formula"]]
        value = rational_function(term, names)
        total.top, total.bottom = total.top * value.bottom + value.top * total.bottom, total.bottom * value.bottom
        strict |= rational(coefficient) > 0 and all(given[name]["sign"] == ">0" for name in factors)
    return rational_function(step["expression"], names) == total and (strict or not step.get("strict", False))


def witness(step: dict[str, Any]) -> bool:
    at = {symbol(name): rational(value) for name, value in step["at"].items()}
    if step["relation"] == "==":
        return bool(evaluate(step["expression"], at, fmpq) == 0)
    before, ctx.prec = ctx.prec, PRECISION
    try:
        value = evaluate(step["expression"], {name: arb(point) for name, point in at.items()})
        return bool(value > 0) if step["relation"] == ">" else bool(value < 0) if step["relation"] == "<" else False
    finally:
        ctx.prec = before


def boxes(step: dict[str, Any]) -> bool:
    domain = {symbol(name): (rational(low), rational(high)) for name, (low, high) in step["domain"].items()}

    def positive(tree: Any, box: dict[str, Any]) -> bool:
        if tree is None:
            return bool(evaluate(step["expression"], {name: hull(*ends) for name, ends in box.items()}) > 0)
        name, lower, upper = tree
        low, high = box[name]
        middle = (low + high) / 2
        return positive(lower, {**box, name: (low, middle)}) and positive(upper, {**box, name: (middle, high)})

    before, ctx.prec = ctx.prec, PRECISION
    try:
        return all(low <= high for low, high in domain.values()) and positive(step["tree"], domain)
    finally:
        ctx.prec = before


def hull(low: Any, high: Any) -> arb:
    """A ball that contains the closed interval [low, high]."""
    return arb(low).union(arb(high))


KINDS = {
    "identity": identity,
    "nonnegative": nonnegative,
    "witness": witness,
    "boxes": boxes,
    "duality": gap_holds,
}
