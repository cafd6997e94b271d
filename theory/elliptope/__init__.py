"""One solver for every problem here: a convex function of the Gram matrix of unit vectors, and its certificate."""

from theory.elliptope.certificate import Certificate, certificate
from theory.elliptope.contrastive import ContrastiveObjective
from theory.elliptope.minimise import Minimum, minimise, random_vectors
from theory.elliptope.trust_region import Expansion, Problem

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
