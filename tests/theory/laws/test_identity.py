"""A loss is recognised by its values alone: form, reduction, temperature, margin, scale, constant; and what is none of them."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastive_claims.theory import margins
from contrastive_claims.theory.laws import Failure, Loss, identify

FORMS = {
    ("infonce", 0.0): "info-nce", ("supcon", 0.0): "sup-con", ("supcon_in", 0.0): "sup-con-in",
    ("supcon_in_sum", 0.0): "sup-con-in-sum", ("infonce", math.inf): "info-l1o", ("infonce", 0.6): "eps-sup-infonce",
    ("supcon", 0.6): "eps-sup-con",
}  # fmt: skip
REDUCTIONS = {
    "valid": ("mean over anchors", "left out"), "all": ("mean over anchors", "counted as 0"),
    "sum": ("sum over anchors", "left out"), "pairs": ("mean over positive pairs", "left out"),
    "pair sum": ("sum over positive pairs", "left out"),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS, ids=FORMS.get)
@given(
    temperature=st.floats(0.05, 2),
    reduction=st.sampled_from(list(REDUCTIONS)),
    scale=st.sampled_from([1.0, 0.3, -1.0, 12.0]),
    constant=st.sampled_from([0.0, 1.5]),
    seed=st.integers(0, 99),
)
@settings(max_examples=4, deadline=None)
def test_a_loss_without_options_is_recognised_with_all_that_is_in_it(
    textbook, form, temperature, reduction, scale, constant, seed
):
    loss = Loss(textbook(form[0], temperature, form[1], scale, constant, reduction))
    found = identify(loss, seed=seed).identity
    assert found is not None and found.form == FORMS[form] and found.residual <= 1e-6
    assert (found.reduction, found.singletons) == REDUCTIONS[reduction]
    assert found.temperature == pytest.approx(temperature, rel=1e-4)
    assert found.scale == pytest.approx(scale, rel=1e-3) and found.normalises
    assert found.constant == pytest.approx(constant, abs=1e-3)
    if 0 < form[1] < math.inf:
        assert found.epsilon == pytest.approx(form[1], rel=1e-3)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"temperature": "asked"}, "SupCon out, mean over anchors with positives"),
        (
            {"temperature": "asked", "scale": 1 / 0.07, "times_temperature": True, "reduction": "all"},
            "SupCon out, mean over all anchors, times tau/0.07",
        ),
        ({"temperature": "asked", "scale": 2.0, "times_temperature": True}, "times 2 tau"),
        ({"temperature": "asked", "scale": 0.5, "reduction": "sum"}, "SupCon out, sum over anchors, times 0.5"),
        ({"temperature": 0.1, "scale": 0.1 / 0.07}, "temperature 0.1, mean over anchors with positives, times 1.42857 (tau"),
        ({"temperature": "asked", "epsilon": "asked", "constant": "epsilon"}, "with positives, plus eps"),
        ({"temperature": 0.2, "epsilon": 0.7, "form": "infonce"}, "eps-SupInfoNCE at eps = 0.7, temperature 0.2"),
        ({"temperature": "asked", "constant": -0.25}, "minus 0.25"),
        ({"temperature": "asked", "slip": "itself"}, "SupCon out with the anchor itself in the denominator"),
        ({"temperature": "asked", "form": "infonce", "slip": "itself"}, "InfoNCE with the anchor itself in the denominator"),
    ],
)  # fmt: skip
def test_the_summary_names_it(textbook, options, words):
    found = identify(Loss(textbook(**options))).identity
    assert found is not None and words in found.summary()


def test_two_views_are_nt_xent_or_two_towers():
    losses = {
        "nt-xent": lambda first, second, tau: margins.nt_xent((first, second), temperature=tau),
        "two-towers": lambda first, second, tau: margins.two_towers(first, second, temperature=tau),
        "one-way": lambda first, second, tau: margins.info_nce(first, keys=second, contrast="keys", temperature=tau),
        "info-l1o": lambda first, second, tau: margins.info_l1o((first, second), temperature=tau),
    }
    for name, call in losses.items():
        found = identify(Loss(call, views=True)).identity
        assert (
            found is not None and found.form == name and found.temperature is None and found.scale == pytest.approx(1)
        )


def test_margin_and_temperature_that_are_asked_for_are_the_losses_own():
    found = identify(Loss(margins.eps_sup_infonce)).identity
    assert found is not None and found.epsilon is None and found.temperature is None
    fixed = identify(Loss(lambda z, y, temperature: margins.eps_sup_infonce(z, y, temperature, 0.4))).identity
    assert fixed is not None and fixed.epsilon == pytest.approx(0.4) and fixed.temperature is None


@pytest.mark.parametrize(
    "call",
    [
        lambda z, y: (torch.nn.functional.normalize(z) ** 3 * (1 + y[:, None])).sum(),
        lambda z, y: margins.sup_con(z, y, 0.1) + 0.01 * margins.sup_con(z, y, 1.0),
        lambda z, y: margins.sup_con(z, y, 0.1, hard_negatives=1.0),
        lambda z, y, temperature: margins.sup_con(z, y, 1 / temperature),
    ],
    ids=["no loss", "a mixture", "hard negatives", "a temperature upside down"],
)
def test_what_is_none_of_them_is_told_with_the_nearest(call):
    found = identify(Loss(call))
    assert found.identity is None and found.nearest.startswith("nearest: ")


def test_one_form_alone_may_be_asked_for():
    assert identify(Loss(margins.sup_con), only="sup-con").identity is not None
    assert identify(Loss(margins.sup_con), only="info-nce").identity is None
    with pytest.raises(ValueError, match="form: one of info-nce, "):
        identify(Loss(margins.sup_con), only="supcon")


def test_habits_are_found(textbook):
    plain = identify(Loss(textbook(temperature="asked")))
    assert plain.resolution == 1e-9 and plain.normalises and plain.learnable

    def single(embeddings, labels, temperature=0.1):
        return margins.sup_con(embeddings.float(), labels, float(temperature))

    assert identify(Loss(single)).resolution == 1e-4 and not identify(Loss(single)).learnable

    def as_they_are(embeddings, labels):
        logits = (embeddings @ embeddings.T / 0.2).masked_fill(torch.eye(len(labels), dtype=torch.bool), -torch.inf)
        same = (labels[:, None] == labels) & ~torch.eye(len(labels), dtype=torch.bool)
        return -(logits.log_softmax(1).where(same, 0).sum(1) / same.sum(1)).mean()

    found = identify(Loss(as_they_are))
    assert not found.normalises and found.identity is not None and found.identity.form == "sup-con"
    assert "of rows as they are" in found.identity.summary() and found.identity.singletons == "returned nan"


def test_a_loss_that_gives_no_number_on_ordinary_batches_fails():
    with pytest.raises(Failure, match=r"returned a tensor of shape \[7\]"):
        identify(Loss(lambda z, y: z.sum(1)))
