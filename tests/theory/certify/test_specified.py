"""What the specifications demand, against the claims' inequalities written out here: a weaker demand would be met as well."""

import math
import re
from fractions import Fraction
from types import SimpleNamespace

import pytest
from flint import arb

from contrastive_claims.theory.certify.expression import canonical, evaluate, names_in
from contrastive_claims.theory.certify.specification import SPECIFICATIONS
from contrastive_claims.theory.certify.statements import Enclosure, Nonnegative, Optimum, Pointwise, Slip

MAY_BE_EQUAL = {
    ("A2", "upper end, hinge 0"), ("A2", "upper end, hinge open"), ("A3", "upper end"), ("A3", "threshold"),
    ("A3", "lower end convex"), ("A12", "collapse of eps-SupInfoNCE"), ("A12", "the mean cosine"),
    ("A13", "collapse of eps-SupInfoNCE"), ("A13", "the mean cosine"), ("A16", "KL"), ("A16", "the bound"), ("B6", "upper end"),
    ("B6", "lower end"), ("B8", "every alpha from q = 1/3 on"), ("B18", "every alpha for small u"), ("B22", "boundary"),
    ("B31c", "the law"), ("B31c", "one weight"),
}  # fmt: skip


def limit_pull(c, tau):
    """The equation of a vanishing minority at alpha/p = 8/19, left side less right."""
    return math.tanh(c / tau) + math.sinh(c / tau) / math.cosh(1 / tau) - 1 - 8 / 19


# what is compared with 0, at a point where it is told
POINTWISE = {
    ("A5", "the left side holds"): ("<", lambda sp, sn, eps: (2 - 2 * sp) - (2 - 2 * sn) + eps),
    ("A5", "the right side fails"): (">", lambda sp, sn, eps: sn - sp + eps),
    ("A26", "the condition holds"): ("<", lambda n1, n2, p1, p2, eps: n1 + n2 - p1 - p2 + eps),
    ("A26", "closer than the first positive"): (">", lambda n1, p1: n1 - p1),
    ("A26", "closer than the second positive"): (">", lambda n1, p2: n1 - p2),
    ("A6", "not SupCon"): (
        ">", lambda x1, x2, y: (x1 + x2 + y) ** 2 / (x1 * x2) - (x1 + y) * (x2 + y) / (x1 * x2),
    ),
    ("A9", "terms of anchor 1"): ("==", lambda s12, s13: s13 - s12),
    ("A9", "terms of anchor 2"): ("==", lambda s12, s23: s23 - s12),
    ("A9", "terms of anchor 3"): ("==", lambda s13, s23: s23 - s13),
    ("A9", "no single point"): (">", lambda s12: 2 - 2 * s12),
    ("A10", "a positive loses"): ("<", lambda x2, y: x2 - y),
    ("A10", "near the infimum"): ("<", lambda x1, x2, y: y / (x1 + x2) - 1e-3),
    ("A11", "upper half"): ("<", lambda x: -math.log(2) + 0 * x),
    ("A17", "equal means"): ("==", lambda D: D),
    ("A17", "unequal distributions"): (">", lambda D, va, vc: (va / vc - math.log(va / vc) - 1 + D / vc) / 2),
    ("B5", "range of the boxes"): ("<", lambda tau: math.exp(-2 / tau) - 0.45),
    ("B8", "2/log 3 from below"): (">", lambda tau: math.exp(2 / tau) - 3),
    ("B8", "2/log 3 from above"): ("<", lambda tau: math.exp(2 / tau) - 3),
    ("B8", "the cosine at tau = 1/10"): ("<", limit_pull),
    ("B8", "the cosine at tau = 2/5"): (">", limit_pull),
    ("B8", "the cosine at tau = 1"): ("<", limit_pull),
    ("B18", "not below"): ("<", lambda v: 10 - math.exp(9 * v / 8)),
}  # fmt: skip
POINTS = {
    ("B5", "range of the boxes"): {"tau": "5/2"}, ("B8", "2/log 3 from below"): {"tau": "18204/10000"},
    ("B8", "2/log 3 from above"): {"tau": "18205/10000"}, ("B8", "the cosine at tau = 1/10"): {"tau": "1/10", "c": "9/10"},
    ("B8", "the cosine at tau = 2/5"): {"tau": "2/5", "c": "18/25"}, ("B8", "the cosine at tau = 1"): {"tau": "1", "c": "9/10"},
    ("B18", "not below"): {"v": "1000/488"},
}  # fmt: skip


# what a claim supposes beside the signs of its symbols, in the order of the specification; the cases of its steps last
def one_minus(name):
    return ">=0", lambda **at: 1 - at[name]


def one_plus(name):
    return ">=0", lambda **at: 1 + at[name]


HINGE = (">=0", lambda u: 1 - u)
COLLAPSED = [
    (">=0", lambda M, x: M - x), (">0", lambda K: K - 1), (">=0", lambda K, g: K + K * (K - 1) * g),
]  # fmt: skip
FACTS = {
    "A2": [
        (">=0", lambda N: N - 1), (">=0", lambda u, u_j: u - u_j), HINGE, (">=0", lambda u: u - 1), HINGE,
        (">=0", lambda u: u - 1), HINGE,
    ],
    "A3": [
        (">=0", lambda N: N - 1), (">=0", lambda w, w_j: w - w_j), (">=0", lambda w_j, f: w_j - f), (">=0", lambda q, W: q - W),
    ],
    "A5": [one_minus("sp"), one_plus("sp"), one_minus("sn"), one_plus("sn")],
    "A26": [*map(one_minus, ("p1", "p2", "n1", "n2")), *map(one_plus, ("p1", "p2", "n1", "n2"))],
    "A9": [
        (">=0", lambda s12: 1 - s12**2), (">=0", lambda s13: 1 - s13**2), (">=0", lambda s23: 1 - s23**2),
        (">=0", lambda s12, s13, s23: 1 + 2 * s12 * s13 * s23 - s12**2 - s13**2 - s23**2),
    ],
    "A9c": [(">0", lambda n: n - 1), (">0", lambda c: 1 - c)],
    "A12": COLLAPSED,
    "A13": COLLAPSED,
    "A21": [
        (">0", lambda E: E - 1), (">=0", lambda q: 1 - q), (">0", lambda m: m - 1), (">=0", lambda M, m, E: M - 4 * m * E**2),
    ],
    "B6": [
        (">0", lambda s: 1 - s), (">0", lambda K: K - 1), (">=0", lambda a, p: a - p), (">=0", lambda x, p, a, E: x * p - a * E),
    ],
    "B7": [(">0", lambda K: K - 1)],
    "B24": [(">=0", lambda d_1, d_2: d_1 - d_2)],
    "B25": [(">0", lambda s: 1 - s)],
    "B8": [(">0", lambda r: 1 - r), (">=0", lambda q: 3 * q - 1)],
    "B18": [(">0", lambda M: M - 1), (">=0", lambda M, u: M + 1 - u)],
    "B22": [(">=0", lambda w, b, g, cos_bias, cos_class: 2 * w * (b - g) * (cos_bias - cos_class))],
    "B31c": [
        (">=0", lambda s, b, tau, r, a: s - b / tau - r + a / tau), (">=0", lambda r, c, tau, s, d: r - c / tau - s + d / tau),
        (">=0", lambda u, g: 2 * u * g),
    ],
}  # fmt: skip
SIGNS = {
    "A1": "x q y", "A2": "x q y N u_j u", "A3": "x q y N w_j w", "A4": "x q y W", "A5": "eps", "A5c": "tau", "A26": "eps",
    "A6": "y x1 x2", "A7": "x q y T", "A8": "x y T x_t P", "A9": "", "A9c": "n", "A10": "x1 x2 y T x_t P",
    "A12": "x M q y P w_i m K r_l", "A13": "x M q y P w_i m K r_l", "A21": "m M E Z1 Z3 q A k", "A11": "x y", "A16": "va vc",
    "A17": "va vc", "B3": "", "B6": "s t a p E d x K", "B7": "x E", "B15": "s t a p E d f", "B16": "s t a p p_max E d f",
    "B17": "s_1 s_2 s_3 E a d_1 d_2 b c", "B24": "s_1 s_2 s_3 E a d_1 d_2", "B25": "s t y h", "B5": "s m a p w u E y q z h",
    "B8": "q h r", "B18": "s m a p w y u x E A B h k M", "B19": "s m a p w b E x x_2 x_3 sine", "B22": "p b g s m w",
    "B31": "tau", "B31c": "tau x y p q u h",
}  # fmt: skip
NOT_NEGATIVE = {
    "A9c": "k", "A12": "c_i", "A13": "c_i", "A16": "D", "A17": "D", "B3": "w_l", "B22": "e", "B31c": "a_12",
}  # fmt: skip
SIDES = {
    "B3": {f"of {count} blocks": 3 for count in range(2, 9)},
    "B15": {f"of {count} blocks": 3 for count in (2, 3, 4, 6)},
    "B17": {"merged": 3, "apart": 3},
    "B24": {"spreading": 3, "staying": 3},
    "B25": {"merged": 3, "apart": 3},
    "B5": {"merged": 3, "apart": 3},
    "B8": {"merged": 4, "apart": 4},
    "B18": {"merged": 3, "apart": 3},
    "B19": {"antipodal": 3, "tilted": 3},
    "B22": {"bias": 3, "class": 3},
}
AT = ((2.3, 0.7), (0.4, 1.9))  # numbers of a symbol are these plus a step of its place in the alphabet


def agree(formula, function):
    """Whether a formula and a function of its symbols have the same values."""
    for start, step in AT:
        at = {name: start + step * (k + 1) for k, name in enumerate(sorted(names_in(formula)))}
        balls = {name: arb(value) for name, value in at.items()}
        if not math.isclose(float(evaluate(formula, balls)), function(**at), rel_tol=1e-9, abs_tol=1e-12):
            return False
    return True


@pytest.mark.parametrize("claim", SPECIFICATIONS)
def test_what_cannot_be_an_equality_is_demanded_strictly(claim):
    steps = [step for step in SPECIFICATIONS[claim].steps if isinstance(step, Nonnegative)]
    assert {step.name for step in steps if not step.strict} == {name for of, name in MAY_BE_EQUAL if of == claim}


@pytest.mark.parametrize("claim", SPECIFICATIONS)
def test_what_is_told_at_a_point_is_the_claims_inequality(claim):
    steps = [step for step in SPECIFICATIONS[claim].steps if isinstance(step, Pointwise)]
    assert {step.name for step in steps} == {name for of, name in POINTWISE if of == claim}
    for step in steps:
        relation, function = POINTWISE[claim, step.name]
        assert step.relation == relation and agree(step.expression, function), step.name
        assert (step.at and dict(step.at)) == POINTS.get((claim, step.name)), step.name


@pytest.mark.parametrize("claim", SPECIFICATIONS)
def test_what_is_supposed_is_the_claims_hypothesis(claim):
    specification = SPECIFICATIONS[claim]
    cases = [fact for step in specification.steps for fact in getattr(step, "assuming", ())]
    composed = [fact for fact in (*specification.facts, *cases) if not isinstance(canonical(fact.formula), str)]
    for fact, (sign, function) in zip(composed, FACTS.get(claim, []), strict=True):
        assert fact.sign == sign and agree(fact.formula, function), fact.meaning
    for sign, names in ((">0", SIGNS), (">=0", NOT_NEGATIVE)):
        symbols = [fact.formula for fact in specification.facts if isinstance(fact.formula, str) and fact.sign == sign]
        assert symbols == names.get(claim, "").split()


@pytest.mark.parametrize("claim", SPECIFICATIONS)
def test_optima_are_asked_for_on_every_side(claim):
    assert dict(SPECIFICATIONS[claim].sides) == SIDES.get(claim, {})


def test_what_is_called_an_exponential_is_one():
    """Logits' exponentials need no bound to be positive; shares, connections and degrees are numbers."""
    for claim in ("B6", "B7", "B15", "B16", "B17", "B24", "B25"):
        for fact in SPECIFICATIONS[claim].facts:
            if isinstance(fact.formula, str) and fact.meaning == "a positive quantity of the model":
                assert (fact.primitive == "exponential") == (fact.formula in ("E", "x"))


def test_boxes_hold_the_claims_inequality_on_its_range():
    step = SPECIFICATIONS["B18"].step("nine majorities")
    assert agree(step.expression, lambda v: 10 - math.exp(9 * v / 8)) and dict(step.domain) == {"v": ("0", "1000/489")}
    roots = [step for step in SPECIFICATIONS["B5"].steps if isinstance(step, Enclosure)]
    for name, least, most in (("r", "1/20", "1"), ("q", "0", "9/20")):
        ends = [Fraction(end) for step in roots for end in dict(step.domain)[name]]
        assert (min(ends), max(ends)) == (Fraction(least), Fraction(most))


TERMS = {
    ("A2", "the others"): lambda N: N - 1, ("A2", "the largest"): lambda N: N, ("A3", "lower end"): lambda N: N - 1,
    ("A3", "the largest"): lambda N: N, ("A3", "sphere"): lambda N: N - 1, ("A8", "above SupInfoNCE"): lambda P: P - 1,
    ("A8", "log P"): lambda P: P, ("A10", "L_in below L_out"): lambda P: P,
}  # fmt: skip


@pytest.mark.parametrize(("claim", "name"), TERMS)
def test_sums_have_as_many_terms_as_the_claim_says(claim, name):
    sums = dict(SPECIFICATIONS[claim].step(name).sums)
    assert agree(sums["1"], TERMS[claim, name])


def test_models_of_two_to_eight_blocks_are_examples_and_no_others():
    law = next(step.law for step in SPECIFICATIONS["B3"].steps if isinstance(step, Optimum))
    assert [law(SimpleNamespace(size=count)) for count in range(2, 9)] == list(SIDES["B3"])
    for count in (1, 9):
        with pytest.raises(Slip, match=f"has {count} blocks, the claim's are 2 to 8"):
            law(SimpleNamespace(size=count))


def test_optima_say_what_their_names_do():
    for claim in ("A12", "A13"):
        for step in SPECIFICATIONS[claim].steps:
            if isinstance(step, Optimum):
                sizes = re.findall(r"\d+", re.search(r"\[(.*?)\]", step.name)[1])
                assert ("at the simplex ETF" in step.says) == (len(set(sizes)) == 1), step.name
    steps = [step for step in SPECIFICATIONS["A21"].steps if isinstance(step, Optimum)]
    for step in steps:
        assert step.says == "the minorities are " + ("one point" if step.name.endswith("above eps*") else "apart")
    assert len(steps) == 2 * sum(step.name.endswith("below eps*") for step in steps)
