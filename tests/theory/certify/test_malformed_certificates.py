"""A malformed certificate is refused with a reason: it neither crashes the re-checker nor convinces it."""

import copy

import pytest
from flint import ctx

from theory.certify import recheck
from theory.certify.expression import Expression
from theory.certify.steps import boxes, identity, nonnegative, witness


def holds(*steps):
    return recheck({"claim": "X", "steps": list(steps)}, "X")[0]


def plain_step(kind, **fields):
    return {"kind": kind, "says": "a step", **fields}


TRUE = [
    identity("i", Expression(["+", "x", "y"]), Expression(["+", "y", "x"])),
    nonnegative("n", Expression("x"), {"f": (Expression("x"), ">=0", "")}, [("1", ["f"])]),
    witness("w", Expression("x"), ">", {"x": "1"}),
    boxes("b", Expression("x"), {"x": ("1", "2")}, ["x", None, None]),
    plain_step(
        "duality",
        problem="population",
        proportions=[0.5, 0.5],
        connectivity=[[0.5, 0.0], [0.0, 0.5]],
        temperature=1.0,
        vectors=[[1.0], [-1.0]],
        gap="1/1000",
    ),
]
RUBBISH = [
    None,
    True,
    0,
    0.5,
    "",
    "y z",
    "1/0",
    [],
    [[]],
    ["+"],
    ["+", 1],
    ["?", 1, 2],
    {},
    {"x": None},
    -1,
    "é",
    [0.5],
    "x",
]


@pytest.mark.parametrize("step", TRUE, ids=lambda step: step["kind"])
def test_every_field_of_every_kind_may_be_missing_or_rubbish_without_a_crash(step):
    assert holds(step)
    for name in [n for n in step if n != "says"]:
        short = {k: v for k, v in step.items() if k != name}
        if (step["kind"], name) != ("nonnegative", "strict"):
            assert not holds(short), name
        for rubbish in RUBBISH:
            verdict, why = recheck({"claim": "X", "steps": [{**step, name: rubbish}]}, "X")
            assert isinstance(verdict, bool) and (verdict or why)


def test_every_leaf_replaced_by_rubbish_is_no_crash():
    def leaves(value, path=()):
        yield path
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, part in items:
            yield from leaves(part, (*path, key))

    for step in TRUE:
        for path in leaves(step):
            for rubbish in RUBBISH:
                damaged = [copy.deepcopy(step)]
                place = damaged
                for key in (0, *path)[:-1]:
                    place = place[key]
                place[(0, *path)[-1]] = rubbish
                assert recheck({"claim": "X", "steps": damaged}, "X")[0] in (True, False)


@pytest.mark.parametrize(
    "certificate",
    [None, [], "X", 1, {}, {"claim": "X"}, {"claim": "X", "steps": []}, {"claim": "X", "steps": {}},
     {"claim": "X", "steps": [None]}, {"claim": "X", "steps": [[]]}, {"claim": "X", "steps": ["identity"]},
     {"claim": "X", "steps": [{}]}, {"claim": "X", "steps": [{"kind": []}]}, {"claim": "X", "steps": [{"kind": "trust me"}]},
     {"claim": ["X"], "steps": TRUE}, {"steps": TRUE}],
)  # fmt: skip
def test_malformed_certificates_are_refused(certificate):
    done, why = recheck(certificate, "X")
    assert done is False and why


def test_formulas_too_deep_to_read_are_refused():
    deep = "x"
    for _ in range(5000):
        deep = ["+", deep, "1"]
    assert not holds(plain_step("identity", left=deep, right=deep))
    tree = None
    for _ in range(5000):
        tree = ["x", tree, None]
    assert not holds(plain_step("boxes", expression="x", domain={"x": ["1", "2"]}, tree=tree))


def test_a_certificate_of_another_claim_is_refused_and_one_false_step_spoils_the_rest():
    assert recheck({"claim": "X", "steps": TRUE}, "X") == (True, "")
    assert recheck({"claim": "X", "steps": TRUE}, "Y") == (False, "not a certificate of Y")
    false = identity("false", Expression("x"), Expression("y"))
    for position in range(len(TRUE) + 1):
        done, why = recheck({"claim": "X", "steps": [*TRUE[:position], false, *TRUE[position:]]}, "X")
        assert not done and why == f"step {position + 1} does not hold: false"


def test_rechecking_leaves_the_precision_as_it_was():
    before = ctx.prec
    for step in TRUE:
        holds(step)
        holds({**step, "expression": None, "vectors": None})
    assert ctx.prec == before
