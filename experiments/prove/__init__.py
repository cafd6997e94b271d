"""Machine-checked theorems: theory/formal compiled and checked by Coq, and the committed record of what was."""

from contrastive_claims.experiments.prove.record import Proof, proved

__all__ = ["Proof", "proved"]
