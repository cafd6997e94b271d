"""Reports: the smallest batch, the line that makes it again, what is refused; from Python and from pytest."""

import importlib
import math
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import torch

from contrastive_claims.theory import margins
from contrastive_claims.theory.laws import LAWS, Case, Loss, check_loss, hold, parametrize_with_laws, replay
from contrastive_claims.theory.laws.holding import BROKEN, HELD, try_law
from contrastive_claims.theory.laws.holding import prepare as look_at
from contrastive_claims.theory.laws.laws import BY_NAME


def theirs(features, mask, t):
    """A loss of features [b, 1, d] and a mask [b, b] of equal labels, which names its temperature otherwise."""
    assert features.ndim == 3 and mask.dtype == torch.bool
    return margins.sup_con(features[:, 0], mask.int().argmax(1), t, no_positives="skip")


def adapted(embeddings, labels, temperature=0.1):
    """Five lines bring it to the shape that laws are tried in."""
    features = embeddings[:, None, :]
    mask = labels[:, None] == labels
    return theirs(features, mask, t=temperature)


def test_there_are_laws_of_every_kind_with_formula_and_source():
    assert len(LAWS) == len(BY_NAME) >= 25
    assert all(law.says and law.source and law.slack.__doc__ and law.unclaimed.__module__ for law in LAWS)
    assert {"A2; ours with several positives", "A3", "A8", "A10", "A12, A13", "A4"} <= {law.source for law in LAWS}


@pytest.mark.parametrize(
    "loss",
    [margins.sup_con, margins.eps_sup_infonce, margins.sup_con_in, margins.info_l1o, margins.SupCon, margins.EpsSupCon(0.2, 0.3)],
    ids=["sup_con", "eps_sup_infonce", "sup_con_in", "info_l1o", "a class", "a module"],
)  # fmt: skip
def test_our_losses_keep_every_law_that_is_claimed(loss):
    found = check_loss(loss, examples=8)
    assert found.finding.identity is not None and found.finding.identity.residual < 1e-9
    refused = [outcome.says for outcome in found.outcomes if outcome.law.name == "no positives"]
    assert refused[0].startswith("refused: raised ValueError: labels: ")


def test_the_smallest_batch_is_small_and_its_line_makes_it_again(textbook, tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text(
        textwrap.dedent("""
            import torch
            def loss(embeddings, labels, temperature=0.1):
                unit = torch.nn.functional.normalize(embeddings, dim=1)
                logits = (unit @ unit.T / temperature).masked_fill(torch.eye(len(unit), dtype=torch.bool), -torch.inf)
                same = (labels[:, None] == labels) & ~torch.eye(len(unit), dtype=torch.bool)
                return -(logits.log_softmax(1).where(same, 0).sum(1) / same.sum(1).clamp(min=1)).mean()
        """)
    )
    monkeypatch.syspath_prepend(tmp_path)
    mine = importlib.import_module("mine").loss
    laws = [BY_NAME["a singleton"], BY_NAME["a singleton has no say"]]
    found = hold(Loss(mine, name="mine:loss"), seed=3, laws=laws)
    assert [outcome.law.name for outcome in found.broken] == ["a singleton has no say"]
    (outcome,) = found.broken
    assert len(outcome.case.labels) == 5 and outcome.case.temperature == 0.5  # two classes of two, and one alone
    line = found.reproduced_by(outcome)
    printed = subprocess.run(
        [sys.executable, "-c", line], capture_output=True, text=True, check=True, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{Path(__file__).parents[3]}"},
    )  # fmt: skip
    assert float(printed.stdout) == pytest.approx(outcome.slack, rel=1e-6) and outcome.slack < 0
    assert hold(Loss(mine), seed=3, laws=laws).broken[0].case == outcome.case  # deterministic in the seed


def test_an_adapter_of_five_lines_does():
    assert check_loss(adapted, examples=5).summary == "this is SupCon out, mean over anchors with positives"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda z, y: z.nothing, "raised AttributeError: 'Tensor' object has no attribute 'nothing'"),
        (lambda z, y: z.sum() * math.nan, "returned nan"),
        (lambda z, y: (z * z).sum(1), r"returned a tensor of shape \[6\], not one number"),
        (lambda z, y: "loss", "returned a str, not a number"),
        (lambda z: z.sum(), "raised TypeError: .*takes 1 positional argument but 2 were given"),
        (lambda z, y: (z - z.detach()).abs().sum().sqrt(), "its gradient holds NaN or infinity"),
    ],
)
def test_what_is_no_loss_is_one_sentence_that_names_the_law(call, message):
    with pytest.raises(ValueError, match=rf"law 'one number': <lambda> {message} on an ordinary batch"):
        hold(call)


def test_an_epsilon_that_guards_a_denominator_is_no_margin():
    def guarded(embeddings, labels, temperature=0.1, epsilon=1e-8):
        assert epsilon == 1e-8
        return margins.sup_con(embeddings, labels, temperature)

    def of_a_margin(embeddings, labels, temperature=0.1, epsilon=0.0):
        return margins.eps_sup_con(embeddings, labels, temperature, epsilon)

    assert not Loss(guarded).takes_epsilon and Loss(of_a_margin).takes_epsilon
    assert check_loss(guarded, examples=3, laws=[BY_NAME["closed form"]]).finding.identity.form == "sup-con"


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="loss: must be a function, a class or a module, got float"):
        hold(1.5)
    with pytest.raises(ValueError, match="declared: one of info-nce, "):
        hold(margins.sup_con, declared="contrastive")
    with pytest.raises(ValueError, match="law: one of repeatable, "):
        replay(margins.sup_con, "gravity", Case(((1, 0),), (0,)))


def test_a_loss_that_raises_at_some_batch_breaks_the_law_with_what_it_raised():
    def picky(embeddings, labels, temperature=0.1):
        if temperature < 0.2:
            raise RuntimeError("too cold")
        return margins.sup_con(embeddings, labels, temperature)

    outcome = try_law(look_at(picky), BY_NAME["rotation"])
    assert (outcome.verdict, outcome.says) == (BROKEN, "raised RuntimeError: too cold") and outcome.slack is None
    assert replay(picky, "rotation", outcome.case) == "raised RuntimeError: too cold"


def test_refusals_are_kept_and_accidents_are_not():
    def accident(embeddings, labels, temperature=0.1):
        if len(labels.unique()) == 1:
            raise IndexError("index 3 is out of bounds")
        return margins.sup_con(embeddings, labels, temperature, no_positives="zero")

    def refusal(embeddings, labels, temperature=0.1):
        return margins.sup_con(embeddings, labels, temperature)

    outcomes = [try_law(look_at(call), BY_NAME["one class"], examples=5) for call in (accident, refusal)]
    assert [outcome.verdict for outcome in outcomes] == [BROKEN, HELD]


def test_check_loss_raises_with_a_line_for_each_broken_law(textbook):
    with pytest.raises(AssertionError, match=r"breaks \d+ laws; this is SupCon out(?s:.*)a singleton has no say: by "):
        check_loss(textbook(temperature="asked", slip="mean over all"), examples=10)


@parametrize_with_laws(
    margins.sup_con, Loss(lambda a, b, tau: margins.nt_xent((a, b), temperature=tau), views=True), examples=3
)
def test_the_pytest_entry(loss, law):
    law(loss)


def test_the_pytest_entry_fails_with_the_line_and_skips_what_is_not_claimed(textbook):
    marked = parametrize_with_laws(textbook(temperature="asked", slip="sign"), examples=10)
    checks = {parameters.id.split("-")[-1]: parameters.values for parameters in marked.args[1]}
    assert len(checks) == len(LAWS)
    loss, law = checks["simplex is best"]
    with pytest.raises(AssertionError, match=r"breaks simplex is best .*\n.*replay\("):
        law(loss)
    loss, law = checks["swapped views"]
    with pytest.raises(pytest.skip.Exception, match="not claimed: it does not take two views"):
        law(loss)


def test_cases_are_data_and_zero_rows_stay_zero():
    case = Case(((3, 4), (0, 0)), (0, 1), seed=5)
    assert eval(repr(case)) == case  # noqa: S307 - a repr of ours
    np.testing.assert_allclose(case.unit, [[0.6, 0.8], [0, 0]])
    assert case.generator.integers(1000) == case.generator.integers(1000)
