"""Re-checks proofs that others found, against what each claim's specification says must be concluded."""

from contrastive_claims.theory.certify.recheck import recheck
from contrastive_claims.theory.certify.specification import rests_on, specified

__all__ = ["recheck", "rests_on", "specified"]
