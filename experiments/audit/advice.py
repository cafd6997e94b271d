"""What could be done, as far as claims of this package support it: each word with its claim and what the record says of it."""

from __future__ import annotations

from typing import Any

from contrastive_claims.experiments.ledger import records

SAYINGS = {
    "lean": (
        (
            "B27",
            "counting or drawing every class alike in training, or a lower temperature, may raise the RH of a rare class",
        ),
        ("B8", "in the block model a lower temperature protects a rare group, a higher one lets it collapse"),
        ("B30", "a lean need not be a merger: look at the separation kept before acting"),
        ("B11", "retraining the head alone leaves the part of the harm that sits in the representation"),
    ),
    "bias": (
        ("A18a", "FairKL by equal means, and the released penalty, raised the unbiased accuracy under a strong bias"),
    ),
}


def advice_for(report: dict[str, Any]) -> list[dict[str, str]]:
    """Sayings that fit the findings; none where nothing was found."""
    wanted = ["lean"] if report["leans"] else []
    numbers = report.get("bias", {}).get("numbers", {})
    probe = numbers.get("probe of the bias")
    if probe and probe["low"] > probe["shuffled"] + (probe["value"] - probe["low"]):  # the shuffled one errs as much
        wanted.append("bias")
    verdicts = {}
    for scale in ("quick", "standard"):
        verdicts |= {claim: record["verdict"] for claim, record in records.recorded(scale).items()}
    return [
        {"claim": claim, "verdict": verdicts.get(claim, "not run"), "says": says}
        for topic in wanted
        for claim, says in SAYINGS[topic]
    ]
