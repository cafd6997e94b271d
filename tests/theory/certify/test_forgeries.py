"""Every forgery of a certificate is refused, without a crash, and the refusal names the step; honest ones pass.

`python -m pytest tests/theory/certify/test_forgeries.py -s -q -m 'slow or not slow'` tries them all (else a sample) and prints
how many were tried and refused, kind by kind.
"""

import copy
import json
import random
from collections import Counter

import pytest

from contrastive_claims.theory.certify import recheck, rests_on, specified
from contrastive_claims.theory.certify.specification import SPECIFICATIONS
from contrastive_claims.theory.certify.statements import Enclosure, Identity, Nonnegative, Optimum, Pointwise, Summed

CLAIMS = sorted(specified(), key=lambda claim: (claim[0], int("".join(filter(str.isdigit, claim))), claim))
TRIVIAL = {"kind": "identity", "says": "0 = 0", "left": 0, "right": 0}
# The step that carries each control's slip; of a claim that is not here, the first one that it states otherwise.
SLIPS = {
    "A1": "the ratio form is the LSE form", "A2": "upper end, hinge 0", "A3": "the loss", "A4": "the loss falls",
    "A5": "the left side holds", "A5c": "cosines", "A6": "no term compares positives", "A7": "the terms",
    "A8": "above SupInfoNCE", "A9": "terms of anchor 1", "A9c": "rank above d", "A10": "L_in below L_out", "A11": "lower half",
    "A12": "eps_sup_infonce, classes [2, 2], tau = 1/10, eps = 0", "A13": "eps_sup_con, classes [2, 2], tau = 1/10, eps = 0",
    "A16": "the bound is the tangent", "A17": "unequal distributions",
    "A21": "eps_sup_infonce, classes [2, 2, 20], tau = 1/2, above eps*", "B3": "optimum 1", "B5": "pair weights",
    "B6": "row sums inside the clip", "B7": "K = 2, tau = 1/10", "B8": "the threshold falls", "B15": "on the diagonal",
    "B16": "on the diagonal", "B17": "margin", "B18": "threshold", "B19": "pair weights with beta", "B22": "exchange",
    "B24": "multiplier of block 1", "B25": "merger", "A26": "the condition holds", "B31": "alpha_12 = 0", "B31c": "the law",
}  # fmt: skip
WHY = {  # what the refusal says of the slips that are no formulas
    "A9": "(s13 - s12) == 0 is false", "A12": "classes [2, 3, 9]", "A13": "classes [2, 3, 9]", "A17": "> 0 is false",
    "A21": "is not above eps*", "B3": "not within the gap", "B7": "not balanced", "B31": "other connections",
}  # fmt: skip


def refused(certificate, claim):
    """The reason of the refusal, which must name the step (or say what kind of certificate this is not)."""
    done, why = recheck(certificate, claim)
    if done:
        pytest.fail(f"{claim}: accepted")
    assert isinstance(why, str) and why
    return why


def forged(certificate, position, **changes):
    """A copy with one step changed; a value of None drops the field."""
    copied = {"claim": certificate["claim"], "steps": list(certificate["steps"])}
    step = {**copied["steps"][position], **changes}
    copied["steps"][position] = {key: value for key, value in step.items() if value is not DROP}
    return copied


DROP = object()


@pytest.mark.parametrize("claim", CLAIMS)
def test_honest_certificates_pass_and_survive_strict_json(honest, claim):
    certificate = honest(claim)
    assert recheck(certificate, claim) == (True, "")
    assert recheck(json.loads(json.dumps(certificate, allow_nan=False)), claim) == (True, "")
    assert [step["step"] for step in certificate["steps"]] == [step.name for step in SPECIFICATIONS[claim].steps]


@pytest.mark.parametrize("claim", CLAIMS)
def test_every_control_hands_in_a_certificate_that_is_refused_for_its_slip(honest, control, claim):
    certificate = control(claim)
    assert certificate is not None
    why = refused(certificate, claim)
    assert why.startswith(f"step {SLIPS.get(claim) or first_difference(certificate, honest(claim))!r} ")
    assert WHY.get(claim, "does not hold: it states") in why


def first_difference(certificate, other):
    """The name of the first step that two certificates state differently."""
    return next(a["step"] for a, b in zip(certificate["steps"], other["steps"], strict=True) if a != b)


def dropped(certificate):
    for k in range(len(certificate["steps"])):
        yield {**certificate, "steps": certificate["steps"][:k] + certificate["steps"][k + 1 :]}
    yield {**certificate, "steps": []}


def trivial(certificate):
    """The issue's own forgery, and steps replaced by 0 = 0, with and without the name of the step."""
    yield {"claim": certificate["claim"], "steps": [TRIVIAL]}
    yield {"claim": certificate["claim"], "steps": [{"kind": "identity", "left": 0, "right": 0}]}
    names = [step["step"] for step in certificate["steps"]]
    yield {**certificate, "steps": [{**TRIVIAL, "step": name} for name in names]}
    for k, name in enumerate(names):
        empty = {**certificate["steps"][k], "left": "x", "right": "x", "expression": "1"}
        for step in (TRIVIAL, {**TRIVIAL, "step": name}, empty):
            yield {**certificate, "steps": [*certificate["steps"][:k], step, *certificate["steps"][k + 1 :]]}


def shuffled(certificate):
    steps = certificate["steps"]
    if len(steps) > 1:
        yield {**certificate, "steps": steps[::-1]}
        yield {**certificate, "steps": [*steps[1:], steps[0]]}
    yield {**certificate, "steps": [*steps, steps[0]]}
    yield {**certificate, "steps": [*steps, TRIVIAL]}
    yield {**certificate, "trusted": True}
    yield {"claim": certificate["claim"], "steps": steps, "given": []}


def asserted(certificate):
    """Facts at will: a conclusion as its own fact, -1 >= 0, an unknown symbol, given facts, negative coefficients."""
    for k, (statement, step) in enumerate(
        zip(SPECIFICATIONS[certificate["claim"]].steps, certificate["steps"], strict=True)
    ):
        yield forged(certificate, k, given={"f": {"formula": "-1", "sign": ">=0", "because": "trust me"}})
        if not isinstance(statement, Nonnegative | Summed):
            continue
        goal = statement.expression
        for terms in (
            [["1", [goal]]],
            [["1/2", [goal]], ["1/2", [goal]]],
            [["1", [["*", "1", goal]]]], [["1", ["1", goal]]], [["1/3", [["+", goal, goal]]], ["1/3", ["1", "1", goal]]],
            [["1", [["-", goal, "0"]]], ["0", ["1"]]],
            [["1", ["-1"]]], [["1", [["-", "0", "1"]]]], [["1", ["trust"]]], [["-1", [["-", "0", goal]]]],
            [["1", [["/", ["*", goal, ["-", "free", "free"]], ["-", "free", "free"]]]]],
            [["1", [goal, ["/", "free", "free"]]]],
            [["1", [["*", ["*", goal, goal], ["/", "1", goal]]]]],
            [], [["1", []]], None, "1",
        ):  # fmt: skip
            if isinstance(statement, Nonnegative):
                yield forged(certificate, k, combination=terms)
            elif terms not in ([["1", []]],):
                yield forged(certificate, k, combination=terms, coefficients=["0"] * len(statement.sums))
                yield forged(certificate, k, combination=terms)
        if statement.strict:
            yield forged(certificate, k, strict=False)
        if isinstance(statement, Summed):
            index = statement.sums[-1][0]
            yield forged(certificate, k, coefficients=[goal, *step["coefficients"][1:]])
            yield forged(certificate, k, coefficients=[["/", goal, index], *step["coefficients"][1:]])
            yield forged(certificate, k, sums=[[part, goal] for part, _ in statement.sums])


def restated(certificate):
    """Steps that state something else, true or not: another formula, relation, kind, domain, or without what they say."""
    for k, (statement, step) in enumerate(
        zip(SPECIFICATIONS[certificate["claim"]].steps, certificate["steps"], strict=True)
    ):
        if isinstance(statement, Enclosure) and k % 23:
            continue
        for name in step:
            if name != "vectors":
                yield forged(certificate, k, **{name: DROP})
        yield forged(certificate, k, says="as the reader wishes")
        yield forged(certificate, k, kind="identity" if not isinstance(statement, Identity) else "nonnegative")
        if isinstance(statement, Identity):
            yield forged(certificate, k, left=["+", statement.left, "0"])
            yield forged(certificate, k, right=["*", statement.right, ["/", "x", "x"]])
        if isinstance(statement, Nonnegative | Summed | Pointwise):
            yield forged(certificate, k, expression=["+", ["*", statement.expression, statement.expression], "1"])
        if isinstance(statement, Pointwise):
            yield forged(certificate, k, relation=">=")
            names = list(step["at"])
            yield forged(certificate, k, at={})
            yield forged(certificate, k, at={**step["at"], "5": "7"})
            yield forged(certificate, k, at=dict.fromkeys(names, "-2"))  # no exponential, cosine or variance
        if "domain" in step:
            for name, (low, high) in step["domain"].items():
                for ends in ([low, low], [high, high], [high, low], ["1/2", "1/2"], [low, "1/100"]):
                    yield forged(certificate, k, domain={**step["domain"], name: ends})
            yield forged(certificate, k, domain={})
        if isinstance(statement, Enclosure):
            for ends in (
                {"low": "1/1000000"},
                {"high": "1000"},
                {"low": step["high"]},
                {"high": step["low"]},
                {"low": "-1"},
            ):
                yield forged(certificate, k, **ends)
            for tree in ("z", ["y", None, None], ["z", None, None], [None, None, None], 0):
                yield forged(certificate, k, below=tree)
                yield forged(certificate, k, above=tree)


def optima_of(certificate):
    """Positions of the first two optima and the last."""
    found = [k for k, step in enumerate(SPECIFICATIONS[certificate["claim"]].steps) if isinstance(step, Optimum)]
    return sorted({*found[:2], *(found[-1:] if certificate["claim"] not in ("A12", "A13", "A21") else [])})


def spoiled_optima(certificate):
    for k in optima_of(certificate):
        step = certificate["steps"][k]
        vectors = step["vectors"]
        size = len(vectors)
        turned = [[-entry for entry in vectors[0]], *vectors[1:]]
        moved = copy.deepcopy(vectors)
        moved[0][0] += 0.4
        for gap in ("1000000", "1/1000000", "0", "-1", "1/0", "nan", "1e-9", 0.5, None, True, 10**30, []):
            yield forged(certificate, k, gap=gap)
        yield forged(certificate, k, vectors=moved)
        if size > 2 or "labels" in step:
            yield forged(certificate, k, vectors=turned)
        bad = (
            float("nan"), float("inf"), True, "1", None, [1.0], 1e400, {}, 10**400, "0.5", [float("nan")],
        )  # fmt: skip
        for value in bad:
            yield forged(certificate, k, vectors=[[value, *vectors[0][1:]], *vectors[1:]])
            yield forged(certificate, k, temperature=value)
        for value in (
            [],
            [[]] * size,
            [[0.0] * len(vectors[0])] * size,
            vectors[:-1],
            vectors * 2,
            "vectors",
            [vectors],
            7,
        ):
            yield forged(certificate, k, vectors=value)
        for temperature in (-1.0, 0.0, 0):
            yield forged(certificate, k, temperature=temperature)


def other_problems(certificate):
    """Vectors that are optimal, but of another problem: easier labels, another claim's models, one problem many times."""
    ks = optima_of(certificate)
    for k in ks:
        step = certificate["steps"][k]
        other = certificate["steps"][ks[(ks.index(k) + 1) % len(ks)]]
        keys = [key for key in step if key not in ("step", "kind", "says", "problem")]
        yield forged(certificate, k, **{key: other[key] for key in keys})  # solved twice, or the wrong one
        if "labels" in step:
            count = len(step["labels"])
            for labels in (
                [float("nan")] * count, [float(label) for label in step["labels"]], [str(label) for label in step["labels"]],
                [label == 0 for label in step["labels"]], [label + 1 for label in step["labels"]], [0] * count,
                step["labels"][::-1], step["labels"][:-1], list(range(count)), [10**400] * count, None, {}, [[0]] * count,
            ):  # fmt: skip
                yield forged(certificate, k, labels=labels)
            easy = [[1.0, 0.0] if label == 0 else [-1.0, 0.0] for label in (0, 0, 1, 1)]
            if step["labels"] != [0, 0, 1, 1]:
                yield forged(certificate, k, labels=[0, 0, 1, 1], vectors=easy)
            yield forged(certificate, k, vectors=[[1.0, 0.0]] * count)
            yield forged(certificate, k, epsilon=step["epsilon"] + 0.5)
            yield forged(certificate, k, epsilon=float("nan"))
            yield forged(certificate, k, epsilon=-1.0)
            yield forged(certificate, k, loss="eps_sup_con" if step["loss"] == "eps_sup_infonce" else "eps_sup_infonce")
            yield forged(certificate, k, loss="triplet")
        else:
            size = len(step["proportions"])
            one_less = step["proportions"][:-1]
            for shares in ([float("nan")] * size, [1.0] * size, [0.0] * size, [True] * size, one_less, [], None, {}):
                yield forged(certificate, k, proportions=shares)
            full = [[1.0] * size] * size
            zero = [[0.0] * size] * size
            odd = [[[value] * size] * size for value in (float("nan"), -1.0, True, None, "1")]
            for connectivity in (zero, *odd, full[:-1], [], None):
                yield forged(certificate, k, connectivity=connectivity)
            if certificate["claim"] not in (
                "B3",
                "B15",
                "B25",
            ):  # there all connections equal is a model of the claim, merged
                yield forged(certificate, k, connectivity=full, vectors=[[1.0, 0.0]] * size)


def damaged(certificate):
    """Malformed in every field: never raised."""
    rubbish = (
        None,
        True,
        0,
        0.5,
        -1,
        "",
        "y z",
        "1/0",
        "é",
        [],
        [[]],
        ["+"],
        ["?", 1, 2],
        {},
        {"x": None},
        "9" * 5000,
        10**4000,
    )
    deep = "x"
    for _ in range(3000):
        deep = ["+", deep, "1"]
    for k in sorted({*range(min(len(certificate["steps"]), 4)), *optima_of(certificate)[:1]}):
        step = certificate["steps"][k]
        for name in step:
            for value in (*rubbish, deep):
                if (
                    value != step[name]
                    and (name, value) != ("temperature", 0.5)
                    and not (name == "combination" and value == [])
                ):
                    yield forged(certificate, k, **{name: value})
        for value in (None, 0, "step", [], [step]):
            yield {**certificate, "steps": [*certificate["steps"][:k], value, *certificate["steps"][k + 1 :]]}
    nest = []
    for _ in range(3000):
        nest = [nest]
    for steps in (
        None,
        {},
        "steps",
        0,
        [None],
        [[]],
        [{}],
        nest,
        [{"step": 10**5000}],
        [{"step": nest}, {"step": nest}],
    ):
        yield {**certificate, "steps": steps}


COUNTED = Counter()
SAMPLED = 6  # of each kind and claim, in every run
KINDS = (dropped, trivial, shuffled, asserted, restated, spoiled_optima, other_problems, damaged)


@pytest.mark.parametrize("forge", KINDS, ids=lambda forge: forge.__name__)
@pytest.mark.parametrize("claim", CLAIMS)
def test_no_forgery_of_a_kind_passes(honest, claim, forge, seed):
    """SAMPLED of each kind and claim, drawn by the tests' seed; the slow test tries all of them."""
    forgeries = list(forge(honest(claim)))
    for certificate in random.Random(f"{seed} {claim} {forge.__name__}").sample(
        forgeries, min(SAMPLED, len(forgeries))
    ):
        refused(certificate, claim)
        COUNTED[f"{forge.__name__}, sampled"] += 1


@pytest.mark.slow
@pytest.mark.parametrize("forge", KINDS, ids=lambda forge: forge.__name__)
@pytest.mark.parametrize("claim", CLAIMS)
def test_no_forgery_at_all_passes(honest, claim, forge):
    for certificate in forge(honest(claim)):
        refused(certificate, claim)
        COUNTED[forge.__name__] += 1


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_certificate_of_another_claim_is_refused_under_any_name(honest, claim):
    for other in CLAIMS:
        if other != claim:
            refused(honest(other), claim)
            refused({**honest(other), "claim": claim}, claim)


def test_forgeries_are_counted():
    """What the tests above tried in this process; each was refused, or they failed."""
    for name, count in COUNTED.items():
        print(f"{name:16} {count:6} tried and refused")
    print(f"{'in all':16} {COUNTED.total():6}")


def test_what_stays_in_prose_is_said_for_every_claim():
    for claim in CLAIMS:
        assert rests_on(claim) and all(len(text) > 15 for text in rests_on(claim))
    with pytest.raises(LookupError):
        rests_on("A14")
    assert recheck({"claim": "A14", "steps": []}, "A14")[0] is False
    for odd in (None, [], {}, 0, b"A1"):
        assert recheck({"claim": odd, "steps": []}, odd)[0] is False
