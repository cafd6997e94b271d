"""A malformed certificate of any kind of step is refused with a reason: it neither crashes the re-checker nor convinces it."""

import copy
import time

import pytest
from flint import ctx

from contrastive_claims.theory.certify import statements as st
from contrastive_claims.theory.certify.expression import Expression, rational, symbols
from contrastive_claims.theory.certify.facts import fact
from contrastive_claims.theory.certify.problems import Problem
from contrastive_claims.theory.certify.recheck import check

x, y, total = symbols("x y T")
ONE_OF_EACH = st.Specification(
    "X",
    (fact("x", ">0", "number", "a number"), fact("x_j", ">0", "exponential", "one of them")),
    (
        st.identity("i", "x + y = y + x", x + y, y + x),
        st.nonnegative("n", "x^2 + x > 0", x * x + x, True),
        st.summed("s", "T >= 0", total, {Expression("1"): Expression("N"), Expression("x_j"): total}),
        st.pointwise("w", "x - 1 < 0 somewhere", x - 1, "<"),
        st.boxes("b", "x > 0 on [1, 2]", x, {"x": ("1", "2")}),
        st.Enclosure("e", "y = 1", (y - 1).formula, (("q", ("0", "1")),), ("1/2", "2")),
        st.Optimum("d", "two blocks", "population", lambda problem: ""),
    ),
    ("nothing",),
)
WITNESSES = {
    "n": {"combination": [["1", ["x", "x"]], ["1", ["x"]]]},
    "s": {"coefficients": ["0", "1"], "combination": [["1", ["x_j"]]]},
    "w": {"at": {"x": "1/2"}},
    "b": {"tree": ["x", None, None]},
    "e": {"low": "9/10", "high": "11/10", "below": None, "above": ["q", None, None]},
    "d": {"proportions": [0.5, 0.5], "connectivity": [[0.5, 0.0], [0.0, 0.5]], "temperature": 1.0,
          "vectors": [[1.0], [-1.0]], "gap": "1/100000000"},
}  # fmt: skip
TRUE = {
    "claim": "X",
    "steps": [
        {"step": s.name, "kind": s.kind, "says": s.says, **s.stated(), **WITNESSES.get(s.name, {})}
        for s in ONE_OF_EACH.steps
    ],
}
RUBBISH = [None, True, 0, 0.5, "", "y z", "1/0", [], [[]], ["+"], ["+", 1], ["?", 1, 2], {}, {"x": None}, -1, "é", [0.5], "x",
           "9" * 5000, 10**4000]  # fmt: skip


def test_every_leaf_replaced_by_rubbish_is_no_crash():
    assert check(TRUE, ONE_OF_EACH) == (True, "")

    def leaves(value, path=()):
        yield path
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, part in items:
            yield from leaves(part, (*path, key))

    for path in leaves(TRUE):
        for rubbish in RUBBISH:
            damaged = [copy.deepcopy(TRUE)]
            place = damaged
            for key in (0, *path)[:-1]:
                place = place[key]
            place[(0, *path)[-1]] = rubbish
            verdict, why = check(damaged[0], ONE_OF_EACH)
            assert verdict is (why == "")


@pytest.mark.parametrize("position", range(len(TRUE["steps"])))
def test_no_field_may_be_missing_or_added(position):
    for name in TRUE["steps"][position]:
        damaged = copy.deepcopy(TRUE)
        del damaged["steps"][position][name]
        assert not check(damaged, ONE_OF_EACH)[0]
    damaged = copy.deepcopy(TRUE)
    damaged["steps"][position]["given"] = []
    done, why = check(damaged, ONE_OF_EACH)
    assert not done and "holds given" in why


@pytest.mark.parametrize(
    "certificate",
    [None, [], "X", 1, {}, {"claim": "X"}, {"claim": "X", "steps": []}, {"claim": "X", "steps": {}},
     {"claim": "X", "steps": [None]}, {"claim": "X", "steps": [[]]}, {"claim": "X", "steps": ["identity"]},
     {"claim": "X", "steps": [{}]}, {"claim": "X", "steps": [{"kind": []}]}, {"claim": "X", "steps": [{"step": []}]},
     {"claim": ["X"], "steps": TRUE["steps"]}, {"steps": TRUE["steps"]}, {**TRUE, "trusted": True}, {**TRUE, "claim": "Y"}],
)  # fmt: skip
def test_malformed_certificates_are_refused(certificate):
    done, why = check(certificate, ONE_OF_EACH)
    assert done is False and why


def test_trees_and_formulas_too_deep_to_read_are_refused():
    deep, tree = "x", None
    for _ in range(5000):
        deep, tree = ["+", deep, "1"], ["x", tree, None]
    for position, field, value in ((0, "left", deep), (4, "tree", tree), (1, "combination", [["1", [deep]]])):
        damaged = copy.deepcopy(TRUE)
        damaged["steps"][position][field] = value
        assert not check(damaged, ONE_OF_EACH)[0]


def test_specifications_refuse_what_proves_nothing():
    for facts, step in (
        ((fact("x", ">0", "number", "x"),), st.nonnegative("restated", "x >= 0", x)),
        ((fact("x", ">0", "number", "x"),), st.nonnegative("restated in another form", "2 x >= 0", x + x)),
        (
            (fact("x", ">0", "number", "x"),),
            st.summed("index", "x_j >= 0", Expression("x_j"), {Expression("x_j"): total}),
        ),
        ((), st.identity("domain", "x/x = 1", x / x, 1)),
    ):
        with pytest.raises(ValueError):
            st.Specification("X", facts, (step,), ("nothing",))


def test_rechecking_leaves_the_precision_as_it_was():
    before = ctx.prec
    check(TRUE, ONE_OF_EACH)
    for step in TRUE["steps"]:
        check({"claim": "X", "steps": [{**step, "tree": 0, "vectors": None}]}, ONE_OF_EACH)
    assert ctx.prec == before


@pytest.mark.parametrize(
    "odd", ["1_0", " 1", "1 ", "+1", "1/", "/1", "٣", "1/-2", "0x10", "1e3", "1.5", "1/0", "--1", "-", ""]
)
def test_a_rational_has_one_way_of_writing(odd):
    with pytest.raises((ValueError, ZeroDivisionError)):
        rational(odd)
    damaged = copy.deepcopy(TRUE)
    damaged["steps"][3]["at"] = {"x": odd}
    assert not check(damaged, ONE_OF_EACH)[0]


def product(factors):
    total = factors[0]
    for factor in factors[1:]:
        total = ["*", total, factor]
    return total


def test_a_small_certificate_cannot_keep_the_re_checker_busy():
    """A product of sums grows beyond all bounds when it is expanded; so does a square of many free symbols."""
    free = "f0"
    for k in range(1, 30):
        free = ["+", free, f"f{k}"]
    for factors in (["x", *[["*", free, free]] * 12], [product([free] * 12), product([free] * 12)]):
        damaged = copy.deepcopy(TRUE)
        damaged["steps"][1]["combination"] = [["1", [product(factors)]]]
        started = time.perf_counter()
        done, why = check(damaged, ONE_OF_EACH)
        assert not done and "terms" in why
        assert time.perf_counter() - started < 10


@pytest.mark.parametrize(
    "large",
    [
        {"labels": list(range(20000)) * 2, "vectors": [[1.0]] * 40000},
        {"labels": [0, 0, 1, 1], "vectors": [[1.0] * 1000] * 4},
    ],
    ids=["labels", "dimensions"],
)
def test_problems_are_no_larger_than_the_claims_need(large):
    step = {"problem": "supervised", "temperature": 1.0, "epsilon": 0.0, "loss": "eps_sup_con", "gap": "1/100000000"}
    with pytest.raises(ValueError, match="at most"):
        Problem.read({**step, **large})


@pytest.mark.parametrize("name", ["\ud800", "\x1b[2J", "x\n| A1 | CERTIFIED |", "\u202eX"])
def test_a_refusal_quotes_what_can_be_printed_only(name):
    """The reason goes into records, tables and terminals; a step may be called anything."""
    renamed = copy.deepcopy(TRUE)
    renamed["steps"].append({"step": name})
    widened = copy.deepcopy(TRUE)
    widened["steps"][0][name] = 1
    other = copy.deepcopy(TRUE)
    other["steps"][0]["left"] = [name, "x", "y"]
    for certificate in (renamed, widened, other):
        done, why = check(certificate, ONE_OF_EACH)
        assert not done and why.isprintable() and why.encode()
