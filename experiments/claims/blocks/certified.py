"""What the checks of block-model claims share: certified optima, collected with their interval certificates."""

from __future__ import annotations

from typing import Any

from contrastive_claims.theory.blockmodel import BlockModel, PopulationOptimum, minimise_population
from contrastive_claims.theory.blockmodel.proofs import population_duality

GAP = "1/100000000"


class Optima:
    """Population optima of one check: the worst gap, and a duality step for each that is to be re-checked."""

    def __init__(self) -> None:
        self.worst_gap = 0.0
        self.count = 0
        self.steps: list[dict[str, Any]] = []

    def find(self, model: BlockModel, temperature: float = 1.0, keep: bool = True) -> PopulationOptimum:
        """Certified optimum; its duality step is kept for the certificate unless told otherwise."""
        optimum = minimise_population(model, temperature)
        self.worst_gap = max(self.worst_gap, optimum.gap)
        self.count += 1
        if keep:
            self.steps.append(
                population_duality(model.proportions, model.connectivity, temperature, optimum.vectors, GAP)
            )
        return optimum
