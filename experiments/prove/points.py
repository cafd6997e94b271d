"""Which shipped function each definition of Spec.v is held to, at which random points, and the slip that they must tell apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch

from experiments.claims.margins import information
from theory import harms, margins
from theory.blockmodel import BlockModel, biased_model, graph_loss, minority_model, population_loss
from theory.blockmodel import limits
from theory.blockmodel.population import population_objective
from theory.elliptope.certificate import certificate
from theory.elliptope.contrastive import ContrastiveObjective
from theory.margins.logits import log_sum_exp
from theory.sphere import gram

Point = tuple[str, float]  # an expression of Coq, and what the function returned


@dataclass(frozen=True)
class Slip:
    """One change of a definition's text; `through`: definitions that use it, in order, up to the one that the points speak of."""

    definition: str
    old: str
    new: str
    through: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tie:
    """`definition` (of Spec.v) is held to `function` (of Python) at points that `draw` makes from a generator."""

    definition: str
    function: str
    draw: Callable[[np.random.Generator], Point]
    slip: Slip


# ---- Rational numbers, lists, vectors and matrices, in Python and in Coq ----


def rational(generator: np.random.Generator, low: float, high: float) -> Fraction:
    """A fraction between two numbers, of denominator 8 to 63."""
    below = int(generator.integers(8, 64))
    return Fraction(int(generator.integers(int(np.ceil(low * below)), int(np.floor(high * below)) + 1)), below)


def several(generator: np.random.Generator, count: int, low: float, high: float) -> list[Fraction]:
    return [rational(generator, low, high) for _ in range(count)]


def coq(value: Fraction | int) -> str:
    value = Fraction(value)
    number = f"{abs(value.numerator)}" if value.denominator == 1 else f"{abs(value.numerator)} / {value.denominator}"
    return f"(- ({number}))" if value < 0 else f"({number})"


def coq_list(values: Sequence[Fraction]) -> str:
    return "[" + "; ".join(map(coq, values)) + "]"


def coq_vector(values: Sequence[Fraction]) -> str:
    return f"(fun k => nth k {coq_list(values)} 0)"


def coq_matrix(rows: Sequence[Sequence[Fraction]]) -> str:
    return f"(fun k l => nth l (nth k [{'; '.join(map(coq_list, rows))}] []) 0)"


def floats(values: Sequence) -> np.ndarray:
    return np.array(values, dtype=float)


def spherical(generator: np.random.Generator, count: int) -> list[list[Fraction]]:
    """Rational points of the unit sphere of R^3."""
    points = []
    for _ in range(count):
        a, b = several(generator, 2, -2, 2)
        scale = a * a + b * b + 1
        points.append([2 * a / scale, 2 * b / scale, (a * a + b * b - 1) / scale])
    return points


def tensor(points: Sequence[Sequence[Fraction]]) -> torch.Tensor:
    return torch.tensor(floats(points), dtype=torch.float64)


def shares(generator: np.random.Generator, count: int) -> list[Fraction]:
    """Positive, of sum 1."""
    parts = [int(part) for part in generator.integers(1, 12, size=count)]
    return [Fraction(part, sum(parts)) for part in parts]


def symmetric(generator: np.random.Generator, count: int, low: float, high: float, diagonal: Fraction | None = None) -> list[list[Fraction]]:
    found = [[Fraction(0)] * count for _ in range(count)]
    for k in range(count):
        for m in range(k + 1):
            found[k][m] = found[m][k] = diagonal if k == m and diagonal is not None else rational(generator, low, high)
    return found


# ---- Paper A ----


def an_anchor(generator: np.random.Generator) -> tuple[Fraction, list[Fraction], list[Fraction]]:
    """eps, logits of 2 to 3 positives, of 2 to 4 negatives."""
    count = generator.integers(2, 4), generator.integers(2, 5)
    return rational(generator, 0.1, 2), several(generator, int(count[0]), -2, 2), several(generator, int(count[1]), -2, 2)


def log_sum(g: np.random.Generator) -> Point:
    _, _, negatives = an_anchor(g)
    return f"LSE {coq_list(negatives)}", float(log_sum_exp(floats(negatives)))


def of_one_positive(name: str, function: Callable[[float, np.ndarray, float], float], epsilon: bool) -> Callable[[np.random.Generator], Point]:
    def draw(g: np.random.Generator) -> Point:
        eps, (positive, *_), negatives = an_anchor(g)
        value = function(float(positive), floats(negatives), float(eps))
        return f"{name} {coq(eps) if epsilon else ''} {coq(positive)} {coq_list(negatives)}", float(value)

    return draw


def of_positives(name: str, function: Callable[[np.ndarray, np.ndarray, float], float], epsilon: bool) -> Callable[[np.random.Generator], Point]:
    def draw(g: np.random.Generator) -> Point:
        eps, positives, negatives = an_anchor(g)
        value = function(floats(positives), floats(negatives), float(eps))
        return f"{name} {coq(eps) if epsilon else ''} {coq_list(positives)} {coq_list(negatives)}", float(value)

    return draw


def margin(g: np.random.Generator) -> Point:
    points, tau = spherical(g, 4), rational(g, 0.3, 2)
    found = margins.anchor_margins(tensor(points), [0, 0, 1, 1], float(tau))
    a, p, *negatives = [coq_vector(point) for point in points]
    listed = "; ".join(f"logit {coq(tau)} 3 {a} {n}" for n in negatives)
    return f"margin (logit {coq(tau)} 3 {a} {p}) [{listed}]", float(found.mean[0])


def hinge(g: np.random.Generator) -> Point:
    eps, (positive, *_), negatives = an_anchor(g)
    value = margins.hinge(float(positive), floats(negatives), float(eps))
    return f"hinge {coq(eps)} {coq(positive)} {coq_list(negatives)}", float(value)


def margin_end(end: int) -> Callable[[np.random.Generator], Point]:
    def draw(g: np.random.Generator) -> Point:
        eps, loss, count = rational(g, 0.1, 2), rational(g, 0.1, 3), int(g.integers(1, 7))
        value = margins.margin_interval(float(loss), count, float(eps))[end]
        name = f"margin_low {coq(eps)} {coq(loss)}" if end == 0 else f"margin_high {coq(eps)} {coq(loss)} {count}"
        return name, float(value)

    return draw


def margin_low_on_sphere(g: np.random.Generator) -> Point:
    """Above the other negatives' floor and inside the ends of the sphere, where the function does not cut."""
    while True:
        eps, tau, count = rational(g, 0.1, 1), rational(g, 0.6, 2), int(g.integers(2, 5))
        hardest = rational(g, -1, 1) / tau
        others = (count - 1) * np.exp(float(rational(g, -1.5, 0) / tau))
        loss = Fraction(float(np.log(np.exp(-float(eps)) + np.exp(-float(hardest)) + others))).limit_denominator(1000)
        try:
            low, _ = margins.margin_interval(float(loss), count, float(eps), float(tau))
        except ValueError:
            continue
        if abs(float(low)) < 1.9 / float(tau):
            return f"margin_low_on_sphere {coq(eps)} {coq(tau)} {coq(loss)} {count}", float(low)


LABELS = [0, 0, 1, 0, 1]


def sample_loss(name: str, function: Callable[..., torch.Tensor], epsilon: bool) -> Callable[[np.random.Generator], Point]:
    def draw(g: np.random.Generator) -> Point:
        points, tau, eps = spherical(g, len(LABELS)), rational(g, 0.3, 2), rational(g, 0.1, 1)
        value = function(tensor(points), LABELS, float(tau), **({"epsilon": float(eps)} if epsilon else {}))
        labels = f"(fun i => nth i [{'; '.join(f'{label}%nat' for label in LABELS)}] 0%nat)"
        loss = f"({name} {coq(eps)})" if epsilon else name
        return f"sample_loss {loss} {len(LABELS)} 3 {coq(tau)} {labels} {coq_matrix(points)}", float(value)

    return draw


def a_law(g: np.random.Generator) -> tuple[str, np.ndarray]:
    joint = np.array(shares(g, 4), dtype=object).reshape(2, 2)
    return coq_matrix(joint.tolist()), floats(joint)


def pointwise(g: np.random.Generator) -> Point:
    law, joint = a_law(g)
    i, j = g.integers(2, size=2)
    return f"pointwise 2 2 {law} {i} {j}", float(information.pmi(joint)[i, j])


def mutual(g: np.random.Generator) -> Point:
    law, joint = a_law(g)
    return f"information 2 2 {law}", float((joint * information.pmi(joint)).sum())


def bound(name: str, which: int) -> Callable[[np.random.Generator], Point]:
    def draw(g: np.random.Generator) -> Point:
        law, joint = a_law(g)
        critic, count = [several(g, 2, -2, 2) for _ in range(2)], int(g.integers(1, 3))
        value = information.expected_log_ratios(joint, floats(critic), count)[which]
        return f"{name} 2 2 {count} {law} {coq_matrix(critic)}", float(value)

    return draw


def distance(points: list[list[Fraction]], i: int, j: int) -> str:
    return f"squared_distance 3 {coq_vector(points[i])} {coq_vector(points[j])}"


def squared_distance(g: np.random.Generator) -> Point:
    points = spherical(g, 2)
    found = margins.pair_statistics(tensor(points), [0, 0], [0, 0], pooled=True)
    return distance(points, 0, 1), float(found.mean[0, 0])


def variance(g: np.random.Generator) -> Point:
    points = spherical(g, 3)
    found = margins.pair_statistics(tensor(points), [0, 0, 0], [0, 0, 0], pooled=True)
    return f"variance [{'; '.join(distance(points, i, j) for i, j in ((0, 1), (0, 2), (1, 2)))}]", float(found.variance[0, 0])


def gaussian_kl(g: np.random.Generator) -> Point:
    (mu_a, mu_c), (var_a, var_c) = several(g, 2, 0, 4), several(g, 2, 0.2, 2)
    value = margins.gaussian_kl(*(float(x) for x in (mu_a, var_a, mu_c, var_c)))
    return f"gaussian_kl {coq(mu_a)} {coq(var_a)} {coq(mu_c)} {coq(var_c)}", float(value)


def fair_kl(g: np.random.Generator) -> Point:
    """Five samples of one class; three of them have two others of the same bias and two of the other."""
    points, bias = spherical(g, 5), [0, 0, 0, 1, 1]
    value = margins.fair_kl(tensor(points), [0] * 5, bias, variance_floor=0, no_pairs="zero")
    terms = []
    for anchor in range(3):
        kinds = [[distance(points, anchor, j) for j in range(5) if j != anchor and (bias[j] == 0) == aligned] for aligned in (True, False)]
        terms.append(f"fair_kl [{'; '.join(kinds[0])}] [{'; '.join(kinds[1])}]")
    return f"mean [{'; '.join(terms)}]", float(value)


def first_moments(g: np.random.Generator) -> Point:
    points, bias = spherical(g, 4), [0, 0, 1, 1]
    value = margins.end(tensor(points), [0] * 4, bias, variant="batch", no_pairs="zero")
    pairs = [(i, j) for i in range(4) for j in range(i + 1, 4)]
    kinds = ["; ".join(distance(points, i, j) for i, j in pairs if (bias[i] == bias[j]) == aligned) for aligned in (True, False)]
    return f"first_moments [{kinds[0]}] [{kinds[1]}]", float(value)


# ---- Paper B ----


@dataclass(frozen=True)
class Drawn:
    """A random model of K blocks, a Gram matrix of unit vectors and a temperature, in Coq's words and as arrays."""

    pi: str
    alpha: str
    tau: str
    gram: str
    model: BlockModel
    array: np.ndarray
    temperature: float


def a_model(g: np.random.Generator, blocks: int = 3) -> Drawn:
    pi, alpha, tau = shares(g, blocks), symmetric(g, blocks, 0.1, 1), rational(g, 0.3, 2)
    vectors = spherical(g, blocks)
    cosines = [[sum(a * b for a, b in zip(u, v, strict=True)) for v in vectors] for u in vectors]
    return Drawn(
        coq_vector(pi),
        coq_matrix(alpha),
        coq(tau),
        coq_matrix(cosines),
        BlockModel(floats(pi), floats(alpha)),
        floats(cosines),
        float(tau),
    )


def degree(g: np.random.Generator) -> Point:
    m, k = a_model(g), int(g.integers(3))
    return f"degree 3 {m.pi} {m.alpha} {k}", float(m.model.degrees[k])


def pair_weight(g: np.random.Generator) -> Point:
    m, (k, j) = a_model(g), g.choice(3, 2, replace=False)
    return f"pair_weight 3 {m.pi} {m.alpha} {k} {j}", float(m.model.pair_weights[k, j])


def partition(g: np.random.Generator) -> Point:
    m, k = a_model(g), int(g.integers(3))
    shift, weights = population_objective(m.model, m.temperature).kernel(m.array)
    return f"ln (partition 3 {m.tau} {m.pi} {m.gram} {k})", float(np.log(weights[k].sum()) + shift[k])


def weighted_loss(g: np.random.Generator) -> Point:
    m, weights = a_model(g), [several(g, 3, 0, 1) for _ in range(3)]
    pi = m.model.proportions
    value = ContrastiveObjective(floats(weights), pi, pi[None, :], m.temperature).loss(m.array)
    return f"weighted_loss 3 {m.tau} {m.pi} {coq_matrix(weights)} {m.gram}", float(value)


def loss_of_blocks(g: np.random.Generator) -> Point:
    m = a_model(g)
    return f"population_loss 3 {m.tau} {m.pi} {m.alpha} {m.gram}", population_loss(m.model, m.array, temperature=m.temperature)


def gram_entry(g: np.random.Generator) -> Point:
    vectors, (k, m) = spherical(g, 3), g.integers(3, size=2)
    return f"gram 3 {coq_matrix(vectors)} {k} {m}", float(gram(floats(vectors))[k, m])


def gradient(g: np.random.Generator) -> Point:
    m, (k, j) = a_model(g), g.choice(3, 2, replace=False)
    value = population_objective(m.model, m.temperature).gradient(m.array)[k, j]
    return f"gradient 3 {m.tau} {m.pi} (pair_weight 3 {m.pi} {m.alpha}) {m.gram} {k} {j}", float(value)


def multiplier(g: np.random.Generator) -> Point:
    m, k = a_model(g), int(g.integers(3))
    slope = population_objective(m.model, m.temperature).gradient(m.array)
    found = certificate(slope, m.array, m.model.proportions).multipliers * m.model.proportions
    return f"multiplier 3 {m.tau} {m.pi} (pair_weight 3 {m.pi} {m.alpha}) {m.gram} {k}", float(found[k])


def dual_matrix(g: np.random.Generator) -> Point:
    """Two blocks: the certificate's smallest eigenvalue of Pi^-1/2 S Pi^-1/2 is a root of its characteristic polynomial."""
    m = a_model(g, blocks=2)
    slope = population_objective(m.model, m.temperature).gradient(m.array)
    root = coq(Fraction(float(certificate(slope, m.array, m.model.proportions).eigenvalues[0])))
    entry = [[f"(dual_matrix 2 {m.tau} {m.pi} (pair_weight 2 {m.pi} {m.alpha}) {m.gram} {k} {j})" for j in (0, 1)] for k in (0, 1)]
    first, second = (f"({entry[k][k]} / {m.pi} {k}%nat - {root})" for k in (0, 1))
    return f"({first} * {second} - {entry[0][1]} * {entry[1][0]} / ({m.pi} 0%nat * {m.pi} 1%nat))", 0.0


def node_loss(g: np.random.Generator) -> Point:
    """The complete bipartite graph: the expected graph of two blocks of which all nodes, and only those, of different blocks are joined."""
    blocks, tau = [0, 1, 1], rational(g, 0.3, 2)
    vectors = spherical(g, 3)
    adjacency = np.not_equal.outer(blocks, blocks).astype(float)
    value = graph_loss(adjacency, floats(vectors), float(tau))
    b = f"(fun i => nth i [{'; '.join(f'{block}%nat' for block in blocks)}] 0%nat)"
    alpha = coq_matrix([[Fraction(0), Fraction(1)], [Fraction(1), Fraction(0)]])
    return f"node_loss 3 {coq(tau)} {b} (fun _ => 1 / 3) {alpha} (gram 3 {coq_matrix(vectors)})", float(value)


def clipped(g: np.random.Generator) -> Point:
    blocks, ratio, tau = int(g.integers(2, 5)), rational(g, 0.05, 1.4), rational(g, 0.3, 2)
    value = limits.uniform_connection_cosine(blocks, float(ratio), float(tau))
    return f"clip (- / (INR {blocks} - 1)) 1 (1 + {coq(tau)} * ln {coq(ratio)})", value


def simplex(g: np.random.Generator) -> Point:
    blocks, tau, p = int(g.integers(2, 5)), rational(g, 0.3, 2), rational(g, 0.1, 1)
    cosine = coq(Fraction(-1, blocks - 1))
    expression = f"population_loss {blocks} {coq(tau)} (fun _ => / INR {blocks}) (uniform_graph {coq(p)} 0) (equal_cosines {cosine})"
    return expression, limits.simplex_etf(blocks, float(tau))[1]


def merged_pair(g: np.random.Generator) -> Point:
    """Two blocks at one point, in models that do merge them."""
    while True:
        pi, tau = shares(g, 3), rational(g, 0.8, 2)
        p, alpha = several(g, 3, 0.3, 1), rational(g, 0.6, 1)
        connections = [[p[0], alpha, Fraction(0)], [alpha, p[1], Fraction(0)], [Fraction(0), Fraction(0), p[2]]]
        model, k = BlockModel(floats(pi), floats(connections)), int(g.integers(3))
        if limits.exact_collapse_margin(model, float(tau)) >= 0:
            break
    value = limits.exact_collapse_multipliers(model, float(tau))[k] * float(pi[k])
    pi_, alpha_ = coq_vector(pi), coq_matrix(connections)
    return f"multiplier 3 {coq(tau)} {pi_} (pair_weight 3 {pi_} {alpha_}) merged {k}", float(value)


def biased(of_shares: bool) -> Callable[[np.random.Generator], Point]:
    """A random combination of all entries, so that none may be wrong."""

    def draw(g: np.random.Generator) -> Point:
        rho, connections = rational(g, 0.1, 0.9), several(g, 4, 0.1, 1)
        model = biased_model(float(rho), *(float(c) for c in connections))
        parts = [several(g, 4, -1, 1) for _ in range(1 if of_shares else 4)]
        if of_shares:
            return f"sum 4 (fun k => {coq_vector(parts[0])} k * biased_shares {coq(rho)} k)", float(floats(parts[0]) @ model.proportions)
        entry = f"{coq_matrix(parts)} k l * biased_graph {' '.join(map(coq, connections))} k l"
        return f"sum 4 (fun k => sum 4 (fun l => {entry}))", float((floats(parts) * model.connectivity).sum())

    return draw


def pmi(g: np.random.Generator) -> Point:
    """Cosines between -1/2 and 1/2, so that the matrix is psd."""
    p, tau = rational(g, 0.6, 1), rational(g, 0.4, 1)
    alpha = symmetric(g, 3, 0, 1, p)
    for k, m in ((0, 1), (0, 2), (1, 2)):
        alpha[k][m] = alpha[m][k] = p * rational(g, np.exp(-1.5 / tau), np.exp(-0.5 / tau))
    k, m = g.integers(3, size=2)
    value = limits.pmi_gram(BlockModel(np.full(3, 1 / 3), floats(alpha)), float(tau))[k, m]
    return f"pmi {coq(tau)} {coq(p)} {coq_matrix(alpha)} {k} {m}", float(value)


def representation_harm(g: np.random.Generator) -> Point:
    under, balanced = spherical(g, 2), spherical(g, 2)
    value = harms.representation_harm(floats(under), floats(balanced), [0, 1])[0, 1]
    cosines = [f"(gram 3 {coq_matrix(vectors)} 0 1)" for vectors in (under, balanced)]
    return f"representation_harm {cosines[0]} {cosines[1]}", float(value)


def minority(g: np.random.Generator) -> Point:
    """The study's model has its minority first, Spec.v last."""
    s, alpha, p, tau = rational(g, 0.1, 0.6), rational(g, 0.1, 1), rational(g, 0.2, 1), rational(g, 0.3, 2)
    vectors = spherical(g, 3)
    value = population_loss(minority_model(float(s), float(alpha), float(p)), vectors=floats(vectors), temperature=float(tau))
    last = [vectors[1], vectors[2], vectors[0]]
    loss = f"minority_loss 2 {coq(tau)} (fun _ => 1 / 2) (uniform_graph {coq(p)} 0) (one_tie {coq(alpha)}) {coq(p)} {coq(s)}"
    return f"{loss} (gram 3 {coq_matrix(last)})", value


def side(
    expression: Callable[[str, str], str], cosine: Callable[[float, float], float], low: float
) -> Callable[[np.random.Generator], Point]:
    """A limit's equation at the root that the function found, where that is not cut."""

    def draw(g: np.random.Generator) -> Point:
        while True:
            ratio, tau = rational(g, 0.05, 1), rational(g, 0.25, 1)
            c = cosine(float(ratio), float(tau))
            if low < c < 1:
                return f"{expression(coq(tau), coq(Fraction(c)))} - (1 + {coq(ratio)})", 0.0

    return draw


def majorities_side(g: np.random.Generator) -> Point:
    count, tau = int(g.integers(2, 6)), rational(g, 0.15, 0.4)
    return f"majorities_side {count} {coq(tau)} 1 - 1", limits.many_majorities_threshold(count, float(tau))


def unequal_side(g: np.random.Generator) -> Point:
    while True:
        share, ratio, tau = rational(g, 0.1, 0.9), rational(g, 0.05, 1), rational(g, 0.25, 1)
        c = limits.unequal_majorities_cosine(float(share), float(ratio), float(tau))
        if -1 < c < 1:
            return f"unequal_side {coq(share)} {coq(tau)} {coq(Fraction(c))} - (1 + {coq(ratio)})", 0.0


def collapse_threshold(g: np.random.Generator) -> Point:
    tau = rational(g, 0.2, 1.8)
    return f"collapse_threshold {coq(tau)}", limits.collapse_threshold(float(tau))


_LOGITS = "theory.margins."
_BLOCKS = "theory.blockmodel."
TIES = (
    Tie("LSE", _LOGITS + "logits.log_sum_exp", log_sum, Slip("LSE", "sum_exp l", "sum_exp (0 :: l)")),
    Tie("eps_infonce", _LOGITS + "eps_infonce_from_logits", of_one_positive("eps_infonce", margins.eps_infonce_from_logits, True),
        Slip("eps_infonce", "pos - eps", "pos")),
    Tie("infonce", _LOGITS + "eps_infonce_from_logits", of_one_positive("infonce", lambda p, n, _: margins.eps_infonce_from_logits(p, n), False),
        Slip("infonce", "exp pos + sum_exp negs", "sum_exp negs")),
    Tie("info_l1o", _LOGITS + "info_l1o_from_logits", of_one_positive("info_l1o", lambda p, n, _: margins.info_l1o_from_logits(p, n), False),
        Slip("info_l1o", "/ sum_exp negs", "/ (exp pos + sum_exp negs)")),
    Tie("eps_sup_infonce", _LOGITS + "eps_sup_infonce_from_logits", of_positives("eps_sup_infonce", margins.eps_sup_infonce_from_logits, True),
        Slip("eps_sup_infonce", "pos - eps", "pos")),
    Tie("sincere", _LOGITS + "eps_sup_infonce_from_logits", of_positives("sincere", lambda p, n, _: margins.eps_sup_infonce_from_logits(p, n), False),
        Slip("sincere", "mean", "total")),
    Tie("eps_sup_con", _LOGITS + "eps_sup_con_from_logits", of_positives("eps_sup_con", margins.eps_sup_con_from_logits, True),
        Slip("eps_sup_con", "t - eps", "t")),
    Tie("sup_con", _LOGITS + "eps_sup_con_from_logits", of_positives("sup_con", lambda p, n, _: margins.eps_sup_con_from_logits(p, n), False),
        Slip("sup_con", "sum_exp poss + sum_exp negs", "exp pos + sum_exp negs")),
    Tie("sup_con_in", _LOGITS + "sup_con_in_from_logits", of_positives("sup_con_in", lambda p, n, _: margins.sup_con_in_from_logits(p, n), False),
        Slip("sup_con_in", "mean", "total")),
    Tie("margin", _LOGITS + "anchor_margins", margin, Slip("margin", "largest negs", "mean negs")),
    Tie("logit", _LOGITS + "anchor_margins", margin, Slip("logit", "/ tau", "* tau")),
    Tie("hinge", _LOGITS + "hinge", hinge, Slip("hinge", "neg - pos", "pos - neg")),
    Tie("margin_low", _LOGITS + "margin_interval", margin_end(0), Slip("margin_low", "- exp (- eps)", "")),
    Tie("margin_high", _LOGITS + "margin_interval", margin_end(1), Slip("margin_high", "/ INR N", "/ INR (S N)")),
    Tie("margin_low_on_sphere", _LOGITS + "margin_interval", margin_low_on_sphere, Slip("margin_low_on_sphere", "N - 1", "N - 2")),
    Tie("sample_loss", _LOGITS + "eps_sup_infonce", sample_loss("eps_sup_infonce", margins.eps_sup_infonce, True),
        Slip("negatives", "negb (y i =? y a)%nat", "negb (i =? a)%nat", ("sample_loss",))),
    Tie("positives", _LOGITS + "eps_sup_con", sample_loss("eps_sup_con", margins.eps_sup_con, True),
        Slip("positives", "&& negb (i =? a)%nat", "", ("sample_loss",))),
    Tie("negatives", _LOGITS + "sup_con", sample_loss("sup_con", margins.sup_con, False),
        Slip("negatives", "negb (y i =? y a)%nat", "negb (i =? a)%nat", ("sample_loss",))),
    Tie("pointwise", "experiments.claims.margins.information.pmi", pointwise, Slip("pointwise", "anchor_law m p i *", "")),
    Tie("information", "experiments.claims.margins.information.pmi", mutual, Slip("information", "p i j * pointwise n m p i j", "pointwise n m p i j / 4")),
    Tie("lower_bound", "experiments.claims.margins.information.expected_log_ratios", bound("lower_bound", 0),
        Slip("lower_bound", "exp (s i j) + sum_exp", "sum_exp")),
    Tie("upper_bound", "experiments.claims.margins.information.expected_log_ratios", bound("upper_bound", 1),
        Slip("upper_bound", "sample_law n p", "anchor_law m p")),
    Tie("squared_distance", _LOGITS + "pair_statistics", squared_distance, Slip("squared_distance", "x c - y c", "x c + y c")),
    Tie("variance", _LOGITS + "pair_statistics", variance, Slip("variance", "(INR (length l) - 1)", "INR (length l)")),
    Tie("gaussian_kl", _LOGITS + "gaussian_kl", gaussian_kl, Slip("gaussian_kl", "ln (var_a / var_c)", "ln (var_c / var_a)")),
    Tie("fair_kl", _LOGITS + "fair_kl", fair_kl, Slip("fair_kl", "(mean aligned) (variance aligned) (mean conflicting) (variance conflicting)",
        "(mean conflicting) (variance conflicting) (mean aligned) (variance aligned)")),
    Tie("first_moments", _LOGITS + "end", first_moments, Slip("first_moments", "^ 2", "^ 1")),
    Tie("degree", _BLOCKS + "BlockModel.degrees", degree, Slip("degree", "pi m", "pi k")),
    Tie("pair_weight", _BLOCKS + "BlockModel.pair_weights", pair_weight, Slip("pair_weight", "degree K pi alpha k", "degree K pi alpha l")),
    Tie("partition", "theory.elliptope.contrastive.ContrastiveObjective.kernel", partition, Slip("partition", "pi l", "pi k")),
    Tie("weighted_loss", "theory.elliptope.contrastive.ContrastiveObjective.loss", weighted_loss, Slip("weighted_loss", "- / tau", "- 1")),
    Tie("population_loss", _BLOCKS + "population_loss", loss_of_blocks,
        Slip("partition", "pi l", "pi k", ("weighted_loss", "population_loss"))),
    Tie("gram", "theory.sphere.gram", gram_entry, Slip("dot", "x c * y c", "x c + y c", ("gram",))),
    Tie("gradient", "theory.elliptope.contrastive.ContrastiveObjective.gradient", gradient, Slip("gradient", "- W l k", "- W k l")),
    Tie("repulsion", "theory.elliptope.contrastive.ContrastiveObjective.gradient", gradient, Slip("repulsion", "G k l / tau", "G k l", ("gradient",))),
    Tie("multiplier", "theory.elliptope.certificate.certificate", multiplier, Slip("multiplier", "gradient K tau pi W G k l * G k l", "gradient K tau pi W G k l")),
    Tie("dual_matrix", "theory.elliptope.certificate.certificate", dual_matrix, Slip("dual_matrix", "multiplier K tau pi W G k", "multiplier K tau pi W G 0%nat")),
    Tie("node_loss", _BLOCKS + "graph_loss", node_loss, Slip("node_loss", "alpha (b i) (b j)", "1 - alpha (b i) (b j)")),
    Tie("clip", _BLOCKS + "limits.uniform_connection_cosine", clipped, Slip("clip", "Rmax low x", "Rmin low x")),
    Tie("equal_cosines", _BLOCKS + "limits.simplex_etf", simplex, Slip("equal_cosines", "then 1 else c", "then c else 1")),
    Tie("uniform_graph", _BLOCKS + "limits.simplex_etf", simplex, Slip("uniform_graph", "then p else alpha", "then p else p")),
    Tie("merged", _BLOCKS + "limits.exact_collapse_multipliers", merged_pair, Slip("merged", "(k =? 2)%nat (l =? 2)%nat", "(k =? 1)%nat (l =? 1)%nat")),
    Tie("biased_graph", _BLOCKS + "biased_model", biased(False), Slip("biased_graph", "then beta else delta", "then gamma else delta")),
    Tie("biased_shares", _BLOCKS + "biased_model", biased(True), Slip("biased_shares", "| _ => rho / 2", "| _ => rho")),
    Tie("pmi", _BLOCKS + "limits.pmi_gram", pmi, Slip("pmi", "1 + tau", "tau")),
    Tie("representation_harm", "theory.harms.representation_harm", representation_harm, Slip("representation_harm", "(1 - balanced)", "(1 + balanced)")),
    Tie("minority_loss", _BLOCKS + "population_loss", minority, Slip("minority_loss", "p0)", "0)")),
    Tie("minority_shares", _BLOCKS + "minority_model", minority, Slip("minority_shares", "(1 - s) * mu k", "mu k", ("minority_loss",))),
    Tie("minority_graph", _BLOCKS + "minority_model", minority, Slip("minority_graph", "p0 else links l", "links l else p0", ("minority_loss",))),
    Tie("one_tie", _BLOCKS + "minority_model", minority, Slip("one_tie", "(l =? 0)%nat", "(l =? 1)%nat")),
    Tie("collapse_side", _BLOCKS + "vanishing_minority_cosine",
        side(lambda tau, c: f"collapse_side {tau} {c}", limits.vanishing_minority_cosine, 0), Slip("collapse_side", "cosh (/ tau)", "cosh (c / tau)")),
    Tie("collapse_threshold", _BLOCKS + "collapse_threshold", collapse_threshold, Slip("collapse_threshold", "- 1", "+ 1")),
    Tie("majorities_side", _BLOCKS + "limits.many_majorities_cosine",
        side(lambda tau, c: f"majorities_side 4 {tau} {c}", lambda r, t: limits.many_majorities_cosine(4, r, t), 0), Slip("majorities_side", "phi M tau 1", "phi M tau c")),
    Tie("phi", _BLOCKS + "limits.many_majorities_threshold", majorities_side, Slip("phi", "(INR M - 1) * exp", "exp", ("majorities_side",))),
    Tie("psi", _BLOCKS + "limits.many_majorities_threshold", majorities_side, Slip("psi", "(x / tau) -", "(x / tau) +", ("majorities_side",))),
    Tie("unequal_side", _BLOCKS + "limits.unequal_majorities_cosine", unequal_side, Slip("unequal_side", "- b / (", "+ b / (")),
)  # fmt: skip
