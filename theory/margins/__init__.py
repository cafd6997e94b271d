"""Paper A: contrastive losses with margins, what their values say about margins, and debiasing penalties."""

from theory.margins.bounds import (
    epsilon_reach,
    hinge,
    loss_interval,
    margin_interval,
    optimal_margin,
    optimal_value,
)
from theory.margins.debiasing import PairStatistics, end, fair_kl, gaussian_kl, pair_statistics, released_terms
from theory.margins.distances import Distances, pair_distances
from theory.margins.logits import (
    eps_infonce_from_logits,
    eps_sup_con_from_logits,
    eps_sup_infonce_from_logits,
    info_l1o_from_logits,
    sup_con_in_from_logits,
)
from theory.margins.losses import (
    AnchorMargins,
    anchor_margins,
    eps_infonce,
    eps_sup_con,
    eps_sup_infonce,
    info_l1o,
    info_nce,
    nt_xent,
    sup_con,
    sup_con_in,
    valid_anchors,
)
from theory.margins.modules import EpsSupCon, EpsSupInfoNCE, FairKL, InfoNCE, NTXent, SupCon

__all__ = [
    "AnchorMargins",
    "Distances",
    "EpsSupCon",
    "EpsSupInfoNCE",
    "FairKL",
    "InfoNCE",
    "NTXent",
    "PairStatistics",
    "SupCon",
    "anchor_margins",
    "end",
    "eps_infonce",
    "eps_infonce_from_logits",
    "eps_sup_con",
    "eps_sup_con_from_logits",
    "eps_sup_infonce",
    "eps_sup_infonce_from_logits",
    "epsilon_reach",
    "fair_kl",
    "gaussian_kl",
    "hinge",
    "info_l1o",
    "info_l1o_from_logits",
    "info_nce",
    "loss_interval",
    "margin_interval",
    "nt_xent",
    "optimal_margin",
    "optimal_value",
    "pair_distances",
    "pair_statistics",
    "released_terms",
    "sup_con",
    "sup_con_in",
    "sup_con_in_from_logits",
    "valid_anchors",
]
