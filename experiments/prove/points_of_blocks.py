"""Paper B's definitions: the shipped function that each is held to, random points, and a slip that they must tell apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from contrastive_claims.experiments.prove.points import (
    Draw,
    Point,
    Slip,
    Tie,
    coq,
    coq_matrix,
    coq_vector,
    floats,
    rational,
    several,
    shares,
    spherical,
    symmetric,
)
from contrastive_claims.theory import harms
from contrastive_claims.theory.blockmodel import (
    BlockModel,
    biased_model,
    graph_loss,
    limits,
    minority_model,
    population_loss,
)
from contrastive_claims.theory.blockmodel.population import population_objective
from contrastive_claims.theory.elliptope.certificate import certificate
from contrastive_claims.theory.elliptope.contrastive import ContrastiveObjective
from contrastive_claims.theory.sphere import gram


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
    return f"population_loss 3 {m.tau} {m.pi} {m.alpha} {m.gram}", population_loss(
        m.model, m.array, temperature=m.temperature
    )


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
    entry = [
        [f"(dual_matrix 2 {m.tau} {m.pi} (pair_weight 2 {m.pi} {m.alpha}) {m.gram} {k} {j})" for j in (0, 1)]
        for k in (0, 1)
    ]
    first, second = (f"({entry[k][k]} / {m.pi} {k}%nat - {root})" for k in (0, 1))
    return f"({first} * {second} - {entry[0][1]} * {entry[1][0]} / ({m.pi} 0%nat * {m.pi} 1%nat))", 0.0


def node_loss(g: np.random.Generator) -> Point:
    """The complete bipartite graph is the expected graph of two blocks with every edge between them, and none within."""
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
    loss = f"population_loss {blocks} {coq(tau)} (fun _ => / INR {blocks}) (uniform_graph {coq(p)} 0)"
    return f"{loss} (equal_cosines {cosine})", limits.simplex_etf(blocks, float(tau))[1]


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


def biased(of_shares: bool) -> Draw:
    """A random combination of all entries, so that none may be wrong."""

    def draw(g: np.random.Generator) -> Point:
        rho, connections = rational(g, 0.1, 0.9), several(g, 4, 0.1, 1)
        p, beta, gamma, delta = (float(c) for c in connections)
        model = biased_model(float(rho), p, beta, gamma, delta)
        parts = [several(g, 4, -1, 1) for _ in range(1 if of_shares else 4)]
        if of_shares:
            return f"sum 4 (fun k => {coq_vector(parts[0])} k * biased_shares {coq(rho)} k)", float(
                floats(parts[0]) @ model.proportions
            )
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
    value = population_loss(
        minority_model(float(s), float(alpha), float(p)), vectors=floats(vectors), temperature=float(tau)
    )
    last = [vectors[1], vectors[2], vectors[0]]
    loss = f"minority_loss 2 {coq(tau)} (fun _ => 1 / 2) (uniform_graph {coq(p)} 0) (one_tie {coq(alpha)}) {coq(p)} {coq(s)}"
    return f"{loss} (gram 3 {coq_matrix(last)})", value


def side(expression: Callable[[str, str], str], cosine: Callable[[float, float], float], low: float) -> Draw:
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


TIES = (
    Tie("degree", "theory.blockmodel.BlockModel.degrees", degree, Slip("degree", "pi m", "pi k")),
    Tie(
        "pair_weight",
        "theory.blockmodel.BlockModel.pair_weights",
        pair_weight,
        Slip("pair_weight", "degree K pi alpha k", "degree K pi alpha l"),
    ),
    Tie(
        "partition",
        "theory.elliptope.contrastive.ContrastiveObjective.kernel",
        partition,
        Slip("partition", "pi l", "pi k"),
    ),
    Tie(
        "weighted_loss",
        "theory.elliptope.contrastive.ContrastiveObjective.loss",
        weighted_loss,
        Slip("weighted_loss", "- / tau", "- 1"),
    ),
    Tie(
        "population_loss",
        "theory.blockmodel.population_loss",
        loss_of_blocks,
        Slip("partition", "pi l", "pi k", ("weighted_loss", "population_loss")),
    ),
    Tie("gram", "theory.sphere.gram", gram_entry, Slip("dot", "x c * y c", "x c + y c", ("gram",))),
    Tie(
        "gradient",
        "theory.elliptope.contrastive.ContrastiveObjective.gradient",
        gradient,
        Slip("gradient", "- W l k", "- W k l"),
    ),
    Tie(
        "repulsion",
        "theory.elliptope.contrastive.ContrastiveObjective.gradient",
        gradient,
        Slip("repulsion", "G k l / tau", "G k l", ("gradient",)),
    ),
    Tie(
        "multiplier",
        "theory.elliptope.certificate.certificate",
        multiplier,
        Slip("multiplier", "gradient K tau pi W G k l * G k l", "gradient K tau pi W G k l"),
    ),
    Tie(
        "dual_matrix",
        "theory.elliptope.certificate.certificate",
        dual_matrix,
        Slip("dual_matrix", "multiplier K tau pi W G k", "multiplier K tau pi W G 0%nat"),
    ),
    Tie(
        "node_loss",
        "theory.blockmodel.graph_loss",
        node_loss,
        Slip("node_loss", "alpha (b i) (b j)", "1 - alpha (b i) (b j)"),
    ),
    Tie(
        "clip", "theory.blockmodel.limits.uniform_connection_cosine", clipped, Slip("clip", "Rmax low x", "Rmin low x")
    ),
    Tie(
        "equal_cosines",
        "theory.blockmodel.limits.simplex_etf",
        simplex,
        Slip("equal_cosines", "then 1 else c", "then c else 1"),
    ),
    Tie(
        "uniform_graph",
        "theory.blockmodel.limits.simplex_etf",
        simplex,
        Slip("uniform_graph", "then p else alpha", "then p else p"),
    ),
    Tie(
        "merged",
        "theory.blockmodel.limits.exact_collapse_multipliers",
        merged_pair,
        Slip("merged", "(k =? 2)%nat (l =? 2)%nat", "(k =? 1)%nat (l =? 1)%nat"),
    ),
    Tie(
        "biased_graph",
        "theory.blockmodel.biased_model",
        biased(False),
        Slip("biased_graph", "then beta else delta", "then gamma else delta"),
    ),
    Tie(
        "biased_shares",
        "theory.blockmodel.biased_model",
        biased(True),
        Slip("biased_shares", "| _ => rho / 2", "| _ => rho"),
    ),
    Tie("pmi", "theory.blockmodel.limits.pmi_gram", pmi, Slip("pmi", "1 + tau", "tau")),
    Tie(
        "representation_harm",
        "theory.harms.representation_harm",
        representation_harm,
        Slip("representation_harm", "(1 - balanced)", "(1 + balanced)"),
    ),
    Tie("minority_loss", "theory.blockmodel.population_loss", minority, Slip("minority_loss", "p0)", "0)")),
    Tie(
        "minority_shares",
        "theory.blockmodel.minority_model",
        minority,
        Slip("minority_shares", "(1 - s) * mu k", "mu k", ("minority_loss",)),
    ),
    Tie(
        "minority_graph",
        "theory.blockmodel.minority_model",
        minority,
        Slip("minority_graph", "p0 else links l", "links l else p0", ("minority_loss",)),
    ),
    Tie("one_tie", "theory.blockmodel.minority_model", minority, Slip("one_tie", "(l =? 0)%nat", "(l =? 1)%nat")),
    Tie(
        "collapse_side",
        "theory.blockmodel.vanishing_minority_cosine",
        side(lambda tau, c: f"collapse_side {tau} {c}", limits.vanishing_minority_cosine, 0),
        Slip("collapse_side", "cosh (/ tau)", "cosh (c / tau)"),
    ),
    Tie(
        "collapse_threshold",
        "theory.blockmodel.collapse_threshold",
        collapse_threshold,
        Slip("collapse_threshold", "- 1", "+ 1"),
    ),
    Tie(
        "majorities_side",
        "theory.blockmodel.limits.many_majorities_cosine",
        side(lambda tau, c: f"majorities_side 4 {tau} {c}", lambda r, t: limits.many_majorities_cosine(4, r, t), 0),
        Slip("majorities_side", "phi M tau 1", "phi M tau c"),
    ),
    Tie(
        "phi",
        "theory.blockmodel.limits.many_majorities_threshold",
        majorities_side,
        Slip("phi", "(INR M - 1) * exp", "exp", ("majorities_side",)),
    ),
    Tie(
        "psi",
        "theory.blockmodel.limits.many_majorities_threshold",
        majorities_side,
        Slip("psi", "(x / tau) -", "(x / tau) +", ("majorities_side",)),
    ),
    Tie(
        "unequal_side",
        "theory.blockmodel.limits.unequal_majorities_cosine",
        unequal_side,
        Slip("unequal_side", "- b / (", "+ b / ("),
    ),
)
