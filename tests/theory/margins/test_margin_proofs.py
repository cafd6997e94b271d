"""Every proof of paper A is accepted, its wrong variant refused, and its symbols take the values of the shipped losses.

A certificate is about symbols: x, y, q, W, ... Here each is given the value that it stands for at random anchors, computed by
theory.margins; then every fact must hold, both sides of every identity agree, and the formulas equal the shipped numbers.
"""

import inspect
import json
import math

import numpy as np
import pytest

from theory.certify import recheck
from theory.margins import proofs
from theory.margins.bounds import hinge, margin_interval
from theory.margins.debiasing import gaussian_kl
from theory.margins.free import LOSSES, free_objective, merging_threshold, minimise_free
from theory.margins.logits import (
    eps_infonce_from_logits,
    eps_sup_con_from_logits,
    eps_sup_infonce_from_logits,
    info_l1o_from_logits,
    sup_con_in_from_logits,
)
from theory.sphere import normalise

POSITIVES, NEGATIVES = 3, 6
# Facts that are hypotheses of their step, true at some anchors only; every other fact must hold at all of them.
HYPOTHESES = {"small", "apart"}


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
    return {
        "x": x, "y": y, "q": math.exp(-epsilon), "T": total, "others": total - x, "x1": x[0], "x2": x[1],
        "N": NEGATIVES, "P": POSITIVES, "Z": z.sum(), "L": np.log(z).sum(), "M": math.exp(1 / temperature),
        "R": np.exp(loss + epsilon - hinge(positives, negatives, epsilon)) - 1,
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
    if name == "collapse_within_classes":  # w: a positive random variable of mean m
        w = np.exp(np.random.default_rng(seed).normal(size=50))
        at |= {"w": w.mean(), "m": w.mean(), "L": np.log(w / w.mean()).mean(), "x": at["x"][0]}
    return at


def merging(seed):
    """A21's symbols at merged classes of m, m and M samples, and the shipped gradient summed over the classes [3, 3]."""
    minority, majority, temperature, epsilon = 2 + seed % 3, 7 + seed, 0.4 + 0.1 * seed, 0.2 * seed
    e, q = math.exp(1 / temperature), math.exp(-epsilon)
    first, third = q * e + minority * e + majority / e, q * e + 2 * minority / e
    labels = np.repeat([0, 1, 2], [minority, minority, majority])
    vectors = np.where(labels < 2, 1.0, -1.0)[:, None]
    gradient = free_objective(labels, temperature, epsilon).at(vectors).dense_gradient()
    summed = np.add.reduceat(np.add.reduceat(gradient, [0, minority, 2 * minority], 0), [0, minority, 2 * minority], 1)
    summed *= len(labels) * temperature
    symbols = {"m": minority, "M": majority, "E": e, "Z1": first, "Z3": third, "D12": summed[0, 1], "D13": summed[0, 2]}
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
    "A10": "sup_con_in_below_out", "A12": "collapse_within_classes", "A16": "gaussian_kl", "A17": "first_moments_only",
    "A21": "minority_merging",
}  # fmt: skip
STRICT = {  # the steps that claim a strict inequality
    ("hinge_sandwich", 1), ("eps_infonce_in_epsilon", 2), ("eps_infonce_in_epsilon", 3), ("supcon_above_supinfonce", 1),
    ("collapse_to_a_point", 2),
}  # fmt: skip


def test_each_claim_has_its_proof():
    assert {certificate["claim"]: name for name, certificate in CERTIFICATES.items()} == CLAIMS
    strict = {(name, k) for name, made in CERTIFICATES.items() for k, s in enumerate(made["steps"]) if s.get("strict")}
    assert strict == STRICT


@pytest.mark.parametrize("name", CERTIFICATES)
def test_every_proof_is_accepted_under_its_own_claim_only(name):
    certificate = CERTIFICATES[name]
    assert recheck(certificate, certificate["claim"]) == (True, "")
    assert not recheck(certificate, certificate["claim"] + "0")[0]
    assert all(step["says"] for step in certificate["steps"])


@pytest.mark.parametrize("name", WITH_CONTROL)
def test_every_wrong_variant_is_refused(name):
    certificate = certificate_of(name, wrong=True)
    done, why = recheck(certificate, CERTIFICATES[name]["claim"])
    assert not done and "does not hold" in why  # refused by arithmetic, not as malformed


# Where a control departs from its proof, {(step, part): by how much}; A17's moves its witnesses instead.
CONTROLS = {
    "eps_infonce_identity": {(0, "left"): lambda at: 1 - at["q"]},
    "hinge_sandwich": {(2, "expression"): lambda at: -1},
    "margin_from_loss": {(0, "left"): lambda at: at["q"]},
    "eps_infonce_in_epsilon": {
        (2, "expression"): lambda at: -2 * at["q"] / (at["q"] + at["W"]),
        (3, "expression"): lambda at: 2 * at["q"] / (at["q"] + at["W"]),
    },
    "distance_form": {
        (0, "right"): lambda at: at["sp"] - at["sn"],
        (1, "right"): lambda at: at["tau"] * (at["sp"] - at["sn"]),
    },
    "eps_sup_infonce_identity": {(0, "left"): lambda at: at["others"] * at["q"] / at["x"]},
    "eps_sup_con_identity": {(0, "right"): lambda at: at["T"] * (1 - at["q"]) / (at["q"] * at["x"])},
    "supcon_above_supinfonce": {(0, "expression"): lambda at: -at["x"]},
    "collapse_to_a_point": {(0, "right"): lambda at: 2 * at["c"]},
    "sup_con_in_below_out": {(0, "expression"): lambda at: 2 * at["L"]},
    "gaussian_kl": {(0, "expression"): lambda at: at["L"]},
    "first_moments_only": {},
    "minority_merging": {(4, "right"): lambda at: 2 * at["m"] * at["E"] ** 2},
}


@pytest.mark.parametrize("name", WITH_CONTROL)
def test_a_control_departs_from_its_proof_where_it_says_and_nowhere_else(name):
    wrong, departures = certificate_of(name, wrong=True), CONTROLS[name]
    for k, (step, other) in enumerate(zip(CERTIFICATES[name]["steps"], wrong["steps"], strict=True)):
        for part in step.keys() | other.keys():
            if (k, part) in departures:
                for seed in SEEDS[:3]:
                    at = values_for(name, seed)
                    change = number(other[part], at) - number(step[part], at)
                    np.testing.assert_allclose(change, departures[k, part](at), rtol=1e-9, atol=1e-9)
            elif (name, part) == ("first_moments_only", "at"):
                assert (step[part], other[part]) == ({"D": "0", "va": "4", "vc": "1"}, {"D": "0", "va": "1", "vc": "1"})
            else:
                assert step[part] == other[part]


@pytest.mark.parametrize("name", CERTIFICATES)
def test_facts_identities_and_conclusions_hold_for_the_shipped_losses(name):
    used = {k: 0 for k, step in enumerate(CERTIFICATES[name]["steps"]) if step["kind"] != "witness"}
    for seed in SEEDS:
        at = values_for(name, seed)
        for k, step in enumerate(CERTIFICATES[name]["steps"]):
            if step["kind"] == "identity":
                np.testing.assert_allclose(number(step["left"], at), number(step["right"], at), rtol=1e-9, atol=1e-9)
                used[k] += 1
            elif step["kind"] == "nonnegative":
                facts = {fact: number(given["formula"], at) for fact, given in step["given"].items()}
                hypotheses = [facts.pop(fact) >= 0 for fact in HYPOTHESES & facts.keys()]
                met = np.all(np.broadcast_arrays(True, *hypotheses), axis=0)
                for fact, value in facts.items():
                    floor = 0 if step["given"][fact]["sign"] == ">0" else -1e-9
                    assert np.all(value > floor), (step["says"], fact)
                conclusion = np.broadcast_to(
                    number(step["expression"], at), np.broadcast(met, number(step["expression"], at)).shape
                )
                chosen = conclusion[np.broadcast_to(met, conclusion.shape)]
                assert np.all(chosen > (0 if step["strict"] else -1e-9)), step["says"]
                used[k] += chosen.size
            elif step["kind"] == "witness":
                point = {symbol: number(value, {}) for symbol, value in step["at"].items()}
                value = number(step["expression"], point)
                assert {"<": value < 0, ">": value > 0, "==": value == 0}[step["relation"]]
    assert all(used.values())  # no hypothesis was empty


def sides(name, step, at):
    return [number(CERTIFICATES[name]["steps"][step][side], at) for side in ("left", "right")]


def expression(name, step, at):
    return number(CERTIFICATES[name]["steps"][step]["expression"], at)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_formulas_are_the_shipped_losses(seed):
    positives, negatives, epsilon, temperature = anchor(seed)
    at = values(seed)
    close = lambda got, expected: np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-9)  # noqa: E731
    single = np.array([eps_infonce_from_logits(s, negatives, epsilon) for s in positives])
    margin = positives - negatives.max()

    for side in sides("eps_infonce_identity", 0, at):  # A1
        close(np.log(side), single)
    floor = hinge(positives, negatives, epsilon)  # A2
    for side in sides("hinge_sandwich", 0, at):
        close(np.log(side), single + epsilon)
    close(np.log1p(expression("hinge_sandwich", 1, at)), single + epsilon - floor)
    close(NEGATIVES + 1 - expression("hinge_sandwich", 2, at), np.exp(single + epsilon - floor))

    low, high = margin_interval(single, NEGATIVES, epsilon)  # A3: each expression is a slack of the shipped bounds
    close(sides("margin_from_loss", 0, at)[0], np.exp(-low))
    close(expression("margin_from_loss", 1, at), np.exp(-low) - np.exp(-margin))
    close(expression("margin_from_loss", 2, at), np.exp(-margin) - np.exp(-high))
    close(expression("margin_from_loss", 3, at), math.exp(-epsilon) - np.exp(-margin))
    on_sphere = -np.log(expression("margin_from_loss", 4, at) + np.exp(-margin))
    cut = np.clip(on_sphere, -2 / temperature, 2 / temperature)  # a margin on the sphere is never wider
    close(cut, margin_interval(single, NEGATIVES, epsilon, temperature)[0])

    step = 1e-6  # A4
    nearby = [np.array([eps_infonce_from_logits(s, negatives, epsilon + h) for s in positives]) for h in (-step, step)]
    slope = (nearby[1] - nearby[0]) / (2 * step)
    np.testing.assert_allclose(-expression("eps_infonce_in_epsilon", 2, at), slope, rtol=1e-4)
    np.testing.assert_allclose(expression("eps_infonce_in_epsilon", 3, at), 1 + slope, rtol=1e-4, atol=1e-8)
    infonce = np.array([eps_infonce_from_logits(s, negatives) for s in positives])
    close(np.log(sides("eps_infonce_in_epsilon", 0, at)[0]), infonce)
    close(
        np.log(sides("eps_infonce_in_epsilon", 1, at)[0]),
        np.array([info_l1o_from_logits(s, negatives) for s in positives]),
    )

    close(
        np.log(sides("eps_sup_infonce_identity", 0, at)[0]).mean(),
        eps_sup_infonce_from_logits(positives, negatives, epsilon),
    )
    close(np.log(sides("eps_sup_infonce_identity", 1, at)[0]).mean(), eps_sup_infonce_from_logits(positives, negatives))

    sup_con = eps_sup_con_from_logits(positives, negatives)  # A7, A8, A10
    close(
        np.log(sides("eps_sup_con_identity", 0, at)[1]).mean(),
        epsilon + eps_sup_con_from_logits(positives, negatives, epsilon),
    )
    close(np.log(sides("eps_sup_con_identity", 1, at)[1]).mean(), sup_con)
    t, y = at["T"], at["y"]
    close(
        expression("supcon_above_supinfonce", 0, at),
        at["x"] * (np.exp(sup_con_terms(positives, negatives)) - np.exp(infonce)),
    )
    close(
        expression("supcon_above_supinfonce", 1, at),
        (t + y) - np.exp(np.log(t + y) - sup_con + np.log(t / at["x"]).mean()),
    )
    close(expression("supcon_above_supinfonce", 2, at), (np.log(t / at["x"]).mean() - math.log(POSITIVES)) * POSITIVES)
    close(
        expression("sup_con_in_below_out", 0, at), (sup_con - sup_con_in_from_logits(positives, negatives)) * POSITIVES
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
        ("distance_form_as_printed", at, (near - far + 0.3, at["sn"] - at["sp"] + 0.3)),
        ("collapse_to_a_point_as_printed", {"s12": a @ positive, "s13": a @ negative}, (at["sn"] - at["sp"], near)),
    ):
        np.testing.assert_allclose([expression(name, k, values) for k in (0, 1)], expected, rtol=1e-12, atol=1e-12)
    for k in (0, 1):  # A5c
        for side in sides("distance_form", k, at if k == 0 else at | {"sp": at["sp"] / 0.4, "sn": at["sn"] / 0.4}):
            np.testing.assert_allclose(side, near - far, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
def test_duality_steps_certify_optima_and_nothing_else(loss):
    labels = np.array([0, 0, 1, 1, 2, 2, 2])  # unequal sizes: the optimum moves with every parameter
    optimum = minimise_free(labels, 0.5, 0.3, loss).vectors

    def accepts(vectors=optimum, gap="1/1000000", temperature=0.5, epsilon=0.3, loss=loss):
        step = proofs.free_duality(labels, temperature, epsilon, loss, vectors, gap)
        assert json.loads(json.dumps(step)) == step
        assert step["says"] == f"{loss}, classes [2, 2, 3], eps = {epsilon:g}, tau = {temperature:g}: within {gap}"
        alone, in_proof = ({"claim": "A13", "steps": [step]}, proofs.collapse_within_classes([step], "A13"))
        verdicts = {recheck(made, "A13")[0] for made in (alone, in_proof)}
        assert verdicts == {recheck(proofs.minority_merging([step]), "A21")[0]}
        return verdicts.pop()

    assert accepts()
    assert not accepts(gap="0") and not accepts(vectors=optimum[[1, 2, 3, 4, 5, 6, 0]])
    assert not accepts(temperature=0.6) and not accepts(epsilon=0.9) and not accepts(loss="sup_con")
    assert not accepts(loss=LOSSES[1 - LOSSES.index(loss)])


@pytest.mark.parametrize("seed", SEEDS)
def test_the_moments_are_those_of_the_shipped_divergence(seed):
    at = values_for("gaussian_kl", seed)
    kl = float(gaussian_kl(0.0, at["va"], math.sqrt(at["D"]), at["vc"]))
    bound = expression("gaussian_kl", 1, at)
    np.testing.assert_allclose(bound, at["D"] / (2 * at["vc"]), rtol=1e-12)
    np.testing.assert_allclose(expression("gaussian_kl", 0, at) + bound, kl, rtol=1e-9)
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
    np.testing.assert_allclose(expression("collapse_within_classes", 0, at), terms[0] - terms[1], rtol=1e-9)
    equal = [np.exp(eps_sup_con_from_logits(np.full(POSITIVES, s), negatives, epsilon)) for s in (positives[0], top)]
    np.testing.assert_allclose(expression("collapse_within_classes", 1, at), equal[0] - equal[1], rtol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_merging_condition_is_that_of_the_shipped_gradient(seed):
    """A21's formulas for D_12 and D_13 against the gradient, and the sign of its last step against the threshold."""
    at, (minority, majority, temperature, epsilon) = merging(seed)
    condition = sides("minority_merging", 4, at)[1]
    np.testing.assert_allclose((at["D13"] - 2 * at["D12"]) * 2 * at["E"] * at["Z1"] / at["m"], condition, rtol=1e-9)
    assert (condition >= 0) == (epsilon >= merging_threshold(minority, majority, temperature))
