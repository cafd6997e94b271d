"""One solver for every problem here: a convex function of the Gram matrix of unit vectors, and its certificate."""

from contrastive_claims.theory.elliptope.certificate import Certificate, certificate
from contrastive_claims.theory.elliptope.contrastive import ContrastiveObjective
from contrastive_claims.theory.elliptope.minimise import Minimum, minimise, random_vectors
from contrastive_claims.theory.elliptope.trust_region import Expansion, Problem

__all__ = [
    "Certificate",
    "ContrastiveObjective",
    "Expansion",
    "Minimum",
    "Problem",
    "certificate",
    "minimise",
    "random_vectors",
]
