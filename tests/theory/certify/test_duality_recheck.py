"""Duality certificates against the exact threshold of the gap, computed in floating point from the same matrices."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.theory.blockmodel import BlockModel, minimise_population
from contrastive_claims.theory.blockmodel.population import population_loss, population_objective
from contrastive_claims.theory.blockmodel.proofs import population_duality
from contrastive_claims.theory.certify.duality import gap_holds
from contrastive_claims.theory.certify.problems import Problem
from contrastive_claims.theory.certify.recheck import MALFORMED
from contrastive_claims.theory.margins.logits import eps_sup_con_from_logits, eps_sup_infonce_from_logits
from contrastive_claims.theory.sphere import simplex_etf

laws = settings(deadline=None, max_examples=25)


def accepts(model, temperature, vectors, gap):
    return certified(
        population_duality(model.proportions, model.connectivity, temperature, vectors, str(Fraction(gap)))
    )


def certified(step):
    """Whether a duality step is a problem and its gap holds, however large."""
    problem = "supervised" if "labels" in step else "population"
    try:
        return gap_holds(Problem.read({"problem": problem, **step}, largest=fmpq(10**9)))
    except MALFORMED:
        return False


def least_gap(model, temperature, gram):
    """The least delta with S + delta Diag(pi) psd."""
    return least_shift(population_objective(model, temperature).gradient(gram), gram, model.proportions)


def least_shift(gradient, gram, shares):
    slack = gradient - np.diag((gradient * gram).sum(1))
    root = np.sqrt(shares)
    return -np.linalg.eigvalsh(slack / np.outer(root, root)).min()


@st.composite
def models(draw):
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    blocks = draw(st.integers(2, 5))
    shares = generator.dirichlet(np.full(blocks, 2.0)) * 0.9 + 0.1 / blocks
    within = np.diag(generator.uniform(0.3, 1, blocks))
    between = np.triu(generator.uniform(0, 0.6, (blocks, blocks)) * generator.integers(0, 2, (blocks, blocks)), 1)
    return BlockModel(shares / shares.sum(), within + between + between.T), draw(st.sampled_from([0.2, 0.5, 1.0, 2.0]))


@given(models(), st.integers(0, 2**32 - 1))
@laws
def test_an_optimum_is_accepted_and_a_perturbed_one_refused(case, seed):
    model, temperature = case
    optimum = minimise_population(model, temperature)
    assert accepts(model, temperature, optimum.vectors, "1/100000000")
    moved = optimum.vectors + 0.1 * np.random.default_rng(seed).normal(size=optimum.vectors.shape)
    excess = loss_of(model, temperature, moved) - optimum.loss
    if excess > 1e-7:
        assert not accepts(model, temperature, moved, "1/100000000")


def loss_of(model, temperature, vectors):
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return population_loss(model, unit @ unit.T, temperature=temperature)


@given(models(), st.integers(0, 2**32 - 1))
@laws
def test_any_point_is_accepted_from_its_least_gap_on_and_that_gap_is_a_bound(case, seed):
    model, temperature = case
    vectors = np.random.default_rng(seed).normal(size=(model.blocks, 3)) * 7  # lengths do not matter
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    least = least_gap(model, temperature, unit @ unit.T)
    assert accepts(model, temperature, vectors, Fraction(least * (1 + 1e-9)) + Fraction(1, 10**10))
    assert not accepts(model, temperature, vectors, Fraction(least * (1 - 1e-9)) - Fraction(1, 10**10))
    assert loss_of(model, temperature, vectors) - minimise_population(model, temperature).loss <= least + 1e-9


BALANCED = BlockModel([0.5, 0.5], [[0.9, 0.1], [0.1, 0.9]])


def test_no_gap_below_zero_or_at_zero():
    vectors = minimise_population(BALANCED).vectors
    assert accepts(BALANCED, 1.0, vectors, "1/1000000000")
    assert not accepts(BALANCED, 1.0, vectors, "0")  # strict: a semidefinite boundary is never decided by balls
    assert not accepts(BALANCED, 1.0, vectors, "-1/1000")


@pytest.mark.parametrize(
    "damage",
    [
        {"proportions": [0.5, 0.4]},
        {"proportions": [1.5, -0.5]},
        {"proportions": []},
        {"proportions": [1.0]},
        {"temperature": 0.0},
        {"temperature": -1.0},
        {"temperature": -1.0, "vectors": [[1.0, 0.0], [1.0, 0.0]]},  # optimal there, but no model has that temperature
        {"connectivity": [[0.9, 0.1], [0.2, 0.9]]},
        {"connectivity": [[0.9, -0.1], [-0.1, 0.9]]},
        {"connectivity": [[0.9, 0.1]]},
        {"connectivity": [[0.9], [0.1]]},
        {"connectivity": [[0.9, 0.1, 0.5], [0.1, 0.9, 0.5]]},
        {"connectivity": [[0.0, 0.0], [0.0, 0.9]]},
        {"vectors": [[1.0, 0.0]]},
        {"vectors": [[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]]},
        {"vectors": [[1.0, 0.0], [-1.0]]},
        {"vectors": [[0.0, 0.0], [-1.0, 0.0]]},
        {"vectors": [[], []]},
        {"vectors": [[float("inf"), 0.0], [1.0, 0.0]]},
        {"gap": 1e300 * 1e10},
        {"gap": float("nan")},
        {"gap": None},
    ],
    ids=str,
)
def test_what_is_no_block_model_is_refused(damage):
    optimum = minimise_population(BALANCED)
    step = population_duality(BALANCED.proportions, BALANCED.connectivity, 1.0, optimum.vectors, "1/1000")
    assert certified(step)
    assert not certified({**step, **damage})


SUPERVISED = {"eps_sup_infonce": eps_sup_infonce_from_logits, "eps_sup_con": eps_sup_con_from_logits}


def supervised_loss(gram, labels, temperature, epsilon, loss):
    """Mean over anchors of the shipped loss, from a torch Gram matrix."""
    terms = []
    for i, own in enumerate(labels):
        positives = [p for p, other in enumerate(labels) if other == own and p != i]
        negatives = [j for j, other in enumerate(labels) if other != own]
        terms.append(SUPERVISED[loss](gram[i, positives] / temperature, gram[i, negatives] / temperature, epsilon))
    return torch.stack(terms).mean()


def supervised_step(labels, temperature, epsilon, loss, vectors, gap):
    return {
        "kind": "duality", "problem": "supervised", "says": "free embeddings", "labels": list(labels), "loss": loss,
        "temperature": temperature, "epsilon": epsilon, "vectors": np.asarray(vectors).tolist(), "gap": str(Fraction(gap)),
    }  # fmt: skip


@given(
    st.sampled_from(sorted(SUPERVISED)), st.sampled_from([0.0, 0.25, 2.0]), st.sampled_from([0.5, 1.0]), st.integers(0, 2**32 - 1)
)  # fmt: skip
@laws
def test_supervised_certificates_speak_of_the_shipped_losses(loss, epsilon, temperature, seed):
    generator = np.random.default_rng(seed)
    labels = [0, 0, 1, 1, 1, 2, 2]
    vectors = generator.normal(size=(len(labels), 4))
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    gram = torch.tensor(unit @ unit.T, requires_grad=True)
    supervised_loss(gram, labels, temperature, epsilon, loss).backward()
    gradient = (gram.grad.numpy() + gram.grad.numpy().T) / 2
    least = least_shift(gradient, gram.detach().numpy(), np.full(len(labels), 1 / len(labels)))
    for gap, accepted in ((Fraction(least) + Fraction(1, 10**9), True), (Fraction(least) - Fraction(1, 10**9), False)):
        step = supervised_step(labels, temperature, epsilon, loss, vectors, gap)
        assert certified(step) == accepted


@pytest.mark.parametrize("loss", sorted(SUPERVISED))
def test_collapsed_classes_on_the_simplex_are_certified_and_a_moved_sample_is_not(loss):
    labels = [0, 0, 1, 1, 2, 2]
    vectors = np.asarray(simplex_etf(3, 3))[labels]
    assert certified(supervised_step(labels, 0.5, 0.25, loss, vectors, "1/1000000"))
    vectors = vectors.copy()
    vectors[0] += 0.1
    assert not certified(supervised_step(labels, 0.5, 0.25, loss, vectors, "1/1000000"))
    for damage in (
        {"labels": labels[:-1]},
        {"labels": 6},
        {"loss": "triplet"},
        {"epsilon": None},
        {"problem": "other"},
    ):
        step = {
            **supervised_step(labels, 0.5, 0.25, loss, np.asarray(simplex_etf(3, 3))[labels], "1/1000000"),
            **damage,
        }
        assert not certified(step)
