"""What losses in others' packages are, and ours: ours to state, each recognised by its values and held to theory.laws."""

from __future__ import annotations

from contrastive_claims.experiments.ledger.vocabulary import Claim, met

RECOGNISED = "contrastive_claims.experiments.claims.losses.recognised:"

SETTINGS: dict[str, str] = {
    "the laws of its kind": (
        "those of theory/laws that a loss of that form should keep, each on 4 to 12 small batches that Hypothesis draws, and on "
        "150 where one is said to be broken; the form is that which leaves less than a millionth of the spread of values"
    ),
}

_CRITERIA = met("residual <= 1e-6", "named_wrongly <= 0", "others_broken <= 0", "not_broken <= 0")

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "L1",
        "ours, on pytorch-metric-learning",
        "SupConLoss is SupCon out, averaged over the anchors whose loss is above zero: one that rounds to zero leaves the "
        "mean, so that at low temperatures even the order of the batch may matter; and a batch of one class costs nothing.",
        hypotheses="the laws of its kind; cosines, the package's other defaults; broken: one class, large logits",
        criteria=_CRITERIA,
        check=RECOGNISED + "metric_learning_supcon",
        control="sign flipped",
        packages=("hypothesis", "pytorch-metric-learning"),
        share=3,
    ),
    Claim(
        "L2",
        "ours, on pytorch-metric-learning",
        "NTXentLoss with labels is InfoNCE with the negatives alone (SINCERE), averaged over positive pairs and not over "
        "anchors, and cut: a pair's loss does not exceed the logarithm of a small number of its precision.",
        hypotheses="the laws of its kind; cosines, the package's other defaults; broken: large logits",
        criteria=_CRITERIA,
        check=RECOGNISED + "metric_learning_ntxent",
        control="sign flipped",
        packages=("hypothesis", "pytorch-metric-learning"),
        share=3,
    ),
    Claim(
        "L3",
        "ours, on lightly",
        "NTXentLoss is NT-Xent of two views, the mean over all anchors, and breaks no law.",
        hypotheses="the laws of its kind; no memory bank, one process",
        criteria=_CRITERIA,
        check=RECOGNISED + "lightly_ntxent",
        control="sign flipped",
        packages=("hypothesis", "lightly"),
        share=3,
    ),
    Claim(
        "L4",
        "ours, on SupContrast",
        r"SupContrast's loss, written from its formula, is SupCon out times $\tau/0.07$, of rows as they are. The small number "
        "inside its logarithm cuts the loss and parts its gradient from its value; an anchor without positives makes it NaN.",
        hypotheses="the laws of its kind; broken: a singleton, no positives, closed form, gradient, large logits",
        criteria=_CRITERIA,
        check=RECOGNISED + "supcontrast_as_written",
        control="sign flipped",
        packages=("hypothesis",),
        share=3,
    ),
    Claim(
        "L5",
        "ours, on SINCERE",
        "SINCERE's loss, written from its formula, is InfoNCE with the negatives alone, the mean over anchors: eps-SupInfoNCE at "
        r"$\varepsilon = 0$. An anchor without positives makes it NaN.",
        hypotheses="the laws of its kind; broken: a singleton, no positives",
        criteria=_CRITERIA,
        check=RECOGNISED + "sincere_as_written",
        control="sign flipped",
        packages=("hypothesis",),
        share=2,
    ),
    Claim(
        "L6",
        "ours, a test of this code",
        "Each loss of theory.margins is the form of its name, the mean over anchors without factor or constant, and "
        "breaks no law.",
        hypotheses="the laws of its kind; InfoNCE, SupCon out and in, InfoL1O, eps-SupInfoNCE, eps-SupCon, NT-Xent of two views",
        criteria=_CRITERIA,
        check=RECOGNISED + "ours",
        control="signs flipped",
        packages=("hypothesis",),
        share=5,
    ),
)
