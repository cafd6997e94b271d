"""The theorems of paper A's margin theory as certificates for theory.certify: statement, facts used, and combination.

Substitutions used throughout, with q = e^-eps, x = e^s+ (x_i for several positives), y = sum_j e^s-_j, T = sum_t x_t,
turn each loss into the logarithm of a rational function, so that identities are identities of rational functions and
inequalities are nonnegative combinations of plain facts, valid for every number of negatives and positives at once.
What has to be concluded, and from which facts, is theory.certify.specification's; here are the combinations that prove it.
Each function returns {"claim", "steps"}; `wrong=True` states the claim's control, which the re-checker must refuse.
All proofs are ours.
"""

from contrastive_claims.theory.margins.proofs.debiasing import first_moments_only, gaussian_kl, information_as_printed
from contrastive_claims.theory.margins.proofs.single import (
    condition_on_sums,
    distance_form,
    distance_form_as_printed,
    eps_infonce_identity,
    eps_infonce_in_epsilon,
    hinge_sandwich,
    margin_from_loss,
)
from contrastive_claims.theory.margins.proofs.supervised import (
    collapse_to_a_point,
    collapse_to_a_point_as_printed,
    collapse_within_classes,
    eps_sup_con_identity,
    eps_sup_infonce_identity,
    free_duality,
    minority_merging,
    sup_con_in_below_out,
    supcon_above_supinfonce,
)

__all__ = [
    "collapse_to_a_point",
    "collapse_to_a_point_as_printed",
    "collapse_within_classes",
    "condition_on_sums",
    "distance_form",
    "distance_form_as_printed",
    "eps_infonce_identity",
    "eps_infonce_in_epsilon",
    "eps_sup_con_identity",
    "eps_sup_infonce_identity",
    "first_moments_only",
    "free_duality",
    "gaussian_kl",
    "hinge_sandwich",
    "information_as_printed",
    "margin_from_loss",
    "minority_merging",
    "sup_con_in_below_out",
    "supcon_above_supinfonce",
]
