"""Theorems of the block model as certificates for theory.certify. All proofs are ours."""

from contrastive_claims.theory.blockmodel.proofs.biased import biased_boundary
from contrastive_claims.theory.blockmodel.proofs.connectivity import monotone_law, moved_apart
from contrastive_claims.theory.blockmodel.proofs.enclosures import root_enclosures
from contrastive_claims.theory.blockmodel.proofs.shares import (
    exact_collapse,
    population_certificate,
    share_independence,
    spread_law,
    spread_of_merged,
    two_blocks,
)
from contrastive_claims.theory.blockmodel.proofs.uniform import (
    disconnected_blocks,
    population_duality,
    uniform_connections,
)
from contrastive_claims.theory.blockmodel.proofs.vanishing import (
    connected_majorities,
    many_majorities,
    temperature_decides,
    vanishing_minority,
)

__all__ = [
    "biased_boundary",
    "connected_majorities",
    "disconnected_blocks",
    "exact_collapse",
    "many_majorities",
    "monotone_law",
    "moved_apart",
    "population_certificate",
    "population_duality",
    "root_enclosures",
    "share_independence",
    "spread_law",
    "spread_of_merged",
    "temperature_decides",
    "two_blocks",
    "uniform_connections",
    "vanishing_minority",
]
