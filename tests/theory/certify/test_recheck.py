"""The re-checker accepts what is true, refuses what is not."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as hs

from contrastive_claims.theory.certify import kinds
from contrastive_claims.theory.certify import statements as st
from contrastive_claims.theory.certify.expression import Expression, canonical, evaluate, symbols
from contrastive_claims.theory.certify.facts import Known, fact
from contrastive_claims.theory.certify.recheck import MALFORMED
from contrastive_claims.theory.certify.specification.positives import A9

NAMES = ("x", "y", "q")
laws = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
NOTHING = Known({})


def holds(proof):
    """Whether a proof goes through: it raises nothing."""
    try:
        proof()
    except (st.Slip, *MALFORMED):
        return False
    return True


def identity(says, left, right):
    return lambda: kinds.identity(st.identity("step", says, left, right), {}, NOTHING, None)


def nonnegative(says, expression, facts, combination, strict=False):
    """By facts that are taken as given here, under names."""
    known = Known({canonical(st.plain(formula)): sign for formula, sign, _ in facts.values()})
    terms = [[weight, [st.plain(facts[name][0]) for name in factors]] for weight, factors in combination]

    def prove():
        if not kinds.combined(terms, st.plain(expression), known, alone=True) and strict:
            raise st.Slip("not strict")

    return prove


def witness(says, expression, relation, at):
    return lambda: kinds.pointwise(st.pointwise("step", says, expression, relation, at), {}, NOTHING, None)


def boxes(says, expression, domain, tree):
    return lambda: kinds.boxes(st.boxes("step", says, expression, domain), {"tree": tree}, NOTHING, None)


def value_at(formula, point):
    """Exact value by the definition, independent of the re-checker."""
    if isinstance(formula, list):
        a, b = (value_at(part, point) for part in formula[1:])
        return {"+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "/": lambda: a / b}[formula[0]]()
    return point[formula] if formula in point else Fraction(formula)


rationals = hs.fractions(min_value=-5, max_value=5, max_denominator=7)
literals = hs.one_of(hs.integers(-4, 4), rationals.map(str))


def never_zero(formula):
    return ["+", ["*", formula, formula], "1"]


formulas = hs.recursive(
    hs.one_of(hs.sampled_from(NAMES), literals),
    lambda inner: hs.one_of(
        hs.tuples(hs.sampled_from("+-*"), inner, inner).map(list),
        hs.tuples(inner, inner).map(lambda pair: ["/", pair[0], never_zero(pair[1])]),
    ),
    max_leaves=5,
)
points = hs.fixed_dictionaries({name: rationals for name in NAMES})


@hs.composite
def rewritten(draw, formula):
    """The same rational function in another form: each node may be rewritten by a law of fields."""
    if isinstance(formula, list):
        operation, a, b = formula[0], draw(rewritten(formula[1])), draw(rewritten(formula[2]))
        choices = [[operation, a, b]]
        if operation in "+*":
            choices.append([operation, b, a])
        if operation == "-":
            choices += [["+", a, ["*", "-1", b]], ["-", "0", ["-", b, a]]]
        if operation == "*" and isinstance(a, list) and a[0] == "+":
            choices.append(["+", ["*", a[1], b], ["*", a[2], b]])
        if operation == "/":
            choices.append(["*", a, ["/", 1, b]])
        formula = draw(hs.sampled_from(choices))
    wrapper = draw(hs.integers(0, 5))
    if wrapper == 0:
        return ["/", ["*", formula, "3"], "3"]
    if wrapper == 1:
        return ["-", ["+", formula, "q"], "q"]
    return formula


@hs.composite
def two_forms(draw):
    formula = draw(formulas)
    return formula, draw(rewritten(formula))


@given(two_forms(), rationals.filter(bool))
@laws
def test_identities_are_accepted_and_perturbed_ones_refused(forms, perturbation):
    left, right = forms
    assert holds(identity("law", Expression(left), Expression(right)))
    assert not holds(identity("law", Expression(left), Expression(["+", right, str(perturbation)])))


@given(formulas, formulas, points)
@laws
def test_an_accepted_identity_holds_at_every_point(left, right, point):
    if value_at(left, point) != value_at(right, point):
        assert not holds(identity("guess", Expression(left), Expression(right)))


def test_a_denominator_must_be_positive_on_the_domain():
    x, y = symbols("x y")
    assert not holds(identity("x/(y - y)", x / (y - y), x))
    with pytest.raises(ValueError, match="divides by x, which may vanish"):
        st.Specification("X", (), (st.identity("one", "x/x = 1", x / x, Expression(1)),), ("nothing",))


def test_transcendental_identities_are_not_decided():
    assert not holds(identity("e^x = e^x", Expression(["exp", "x"]), Expression(["exp", "x"])))


@hs.composite
def combinations(draw):
    """Facts, a nonnegative combination of their products, and the formula of its sum."""
    names = ["f", "g", "h"]
    given_facts = {n: (Expression(draw(formulas)), draw(hs.sampled_from([">0", ">=0"])), "assumed") for n in names}
    terms = draw(
        hs.lists(
            hs.tuples(rationals.map(abs).map(str), hs.lists(hs.sampled_from(names), max_size=2)), min_size=1, max_size=3
        )
    )
    total = Expression("0")
    for coefficient, factors in terms:
        product = Expression(coefficient)
        for name in factors:
            product = product * given_facts[name][0]
        total = total + product
    return given_facts, terms, total


@given(combinations(), rationals.filter(bool))
@laws
def test_combinations_of_facts_are_accepted_and_perturbed_ones_refused(combination, perturbation):
    facts, terms, total = combination
    assert holds(nonnegative("sum", total, facts, terms))
    assert not holds(nonnegative("sum", total + str(perturbation), facts, terms))
    signs = {str(st.plain(formula)): sign for formula, sign, _ in facts.values()}  # of equal formulas the last counts
    positive = any(
        Fraction(c) > 0 and all(signs[str(st.plain(facts[n][0]))] == ">0" for n in factors) for c, factors in terms
    )
    strictly = holds(nonnegative("sum", total, facts, terms, strict=True))
    assert strictly or not positive  # a sign by construction may be stronger than the one declared
    assert not strictly or any(Fraction(c) > 0 for c, _ in terms)


def test_negative_coefficients_and_facts_without_a_sign_are_refused():
    (x,) = symbols("x")
    assert holds(nonnegative("x", x, {"f": (x, ">=0", "")}, [("1", ["f"])]))
    assert not holds(nonnegative("x", x, {"f": (x, ">=0", "")}, [("1", ["f"])], strict=True))
    assert not holds(nonnegative("-x", 0 - x, {"f": (x, ">=0", "")}, [("-1", ["f"])]))
    for sign in ("<0", "<=0", "", "=="):
        with pytest.raises(ValueError, match="no instance"):
            fact("x", sign, "case", "anything")
    with pytest.raises(ValueError, match="no instance"):
        fact(x * x - 1, ">=0", "exponential", "no exponential")
    assert not holds(lambda: kinds.combined([["1", ["x"]]], "x", NOTHING, alone=True))


@given(formulas, points)
@laws
def test_witnesses_say_the_sign_at_their_point(formula, point):
    value = value_at(formula, point)
    at = {name: str(number) for name, number in point.items()}
    for relation, true in (("<", value < 0), (">", value > 0), ("==", value == 0)):
        assert holds(witness("sign", Expression(formula), relation, at)) == true


@pytest.mark.parametrize(
    ("formula", "relation", "at", "true"),
    [
        (["-", ["exp", "x"], "1"], ">", {"x": "1/1000000"}, True),
        (["-", ["exp", "x"], "1"], "<", {"x": "1/1000000"}, False),
        (["-", ["exp", "x"], "1"], ">", {"x": "0"}, False),  # equality is no strict sign
        (["-", ["tanh", "x"], ["/", ["sinh", "x"], ["cosh", "x"]]], ">", {"x": "1"}, False),
        (["log", "x"], "<", {"x": "1/2"}, True),
        (["log", "x"], "<", {"x": "-1"}, False),  # no value at all
        (["exp", "x"], "==", {"x": "0"}, False),  # "==" is for exact arithmetic only
        (["/", "1", "x"], ">", {"x": "0"}, False),
        (["/", "1", ["/", "1", "x"]], "==", {"x": "0"}, False),  # 1/(1/0) is not 0
        (["-", "3", "5"], ">", {"3": "7"}, False),  # a literal keeps its value
        (["-", "+3", "5"], ">", {"+3": "7"}, False),
        ("x", ">", {"y": "1"}, False),
        ("x", ">=", {"x": "1"}, False),
    ],
)
def test_particular_witnesses(formula, relation, at, true):
    assert holds(witness("case", Expression(formula), relation, at)) == true


def grown(draw, names, depth):
    if depth == 0 or draw(hs.integers(0, 3)) == 0:
        return None
    return [draw(hs.sampled_from(names)), grown(draw, names, depth - 1), grown(draw, names, depth - 1)]


def full(names, depth):
    """Every symbol of `names` bisected `depth` times."""
    tree = None
    for name in list(names) * depth:
        tree = [name, tree, tree]
    return tree


@hs.composite
def trees(draw):
    return grown(draw, ["x", "y"], 5)


@given(trees(), rationals, rationals, points)
@laws
def test_no_tree_hides_a_point_where_the_expression_is_negative(tree, low, width, point):
    """The leaves cover the domain: one arbitrarily narrow negative spot is enough for a refusal."""
    high = low + abs(width)
    share = abs(point["x"]) / 5
    centre = low + share * (high - low)
    x, y = symbols("x y")
    spot = (x - str(centre)) * (x - str(centre)) + (y - "1/3") * (y - "1/3") - "1/1000000000000"
    assert not holds(boxes("spot", spot, {"x": (str(low), str(high)), "y": ("0", "1")}, tree))


@given(rationals, rationals, hs.sampled_from(["xy", "yx"]))
@settings(deadline=None, max_examples=10)
def test_positive_expressions_are_accepted_on_a_fine_enough_tree(a, b, order):
    x, y = symbols("x y")
    expression = (x - str(a)) * (x - str(a)) + (y - str(b)) * (y - str(b)) + 1
    assert holds(boxes("positive", expression, {"x": ("-5", "5"), "y": ("-5", "5")}, full(order, 5)))


def test_boxes_are_closed_and_refinement_decides():
    x, y = symbols("x y")
    domain = {"x": ("0", "1"), "y": ("0", "1")}
    assert holds(boxes("as a whole", x + y + "1/10", domain, None))
    difference = x - x + "1/10"
    assert not holds(boxes("x - x is wide on one box", difference, {"x": ("0", "1")}, None))
    assert holds(boxes("and narrow on sixteen", difference, {"x": ("0", "1")}, full("x", 4)))
    assert not holds(boxes("zero at the end of the box", x, {"x": ("0", "1")}, full("x", 6)))
    assert not holds(boxes("empty box", x + 7, {"x": ("1", "0")}, None))
    assert not holds(boxes("unknown symbol", x, {"x": ("1", "2")}, ["z", None, None]))
    assert not holds(boxes("a literal given a range", Expression(["-", "3", "5"]), {"3": ("7", "8")}, None))


@given(hs.lists(hs.floats(-1.5, 1.5), min_size=3, max_size=3))
def test_a9_supposes_what_holds_of_three_unit_vectors_and_of_no_other_matrix(cosines):
    gram = np.eye(3)
    gram[[0, 0, 1], [1, 2, 2]] = gram[[1, 2, 2], [0, 0, 1]] = cosines
    smallest = np.linalg.eigvalsh(gram)[0]
    assume(abs(smallest) > 1e-9)
    at = dict(zip(("s12", "s13", "s23"), cosines, strict=True))
    assert all(float(evaluate(fact.formula, at)) >= 0 for fact in A9.facts) == (smallest > 0)
