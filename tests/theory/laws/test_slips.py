"""Deliberate slips: each is caught by the law that is about it, and the loss without it keeps every law that is claimed."""

import pytest

from contrastive_claims.theory.laws import Loss, hold
from contrastive_claims.theory.laws.holding import BROKEN, HELD, NOT_CLAIMED
from contrastive_claims.theory.laws.laws import BY_NAME

# slip: (options of the textbook loss, the law that catches it)
SLIPS = {
    "sign": ({}, "simplex is best"),
    "itself": ({}, "hinge sandwich"),
    "itself of InfoNCE": ({"form": "infonce", "slip": "itself"}, "hinge sandwich"),
    "epsilon dropped": ({"epsilon": "asked"}, "falls in epsilon"),
    "epsilon dropped of InfoNCE": ({"form": "infonce", "epsilon": "asked", "slip": "epsilon dropped"}, "falls in epsilon"),
    "mean over all": ({}, "a singleton has no say"),
    "keeps nan": ({}, "a singleton"),
    "detached": ({}, "gradient"),
    "negatives detached": ({}, "gradient"),
    "by value": ({}, "duplicates"),
    "order": ({}, "permutation"),
    "names": ({}, "relabelling"),
    "in place": ({}, "repeatable"),
    "axes": ({}, "rotation"),
    "noise": ({}, "repeatable"),
    "upper triangle": ({}, "permutation"),
}  # fmt: skip


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_caught_by_its_law(textbook, name):
    options, law = SLIPS[name]
    found = hold(Loss(textbook(**{"temperature": "asked", "slip": name} | options)), laws=[BY_NAME[law]])
    assert [outcome.law.name for outcome in found.broken] == [law]
    clean = hold(Loss(textbook(**{"temperature": "asked"} | options | {"slip": ""})), laws=[BY_NAME[law]])
    assert not clean.broken


@pytest.mark.parametrize("form", ["infonce", "supcon", "supcon_in"])
def test_without_a_slip_nothing_is_broken(textbook, form):
    assert not hold(textbook(form=form, temperature="asked"), examples=15).broken


def test_clamped_cosines_are_no_loss_known_unless_the_loss_says_what_it_is(textbook):
    """Paper B's released NT-Xent: with cosines clamped at 1e-7 negative pairs get no gradient. Its own differences agree."""
    clamped = textbook(temperature="asked", slip="clamped")
    assert hold(clamped, examples=5).summary.startswith("this is no loss known here; nearest: ")
    declared = hold(clamped, declared="sup-con", examples=5)
    assert "declared form" in [outcome.law.name for outcome in declared.broken]
    assert declared.summary.startswith("this is not SupCon out")


def test_a_declared_form_is_held_to_its_formula(textbook):
    """A margin that is dropped is SupCon's: of a loss that claims to be eps-SupInfoNCE, the declared form breaks."""
    found = hold(textbook(temperature="asked", form="supcon"), declared="eps-sup-infonce", examples=5)
    assert [outcome.law.name for outcome in found.broken] == ["declared form"]
    assert not hold(textbook(temperature="asked", form="supcon"), declared="sup-con", examples=5).broken


def test_which_laws_are_claimed_depends_on_the_loss(textbook):
    def verdicts(**options):
        return {o.law.name: (o.verdict, o.says) for o in hold(textbook(**options), examples=3).outcomes}

    supcon, infonce = verdicts(temperature="asked"), verdicts(form="infonce", temperature=0.2)
    assert supcon["above SupInfoNCE"] == (HELD, "") and infonce["above SupInfoNCE"][0] == NOT_CLAIMED
    assert supcon["margin from loss"] == (NOT_CLAIMED, "its positives are compared with each other")
    assert infonce["margin from loss"] == (HELD, "")
    assert infonce["large logits"] == infonce["learnable temperature"] == (NOT_CLAIMED, "it takes no temperature")
    nothing = verdicts(slip="clamped")
    assert nothing["closed form"] == (NOT_CLAIMED, "it is no loss known here") and nothing["rotation"] == (HELD, "")
    everything = {name for name, (verdict, _) in (supcon | infonce | nothing).items() if verdict != BROKEN}
    assert len(everything) == len(supcon)
