"""Every claim as plain data: id, source, statement, method, criteria, check and control by name. No code runs here.

Sources: "A" is Barbano et al., Unbiased Supervised Contrastive Learning (ICLR 2023); "B" is Maity et al., An
Investigation of Representation and Allocation Harms in Contrastive Learning (ICLR 2024); "ours" is stated by neither, and L
is about losses as packages and papers have them.
A claim as printed bears the plain id, its corrected form the same id with a c.
Unless a hypothesis says otherwise, optima over K block vectors are meant in dimension K or more. Intervals over seeds are
Student's; "and test points": widened by what resampling these adds (theory.harms.intervals).
Formulas are LaTeX between dollar signs (experiments.ledger.plain turns them into Unicode); hypotheses name a setting that
several claims share, and SETTINGS says once what the name means.
"""

from contrastive_claims.experiments.claims.blocks import catalogue as blocks
from contrastive_claims.experiments.claims.blocks import catalogue_of_figures as published
from contrastive_claims.experiments.claims.blocks import catalogue_of_laws as laws
from contrastive_claims.experiments.claims.debiasing import catalogue as encoders
from contrastive_claims.experiments.claims.harms import catalogue as harms
from contrastive_claims.experiments.claims.losses import catalogue as losses
from contrastive_claims.experiments.claims.margins import catalogue as margins
from contrastive_claims.experiments.claims.text import catalogue as text
from contrastive_claims.experiments.ledger.vocabulary import Claim


def _rank(claim: Claim) -> tuple[str, int, str]:
    """Papers A and B, losses, then the published figures; by number, a corrected form after the printed one."""
    digits = "".join(letter for letter in claim.id if letter.isdigit())
    return claim.id[0], int(digits), claim.id[1 + len(digits) :]


CLAIMS: tuple[Claim, ...] = tuple(
    sorted(
        (
            *margins.CLAIMS,
            *encoders.CLAIMS,
            *blocks.CLAIMS,
            *laws.CLAIMS,
            *harms.CLAIMS,
            *text.CLAIMS,
            *losses.CLAIMS,
            *published.CLAIMS,
        ),
        key=_rank,
    )
)

# The names that hypotheses use for what they share, and what each of them means.
SETTINGS: dict[str, str] = {
    **margins.SETTINGS,
    **encoders.SETTINGS,
    **blocks.SETTINGS,
    **harms.SETTINGS,
    **text.SETTINGS,
    **losses.SETTINGS,
}

__all__ = ["CLAIMS", "SETTINGS"]
