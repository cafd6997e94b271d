"""How figures show and name the methods of paper A: losses, and penalties added to eps-SupInfoNCE."""

from __future__ import annotations

from contrastive_claims.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    SKY,
)

EPS = r"$\varepsilon$"
LOOKS = {  # colour and marker of each method
    "cross-entropy": (GREY, "X"),
    "sup-con": (PURPLE, "P"),
    "eps-sup-con": (ORANGE, "v"),
    "eps-sup-infonce": (BLUE, "o"),
    "end": (GREEN, "s"),
    "paper": (ORANGE, "^"),
    "batch": (SKY, "v"),
    "floored": (BLACK, "D"),
    "jeffreys": (GREEN, "v"),
    "released": (RED, "*"),
    "entangle": (GREEN, "s"),
    "bias-contrast": (ORANGE, "^"),
    "bias-balanced": (SKY, "D"),
}
NAMES = {
    "cross-entropy": "cross-entropy",
    "sup-con": "SupCon",
    "eps-sup-con": f"{EPS}-SupCon",
    "eps-sup-infonce": f"{EPS}-SupInfoNCE",
    "end": "+ FairKL, equal means",
    "paper": "+ FairKL, per anchor",
    "batch": "+ FairKL, pooled",
    "floored": r"+ FairKL, variances $\geq 0.1$",
    "jeffreys": "+ FairKL, Jeffreys",
    "released": "+ released penalty",
    "linear": "+ its linear terms",
    "matching": "+ its squared gaps",
    "pull": "+ its pull alone",
    "push": "+ its push alone",
    "entangle": "EnD (2021)",
    "bias-contrast": "BiasCon + cross-entropy",
    "bias-balanced": "BiasBal",
}
SAID = {
    "end": "FairKL by equal means",
    "paper": "FairKL as a Gaussian KL",
    "batch": "FairKL as a KL, pooled over the batch,",
    "floored": r"FairKL as a KL with variances $\geq 0.1$",
    "jeffreys": "FairKL as a Jeffreys divergence",
    "released": "The released penalty",
}


def said_of(method: object) -> str:
    """How a title names a method."""
    return SAID.get(str(method), NAMES[str(method)])
