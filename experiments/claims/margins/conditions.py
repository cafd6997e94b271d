"""Check of the condition on sums (A26): it holds at points where a negative is closer than every positive."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from contrastive_claims.experiments.claims.random_anchors import SEED
from contrastive_claims.experiments.ledger.vocabulary import Evidence, Quantity, Run
from contrastive_claims.theory.margins import proofs

# Unit vectors of the plane with rational entries; the anchor is (1, 0), so that a cosine is a first entry.
POSITIVES = ((Fraction(3, 5), Fraction(4, 5)), (Fraction(5, 13), Fraction(12, 13)))
NEGATIVES = ((Fraction(4, 5), Fraction(3, 5)), (Fraction(-4, 5), Fraction(3, 5)))
EPSILON = Fraction(3, 10)
CASES = 20_000


def condition_on_sums(run: Run) -> Evidence:
    """A26: an exact witness, and how often the condition holds beside a negative closer than every positive on random cosines.

    Control: max_j s-_j - min_i s+_i < -eps, the condition that excludes such negatives.
    """
    positive, negative = ([vector[0] for vector in vectors] for vectors in (POSITIVES, NEGATIVES))
    left = max(negative) - min(positive) if run.control else sum(negative, Fraction(0)) - sum(positive, Fraction(0))
    generator = np.random.default_rng(SEED)
    s_positive, s_negative = generator.uniform(-1, 1, (CASES, 2)), generator.uniform(-1, 1, (CASES, 2))
    sums = (s_negative.max(1) - s_positive.min(1) if run.control else s_negative.sum(1) - s_positive.sum(1)) < -float(
        EPSILON
    )
    closer = s_negative.max(1) > s_positive.max(1)
    off_sphere = max(abs(x * x + y * y - 1) for x, y in (*POSITIVES, *NEGATIVES))
    cosines = dict(zip(("p1", "p2", "n1", "n2"), (*positive, *negative), strict=True))
    return Evidence(
        {
            "left_side_plus_epsilon": Quantity.exact(float(left + EPSILON), "cosine"),
            "negative_closer_than_every_positive_by": Quantity.exact(float(max(negative) - max(positive)), "cosine"),
            "distance_from_the_sphere": Quantity.exact(float(off_sphere)),
            "part_of_random_anchors_that_fulfil_it_so": Quantity.exact(float(closer[sums].mean()), "part"),
        },
        seeds=(SEED,),
        certificate=proofs.condition_on_sums(
            {**{name: str(value) for name, value in cosines.items()}, "eps": str(EPSILON)}, run.control
        ),
        witness="cosines 3/5, 5/13 (positives) and 4/5, -4/5 (negatives), eps = 3/10",
    )
