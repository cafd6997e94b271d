"""The tie of Spec.v to the running code: nothing is left out, points differ by seed, the kernel tells departures apart."""

import os
import re
import secrets
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from contrastive_claims.experiments.prove import coq, tie
from contrastive_claims.experiments.prove.sources import Sources
from contrastive_claims.experiments.prove.tie import TIES

# Definitions of Spec.v without a function of the same formula: what others are made of, and what a statement says of all points.
PARTS = {
    "sum", "total", "mean", "sum_exp", "largest", "vector", "dot", "over_negatives", "anchor_law", "sample_law", "collapse_loss",
}  # fmt: skip
STATEMENTS = {
    "on_sphere", "non_contrastive_terms", "minimises", "balanced", "joint_law", "block_model", "unit_vectors", "optimal",
    "optimum_is", "psd", "elliptope", "nodes_of", "limit_cosine", "others",
}  # fmt: skip
needs_coq = pytest.mark.skipif(shutil.which("coqc") is None, reason="Coq is not installed")


def defined():
    return set(re.findall(r"\b(?:Definition|Fixpoint) ([\w']+)", Sources.read().plain["Spec"]))


def test_every_definition_is_tied_or_said_to_have_no_counterpart():
    tied = {t.definition for t in TIES}
    assert len(tied) == len(TIES) and tied | PARTS | STATEMENTS == defined()


def test_every_slip_changes_a_definition_once():
    sources = Sources.read()
    for t in TIES:
        assert t.slip.old != t.slip.new and tie.slip("s", t, sources, np.random.default_rng(0), 1)


@pytest.mark.parametrize("t", TIES, ids=lambda t: t.definition)
def test_points_are_drawn_from_the_seed(t, seed):
    drawn = [t.draw(np.random.default_rng([s, 1])) for s in (seed, seed, seed + 1)]
    assert drawn[0] == drawn[1] != drawn[2] and all(np.isfinite(value) for _, value in drawn)


@pytest.fixture
def build(tmp_path):
    return coq.Build(Path(os.environ.get("CLAIMS_FORMAL") or tmp_path), coq.Coq.here(), 2)


SOME = [t for t in TIES if t.definition in ("eps_sup_infonce", "hinge", "degree", "collapse_threshold")]


@needs_coq
def test_the_kernel_accepts_the_functions_and_tells_slips_apart(build):
    tied = tie.check(build, Sources.read(), secrets.randbelow(2**32), 2, True, SOME)
    assert [(t.points, t.caught, t.problem) for t in tied] == [(2, True, "")] * len(SOME)


@needs_coq
@pytest.mark.slow
def test_a_departure_of_two_billionths_is_refused_and_named(build):
    def off(generator):
        expression, value = SOME[2].draw(generator)
        return expression, value + 2e-9

    no_slip = replace(SOME[2].slip, old="sum K", new="0 + sum K")
    ties = [SOME[0], replace(SOME[2], draw=off), replace(SOME[3], slip=SOME[3].slip)]
    found = {t.tie.definition: t for t in tie.check(build, Sources.read(), 1, 2, False, ties)}
    assert found["eps_sup_infonce"].points == 2 and found["eps_sup_infonce"].problem == ""
    assert found["degree"].points == 0 and "at_1_0" in found["degree"].problem
    (harmless,) = tie.check(build, Sources.read(), 1, 1, True, [replace(SOME[2], slip=no_slip)])
    assert harmless.points == 1 and not harmless.caught and "slip_0" in harmless.problem


@needs_coq
@pytest.mark.slow
def test_every_definition_at_twenty_fresh_points(build):
    seed = secrets.randbelow(2**32)
    print("seed", seed)
    tied = tie.check(build, Sources.read(), seed, 20)
    assert [t.problem for t in tied if t.problem] == [] and all(t.caught and t.points == 20 for t in tied)
