"""What any contrastive loss can be held to: which loss it is, and which laws it keeps. Strategies: theory.laws.strategies."""

from theory.laws.cases import Case
from theory.laws.holding import Outcome, Report, check_loss, hold, parametrize_with_laws, replay
from theory.laws.identity import Finding, Identity, identify
from theory.laws.laws import LAWS, Law
from theory.laws.loss import Failure, Loss

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
