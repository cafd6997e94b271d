"""L1 to L6: losses written from papers agree with ours where they should, and the checks find what their rows say."""

import dataclasses

import pytest
import torch

from contrastive_claims.experiments.claims.catalogue import CLAIMS
from contrastive_claims.experiments.claims.losses import recognised
from contrastive_claims.experiments.claims.losses.from_papers import sincere, supcontrast
from contrastive_claims.experiments.ledger import keys
from contrastive_claims.experiments.ledger.judgement import weakened
from contrastive_claims.experiments.ledger.vocabulary import Run
from contrastive_claims.theory.laws.loss import Loss
from contrastive_claims.theory.margins import info_nce, sup_con

ROWS = {claim.id: claim for claim in CLAIMS if claim.id.startswith("L")}


def batch(seed):
    generator = torch.Generator().manual_seed(seed)
    rows = torch.randn(10, 4, dtype=torch.float64, generator=generator)
    return rows / rows.norm(dim=1, keepdim=True), torch.tensor([0, 0, 0, 1, 1, 1, 1, 2, 2, 2])


def test_losses_from_papers_are_those_of_their_names(seed):
    rows, labels = batch(seed)
    torch.testing.assert_close(sincere(3 * rows, labels, 0.2), info_nce(rows, labels, 0.2))
    for temperature in (0.5, 0.2):
        written = supcontrast(rows[:, None], labels, temperature)
        torch.testing.assert_close(written, temperature / 0.07 * sup_con(rows, labels, temperature), rtol=1e-6, atol=0)
    views = rows.reshape(5, 2, 4)
    expected = sup_con(views, torch.arange(5), 0.5) * 0.5 / 0.07
    torch.testing.assert_close(supcontrast(views, torch.arange(5), 0.5), expected, rtol=1e-6, atol=0)


@pytest.mark.parametrize("name", ["L4", "L5"])
def test_a_row_is_what_its_check_finds_and_its_control_is_not(name):
    claim = ROWS[name]
    check = getattr(recognised, claim.check.partition(":")[2])
    numbers, control = check(Run()).numbers, check(Run(control=True)).numbers
    assert all(criterion.judge(numbers) for criterion in claim.criteria)
    assert control["named_wrongly"].value >= 1 and control["others_broken"].value >= 1


def test_a_flipped_loss_takes_what_the_loss_takes():
    loss = Loss(recognised._flipped(sup_con))
    assert loss.takes_temperature and not loss.takes_epsilon


@pytest.mark.slow
@pytest.mark.parametrize("name", ["L1", "L2", "L6"])
def test_the_other_rows_too(name):
    claim = ROWS[name]
    numbers = getattr(recognised, claim.check.partition(":")[2])(Run()).numbers
    assert all(criterion.judge(numbers) for criterion in claim.criteria)


def test_a_row_about_a_package_follows_its_version_and_waits_where_it_is_absent(laboratory):
    here = laboratory.claim("A", "plain", packages=("numpy",))
    absent = laboratory.claim("B", "plain", packages=("a-package-that-is-nowhere",))
    laboratory.use(here, absent)
    assert laboratory.verify() == 0
    assert laboratory.load("A")["verdict"] == "HOLDS"
    waiting = laboratory.load("B")
    assert waiting["verdict"] == "NOT_RUN"
    assert waiting["reason"] == "needs a-package-that-is-nowhere: pip install a-package-that-is-nowhere"
    assert laboratory.log == ["plain ", "plain wrong"]
    assert keys.package_versions(("a-package-that-is-nowhere",)) == {"a-package-that-is-nowhere": "absent"}


def test_a_package_that_is_gone_weakens_nothing():
    claim = ROWS["L1"]
    assert not weakened(claim, "HOLDS", "NOT_RUN") and weakened(claim, "HOLDS", "REFUTED")
    assert weakened(dataclasses.replace(claim, packages=()), "HOLDS", "NOT_RUN")
