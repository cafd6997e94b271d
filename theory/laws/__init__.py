"""What any contrastive loss can be held to: which loss it is, and which laws it keeps. Strategies: theory.laws.strategies."""

from contrastive_claims.theory.laws.cases import Case
from contrastive_claims.theory.laws.holding import Outcome, Report, check_loss, hold, parametrize_with_laws, replay
from contrastive_claims.theory.laws.identity import Finding, Identity, identify
from contrastive_claims.theory.laws.laws import LAWS, Law
from contrastive_claims.theory.laws.loss import Failure, Loss

__all__ = [
    "LAWS",
    "Case",
    "Failure",
    "Finding",
    "Identity",
    "Law",
    "Loss",
    "Outcome",
    "Report",
    "check_loss",
    "hold",
    "identify",
    "parametrize_with_laws",
    "replay",
]
