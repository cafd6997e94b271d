"""Every proof of paper A is accepted, its wrong variant refused, and its symbols take the values of the shipped losses.

A specification is about symbols: x, y, q, W, ... Here each is given the value that it stands for at random anchors, computed by
theory.margins; then every fact must hold, both sides of every identity agree, and the formulas equal the shipped numbers.
"""

import inspect
import json
import math
from dataclasses import replace

import numpy as np
import pytest

from contrastive_claims.theory.certify import recheck
from contrastive_claims.theory.certify.recheck import check
from contrastive_claims.theory.certify.specification import SPECIFICATIONS
from contrastive_claims.theory.certify.statements import (
    Identity,
    Nonnegative,
    Optimum,
    Pointwise,
    Specification,
    Summed,
)
from contrastive_claims.theory.margins import proofs
from contrastive_claims.theory.margins.bounds import hinge, margin_interval
from contrastive_claims.theory.margins.debiasing import gaussian_kl
from contrastive_claims.theory.margins.free import LOSSES, free_objective, merging_threshold, minimise_free
from contrastive_claims.theory.margins.logits import (
    eps_infonce_from_logits,
    eps_sup_con_from_logits,
    eps_sup_infonce_from_logits,
    info_l1o_from_logits,
    sup_con_in_from_logits,
)
from contrastive_claims.theory.sphere import normalise

POSITIVES, NEGATIVES = 3, 6


def anchor(seed):
    """Logits [P], [N] of one anchor on the sphere, epsilon and temperature; every third one has a wide margin."""
    generator = np.random.default_rng(seed)
    vectors = normalise(generator.normal(size=(1 + POSITIVES + NEGATIVES, 3)))
    temperature, epsilon = generator.uniform(0.3, 2), generator.uniform(0.05, 1.5)
    if seed % 3 == 0:
        vectors[1 : POSITIVES + 1] = normalise(vectors[0] + 0.05 * vectors[1 : POSITIVES + 1])
        vectors[POSITIVES + 1 :] = normalise(-vectors[0] + 0.05 * vectors[POSITIVES + 1 :])
        temperature, epsilon = 0.3, 0.1
    logits = vectors[1:] @ vectors[0] / temperature
    return logits[:POSITIVES], logits[POSITIVES:], epsilon, temperature


def values(seed):
    """What each symbol of the proofs stands for at an anchor; x runs over the positives."""
    positives, negatives, epsilon, temperature = anchor(seed)
    x, y, total = np.exp(positives), np.exp(negatives).sum(), np.exp(positives).sum()
    loss = np.array([eps_infonce_from_logits(s, negatives, epsilon) for s in positives])
    z = POSITIVES * x / total
    generator = np.random.default_rng(seed + 10_000)
    va, vc = generator.uniform(0.1, 3, 2)
    shapes = generator.uniform(0.2, 4, 5)
    rows = generator.uniform(-1, 1, 4)
    rows -= rows.mean()
    vectors = normalise(generator.normal(size=(5, 4)))
    chance = generator.dirichlet(np.ones(50))
    weights = np.exp(generator.normal(size=50))  # a positive random variable
    mean = chance @ weights
    return {
        "u_j": np.exp(negatives[0] - positives + epsilon), "u": np.exp(negatives.max() - positives + epsilon),
        "U": np.exp(negatives[:, None] - positives + epsilon).sum(0), "w_j": np.exp(negatives[0] - positives),
        "x_t": x, "l_t": np.log(z), "d": 2, "k": 1, "v": shapes[1], "g": (vectors @ vectors.T)[~np.eye(5, dtype=bool)].mean(),
        "K": 5, "r_l": np.exp(rows), "t_l": rows, "c_i": chance, "w_i": weights, "l_i": np.log(weights / mean), "s23": 0.0,
        "m": mean, "log_mean": chance @ np.log(weights / mean), "rows": np.exp(rows).sum(),
        "x": x, "y": y, "q": math.exp(-epsilon), "T": total, "others": total - x, "x1": x[0], "x2": x[1],
        "N": NEGATIVES, "P": POSITIVES, "Z": z.sum(), "L": np.log(z).sum(), "M": math.exp(1 / temperature),
        "W": np.exp(loss) - math.exp(-epsilon), "w": np.exp(negatives.max() - positives), "f": math.exp(-2 / temperature),
        "a": np.exp(loss / 2), "b": np.exp((loss + 0.3) / 2),
        "sp": positives * temperature, "sn": negatives[0] * temperature, "eps": epsilon, "tau": temperature,
        "c": positives[0] * temperature, "n": 4, "s12": 0.0, "s13": 0.0,
        "va": va, "vc": vc, "D": shapes[0] ** 2, "r": va / vc,
    }  # fmt: skip


def values_for(name, seed):
    """Some proofs give a letter another meaning."""
    at = values(seed)
    if name in ("gaussian_kl", "first_moments_only"):
        at["L"] = math.log(at["va"] / at["vc"])
    if name == "minority_merging":
        at |= merging(seed)[0]
    if name == "collapse_within_classes":
        at |= {"L": at["log_mean"], "R": at["rows"], "x": at["x"][0]}
    return at


def merging(seed):
    """A21's symbols at merged classes of m, m and M samples, and the shipped gradient summed over the classes [3, 3]."""
    minority, majority, temperature, epsilon = (
        2 + seed % 3,
        (7 + seed) * (1 + 9 * (seed % 2)),
        0.4 + 0.1 * seed,
        0.2 * seed,
    )
    e, q = math.exp(1 / temperature), math.exp(-epsilon)
    first, third = q * e + minority * e + majority / e, q * e + 2 * minority / e
    labels = np.repeat([0, 1, 2], [minority, minority, majority])
    vectors = np.where(labels < 2, 1.0, -1.0)[:, None]
    gradient = free_objective(labels, temperature, epsilon).at(vectors).dense_gradient()
    summed = np.add.reduceat(np.add.reduceat(gradient, [0, minority, 2 * minority], 0), [0, minority, 2 * minority], 1)
    summed *= len(labels) * temperature
    symbols = {"m": minority, "M": majority, "E": e, "Z1": first, "Z3": third, "D12": summed[0, 1], "D13": summed[0, 2]}
    symbols |= {"q": q, "A": q * e, "k": 0.5 + seed}
    return symbols, (minority, majority, temperature, epsilon)


FUNCTIONS = {"exp": np.exp, "log": np.log, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh}


def number(formula, at):
    """A formula in floating point."""
    if isinstance(formula, list):
        operation, *parts = formula
        parts = [number(part, at) for part in parts]
        if operation in FUNCTIONS:
            return FUNCTIONS[operation](*parts)
        a, b = parts
        return {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide}[operation](a, b)
    if formula in at:
        return np.asarray(at[formula], dtype=float)
    top, _, bottom = str(formula).partition("/")
    return np.float64(top) / np.float64(bottom or 1)


def certificate_of(name, **options):
    """The proof without the duality steps that a check adds; None for a function that builds such a step."""
    function = getattr(proofs, name)
    needed = [p.name for p in inspect.signature(function).parameters.values() if p.default is p.empty]
    given = {"duality_steps": [], "claim": "A12"}
    return function(**{p: given[p] for p in needed}, **options) if set(needed) <= given.keys() else None


CERTIFICATES = {name: made for name in proofs.__all__ if (made := certificate_of(name)) is not None}
WITH_CONTROL = [name for name in CERTIFICATES if "wrong" in inspect.signature(getattr(proofs, name)).parameters]
SEEDS = range(12)
CLAIMS = {
    "A1": "eps_infonce_identity", "A2": "hinge_sandwich", "A3": "margin_from_loss", "A4": "eps_infonce_in_epsilon",
    "A5": "distance_form_as_printed", "A5c": "distance_form", "A6": "eps_sup_infonce_identity", "A7": "eps_sup_con_identity",
    "A8": "supcon_above_supinfonce", "A9": "collapse_to_a_point_as_printed", "A9c": "collapse_to_a_point",
    "A10": "sup_con_in_below_out", "A11": "information_as_printed", "A12": "collapse_within_classes",
    "A16": "gaussian_kl", "A17": "first_moments_only",
    "A21": "minority_merging",
}  # fmt: skip
OPTIMA = {"A12": 16, "A21": 10}  # steps that a check adds


def statements_of(name):
    """The specification's steps of a proof, duality aside."""
    claim = CERTIFICATES[name]["claim"]
    return [step for step in SPECIFICATIONS[claim].steps if not isinstance(step, Optimum)]


def test_each_claim_has_its_proof():
    assert {certificate["claim"]: name for name, certificate in CERTIFICATES.items()} == CLAIMS


@pytest.mark.parametrize("name", CERTIFICATES)
def test_every_proof_is_accepted_under_its_own_claim_only(name):
    certificate = CERTIFICATES[name]
    claim = certificate["claim"]
    if claim in OPTIMA:
        assert "is missing" in recheck(certificate, claim)[1]
        steps = SPECIFICATIONS[claim].steps[: -OPTIMA[claim]]
        assert check(certificate, replace(SPECIFICATIONS[claim], steps=steps, sides=())) == (True, "")
    else:
        assert recheck(certificate, claim) == (True, "")
    assert not recheck(certificate, claim + "0")[0]
    assert all(step["says"] for step in certificate["steps"])


# Where a control departs from its proof, {(step, part): by how much}; A9's and A17's move their witnesses instead.
CONTROLS = {
    "eps_infonce_identity": {("the ratio form is the LSE form", "left"): lambda at: 1 - at["q"]},
    "hinge_sandwich": {
        ("upper end, hinge 0", "expression"): lambda at: -1,
        ("upper end, hinge open", "expression"): lambda at: -at["u"],
    },
    "margin_from_loss": {("the loss", "left"): lambda at: at["q"]},
    "eps_infonce_in_epsilon": {
        ("the loss falls", "expression"): lambda at: -1,
        ("loss + eps rises", "expression"): lambda at: 1,
    },
    "distance_form_as_printed": {("the left side holds", "expression"): lambda at: 3 * at["eps"]},
    "distance_form": {
        ("cosines", "right"): lambda at: at["sp"] - at["sn"],
        ("logits", "right"): lambda at: at["tau"] * (at["sp"] - at["sn"]),
    },
    "eps_sup_infonce_identity": {("no term compares positives", "left"): lambda at: at["x2"] * at["q"] / at["x1"]},
    "eps_sup_con_identity": {("the terms", "right"): lambda at: at["T"] * (1 - at["q"]) / (at["q"] * at["x"])},
    "supcon_above_supinfonce": {
        ("above SupInfoNCE", "expression"): lambda at: -(at["x"] + at["y"]) * at["y"] / at["x"]
    },
    "collapse_to_a_point_as_printed": {},
    "collapse_to_a_point": {("rank above d", "expression"): lambda at: at["c"] - 1},
    "sup_con_in_below_out": {("L_in below L_out", "expression"): lambda at: 2 * at["L"]},
    "information_as_printed": {("lower half", "expression"): lambda at: -2 * at["y"] / (at["x"] + at["y"])},
    "gaussian_kl": {
        ("the bound is the tangent", "left"): lambda at: 2 * at["L"],
        ("KL", "expression"): lambda at: at["L"],
    },
    "first_moments_only": {},
    "minority_merging": {("the condition", "right"): lambda at: 2 * at["m"] * at["E"] ** 2},
}
POINTS = {
    "collapse_to_a_point_as_printed": ("s12", "0", "-1"),
    "first_moments_only": ("va", "4", "1"),
}


@pytest.mark.parametrize("name", WITH_CONTROL)
def test_a_control_departs_from_its_proof_where_it_says_and_nowhere_else(name):
    wrong, departures = certificate_of(name, wrong=True), CONTROLS[name]
    for step, other in zip(CERTIFICATES[name]["steps"], wrong["steps"], strict=True):
        for part in step.keys() | other.keys():
            if (step["step"], part) in departures:
                for seed in SEEDS[:3]:
                    at = values_for(name, seed)
                    change = number(other[part], at) - number(step[part], at)
                    np.testing.assert_allclose(change, departures[step["step"], part](at), rtol=1e-9, atol=1e-9)
            elif part == "at" and name in POINTS:
                symbol, right, moved = POINTS[name]
                assert step[part][symbol] == right and other[part] == {**step[part], symbol: moved}
            else:
                assert step[part] == other[part]


@pytest.mark.parametrize("name", CERTIFICATES)
def test_facts_identities_and_conclusions_hold_for_the_shipped_losses(name):
    specification = SPECIFICATIONS[CERTIFICATES[name]["claim"]]
    used = {step.name: 0 for step in statements_of(name) if not isinstance(step, Pointwise)}
    for seed in SEEDS:
        at = values_for(name, seed)
        for fact in specification.facts:
            assert np.all(number(fact.formula, at) > (0 if fact.sign == ">0" else -1e-9)), fact
        for symbol, argument in specification.logarithms:
            np.testing.assert_allclose(at[symbol], np.log(number(argument, at)), rtol=1e-9, atol=1e-12)
        for step in statements_of(name):
            if isinstance(step, Identity):
                np.testing.assert_allclose(number(step.left, at), number(step.right, at), rtol=1e-9, atol=1e-9)
                used[step.name] += 1
            elif isinstance(step, Nonnegative | Summed):
                conclusion = number(step.expression, at)
                met = [number(case.formula, at) >= 0 for case in getattr(step, "assuming", ())]
                met, conclusion = np.broadcast_arrays(np.all(np.broadcast_arrays(True, *met), axis=0), conclusion)
                assert np.all(conclusion[met] > (0 if step.strict else -1e-9)), step
                used[step.name] += met.sum()
    assert all(used.values())  # no case was empty


def sides(name, step, at):
    found = SPECIFICATIONS[CERTIFICATES[name]["claim"]].step(step)
    return [number(side, at) for side in (found.left, found.right)]


def expression(name, step, at):
    return number(SPECIFICATIONS[CERTIFICATES[name]["claim"]].step(step).expression, at)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_formulas_are_the_shipped_losses(seed):
    positives, negatives, epsilon, temperature = anchor(seed)
    at = values(seed)
    close = lambda got, expected: np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-9)  # noqa: E731
    single = np.array([eps_infonce_from_logits(s, negatives, epsilon) for s in positives])
    margin = positives - negatives.max()

    for side in sides("eps_infonce_identity", "the ratio form is the LSE form", at):  # A1
        close(np.log(side), single)
    floor = hinge(positives, negatives, epsilon)  # A2
    for side in sides("hinge_sandwich", "the loss", at):
        close(np.log(side), single + epsilon)
    close(expression("hinge_sandwich", "lower end, hinge open", at), np.exp(single + epsilon) - at["u"])
    close(expression("hinge_sandwich", "lower end, hinge 0", at), np.exp(single + epsilon) - 1)
    ends = [expression("hinge_sandwich", f"upper end, hinge {kind}", at) for kind in ("0", "open")]
    close(np.where(at["u"] <= 1, *ends), (NEGATIVES + 1) * np.exp(floor) - np.exp(single + epsilon))

    low, high = margin_interval(single, NEGATIVES, epsilon)  # A3: each expression is a slack of the shipped bounds
    close(sides("margin_from_loss", "the loss", at)[0], np.exp(-low))
    close(expression("margin_from_loss", "lower end", at), np.exp(-low) - np.exp(-margin))
    close(expression("margin_from_loss", "upper end", at), np.exp(-margin) - np.exp(-high))
    close(expression("margin_from_loss", "threshold", at), math.exp(-epsilon) - np.exp(-margin))
    on_sphere = -np.log(expression("margin_from_loss", "sphere", at) + np.exp(-margin))
    cut = np.clip(on_sphere, -2 / temperature, 2 / temperature)  # a margin on the sphere is never wider
    close(cut, margin_interval(single, NEGATIVES, epsilon, temperature)[0])

    step = 1e-6  # A4
    nearby = [np.array([eps_infonce_from_logits(s, negatives, epsilon + h) for s in positives]) for h in (-step, step)]
    slope = (nearby[1] - nearby[0]) / (2 * step)
    np.testing.assert_allclose(-expression("eps_infonce_in_epsilon", "the loss falls", at), slope, rtol=1e-4)
    np.testing.assert_allclose(
        expression("eps_infonce_in_epsilon", "loss + eps rises", at), 1 + slope, rtol=1e-4, atol=1e-8
    )
    infonce = np.array([eps_infonce_from_logits(s, negatives) for s in positives])
    close(np.log(sides("eps_infonce_in_epsilon", "eps = 0", at)[0]), infonce)
    close(
        np.log(sides("eps_infonce_in_epsilon", "eps -> inf", at)[0]),
        np.array([info_l1o_from_logits(s, negatives) for s in positives]),
    )

    close(
        np.log(sides("eps_sup_infonce_identity", "no term compares positives", at | {"x1": at["x"]})[0]).mean(),
        eps_sup_infonce_from_logits(positives, negatives, epsilon),
    )
    each = at | {"x1": at["x"]}
    close(
        np.log(sides("eps_sup_infonce_identity", "SINCERE at eps = 0", each)[0]).mean(),
        eps_sup_infonce_from_logits(positives, negatives),
    )

    sup_con = eps_sup_con_from_logits(positives, negatives)  # A7, A8, A10
    close(
        np.log(sides("eps_sup_con_identity", "the terms", at)[1]).mean(),
        epsilon + eps_sup_con_from_logits(positives, negatives, epsilon),
    )
    close(np.log(sides("eps_sup_con_identity", "SupCon at eps = 0", at)[1]).mean(), sup_con)
    t, y = at["T"], at["y"]
    close(
        expression("supcon_above_supinfonce", "above SupInfoNCE", at),
        at["x"] * (np.exp(sup_con_terms(positives, negatives)) - np.exp(infonce)),
    )
    close(
        at["x"] * expression("supcon_above_supinfonce", "above the mean", at),
        (t + y) - np.exp(np.log(t + y) - sup_con + np.log(t / at["x"]).mean()),
    )
    close(
        expression("supcon_above_supinfonce", "log P", at),
        (np.log(t / at["x"]).mean() - math.log(POSITIVES)) * POSITIVES,
    )
    close(
        expression("sup_con_in_below_out", "L_in below L_out", at),
        (sup_con - sup_con_in_from_logits(positives, negatives)) * POSITIVES,
    )


def sup_con_terms(positives, negatives):
    """SupCon's term of each positive."""
    return eps_sup_con_from_logits(positives, negatives) + positives.mean() - positives


@pytest.mark.parametrize("seed", SEEDS)
def test_the_distances_are_those_of_unit_vectors(seed):
    a, positive, negative = normalise(np.random.default_rng(seed).normal(size=(3, 3)))
    near, far = ((a - positive) ** 2).sum(), ((a - negative) ** 2).sum()
    at = {"sp": a @ positive, "sn": a @ negative, "eps": 0.3, "tau": 0.4}
    for name, values, expected in (  # A5 and A9: both sides as printed
        ("distance_form_as_printed", at,
         {"the left side holds": near - far + 0.3, "the right side fails": at["sn"] - at["sp"] + 0.3}),
        ("collapse_to_a_point_as_printed", {"s12": a @ positive, "s13": a @ negative},
         {"terms of anchor 1": at["sn"] - at["sp"], "no single point": near}),
    ):  # fmt: skip
        for step, value in expected.items():
            np.testing.assert_allclose(expression(name, step, values), value, rtol=1e-12, atol=1e-12)
    for k in ("cosines", "logits"):  # A5c
        for side in sides(
            "distance_form", k, at if k == "cosines" else at | {"sp": at["sp"] / 0.4, "sn": at["sn"] / 0.4}
        ):
            np.testing.assert_allclose(side, near - far, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
def test_duality_steps_certify_optima_and_nothing_else(loss):
    labels = np.array([0, 0, 1, 1, 2, 2, 2])  # unequal sizes: the optimum moves with every parameter
    optimum = minimise_free(labels, 0.5, 0.3, loss).vectors

    def accepts(vectors=optimum, gap="1/100000000", temperature=0.5, epsilon=0.3, loss=loss):
        step = proofs.free_duality(labels, temperature, epsilon, loss, vectors, gap)
        assert json.loads(json.dumps(step)) == step
        for made in (proofs.collapse_within_classes([step], "A13"), proofs.minority_merging([step])):
            assert not recheck(made, made["claim"])[0]  # no optimum of theirs
        law = Optimum("optimum", "an optimum", "supervised", lambda problem: "")
        stated = {"step": law.name, "kind": law.kind, "says": law.says, **law.stated()}
        return check({"claim": "X", "steps": [{**stated, **step}]}, Specification("X", (), (law,), ("nothing",)))[0]

    assert accepts()
    assert not accepts(gap="0") and not accepts(vectors=optimum[[1, 2, 3, 4, 5, 6, 0]])
    assert not accepts(temperature=0.6) and not accepts(epsilon=0.9) and not accepts(loss="sup_con")
    assert not accepts(loss=LOSSES[1 - LOSSES.index(loss)])


@pytest.mark.parametrize("seed", SEEDS)
def test_the_moments_are_those_of_the_shipped_divergence(seed):
    at = values_for("gaussian_kl", seed)
    kl = float(gaussian_kl(0.0, at["va"], math.sqrt(at["D"]), at["vc"]))
    bound = expression("gaussian_kl", "the bound", at)
    np.testing.assert_allclose(bound, at["D"] / (2 * at["vc"]), rtol=1e-12)
    np.testing.assert_allclose(expression("gaussian_kl", "KL", at), kl, rtol=1e-9)
    step = CERTIFICATES["first_moments_only"]["steps"][1]
    np.testing.assert_allclose(number(step["expression"], at), kl, rtol=1e-9)
    np.testing.assert_allclose(number(step["expression"], {"D": 0, "va": 4, "vc": 1}), gaussian_kl(0.3, 4.0, 0.3, 1.0))


def test_the_witnesses_are_the_shipped_losses():
    step = CERTIFICATES["eps_sup_infonce_identity"]["steps"][2]
    two, one = np.zeros(2), np.zeros(1)
    difference = np.exp(2 * eps_sup_con_from_logits(two, one)) - np.exp(2 * eps_sup_infonce_from_logits(two, one))
    np.testing.assert_allclose(number(step["expression"], {"x1": 1, "x2": 1, "y": 1}), difference)
    two, one = np.array([0.3, -0.8]), np.array([0.5])
    difference = np.exp(2 * eps_sup_con_from_logits(two, one)) - np.exp(2 * eps_sup_infonce_from_logits(two, one))
    at = dict(zip(("x1", "x2", "y"), np.exp([*two, *one]), strict=True))
    np.testing.assert_allclose(number(step["expression"], at), difference, rtol=1e-12)
    step = CERTIFICATES["sup_con_in_below_out"]["steps"][2]
    logits = np.log([1000.0, 1 / 1000])
    value = np.exp(sup_con_in_from_logits(logits, np.zeros(1))) / 2 - (1 + 1 / 1000)
    np.testing.assert_allclose(number(step["expression"], {"x1": 1000, "x2": 1 / 1000, "y": 1}), value, atol=1e-12)


def test_the_collapse_proof_bounds_the_shipped_losses():
    """Steps 1 and 2 of A12: replacing a positive's exponential by e^(1/tau) lowers the loss by just that expression."""
    positives, negatives, epsilon, temperature = anchor(1)
    at = values(1) | {"x": np.exp(positives[0])}
    top = 1 / temperature
    terms = [np.exp(eps_infonce_from_logits(s, negatives, epsilon)) for s in (positives[0], top)]
    falls = expression("collapse_within_classes", "collapse of eps-SupInfoNCE", at)
    np.testing.assert_allclose(falls, terms[0] - terms[1], rtol=1e-9)
    equal = [np.exp(eps_sup_con_from_logits(np.full(POSITIVES, s), negatives, epsilon)) for s in (positives[0], top)]
    np.testing.assert_allclose(
        sides("collapse_within_classes", "collapse of eps-SupCon", at)[0], equal[0] - equal[1], rtol=1e-9
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_the_merging_condition_is_that_of_the_shipped_gradient(seed):
    """A21's formulas for D_12 and D_13 against the gradient, and the sign of its last step against the threshold."""
    at, (minority, majority, temperature, epsilon) = merging(seed)
    condition = sides("minority_merging", "the condition", at)[1]
    np.testing.assert_allclose((at["D13"] - 2 * at["D12"]) * 2 * at["E"] * at["Z1"] / at["m"], condition, rtol=1e-9)
    assert (condition >= 0) == (epsilon >= merging_threshold(minority, majority, temperature))
