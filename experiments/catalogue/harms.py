"""Paper B's harms on real data: B9 to B14."""

from __future__ import annotations

from experiments.ledger import STATISTICAL, Claim, met

HARMS = "experiments.claims.harms:"

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "B9",
        "B, harms",
        "Representation harm: an undersampled class moves towards its semantic neighbour: RH(i, neighbour) is the row's "
        "minimum and lies below the mean of the rest of the row.",
        hypotheses="quick form: scikit-learn's digits, classes 1 and 2 undersampled 20 times, five paired seeds; SimCLR without a "
        "projection head (embeddings as the loss compares them), mild augmentation: settings chosen on other seeds so that "
        "an effect can show; with a projection head the neighbour of digit 2 was usually not the minimum at this size",
        method=STATISTICAL,
        criteria=met(
            "digit_1_neighbour_minus_next < 0",
            "digit_2_neighbour_minus_next < 0",
            "digit_1_neighbour_minus_rest < 0",
            "digit_2_neighbour_minus_rest < 0",
        ),
        check=HARMS + "representation_harm_digits",
        control="balanced",
        figure="figures.harms:harm_rows",
        data=("digits",),
        presets=("digits",),
        share=90,
    ),
    Claim(
        "B10",
        "B, harms",
        "Allocation harm: TE_ii is strongly negative and the mass goes to the same neighbour.",
        method=STATISTICAL,
    ),
    Claim(
        "B11",
        "B, harms",
        "Representation harm is partly responsible: NIE_ii < 0, NIE/TE about 8-22 %.",
        method=STATISTICAL,
    ),
    Claim("B12", "B, harms", "The same with SimSiam, and with BCL, which only softens it.", method=STATISTICAL),
    Claim("B13", "B, text", "SimCSE with an underrepresented group shows the same collapse.", method=STATISTICAL),
    Claim("B14", "ours", "On real data RH rises towards 1 (less harm) as the temperature falls.", method=STATISTICAL),
)
